/**
 * The BMC's role state: plain data that can be copied and hashed. Specification: "BMC procedures".
 */
import type { CloseReason, OpenChannel } from "../../src/core/binding/channel.ts";
import { BINDING_COUNTERS, type BindingCounters } from "../../src/core/binding/counters.ts";
import { NEWEST_VERSION, OLDEST_VERSION, type VersionRange } from "../../src/core/binding/versions.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";

export interface BmcConfig {
  readonly versions: VersionRange;
  /** Payload bytes a packet may carry, both ways; undefined offers the largest that the window allows. */
  readonly mtu: number | undefined;
  readonly windowBytes: number;
  /** T_ann: how long the announcements of a start wait for a host to read them (LPC-TIME-1). */
  readonly announceLimit: Millis;
  /** How often a start looks whether an announcement was read, also when nothing wakes it: less than a starting host's patience (LPC-BMC-10). */
  readonly announcePoll: Millis;
  /** T_stall: how long Rx Complete may be missing before upper layers hear of it (LPC-TIME-3). */
  readonly stallDelay: Millis;
}

export const BMC_DEFAULTS: BmcConfig = {
  versions: { min: OLDEST_VERSION, cur: NEWEST_VERSION },
  mtu: undefined,
  windowBytes: 1024 * 1024,
  announceLimit: millis(500),
  announcePoll: millis(1),
  stallDelay: millis(1000),
};

/** Where the BMC stands. */
export type BmcPhase =
  /** STR has not been touched yet. */
  | { readonly name: "starting" }
  /** STR is 0; `written` of the two announcements are in ODR or were read. */
  | {
      readonly name: "announcing";
      readonly written: number;
      /** T_ann is over. */
      readonly until: Millis;
      /** STR is read again without being woken. */
      readonly lookAt: Millis;
    }
  | { readonly name: "inactive" }
  | { readonly name: "active" }
  | { readonly name: "stopped" };

export interface BmcState {
  /** Changed by the moves of transitions.ts alone. */
  readonly phase: BmcPhase;
  /** The open channel: there is one exactly while the phase is `active`. */
  channel: OpenChannel | undefined;
  closeReason: CloseReason;
  stopping: boolean;
  /** A dummy waits for ODR to become empty. It goes out before anything else. */
  dummyPending: boolean;
  /** Payload bytes of a packet that the last accepted proposal asked for, undefined before the first. */
  askedMtu: number | undefined;
  readonly counters: BindingCounters;
}

export function newBmcState(): BmcState {
  return {
    phase: { name: "starting" },
    channel: undefined,
    closeReason: "notStarted",
    stopping: false,
    dummyPending: false,
    askedMtu: undefined,
    counters: zeroCounters(BINDING_COUNTERS),
  };
}

/** Ends the session, if there is one; a packet under way is given up (LPC-HOST-9). */
export function endSession(bmc: BmcState, closeReason: CloseReason): void {
  if (bmc.channel !== undefined && bmc.channel.transmit !== "idle") bmc.counters.packetsGivenUp++;
  bmc.channel = undefined;
  bmc.closeReason = closeReason;
}
