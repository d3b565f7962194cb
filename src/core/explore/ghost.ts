/**
 * What an onlooker who sees everything keeps in mind, to say what went wrong; no side knows it. Sessions are numbered in
 * the order in which BMCs set Channel Active.
 */
import type { RoleName } from "../binding/side.ts";

export interface Ghost {
  /** The session each side believes in, 0 for none. */
  readonly hostSession: number;
  readonly bmcSession: number;
  /** The session that Channel Active in STR stands for, 0 while it is clear. */
  readonly channelSession: number;
  readonly lastSession: number;
  /** The host has read the magic in the start-up that it is in, or that led to its session (LPC-HOST-14). */
  readonly magicSeen: boolean;
  /** The Initialises of a host that opens channels early; all 0 for others. */
  readonly initialise: Initialise;
  readonly hostToBmc: Traffic;
  readonly bmcToHost: Traffic;
}

/** Initialises are numbered as they are written, over all lives of the host. */
interface Initialise {
  readonly written: number;
  /** The one that the BMC read last. */
  readonly taken: number;
  /** The one whose answer was a session, and that session. */
  readonly answered: number;
  readonly session: number;
}

/** Of one direction. */
export interface Traffic {
  /** Packets handed to senders so far, over all lives: the number of the latest. */
  readonly offered: number;
  /** The number of the packet received last. */
  readonly delivered: number;
  /** Packets acknowledged to the sender's present life. */
  readonly acknowledged: number;
  /** Packets of the other direction that the sender has completed while this direction's packet waited for its Tx Begin. */
  readonly passed: number;
}

const NO_TRAFFIC: Traffic = { offered: 0, delivered: 0, acknowledged: 0, passed: 0 };

export const FIRST_GHOST: Ghost = {
  hostSession: 0,
  bmcSession: 0,
  channelSession: 0,
  lastSession: 0,
  magicSeen: false,
  initialise: { written: 0, taken: 0, answered: 0, session: 0 },
  hostToBmc: NO_TRAFFIC,
  bmcToHost: NO_TRAFFIC,
};

export function ghostKey(ghost: Ghost): string {
  const { hostSession, bmcSession, channelSession, lastSession, hostToBmc, bmcToHost } = ghost;
  const { written, taken, answered, session } = ghost.initialise;
  const traffic = [hostToBmc, bmcToHost].flatMap(({ offered, delivered, acknowledged, passed }) => [
    offered,
    delivered,
    acknowledged,
    passed,
  ]);
  const sessions = [hostSession, bmcSession, channelSession, lastSession, written, taken, answered, session];
  return [...sessions, ...traffic, ghost.magicSeen ? 1 : 0].join();
}

export function sessionOf(ghost: Ghost, role: RoleName): number {
  return role === "host" ? ghost.hostSession : ghost.bmcSession;
}

export function withSession(ghost: Ghost, role: RoleName, session: number): Ghost {
  return role === "host" ? { ...ghost, hostSession: session } : { ...ghost, bmcSession: session };
}
