/** Field table of MCTP control messages: the header, then the tables of the commands (DSP0236 clauses 11 and 12). */
import { Completion } from "../mctp/control/codec.ts";
import { completionOf, controlCommand, controlCommandName } from "../mctp/control/commands.ts";
import { FIRST_TRANSPORT_SPECIFIC, TRANSPORT_SPECIFIC_FIELDS } from "../mctp/control/commands/transport-specific.ts";
import { bytesOf, choose, remark, u8, wrong, type Field, type Seen } from "../wire/field-table.ts";
import { flagsByte, messageTypeByte, noCheck } from "./meanings.ts";

/** Bytes of a control message with its type byte: one packet of the baseline transmission unit. */
const LARGEST_CONTROL_MESSAGE = 64;

function dataOf({ value }: Seen): readonly Field[] {
  const code = value("command");
  const command = controlCommand(code);
  if (command !== undefined) return value("Rq") === 1 ? command.explainedRequest : command.responseFields;
  return code >= FIRST_TRANSPORT_SPECIFIC ? TRANSPORT_SPECIFIC_FIELDS : [bytesOf("data", "rest")];
}

const completionByte: Field = u8("completion code", {
  show: "hex",
  reference: "DSP0236 12.2",
  meaning: (value, { value: of }) => completionOf(of("command"), value),
});

const afterCompletion: Field = choose((seen) => {
  if (seen.value("completion code") === Completion.SUCCESS) return dataOf(seen);
  const noData = (): ReturnType<typeof wrong> => wrong("no data may follow an error");
  return seen.left === 0 ? [] : [bytesOf("data", "rest", { judge: noData })];
});

export const CONTROL_MESSAGE: readonly Field[] = [
  remark("message", ({ left }) =>
    left > LARGEST_CONTROL_MESSAGE
      ? wrong(`${String(left)} bytes: a control message has at most ${String(LARGEST_CONTROL_MESSAGE)}`)
      : undefined,
  ),
  messageTypeByte(noCheck),
  flagsByte("DSP0236 11.2", ["no datagram", "datagram: no response is wanted"]),
  u8("command", {
    show: "hex",
    reference: "DSP0236 12.1",
    meaning: controlCommandName,
    judge: (value) =>
      controlCommand(value) !== undefined || value >= FIRST_TRANSPORT_SPECIFIC
        ? undefined
        : wrong("no such command: it is answered with 0x05, unsupported command"),
  }),
  choose((seen) => (seen.value("Rq") === 1 ? dataOf(seen) : [completionByte, afterCompletion])),
];
