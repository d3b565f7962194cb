/**
 * What both sides keep of an open channel: the session's terms and the state of the one packet each way. Plain data,
 * so that it can be copied, compared and hashed.
 */
import type { PacketParts } from "../wire/packet-parts.ts";
import { later, type Millis } from "../wire/units.ts";
import type { Layout } from "./control-region.ts";
import type { BindingCounters } from "./counters.ts";
import { mtuOfBuffer } from "./layout.ts";
import type { Version } from "./versions.ts";

/** The terms of a session, kept privately: what the peer writes to the control region later has no effect. */
export interface Session {
  readonly version: Version;
  readonly layout: Layout;
  /** Payload bytes that a packet may carry, each way. */
  readonly mtu: { readonly hostToBmc: number; readonly bmcToHost: number };
}

export function openSession(version: Version, layout: Layout): Session {
  return {
    version,
    layout,
    mtu: {
      hostToBmc: mtuOfBuffer(version, layout.hostToBmc.size),
      bmcToHost: mtuOfBuffer(version, layout.bmcToHost.size),
    },
  };
}

/**
 * The one packet a side may have under way (LPC-BUF-7): the buffer is this side's while `idle`; `beginPending` until
 * the outbound register takes Tx Begin; `outstanding` until Rx Complete.
 */
export type Transmit = "idle" | "beginPending" | "outstanding";

/** An open channel as one side sees it. */
export interface OpenChannel {
  readonly session: Session;
  transmit: Transmit;
  /** The packet that goes into the buffer as soon as the buffer is this side's. */
  outgoing: PacketParts | undefined;
  /** When the packet under way was written; for reporting a stall. */
  transmitSince: Millis;
  stallReported: boolean;
  /** A packet was read and Rx Complete has not been written yet. */
  rxCompleteOwed: boolean;
}

export function newChannel(session: Session, now: Millis): OpenChannel {
  return {
    session,
    transmit: "idle",
    outgoing: undefined,
    transmitSince: now,
    stallReported: false,
    rxCompleteOwed: false,
  };
}

/** A received packet: `bytes[start]` up to, not including, `bytes[end]`; the array is the receiver's to keep. */
export interface ReceivedPacket {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Why a session ended, or why there is none. */
export type Closure =
  | "notStarted"
  | "bmcInactive"
  | "channelInactive"
  | "closedByHost"
  | "reinitialised"
  | "versionRefused"
  | "mtuRefused"
  | "magicMismatch"
  | "layoutInvalid"
  | "declined"
  | "statusReset"
  | "stopped";

export const CLOSURE_TEXT: Readonly<Record<Closure, string>> = {
  notStarted: "not started",
  bmcInactive: "the BMC cleared BMC Active: it stopped or restarts",
  channelInactive: "the BMC cleared Channel Active: it restarted or dropped the channel",
  closedByHost: "the host closed the channel",
  reinitialised: "the host initialises the channel again",
  versionRefused: "no common protocol version",
  mtuRefused: "the host asked for a buffer below the baseline transmission unit",
  magicMismatch: 'the window does not begin with the magic "MCTP"',
  layoutInvalid: "the BMC's packet buffers are unusable",
  declined: "the BMC's answers keep changing while they are read",
  statusReset: "STR was changed by somebody else: the BMC starts again",
  stopped: "stopped by this side",
};

/** Counts, once a packet, that Rx Complete is missing for longer than T_stall (LPC-TIME-3). */
export function reportStall(channel: OpenChannel, counters: BindingCounters, stallDelay: Millis, now: Millis): void {
  const due = stallDeadline(channel, stallDelay);
  if (due === undefined || now < due) return;
  channel.stallReported = true;
  counters.transmitStalled++;
}

export function stallDeadline(channel: OpenChannel, stallDelay: Millis): Millis | undefined {
  if (channel.transmit === "idle" || channel.stallReported) return undefined;
  return later(channel.transmitSince, stallDelay);
}
