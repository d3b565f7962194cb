/**
 * The public surface of `mctp-lpc/api`: an MCTP endpoint for programs that wait, with promises, async iteration,
 * AbortSignal and typed errors. It is a thin layer over the pure core of `mctp-lpc`, loads no native code and
 * opens nothing.
 *
 * The ends of a board come from the roles: `hostLink` of `mctp-lpc/host`, `bmcLink` of `mctp-lpc/bmc`.
 *
 * @module mctp-lpc/api
 */
export {
  Endpoint,
  type EndpointOptions,
  type KnownEndpoint,
  type MessagesOptions,
  type RequestOptions,
  type Response,
  type WaitOptions,
} from "./endpoint.ts";
export {
  Agent,
  type AgentPlace,
  type AgentRequestOptions,
  type IncomingRequest,
  type RequestHandler,
  type ServeOptions,
  type Service,
} from "./agent.ts";
export { MctpError, type MctpErrorCode } from "./errors.ts";
export type { Link, RunningLink } from "./link.ts";
export type { LinkKind } from "../node/link.ts";
export { serialLink } from "./serial-link.ts";

/* ---- Commands for Endpoint.control (DSP0236 clause 12) ---- */

export type { ControlCommand } from "../core/mctp/control/data.ts";
export type { DataCodec } from "../core/wire/field-codec.ts";
export { AllocateEndpointIds } from "../core/mctp/control/commands/allocate-endpoint-ids.ts";
export { GetEndpointId } from "../core/mctp/control/commands/get-endpoint-id.ts";
export { GetEndpointUuid } from "../core/mctp/control/commands/get-endpoint-uuid.ts";
export { GetMessageTypeSupport } from "../core/mctp/control/commands/get-message-type-support.ts";
export { GetRoutingTableEntries } from "../core/mctp/control/commands/get-routing-table-entries.ts";
export { GetVersionSupport } from "../core/mctp/control/commands/get-version-support.ts";
export { QueryHop } from "../core/mctp/control/commands/query-hop.ts";
export { ResolveEndpointId } from "../core/mctp/control/commands/resolve-endpoint-id.ts";
export { SetEndpointId } from "../core/mctp/control/commands/set-endpoint-id.ts";

/* ---- What the above is made of ---- */

export { MessageType, type Message } from "../core/mctp/message.ts";
export type { PacketExchange } from "../core/mctp/link.ts";
export type { PacketParts } from "../core/wire/packet-parts.ts";
export type { MctpCounter, MctpCounters } from "../core/mctp/counters.ts";
export type { EndpointConfig, EndpointTiming } from "../core/mctp/endpoint.ts";
export type { RequestTiming } from "../core/mctp/request-terms.ts";
export type { AssemblyLimits } from "../core/mctp/assembly.ts";
export type { QueueLimits } from "../core/mctp/transmit-queue.ts";
export type { Eid, Millis } from "../core/wire/units.ts";

/* ---- Text of peers for people ---- */

export { harmless, type Harmless } from "../core/wire/harmless.ts";

/* ---- Explaining bytes ---- */

export { decode, type AssembledMessage, type Decoded, type DecodedInput } from "../core/decode/decode.ts";
export { parseHex } from "../core/decode/hex.ts";
export type { InputKind } from "../core/decode/input.ts";
export { decodeMessage, type DecodedMessage } from "../core/decode/message.ts";
export type { DecodedField, PlacedFinding } from "../core/decode/read.ts";
export type { Finding, Severity } from "../core/wire/field-table.ts";
export { decodedLines, type Paint } from "../core/decode/text.ts";
