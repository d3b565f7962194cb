/** What several families of messages share: the message type byte, texts. */
import { messageTypeName } from "../mctp/message.ts";
import { bits, reserved, u8, wrong, type Finding, type NumberField } from "../wire/field-table.ts";

/** The first byte of every message. */
export function messageTypeByte(judgeCheck?: (value: number) => Finding | undefined): NumberField {
  return u8("message type byte", {
    reference: "DSP0236 8.1",
    bitFields: [
      {
        ...bits("IC", 7, 1, ["no integrity check", "an integrity check follows the body"]),
        ...(judgeCheck === undefined ? {} : { judge: judgeCheck }),
      },
      { name: "message type", shift: 0, bits: 7, meaning: messageTypeName },
    ],
  });
}

/** Control and PLDM messages carry none. */
export function noCheck(value: number): Finding | undefined {
  return value === 0 ? undefined : wrong("messages of this type carry no integrity check: IC is 0");
}

/** TO of the packet and the kind of its message: a request has TO = 1, a response TO = 0. */
export function judgeTagOwner(isRequest: boolean, tagOwner: boolean | undefined): Finding | undefined {
  if (tagOwner === undefined || tagOwner === isRequest) return undefined;
  return wrong(`${isRequest ? "a request in a packet with TO = 0" : "a response in a packet with TO = 1"}; discarded`);
}

/** The second byte of control and PLDM messages. `datagram`: what D = 0 and D = 1 mean. */
export function flagsByte(reference: string, datagram: readonly [off: string, on: string]): NumberField {
  return u8("flags and instance id", {
    reference,
    bitFields: [
      bits("Rq", 7, 1, ["response", "request"]),
      bits("D", 6, 1, datagram),
      reserved(5, 1),
      bits("instance id", 0, 5),
    ],
    judge: (_value, { value, tagOwner }) => {
      const isRequest = value("Rq") === 1;
      if (isRequest || value("D") === 0) return judgeTagOwner(isRequest, tagOwner);
      return wrong("D = 1 without Rq: neither request, datagram nor response; discarded");
    },
  });
}

/** Printable ASCII in quotes; undefined for bytes that are none. */
export function textMeaning(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || !bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined;
  return `"${String.fromCharCode(...bytes.subarray(0, 64))}${bytes.length > 64 ? "…" : ""}"`;
}
