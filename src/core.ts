/**
 * The public surface of `mctp-lpc/core`: all that is pure. Both roles of the binding over any bus, MCTP, traces, the
 * decoder and the explorer, without Node, a clock or a file: it runs in a browser, too.
 *
 * Lengths, offsets and sizes are bytes; times are Millis, always handed in. What a peer sent is judged and comes back as
 * a value; misuse throws.
 *
 * @module mctp-lpc/core
 */

/* ---- Units ---- */

export { earliest, eid, later, millis, type Eid, type Millis } from "./core/wire/units.ts";
export { fromHex, toHex } from "./core/wire/bytes.ts";
/** Texts of peers, traces and files go through this on their way to a terminal, a log or a page. */
export { harmless, type Harmless } from "./core/wire/harmless.ts";

/* ---- The binding (specification clauses 5 to 9) ---- */

export { Command, KEEP_OBF, SESSION_BITS, Status, commandName, statusText } from "./core/binding/registers.ts";
export {
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  encodeControlRegion,
  type ControlRegion,
  type Layout,
} from "./core/binding/control-region.ts";
export { NEWEST_VERSION, OLDEST_VERSION, type Version, type VersionRange } from "./core/binding/versions.ts";
export type { BmcBus, HostBus, Progress, WindowBus } from "./core/binding/bus.ts";
export type { BusAccess } from "./core/binding/access.ts";
export { ScriptedBus, type Script, type ScriptedRun } from "./core/binding/scripted-bus.ts";
export { createPacketMemory, type LargePackets } from "./core/binding/packet-memory.ts";
export type { PacketMemory, PacketRoom } from "./core/binding/packet-buffer.ts";
export { Side, type Direction, type Role, type RoleName, type RoleState } from "./core/binding/side.ts";
export { CLOSE_REASON_TEXT, type CloseReason, type OpenChannel, type Session } from "./core/binding/channel.ts";
export { BINDING_COUNTERS, type BindingCounter, type BindingCounters } from "./core/binding/counters.ts";

/* ---- The roles (clauses 10 and 11) ---- */

export { HOST_ROLE, createHostSide, type HostSide } from "../host/role/side.ts";
export { HOST_STEPS, type HostStep } from "../host/role/steps.ts";
export { HOST_TRANSITIONS } from "../host/role/transitions.ts";
export { HOST_DEFAULTS, type HostConfig, type HostPhase, type HostState } from "../host/role/state.ts";
export { BMC_ROLE, createBmcSide, type BmcSide } from "../bmc/role/side.ts";
export { BMC_STEPS, type BmcStep } from "../bmc/role/steps.ts";
export { BMC_TRANSITIONS } from "../bmc/role/transitions.ts";
export { BMC_DEFAULTS, type BmcConfig, type BmcPhase, type BmcState } from "../bmc/role/state.ts";

/* ---- MCTP ---- */

export { EndpointCore, type EndpointConfig } from "./core/mctp/endpoint.ts";
export type { MessageHandler } from "./core/mctp/handler-table.ts";
export type { Message } from "./core/mctp/message.ts";
export type { PacketExchange } from "./core/mctp/link.ts";

/* ---- The judge: which requirements a stream of accesses keeps, breaks or does not exercise ---- */

export { Judge, type JudgeOptions } from "./core/judge/judge.ts";
export type {
  Cause,
  CauseName,
  Finding as BusFinding,
  FindingKind,
  OlderPeer,
  Standing,
  Verdict,
} from "./core/judge/finding.ts";
export type { BusListener, SideListener } from "./core/judge/listener.ts";
export { JUDGED_LIST, UNJUDGED, type JudgedRequirement } from "./core/judge/requirements.ts";
export { Recorder, type RecorderOptions } from "./core/judge/recorder.ts";
export { tellRow } from "./core/judge/rows.ts";
export { judgeTrace, type TraceVerdict } from "./core/judge/report.ts";

/* ---- Traces and bytes explained ---- */

export {
  TraceReader,
  decodeTrace,
  encodeTrace,
  traceRejectText,
  type LifeRow,
  type Trace,
  type TraceEntry,
  type TraceReject,
  type TraceRow,
} from "./core/trace/format.ts";
export { mergeHeads, traceHead, type TraceHead } from "./core/trace/head.ts";
export { mergeByTime } from "./core/trace/merge.ts";
export { decode, type Decoded, type DecodedInput } from "./core/decode/decode.ts";

/* ---- Exploration ---- */

export {
  Search,
  type Finding,
  type SearchOptions,
  type SearchResult,
  type SearchedWorld,
} from "./core/explore/search.ts";
export { NO_FAULTS, type Faults, type Scenario } from "./core/explore/scenario.ts";
export type { SideModel } from "./core/explore/side-machine.ts";
export { World } from "./core/explore/world.ts";
