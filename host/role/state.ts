/**
 * The host's role state: plain data that can be copied and hashed. Specification: "Host procedures".
 */
import type { CloseReason, OpenChannel } from "../../src/core/binding/channel.ts";
import { BINDING_COUNTERS, type BindingCounters } from "../../src/core/binding/counters.ts";
import { NEWEST_VERSION, OLDEST_VERSION, type VersionRange } from "../../src/core/binding/versions.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";

export interface HostConfig {
  readonly versions: VersionRange;
  /** Payload bytes a packet may carry, both ways; undefined asks for the largest that the BMC's layout allows. */
  readonly mtu: number | undefined;
  readonly windowBytes: number;
  /** T_refused: how long a true refusal rests before the host asks again (LPC-TIME-2). */
  readonly refusedDelay: Millis;
  /** T_stall: how long Rx Complete may be missing before upper layers hear of it (LPC-TIME-3). */
  readonly stallDelay: Millis;
  /** T_stop: how long a stop waits for IDR to become empty (LPC-TIME-5). */
  readonly stopLimit: Millis;
}

export const HOST_DEFAULTS: HostConfig = {
  versions: { min: OLDEST_VERSION, cur: NEWEST_VERSION },
  mtu: undefined,
  windowBytes: 1024 * 1024,
  refusedDelay: millis(1000),
  stallDelay: millis(1000),
  stopLimit: millis(500),
};

/** Where the host stands. A phase is a wait that precedes the step that is next. */
export type HostPhase =
  /** H1.1: no BMC of this binding has been seen in this start-up. */
  | { readonly name: "awaitingBmc" }
  /** H1.2 before an opening. */
  | { readonly name: "closing" }
  /** H1.2 because the BMC's answer was unusable. */
  | { readonly name: "declining" }
  /** H1.2 for a stop, until T_stop is over. */
  | { readonly name: "stopping"; readonly until: Millis }
  /** H1.7 with no fence written, H1.8 with one. */
  | { readonly name: "fencingClose"; readonly fences: 0 | 1 }
  /** H1.9. */
  | { readonly name: "opening" }
  /** H1.14, H1.15. `askedBytes` is the rx_size written, 0 where none was. */
  | { readonly name: "fencingOpen"; readonly fences: 0 | 1; readonly askedBytes: number }
  /** H1.16. */
  | { readonly name: "judging"; readonly askedBytes: number }
  /** H1.30. */
  | { readonly name: "resting"; readonly until: Millis; readonly hostVersions: VersionRange }
  | { readonly name: "active" }
  | { readonly name: "stopped" };

export type HostPhaseName = HostPhase["name"];

export interface HostState {
  /** Changed by the moves of transitions.ts alone. */
  readonly phase: HostPhase;
  /** The open channel: there is one exactly while the phase is `active`. */
  channel: OpenChannel | undefined;
  /** A Tx Begin was read after the opening Initialise and before the session was judged (LPC-HOST-8). */
  txBeginSeen: boolean;
  closeReason: CloseReason;
  /** An orderly stop was asked for. */
  stopping: boolean;
  /** Start-ups begun again since the last session or rest. */
  attempts: number;
  /** There was a refusal since the last session: the first may be a reset that took Initialise away (LPC-HOST-15, H1.17). */
  refusedBefore: boolean;
  readonly counters: BindingCounters;
}

export function newHostState(): HostState {
  return {
    phase: { name: "awaitingBmc" },
    channel: undefined,
    txBeginSeen: false,
    closeReason: "notStarted",
    stopping: false,
    attempts: 0,
    refusedBefore: false,
    counters: zeroCounters(BINDING_COUNTERS),
  };
}

/** Ends the session, if there is one; a packet under way is given up (LPC-HOST-9). */
export function endSession(host: HostState, closeReason: CloseReason): void {
  if (host.channel === undefined) return;
  if (host.channel.transmit !== "idle") host.counters.packetsGivenUp++;
  host.channel = undefined;
  host.closeReason = closeReason;
}
