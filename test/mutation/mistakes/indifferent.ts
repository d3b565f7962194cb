/** Orders of accesses that make no difference on the bus: no mistakes, though the specification has the other order. */
import { swapped, without, type Indifference } from "../mistake.ts";

const DEPLOYED_HOST = "deployed host: F1, F2, F17, U1: one kill of either side";

export const INDIFFERENT: readonly Indifference[] = [
  {
    name: "packet-before-its-length",
    text: "the payload of a packet in pieces is written before length and header (H3.1, B2.1)",
    because: "the buffer is the sender's until Tx Begin is written, behind all pieces",
    file: "src/core/binding/packet-buffer.ts",
    edits: swapped(
      "  yield at(write, buffer.offset, ends, 0, payloadAt);\n",
      "  yield at(write, buffer.offset + payloadAt, packet.message, packet.start, packet.end);\n",
    ),
    unseenIn: ["large-packets"],
  },
  {
    name: "offer-before-magic",
    text: "the offer is written before magic and BMC versions (B1.4, B1.5)",
    because: "both stand between STR = 0x01 and STR = 0x81; what a host reads meanwhile, its next look at STR revokes",
    file: "bmc/role/procedures.ts",
    edits: swapped(
      "  yield writeWindow(Field.magic, region.subarray(Field.magic, Field.hostVersionMin));\n",
      "  yield writeWindow(Field.negotiatedVersion, region.subarray(Field.negotiatedVersion, CONTROL_FIELDS_BYTES));\n",
    ),
    unseenIn: ["killed", "asks-less", DEPLOYED_HOST],
  },
  {
    name: "second-byte-left-to-interrupt",
    text: "a byte that stands in ODR behind the one just read is left to the next round (H2.7)",
    because: "it was written in this round, so that its interrupt brings the next",
    file: "host/role/procedures.ts",
    edits: without('      if ((status & Status.OBF) !== 0) return "again";\n'),
    unseenIn: ["v3", "level", "killed"],
  },
];
