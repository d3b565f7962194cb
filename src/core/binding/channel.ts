/**
 * What both sides keep of an open channel: the session's terms and the state of the one packet each way. Plain data,
 * so that it can be copied, compared and hashed.
 */
import type { PacketParts } from "../wire/packet-parts.ts";
import { later, type Millis } from "../wire/units.ts";
import type { Layout } from "./control-region.ts";
import type { BindingCounters } from "./counters.ts";
import { mtuOfBuffer, receiveLimit } from "./layout.ts";
import { RX_COMPLETE_READ, TX_BEGIN_WRITTEN, advanceTransmit, type Transmit } from "./transmit.ts";
import type { Version } from "./versions.ts";

/** The terms of a session, kept privately: what the peer writes to the control region later has no effect (LPC-REG-5). */
export interface Session {
  readonly version: Version;
  readonly layout: Layout;
  /** Payload bytes that a packet may carry, each way. */
  readonly mtu: { readonly hostToBmc: number; readonly bmcToHost: number };
  /** Payload bytes that a receiver takes, each way: what the buffer holds (LPC-BUF-4). */
  readonly receiveLimit: { readonly hostToBmc: number; readonly bmcToHost: number };
}

export function openSession(version: Version, layout: Layout, windowBytes: number): Session {
  return {
    version,
    layout,
    mtu: {
      hostToBmc: mtuOfBuffer(version, layout.hostToBmc.size),
      bmcToHost: mtuOfBuffer(version, layout.bmcToHost.size),
    },
    receiveLimit: {
      hostToBmc: receiveLimit(version, layout.hostToBmc, layout.bmcToHost, windowBytes),
      bmcToHost: receiveLimit(version, layout.bmcToHost, layout.hostToBmc, windowBytes),
    },
  };
}

/** An open channel as one side sees it. */
export interface OpenChannel {
  readonly session: Session;
  /** Changed by advanceTransmit alone. */
  readonly transmit: Transmit;
  /** The packet that goes into the buffer as soon as the buffer is this side's. */
  outgoing: PacketParts | undefined;
  /** When the packet under way was written; for reporting a stall. */
  transmitSince: Millis;
  stallReported: boolean;
  /** A packet was read and Rx Complete has not been written yet. */
  rxCompleteOwed: boolean;
  /** An Rx Complete went out while a Tx Begin waited: the next turn is the Tx Begin's (LPC-KCS-12). */
  beginIsNext: boolean;
}

export function newChannel(session: Session, now: Millis): OpenChannel {
  return {
    session,
    transmit: "idle",
    outgoing: undefined,
    transmitSince: now,
    stallReported: false,
    rxCompleteOwed: false,
    beginIsNext: false,
  };
}

/**
 * The command whose turn it is in an empty outbound register, undefined when none waits. Rx Complete goes first, but not
 * twice while a Tx Begin waits (LPC-KCS-6, LPC-KCS-12): no direction keeps the other waiting.
 */
export function commandToWrite(channel: OpenChannel): "rxComplete" | "txBegin" | undefined {
  if (channel.transmit === "beginPending" && (channel.beginIsNext || !channel.rxCompleteOwed)) return "txBegin";
  return channel.rxCompleteOwed ? "rxComplete" : undefined;
}

/** To be called when the command was written. */
export function rxCompleteWritten(channel: OpenChannel): void {
  channel.rxCompleteOwed = false;
  channel.beginIsNext = channel.transmit === "beginPending";
}

/** To be called when the command was written. */
export function txBeginWritten(channel: OpenChannel): void {
  channel.beginIsNext = false;
  advanceTransmit(channel, TX_BEGIN_WRITTEN);
}

/** The packet under way was taken by the peer. */
export function packetTaken(channel: OpenChannel): void {
  advanceTransmit(channel, RX_COMPLETE_READ);
}

/** A received packet: `bytes[start]` up to, not including, `bytes[end]`; the array is the receiver's to keep. */
export interface ReceivedPacket {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Why a session ended, or why there is none. */
export type CloseReason =
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

/** What is said of each, with the requirement that says what happens then. */
export const CLOSE_REASON_TEXT: Readonly<Record<CloseReason, string>> = {
  notStarted: "not started",
  bmcInactive: "the BMC cleared BMC Active: it stopped or restarts (LPC-HOST-1, -9)",
  channelInactive: "the BMC cleared Channel Active: it restarted or dropped the channel (LPC-HOST-9)",
  closedByHost: "the host closed the channel (LPC-BMC-4)",
  reinitialised: "the host initialises the channel again (LPC-BMC-4)",
  versionRefused: "no common protocol version, or an answer that names none of them (LPC-VER-2, -3)",
  mtuRefused: "the host asked for a buffer below the baseline transmission unit (LPC-MTU-7)",
  magicMismatch: 'the window does not begin with the magic "MCTP" (LPC-REG-2)',
  layoutInvalid: "the BMC's packet buffers are unusable (LPC-MTU-5)",
  declined: "the BMC's answers keep changing while they are read (LPC-TIME-2)",
  statusReset: "STR was changed from outside: the BMC starts again (LPC-BMC-9)",
  stopped: "stopped by this side",
};

/** Counts, once a packet, that Rx Complete is missing for longer than T_stall (LPC-TIME-3). */
export function reportStall(channel: OpenChannel, counters: BindingCounters, stallDelay: Millis, now: Millis): void {
  if (channel.transmit === "idle" || channel.stallReported || now - channel.transmitSince < stallDelay) return;
  channel.stallReported = true;
  counters.transmitStalled++;
}

export function stallDeadline(channel: OpenChannel, stallDelay: Millis): Millis | undefined {
  if (channel.transmit === "idle" || channel.stallReported) return undefined;
  return later(channel.transmitSince, stallDelay);
}
