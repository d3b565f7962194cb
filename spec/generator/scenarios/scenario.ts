/** A scenario of the specification: a run of both sides, recorded access by access, and how it ended. */
import type { CloseReason, Session } from "../../../src/core/binding/channel.ts";
import type { Depth } from "../../../src/core/binding/kcs-word.ts";
import type { BindingCounter } from "../../../src/core/binding/counters.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import type { MctpCounter } from "../../../src/core/mctp/counters.ts";
import type { TraceRow } from "../../../src/core/trace/format.ts";
import type { LadderMark } from "../../../src/core/trace/ladder-events.ts";

export interface SideConfiguration {
  readonly eid: number;
  readonly versions: VersionRange;
  /** Payload bytes a packet may carry; undefined: no limit of its own. */
  readonly mtu: number | undefined;
  /** The program runs this side; otherwise its accesses are made by hand, as no program of this kind would. */
  readonly byHand: boolean;
}

/** How a side stood at the end: in its last life, if it was restarted. */
export interface SideOutcome {
  readonly phase: string;
  readonly session: Session | undefined;
  /** Why there is no session. */
  readonly closeReason: CloseReason | undefined;
  /** Of the binding alone, those that are not 0. */
  readonly bindingCounters: Readonly<Partial<Record<BindingCounter, number>>>;
  /** Those that are not 0. */
  readonly counters: Readonly<Partial<Record<BindingCounter | MctpCounter, number>>>;
  /** The messages that it received, in hexadecimal, control messages left out. */
  readonly received: readonly string[];
}

/**
 * A packet that passes between a side's binding and what is above it, right before the row with this index: offered to
 * the binding for sending, or delivered by it.
 */
export interface ScenarioPacket {
  readonly before: number;
  readonly side: RoleName;
  readonly what: "offered" | "delivered";
  /** MCTP header and payload, in hexadecimal. */
  readonly bytes: string;
}

export interface Scenario {
  /** Also of its figure and its vector. */
  readonly name: string;
  readonly title: string;
  /** A paragraph, for a caption. */
  readonly description: string;
  readonly windowBytes: number;
  /** Host bytes that the path into the BMC holds beside IDR. */
  readonly depth: Depth;
  /** Something acts between two accesses of one round of a side. */
  readonly isStepped: boolean;
  readonly configuration: Readonly<Record<RoleName, SideConfiguration>>;
  /** The whole run. `t` is the virtual clock, `step` the step of clause 10 or 11 that the access is. */
  readonly rows: readonly TraceRow[];
  /** When sides begin and end, and what else no row shows. */
  readonly marks: readonly LadderMark[];
  /** In their order. */
  readonly packets: readonly ScenarioPacket[];
  /** Undefined for a side that no program ran. */
  readonly outcome: Readonly<Record<RoleName, SideOutcome | undefined>>;
  /** The part of the run that its figure shows, by running numbers, and what led there if that is not all. */
  readonly figure: { readonly from: number; readonly to: number; readonly lead: string | undefined };
}
