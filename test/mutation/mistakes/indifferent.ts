/** Orders of accesses that make no difference on the bus: no mistakes, though the specification has the other order. */
import type { Indifference } from "../mistake.ts";
import { leaveOut, swap } from "../operators/operators.ts";
import { call, nth } from "../operators/places.ts";

const DEPLOYED_HOST = "deployed host: F1, F2, F17, U1: one kill of either side";
const WRITES = call("binding", "sendPacket", "writeWindow");

export const INDIFFERENT: readonly Indifference[] = [
  {
    name: "packet-before-its-length",
    text: "the payload of a packet in pieces is written before length and header",
    because: "the buffer is the sender's until Tx Begin is written, behind all pieces",
    steps: ["H3.1", "H3.2", "B5.1", "B5.2"],
    does: [swap(nth(WRITES, 1), nth(WRITES, 2))],
    unseenIn: ["large-packets"],
  },
  {
    name: "offer-before-magic",
    text: "the offer is written before BMC versions",
    because: "both stand between STR = 0x01 and STR = 0x81; what a host reads meanwhile, its next look at STR revokes",
    steps: ["B1.5", "B1.6"],
    does: [swap("B1.5", "B1.6")],
    unseenIn: ["killed", "asks-less", DEPLOYED_HOST],
  },
  {
    name: "second-byte-left-to-interrupt",
    text: "a byte that stands in ODR behind the one just read is left to the next round",
    because: "it was written in this round, so that its interrupt brings the next",
    steps: ["H2.13"],
    does: [leaveOut("H2.13")],
    unseenIn: ["v3", "level", "killed"],
  },
];
