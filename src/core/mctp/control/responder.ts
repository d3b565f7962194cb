/**
 * Answers to control requests (DSP0236 clause 12), each made at once (LPC-MCTP-8) with the completion code of
 * LPC-MCTP-12, as the table of LPC-MCTP-28 has them. The endpoint's services decide which commands there are; every other is answered with "unsupported
 * command": on this binding those of discovery, but for the Discovery Notify that a bus owner takes (LPC-MCTP-9).
 */
import type { Eid } from "../../wire/units.ts";
import { NULL_EID } from "../message.ts";
import { AllocateEndpointIds } from "./commands/allocate-endpoint-ids.ts";
import { Completion, Control, encodeResponse, type ControlMessage } from "./codec.ts";
import { DISCOVERY_HANDLERS } from "./discovery-handlers.ts";
import { ENDPOINT_HANDLERS } from "./endpoint-handlers.ts";
import type { Answer, Answering, ControlHandler } from "./handler.ts";
import { ROUTING_HANDLERS } from "./routing-handlers.ts";
import type { ControlServices, EndpointIdentity } from "./services.ts";
import { SetEndpointId } from "./commands/set-endpoint-id.ts";

const HANDLERS: ReadonlyMap<number, ControlHandler> = new Map(
  [...ENDPOINT_HANDLERS, ...ROUTING_HANDLERS, ...DISCOVERY_HANDLERS].map((one) => [one.code, one] as const),
);

const NO_SERVICES: ControlServices = {};

/**
 * The response to a request from `source`; undefined where the command is answered with silence. May change the
 * identity, and what the services are in charge of.
 */
export function respond(
  request: ControlMessage,
  identity: EndpointIdentity,
  services: ControlServices = NO_SERVICES,
  source: Eid = NULL_EID,
): Uint8Array | undefined {
  const answer = answerTo(request, { identity, services, source });
  return answer && encodeResponse(request.instance, request.command, answer.completion, answer.data);
}

function answerTo({ command, data }: ControlMessage, answering: Answering): Answer {
  const handler = HANDLERS.get(command);
  if (handler?.has(answering.services) !== true) return { completion: Completion.UNSUPPORTED_COMMAND };
  return handler.answer(data, answering);
}

/** Takes a datagram, to which there is no response. False when it is none of those that mean something. */
export function takeDatagram(datagram: ControlMessage, services: ControlServices, source: Eid): boolean {
  if (datagram.command !== Control.DISCOVERY_NOTIFY || datagram.data.length > 0) return false;
  services.onDiscoveryNotify?.(source);
  return services.onDiscoveryNotify !== undefined;
}

/** Whether `response` to this request says that an EID was assigned, be it the one there was. */
export function assignsEid(request: ControlMessage, response: Uint8Array): boolean {
  if (request.command !== Control.SET_ENDPOINT_ID || response[3] !== Completion.SUCCESS) return false;
  const asked = SetEndpointId.request.decode(request.data);
  if (!asked.ok || asked.value.operation === "setDiscovered") return false;
  const read = SetEndpointId.response.decode(response.subarray(4));
  return read.ok && read.value.accepted;
}

/** Whether `response` to this request says that a pool of EIDs was allocated. */
export function allocatesEids(request: ControlMessage, response: Uint8Array): boolean {
  if (request.command !== Control.ALLOCATE_ENDPOINT_IDS || response[3] !== Completion.SUCCESS) return false;
  const asked = AllocateEndpointIds.request.decode(request.data);
  if (!asked.ok || asked.value.operation === "get") return false;
  const read = AllocateEndpointIds.response.decode(response.subarray(4));
  return read.ok && read.value.accepted;
}
