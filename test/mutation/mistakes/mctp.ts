/** Mistakes above the binding, in what deployed endpoints are known to do wrong with its packets. */
import { mistake, type Mistake, offBus } from "../mistake.ts";
import { before, instead, leaveOut, never } from "../operators/operators.ts";
import { call, naming } from "../operators/places.ts";

const UNSEEN_ASSEMBLY = offBus(
  "what a receiver puts together is not on the bus: a message that is dropped and one that no endpoint answers look the same",
);

export const MCTP: readonly Mistake[] = [
  mistake(
    "assemblies-exhausted: with all assemblies in use no message can begin any more",
    "LPC-MCTP-7 F13 | test/core/mctp/assembly LPC-MCTP-7 | shown by host/half-message",
    before(call("mctp", "Assembler.#begin", "#endOldest"), "return;"),
    UNSEEN_ASSEMBLY,
  ),
  mistake(
    "assemblies-never-expire: an unfinished message waits for its next packet for ever",
    "LPC-MCTP-7 F13 F15 | test/core/mctp/assembly | shown by host/half-message",
    never(call("mctp", "Assembler.expire", "#end"), "deadline"),
    UNSEEN_ASSEMBLY,
  ),
  mistake(
    "assemblies-outlive-session: a message half received goes on in the next session",
    "LPC-MCTP-6 F19 | test/core/mctp LPC-MCTP-6 | shown by host/session-lost-with-packet",
    leaveOut(naming(call("mctp", "EndpointCore.portDown", "clear"), "channelLost")),
    UNSEEN_ASSEMBLY,
  ),
  mistake(
    "assemblies-outlive-lost-packet: a packet dropped for its CRC-32 leaves the messages under way open: parts of two may join",
    "LPC-ERR-5 | test/core/mctp LPC-ERR-5 | shown by host/damaged-requests",
    leaveOut(call("mctp", "EndpointCore.packetLost", "clear")),
    UNSEEN_ASSEMBLY,
  ),
  mistake(
    "messages-outlive-session: a message half sent goes on in the next session",
    "LPC-MCTP-6* F19 | test/core/mctp LPC-MCTP-6 | shown by pair/killed/host/d0",
    instead(naming(call("mctp", "TransmitQueue.clear", "takeAll"), "#others"), "[]"),
  ),
  mistake(
    "requests-never-time-out: a request whose response never comes is neither sent again nor given up",
    "LPC-MCTP-5* F15 | test/core/mctp LPC-MCTP-5 | shown by pair/requests",
    leaveOut(naming(call("mctp", "EndpointCore.expire", "expire"), "#requests")),
  ),
];
