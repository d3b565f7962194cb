/** Field table of MCTP control messages: the header, then the tables of the commands (DSP0236 clauses 11 and 12). */
import { Completion } from "../mctp/control/codec.ts";
import { completionOf, controlCommand, controlCommandName } from "../mctp/control/commands.ts";
import { FIRST_TRANSPORT_SPECIFIC, TRANSPORT_SPECIFIC_FIELDS } from "../mctp/control/commands/transport-specific.ts";
import { bits, bytesOf, choose, remark, reserved, u8, wrong, type Field, type Seen } from "../wire/field-table.ts";
import { messageTypeByte, noCheck } from "./meanings.ts";

/** Bytes of a control message with its type byte: one packet of the baseline transmission unit. */
const LARGEST_CONTROL_MESSAGE = 64;

const REQUEST = "Rq";

/** TO, Rq and D: what may be together. */
function judgeFlags({ value, tagOwner }: Seen): ReturnType<typeof wrong> | undefined {
  const isRequest = value(REQUEST) === 1;
  const isDatagram = value("D") === 1;
  if (!isRequest && isDatagram) return wrong("D = 1 without Rq: neither request, datagram nor response; discarded");
  if (tagOwner === undefined || tagOwner === isRequest) return undefined;
  return wrong(
    isRequest
      ? "a request in a packet with TO = 0; discarded"
      : "a response (Rq = 0) in a packet with TO = 1; discarded",
  );
}

function dataOf({ value }: Seen): readonly Field[] {
  const code = value("command");
  const command = controlCommand(code);
  if (command !== undefined) return value(REQUEST) === 1 ? command.explainedRequest : command.responseFields;
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
  u8("flags and instance id", {
    reference: "DSP0236 11.2",
    bitFields: [
      bits(REQUEST, 7, 1, ["response", "request"]),
      bits("D", 6, 1, ["no datagram", "datagram: no response is wanted"]),
      reserved(5, 1),
      bits("instance id", 0, 5),
    ],
    judge: (_value, seen) => judgeFlags(seen),
  }),
  u8("command", {
    show: "hex",
    reference: "DSP0236 12.1",
    meaning: controlCommandName,
    judge: (value) =>
      controlCommand(value) !== undefined || value >= FIRST_TRANSPORT_SPECIFIC
        ? undefined
        : wrong("no such command: it is answered with 0x05, unsupported command"),
  }),
  choose((seen) => (seen.value(REQUEST) === 1 ? dataOf(seen) : [completionByte, afterCompletion])),
];
