/** The control messages of an endpoint: requests are answered, once (LPC-MCTP-14), responses given to who asked. */
import type { Eid, Millis } from "../wire/units.ts";
import { Control, decodeControl, type ControlMessage } from "./control/codec.ts";
import { allocatesEids, assignsEid, respond, takeDatagram } from "./control/responder.ts";
import type { EndpointIdentity } from "./control/services.ts";
import type { MctpCounters } from "./counters.ts";
import { EndpointPort } from "./endpoint-port.ts";
import { MessageType, hasIntegrityCheck, typeOf, type Message } from "./message.ts";
import type { ResponseRule } from "./request-terms.ts";

/** What the control messages need of their endpoint. */
interface ControlledEndpoint {
  readonly identity: EndpointIdentity;
  readonly counters: MctpCounters;
  respond(request: Message, bytes: Uint8Array): void;
  readonly onEidAssigned: ((eid: Eid, by: Eid, now: Millis) => void) | undefined;
  readonly onControl: ((control: ControlMessage, source: Eid, port: EndpointPort) => void) | undefined;
}

export class ControlTraffic {
  readonly #endpoint: ControlledEndpoint;
  readonly #ports: readonly EndpointPort[];
  readonly #requests: { answer(response: Message, now: Millis): boolean };

  /** `ports`: the own one first; `requests`: takes responses, false when it waits for none. */
  constructor(
    endpoint: ControlledEndpoint,
    ports: readonly EndpointPort[],
    requests: { answer(response: Message, now: Millis): boolean },
  ) {
    this.#endpoint = endpoint;
    this.#ports = ports;
    this.#requests = requests;
  }

  deliver(message: Message, now: Millis): void {
    const { counters } = this.#endpoint;
    const control = hasIntegrityCheck(message.bytes) ? undefined : decodeControl(message.bytes, message.tagOwner);
    switch (control?.kind) {
      case "request":
        this.#answer(message, control, now);
        return;
      case "response":
        if (this.#requests.answer(message, now)) this.#tell(control, message);
        else counters.unexpectedTag++;
        return;
      case "datagram":
        if (takeDatagram(control, this.#portOf(message).services, message.source)) this.#tell(control, message);
        else counters.controlDiscarded++;
        return;
      case undefined:
        counters.controlDiscarded++;
    }
  }

  #answer(message: Message, request: ControlMessage, now: Millis): void {
    const endpoint = this.#endpoint;
    const { repeats, services, identity } = this.#portOf(message);
    const before = repeats.recall(message, now);
    if (before !== undefined) {
      endpoint.counters.requestsRepeated++;
      endpoint.respond(message, before);
      return;
    }
    const response = respond(request, identity, services, message.source);
    if (response !== undefined) {
      const isAssigned = assignsEid(request, response);
      if (isAssigned || allocatesEids(request, response)) for (const one of this.#ports) one.repeats.forgetEids();
      repeats.remember(message, request.command, response, now);
      // The answer to Set Endpoint ID already goes out under the new EID.
      endpoint.respond(message, response);
      if (isAssigned) endpoint.onEidAssigned?.(endpoint.identity.eid, message.source, now);
    }
    this.#tell(request, message);
  }

  #tell(control: ControlMessage, message: Message): void {
    this.#endpoint.onControl?.(control, message.source, this.#portOf(message));
  }

  #portOf({ arrival }: Message): EndpointPort {
    return arrival instanceof EndpointPort ? arrival : this.#ports[0]!;
  }
}

/** What is a response to a control request; undefined for other requests, which the type and tag have to do for. */
export function controlRule(bytes: Uint8Array): ResponseRule | undefined {
  if (typeOf(bytes) !== MessageType.CONTROL) return undefined;
  const request = decodeControl(bytes, true);
  if (request === undefined) return undefined;
  const { instance, command } = request;
  return {
    // LPC-MCTP-11: the response comes from an EID that the requester may not know yet.
    anySource: command === Control.SET_ENDPOINT_ID,
    accepts: (response) => {
      const control = decodeControl(response.bytes, response.tagOwner);
      return control?.kind === "response" && control.instance === instance && control.command === command;
    },
  };
}
