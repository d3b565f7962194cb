/** Mistakes above the binding, in what deployed endpoints are known to do wrong with its packets. */
import { type Mistake, offBus, onBus, tested } from "../mistake.ts";
import { before, instead, leaveOut, never } from "../operators/operators.ts";
import { call, naming } from "../operators/places.ts";

const MCTP_TESTS = "test/core/mctp";

export const MCTP: readonly Mistake[] = [
  {
    name: "assemblies-exhausted",
    text: "with all assemblies in use no message can begin any more",
    breaks: ["LPC-MCTP-7", "F13"],
    bus: offBus(
      "what a receiver puts together is not on the bus: a message that is dropped and one that nobody answers look the same",
    ),
    does: [before(call("mctp", "Assembler.#begin", "#endOldest"), "return;")],
    noticedBy: tested(`${MCTP_TESTS}/assembly`, "LPC-MCTP-7"),
  },
  {
    name: "assemblies-never-expire",
    text: "an unfinished message waits for its next packet for ever",
    breaks: ["LPC-MCTP-7", "F13", "F15"],
    bus: offBus(
      "what a receiver puts together is not on the bus: a message that is dropped and one that nobody answers look the same",
    ),
    does: [never(call("mctp", "Assembler.expire", "#end"), "deadline")],
    noticedBy: tested(`${MCTP_TESTS}/assembly`, ""),
  },
  {
    name: "assemblies-outlive-session",
    text: "a message half received goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    bus: offBus(
      "what a receiver puts together is not on the bus: a message that is dropped and one that nobody answers look the same",
    ),
    does: [leaveOut(naming(call("mctp", "Endpoint.portDown", "clear"), "channelLost"))],
    noticedBy: tested(MCTP_TESTS, "LPC-MCTP-6"),
  },
  {
    name: "assemblies-outlive-lost-packet",
    text: "a packet dropped for its CRC-32 leaves the messages under way open: parts of two may join",
    breaks: ["LPC-ERR-5"],
    bus: offBus(
      "what a receiver puts together is not on the bus: a message that is dropped and one that nobody answers look the same",
    ),
    does: [leaveOut(call("mctp", "Endpoint.packetLost", "clear"))],
    noticedBy: tested(MCTP_TESTS, "LPC-ERR-5"),
  },
  {
    name: "messages-outlive-session",
    text: "a message half sent goes on in the next session",
    breaks: ["LPC-MCTP-6", "F19"],
    bus: onBus(["LPC-MCTP-6"], "the first packet of a session is no first packet of a message"),
    does: [instead(naming(call("mctp", "TransmitQueue.clear", "takeAll"), "#others"), "[]")],
    noticedBy: tested(MCTP_TESTS, "LPC-MCTP-6"),
  },
  {
    name: "requests-never-time-out",
    text: "a request whose response never comes is neither sent again nor given up",
    breaks: ["LPC-MCTP-5", "F15"],
    bus: onBus(["LPC-MCTP-5"], "a control request without a response is not sent again: needs times"),
    does: [leaveOut(naming(call("mctp", "Endpoint.expire", "expire"), "#requests"))],
    noticedBy: tested(MCTP_TESTS, "LPC-MCTP-5"),
  },
];
