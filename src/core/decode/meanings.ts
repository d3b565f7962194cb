/** What several families of messages share: the message type byte, texts. */
import { messageTypeName } from "../mctp/message.ts";
import { bits, u8, wrong, type Finding, type NumberField } from "../wire/field-table.ts";

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

/** Printable ASCII in quotes; undefined for bytes that are none. */
export function textMeaning(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || !bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined;
  return `"${String.fromCharCode(...bytes.subarray(0, 64))}${bytes.length > 64 ? "…" : ""}"`;
}
