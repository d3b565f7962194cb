/**
 * The public surface of `mctp-lpc`: the binding and MCTP without either role, and what runs them. It loads no native
 * code and opens nothing. The roles and their agents are in `mctp-lpc/host` and `mctp-lpc/bmc`.
 *
 * Lengths, offsets and sizes are bytes; times are Millis of a monotonic clock, always handed in. What a peer sent is
 * judged and comes back as a value; misuse throws.
 *
 * @module mctp-lpc
 */

/* ---- Units and outcomes ---- */

export { earliest, eid, later, millis, type Eid, type Millis } from "./core/wire/units.ts";
export type { Result } from "./core/wire/result.ts";
/** What can go wrong outside the bus, like a board that is in use: match on `code`, show `message`. */
export { Failure } from "./platform/failure.ts";

/* ---- The binding's wire: registers, commands, control region, buffers (specification clauses 5 to 9) ---- */

export { Command, KEEP_OBF, SESSION_BITS, Status, commandName, statusText } from "./core/binding/registers.ts";
export {
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeLayout,
  encodeControlRegion,
  encodeLayout,
  type BufferRange,
  type ControlRegion,
  type Layout,
} from "./core/binding/control-region.ts";
export {
  NEWEST_VERSION,
  OLDEST_VERSION,
  framingOf,
  isVersion,
  negotiateVersion,
  type Framing,
  type Version,
  type VersionRange,
} from "./core/binding/versions.ts";
export {
  BTU,
  LARGEST_WINDOW_BYTES,
  LAYOUT_REJECT_TEXT,
  SMALLEST_WINDOW_BYTES,
  bufferBytes,
  judgeLayout,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
  type LayoutReject,
} from "./core/binding/layout.ts";
export { crc32, type Crc32 } from "./core/wire/crc.ts";

/* ---- A side and its procedures (clauses 10 and 11); the roles are in mctp-lpc/host and mctp-lpc/bmc ---- */

export type { BmcBus, HostBus, Progress, WindowBus } from "./core/binding/bus.ts";
export type { BusAccess, RegisterRead, RegisterWrite, WindowRead, WindowWrite } from "./core/binding/access.ts";
export { ScriptedBus, type Script, type ScriptedRun } from "./core/binding/scripted-bus.ts";
export { Side, type Direction, type Role, type RoleName, type RoleState } from "./core/binding/side.ts";
export {
  CLOSE_REASON_TEXT,
  type CloseReason,
  type OpenChannel,
  type ReceivedPacket,
  type Session,
} from "./core/binding/channel.ts";
export type { PacketMemory, PacketRoom } from "./core/binding/packet-buffer.ts";
export { BINDING_COUNTERS, type BindingCounter, type BindingCounters } from "./core/binding/counters.ts";

/* ---- Boards: what a platform gives a side, and a board in memory ---- */

export type { BmcPlatform, BmcPort, HostPlatform, HostPort, Interrupts, Platform, Window } from "./platform/port.ts";
export type { Depth } from "./core/binding/kcs-word.ts";
export { LoopbackBoard, type LoopbackOptions } from "./platform/loopback.ts";
export { MappedWindow } from "./platform/mapped-window.ts";

/* ---- Running a side: a bus on its port and window, the driver joins side and endpoint, the runner waits ---- */

export { BmcPortBus, HostPortBus } from "./node/port-bus.ts";
export { createPacketMemory } from "./node/packet-memory.ts";
export { SideDriver } from "./node/side-driver.ts";
export { POLL_MODES, Runner, type PollMode, type Pumped } from "./node/runner.ts";
export { monotonicClock, type Clock } from "./node/clock.ts";

/* ---- MCTP: packets, messages, the endpoint (DSP0236) ---- */

export { PACKET_HEADER_BYTES, type PacketParts } from "./core/wire/packet-parts.ts";
export { BASELINE_UNIT, decodeHeader, headerText, type PacketHeader } from "./core/mctp/packet.ts";
export {
  BROADCAST_EID,
  FIRST_ASSIGNABLE_EID,
  LAST_ASSIGNABLE_EID,
  MessageType,
  NULL_EID,
  isAssignable,
  messageTypeName,
  type Message,
} from "./core/mctp/message.ts";
export type { PacketExchange } from "./core/mctp/link.ts";
export type { AssemblyLimits } from "./core/mctp/assembly.ts";
export type { QueueLimits, SendDone, SendOutcome } from "./core/mctp/transmit-queue.ts";
export type {
  NotAskedReason,
  RequestDone,
  RequestOutcome,
  RequestTicket,
  RequestTiming,
  TagWait,
} from "./core/mctp/request-terms.ts";
export { EndpointCore, type EndpointConfig, type EndpointTiming } from "./core/mctp/endpoint.ts";
export type { HandlerFailure, MessageHandler } from "./core/mctp/handler-table.ts";
export {
  Completion,
  Control,
  completionName,
  decodeControl,
  encodeRequest,
  encodeResponse,
  type ControlMessage,
} from "./core/mctp/control/codec.ts";
export { controlCommandName } from "./core/mctp/control/commands.ts";
export type { EndpointIdentity } from "./core/mctp/control/services.ts";
export { MCTP_COUNTERS, type MctpCounter, type MctpCounters } from "./core/mctp/counters.ts";

