/** What an agent answers to PLDM messages: it is a terminus that speaks the base type. */
import debugFactory from "debug";
import type { EndpointCore } from "../core/mctp/endpoint.ts";
import { MessageType } from "../core/mctp/message.ts";
import {
  PLDM_COUNTERS,
  baseTerminus,
  respondPldm,
  type PldmCounters,
  type PldmTerminus,
} from "../core/pldm/responder.ts";
import type { AgentRole } from "./control/control-socket.ts";
import { DEBUG_SHOWN_BYTES } from "./outputs/standard-outputs.ts";
import { toHex } from "../core/wire/bytes.ts";
import { zeroCounters } from "../core/wire/counters.ts";

export class PldmResponder {
  readonly counters: PldmCounters = zeroCounters(PLDM_COUNTERS);
  readonly terminus: PldmTerminus = baseTerminus();

  /** Takes messages of type PLDM, from `messages` where that is not the endpoint itself. */
  constructor(endpoint: EndpointCore, role: AgentRole, messages: Pick<EndpointCore, "handle"> = endpoint) {
    const debug = debugFactory(`mctp-lpc:${role}:mctp`);
    messages.handle(
      MessageType.PLDM,
      (message) => {
        const response = respondPldm(message.bytes, this.terminus, this.counters);
        if (response !== undefined) {
          endpoint.respond(message, response, undefined, true);
          return;
        }
        endpoint.discard(message);
        if (debug.enabled) {
          debug("PLDM discarded from %d: %s", message.source, toHex(message.bytes.subarray(0, DEBUG_SHOWN_BYTES)));
        }
      },
      PldmResponder.name,
    );
  }
}
