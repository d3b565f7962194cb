/**
 * What an onlooker who sees everything keeps in mind, to say what went wrong; no side knows it. Sessions are numbered in
 * the order in which BMCs set Channel Active.
 */
import type { Direction, RoleName } from "../binding/side.ts";

export interface Ghost {
  /** The session each side believes in, 0 for none. */
  readonly hostSession: number;
  readonly bmcSession: number;
  /** The session that Channel Active in STR stands for, 0 while it is clear. */
  readonly channelSession: number;
  readonly lastSession: number;
  /** Of a host that opens channels early: how far its latest Initialise has come, and its packets from before. */
  readonly initialise: "unread" | "taken" | "answered";
  readonly earlierPackets: number;
  readonly hostToBmc: Traffic;
  readonly bmcToHost: Traffic;
}

/** Of one direction. */
export interface Traffic {
  /** Packets handed to senders so far, over all lives: the number of the latest. */
  readonly offered: number;
  /** The number of the packet received last. */
  readonly delivered: number;
  /** Packets acknowledged to the sender's present life. */
  readonly acknowledged: number;
}

const NO_TRAFFIC: Traffic = { offered: 0, delivered: 0, acknowledged: 0 };

export const FIRST_GHOST: Ghost = {
  hostSession: 0,
  bmcSession: 0,
  channelSession: 0,
  lastSession: 0,
  initialise: "answered",
  earlierPackets: 0,
  hostToBmc: NO_TRAFFIC,
  bmcToHost: NO_TRAFFIC,
};

export function ghostKey(ghost: Ghost): string {
  const { hostSession, bmcSession, channelSession, lastSession, hostToBmc, bmcToHost } = ghost;
  const { initialise, earlierPackets } = ghost;
  const traffic = [hostToBmc, bmcToHost].flatMap(({ offered, delivered, acknowledged }) => [
    offered,
    delivered,
    acknowledged,
  ]);
  return [hostSession, bmcSession, channelSession, lastSession, initialise, earlierPackets, ...traffic].join();
}

export function sessionOf(ghost: Ghost, role: RoleName): number {
  return role === "host" ? ghost.hostSession : ghost.bmcSession;
}

export function withSession(ghost: Ghost, role: RoleName, session: number): Ghost {
  return role === "host" ? { ...ghost, hostSession: session } : { ...ghost, bmcSession: session };
}

/** The direction a role sends in. */
export function sends(role: RoleName): Direction {
  return role === "host" ? "hostToBmc" : "bmcToHost";
}
