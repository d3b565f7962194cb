/** Field tables of MCTP control messages, commands 0x01 to 0x14 (DSP0236 clauses 11 and 12). */
import { Completion, completionName, controlCommandName } from "../mctp/control/codec.ts";
import { FIRST_TRANSPORT_SPECIFIC, VENDOR_DEFINED_BINDING } from "../mctp/control/transport-specific.ts";
import { CONTROL_DATA } from "./control-data.ts";
import { bindingField, messageTypeByte, noCheck } from "./meanings.ts";
import { bits, bytesOf, choose, remark, reserved, u32, u8, wrong, type Field, type Seen } from "./table.ts";

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

const transportSpecific: readonly Field[] = [
  bindingField(),
  u8("medium type", { reference: "DSP0239" }),
  choose(({ value }) =>
    value("binding type") === VENDOR_DEFINED_BINDING ? [u32("vendor", { reference: "IANA enterprise numbers" })] : [],
  ),
  bytesOf("data", "rest"),
];

function dataOf(seen: Seen): readonly Field[] {
  const command = seen.value("command");
  const data = CONTROL_DATA.get(command);
  if (data !== undefined) return seen.value(REQUEST) === 1 ? data.request : data.response;
  if (command >= FIRST_TRANSPORT_SPECIFIC) return transportSpecific;
  return [bytesOf("data", "rest")];
}

const completionByte: Field = u8("completion code", {
  show: "hex",
  reference: "DSP0236 12.2",
  meaning: (value, { value: of }) => CONTROL_DATA.get(of("command"))?.completions?.[value] ?? completionName(value),
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
      CONTROL_DATA.has(value) || value >= FIRST_TRANSPORT_SPECIFIC
        ? undefined
        : wrong("no such command: it is answered with 0x05, unsupported command"),
  }),
  choose((seen) => (seen.value(REQUEST) === 1 ? dataOf(seen) : [completionByte, afterCompletion])),
];