/* ---- MCTP control: each command's data, requests as records, what a responder answers from (DSP0236 clause 12) ---- */

export type { AnyControlCommand, ControlCommand, DescribedCommand } from "./core/mctp/control/data.ts";
export type { DataCodec, DataReject, Decoded } from "./core/wire/field-codec.ts";
export { CONTROL_COMMANDS, controlCommand } from "./core/mctp/control/commands.ts";
export {
  SetEndpointId,
  type PoolState,
  type SetEidOperation,
  type SetEndpointIdRequest,
  type SetEndpointIdResponse,
} from "./core/mctp/control/commands/set-endpoint-id.ts";
export {
  GetEndpointId,
  type EidType,
  type EndpointType,
  type GetEndpointIdResponse,
} from "./core/mctp/control/commands/get-endpoint-id.ts";
export { GetEndpointUuid, type GetEndpointUuidResponse } from "./core/mctp/control/commands/get-endpoint-uuid.ts";
export { GetNetworkId, type GetNetworkIdResponse } from "./core/mctp/control/commands/get-network-id.ts";
export { parseUuid, uuidText } from "./core/mctp/control/identifiers.ts";
export {
  BASE_SPECIFICATION,
  GetVersionSupport,
  type GetVersionSupportRequest,
  type GetVersionSupportResponse,
} from "./core/mctp/control/commands/get-version-support.ts";
export { versionNumber, versionText } from "./core/mctp/control/version-number.ts";
export {
  GetMessageTypeSupport,
  type GetMessageTypeSupportResponse,
} from "./core/mctp/control/commands/get-message-type-support.ts";
export {
  GetVendorSupport,
  type GetVendorSupportRequest,
  type GetVendorSupportResponse,
  type VendorIdFormat,
  type VendorSupport,
} from "./core/mctp/control/commands/get-vendor-support.ts";
export { NO_MORE_ENTRIES } from "./core/mctp/control/fields.ts";
export {
  ResolveEndpointId,
  type ResolveEndpointIdRequest,
  type ResolveEndpointIdResponse,
} from "./core/mctp/control/commands/resolve-endpoint-id.ts";
export {
  ResolveUuid,
  type ResolveUuidRequest,
  type ResolveUuidResponse,
  type UuidEntry,
} from "./core/mctp/control/commands/resolve-uuid.ts";
export type { PhysicalAddress } from "./core/mctp/control/routing.ts";
export {
  AllocateEndpointIds,
  type AllocateEndpointIdsRequest,
  type AllocateEndpointIdsResponse,
  type AllocateOperation,
} from "./core/mctp/control/commands/allocate-endpoint-ids.ts";
export {
  GetRoutingTableEntries,
  type GetRoutingTableRequest,
  type GetRoutingTableResponse,
} from "./core/mctp/control/commands/get-routing-table-entries.ts";
export {
  RoutingInformationUpdate,
  routingInformationUpdate,
  type RoutingUpdateEntry,
  type RoutingUpdateRequest,
} from "./core/mctp/control/commands/routing-information-update.ts";
export type { EidRange, RoutingEntryKind, RoutingTableEntry } from "./core/mctp/control/routing.ts";
export { DiscoveryNotify } from "./core/mctp/control/commands/discovery-notify.ts";
export { EndpointDiscovery } from "./core/mctp/control/commands/endpoint-discovery.ts";
export { PrepareForDiscovery } from "./core/mctp/control/commands/prepare-for-discovery.ts";
export {
  QueryHop,
  transmissionUnit,
  type QueryHopRequest,
  type QueryHopResponse,
} from "./core/mctp/control/commands/query-hop.ts";
export { QueryRateLimit, type QueryRateLimitResponse } from "./core/mctp/control/commands/query-rate-limit.ts";
export {
  RequestRateLimit,
  type RateLimit,
  type RequestRateLimitResponse,
} from "./core/mctp/control/commands/request-rate-limit.ts";
export { UpdateRateLimit } from "./core/mctp/control/commands/update-rate-limit.ts";
export {
  QueryInterfaces,
  type QueryInterfacesResponse,
  type SupportedInterface,
} from "./core/mctp/control/commands/query-interfaces.ts";
export { transportSpecific, type TransportSpecificData } from "./core/mctp/control/commands/transport-specific.ts";
export {
  ask,
  commandRejectText,
  requestCommand,
  runSequence,
  type Answered,
  type CommandOutcome,
  type CommandReject,
  type ControlSequence,
  type Question,
  type SequenceTicket,
} from "./core/mctp/control/request.ts";
export type {
  ControlServices,
  Discoverable,
  PoolHolder,
  RateLimiter,
  RoutingInformation,
  RoutingUpdates,
} from "./core/mctp/control/services.ts";

