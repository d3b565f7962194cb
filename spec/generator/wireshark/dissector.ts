/**
 * docs/wireshark/mctp-lpc.lua: what makes Wireshark and tshark show the bus of a capture (Annex G.8), and MCTP where they do
 * not know it themselves. Its numbers and names are those of the code.
 */
import {
  BUS_RECORD_VERSION,
  BUS_SIDES,
  BusField,
  BusOperation,
  BusPlace,
  LONGEST_STEP_BYTES,
} from "../../../src/core/capture/bus-record.ts";
import { FINDING_KINDS } from "../../../src/core/capture/finding-record.ts";
import { MCTP_PROTOCOL } from "../../../src/core/capture/link-types.ts";
import { CONTROL_FIELDS, CONTROL_FIELDS_BYTES } from "../../../src/core/binding/control-region.ts";
import { Command, STATUS_BITS, commandName } from "../../../src/core/binding/registers.ts";
import { Completion, completionName } from "../../../src/core/mctp/control/codec.ts";
import { CONTROL_COMMANDS } from "../../../src/core/mctp/control/commands.ts";
import { MessageType, messageTypeName } from "../../../src/core/mctp/message.ts";
import type { Artefact } from "../artefact.ts";
import { dissectorText, type DissectorTables } from "./template.ts";

const SIDE_WORDS = { host: "host", bmc: "BMC", lab: "outside" } as const;
const OPERATION_WORDS: Readonly<Record<keyof typeof BusOperation, string>> = {
  READ: "reads",
  WRITE: "writes",
  STARTED: "starts",
  STOP_ASKED: "is asked to stop",
  ENDED: "has stopped",
  HEAD: "records",
  FINDING: "broke",
};

export function dissectorArtefacts(): readonly Artefact[] {
  const tables: DissectorTables = {
    version: BUS_RECORD_VERSION,
    field: BusField,
    longestStep: LONGEST_STEP_BYTES,
    place: BusPlace,
    operation: BusOperation,
    rules: FINDING_KINDS.map((kind, number) => [number, kind] as const),
    sides: BUS_SIDES.map((side, number) => [number, SIDE_WORDS[side]] as const),
    operations: Object.entries(BusOperation).map(
      ([name, number]) => [number, OPERATION_WORDS[name as keyof typeof BusOperation]] as const,
    ),
    places: Object.entries(BusPlace).map(([name, number]) => [number, name === "WINDOW" ? "window" : name] as const),
    commands: Object.values(Command).map((code) => [code, commandName(code)] as const),
    statusBits: STATUS_BITS.map(({ mask, name }) => ({ mask, name })),
    region: CONTROL_FIELDS.map(({ name, offset, bytes }) => ({ name, offset, bytes })),
    regionBytes: CONTROL_FIELDS_BYTES,
    protocol: MCTP_PROTOCOL,
    messageTypes: Object.values(MessageType).map((type) => [type, messageTypeName(type)] as const),
    controlCommands: CONTROL_COMMANDS.map(({ code, name }) => [code, name] as const),
    completions: [...new Set(Object.values(Completion))]
      .filter((code) => code < Completion.TYPE_NOT_SUPPORTED)
      .map((code) => [code, completionName(code)] as const),
  };
  return [{ path: "docs/wireshark/mctp-lpc.lua", text: dissectorText(tables) }];
}
