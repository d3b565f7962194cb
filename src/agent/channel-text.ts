/** What channel an agent has, or why it has none and what it does about it: the same words in log, status and tools. */
import { CLOSE_REASON_TEXT, type CloseReason, type Session } from "../core/binding/channel.ts";
import type { RoleName } from "../core/binding/side.ts";

/** What is known of a channel that is down. */
export interface DownChannel {
  /** Whose agent says it. */
  readonly role: RoleName;
  /** The platform's name, like "shm:/dev/shm/board". */
  readonly platform: string;
  readonly closeReason: CloseReason;
  /** The name of the phase that the side is in. */
  readonly phase: string;
  /** Undefined where the platform cannot tell. */
  readonly peerAttached: boolean | undefined;
}

/** What the agent does next; the reason is named before it. */
const NEXT: Readonly<Record<CloseReason, string>> = {
  notStarted: "waiting for it",
  bmcInactive: "waiting for it to start",
  channelInactive: "opening a new one",
  closedByHost: "waiting for it to open a new one",
  reinitialised: "answering it",
  versionRefused: "waiting for an offer that both know",
  mtuRefused: "waiting for a larger buffer",
  magicMismatch: "reading it again every second",
  layoutInvalid: "asking again every second",
  declined: "asking again every second",
  statusReset: "announcing itself again",
  stopped: "stopping",
};

const NOT_STARTED: Readonly<Record<RoleName, string>> = {
  host: "the BMC has not set BMC Active yet (LPC-HOST-1)",
  bmc: "the host has not opened it yet (LPC-HOST-3)",
};

/** Phases of a host that waits for the BMC to read what it has written: why it began is no news any more. */
const STARTING: ReadonlySet<string> = new Set(["closing", "fencingClose", "opening", "fencingOpen", "judging"]);

/** "no BMC on shm:/dev/shm/board; waiting for one" */
export function downText({ role, platform, closeReason, phase, peerAttached }: DownChannel): string {
  const peer = role === "host" ? "BMC" : "host";
  if (peerAttached === false && closeReason !== "stopped") return `no ${peer} on ${platform}; waiting for one`;
  if (STARTING.has(phase)) return "the BMC has not read all bytes of the start-up yet (LPC-HOST-4, -6); waiting for it";
  const why = closeReason === "notStarted" ? NOT_STARTED[role] : CLOSE_REASON_TEXT[closeReason];
  return `${why}; ${NEXT[closeReason]}`;
}

/** "channel up: version 3, MTU 524144" */
export function upText({ version, mtu: { hostToBmc, bmcToHost } }: Pick<Session, "version" | "mtu">): string {
  const mtu =
    hostToBmc === bmcToHost
      ? `MTU ${String(hostToBmc)}`
      : `MTU ${String(hostToBmc)} host to BMC, ${String(bmcToHost)} BMC to host`;
  return `channel up: version ${String(version)}, ${mtu}`;
}

/** The line of the log when a session has ended. A host that stops in order is no loss. */
export function endedText(closeReason: CloseReason): string {
  if (closeReason === "closedByHost") return `Host closed the channel (LPC-BMC-4); ${NEXT[closeReason]}`;
  return `channel lost: ${CLOSE_REASON_TEXT[closeReason]}; ${NEXT[closeReason]}`;
}