/* ---- The bus owner: discovery, who has which EID, routes ---- */

export {
  discover,
  discovery,
  type DiscoveredEndpoint,
  type DiscoveryOutcome,
  type DiscoveryReject,
  type EidOffer,
} from "./core/mctp/bus-owner/discovery.ts";
export { BusOwner, type AssignReject } from "./core/mctp/bus-owner/bus-owner.ts";
export type { EndpointRecord, Presence } from "./core/mctp/bus-owner/endpoint-record.ts";
export type { BusOwnerConfig, StaticPool } from "./core/mctp/bus-owner/config.ts";
export {
  changeEid,
  joining,
  settling,
  type ChangeReject,
  type JoinReject,
  type Joined,
} from "./core/mctp/bus-owner/joining.ts";
export {
  decodeMemory,
  encodeMemory,
  type BusOwnerMemory,
  type MemoryReject,
  type RememberedEndpoint,
} from "./core/mctp/bus-owner/memory.ts";
export { checkingPresence, type PresenceFinding } from "./core/mctp/bus-owner/presence.ts";

/* ---- Bridges: packets between links, EIDs and routes behind one, the unit of a path ---- */

export { EndpointPort, type EndpointPortConfig } from "./core/mctp/endpoint-port.ts";
export { Router, TRANSIT_LIMITS } from "./core/mctp/bridge/router.ts";
export type { PortRouter, RouterPort, Timed } from "./core/mctp/bridge/router-port.ts";
export { LARGEST_PORT, RouteTable, type Route } from "./core/mctp/bridge/routes.ts";
export type { TransitLimits } from "./core/mctp/bridge/transit-queue.ts";
export { Bridge, type BridgeConfig, type BridgeListener } from "./core/mctp/bridge/bridge.ts";
export { informing } from "./core/mctp/bridge/informing.ts";
export { pathMtu, type PathReject, type PathMtu } from "./core/mctp/bridge/path-mtu.ts";
export type { RoutePort } from "./core/mctp/bridge/routing-information.ts";
export { BRIDGE_COUNTERS, type BridgeCounter, type BridgeCounters } from "./core/mctp/bridge/counters.ts";

/* ---- The serial binding (DSP0253): frames, and a driver for the line that carries them ---- */

export {
  FrameEncoder,
  LARGEST_PACKET_BYTES,
  LARGEST_SERIAL_UNIT,
  SERIAL_REVISION,
  type Escaping,
} from "./core/serial/framing.ts";
export { FrameReceiver, type PacketSink } from "./core/serial/receiver.ts";
export { SERIAL_COUNTERS, type SerialCounter, type SerialCounters } from "./core/serial/counters.ts";
export { LineDriver, type LineOptions } from "./node/line-driver.ts";
export type { ByteLine, LineEvents } from "./platform/byte-line.ts";
export { SerialLine, type PortMaker, type PortStream, type SerialSettings } from "./platform/serial/serial-line.ts";

/* ---- Traces of bus accesses: recording, reading, merging, drawing ---- */

export {
  TraceRecorder,
  monotonicNanoseconds,
  type HeadedTracingOptions,
  type TraceLineSink,
  type TraceSink,
  type TracingOptions,
} from "./platform/tracing.ts";
export {
  LONGEST_TRACE_LINE,
  TRACE_REJECT_TEXT,
  TraceReader,
  decodeTrace,
  decodeTraceRow,
  encodeTrace,
  encodeTraceRow,
  isLifeRow,
  isRegisterRow,
  traceRejectText,
  type LifeEvent,
  type LifeRow,
  type Register,
  type RegisterRow,
  type Trace,
  type TraceEntry,
  type TraceReject,
  type TraceRejectReason,
  type TraceRow,
  type TraceSide,
  type TraceTime,
  type WindowRow,
} from "./core/trace/format.ts";
export {
  encodeTraceHead,
  mergeHeads,
  traceHead,
  type TraceHead,
  type TraceHeadContent,
  type TraceTimes,
} from "./core/trace/head.ts";
export { mergeByTime } from "./core/trace/merge.ts";
export type { LadderEvent, LadderMark } from "./core/trace/ladder-events.ts";
export { ladderPart, type LadderPart, type PartOptions } from "./core/trace/ladder-part.ts";
export { Ladder, type LadderLine, type LadderOptions } from "./core/trace/ladder.ts";
export { svgLadder, type SvgLadderOptions } from "./core/trace/svg-ladder.ts";
