/** A whole message explained: the table of its type, and what is known of it in one line. */
import { controlCommandName } from "../mctp/control/commands.ts";
import { MessageType, messageTypeName, typeOf } from "../mctp/message.ts";
import { pldmCommandName } from "../pldm/codec.ts";
import { ENTERPRISE_NUMBER, operationName } from "../vendor-messages/operations.ts";
import { CONTROL_MESSAGE } from "./control.ts";
import { messageTypeByte } from "./meanings.ts";
import { PLDM_MESSAGE } from "./pldm.ts";
import { readTable, type DecodedField } from "./read.ts";
import { bytesOf, type Field } from "../wire/field-table.ts";
import { VENDOR_IANA_MESSAGE, VENDOR_PCI_MESSAGE } from "./vendor.ts";

const TABLES: ReadonlyMap<number, readonly Field[]> = new Map([
  [MessageType.CONTROL, CONTROL_MESSAGE],
  [MessageType.PLDM, PLDM_MESSAGE],
  [MessageType.VENDOR_PCI, VENDOR_PCI_MESSAGE],
  [MessageType.VENDOR_IANA, VENDOR_IANA_MESSAGE],
]);

/** Types that are known by name alone, and unknown ones. */
const OTHER_MESSAGE: readonly Field[] = [messageTypeByte(), bytesOf("body", "rest")];

export interface DecodedMessage {
  /** "Get Endpoint ID response, success" */
  readonly title: string;
  readonly fields: readonly DecodedField[];
  /** The completion code or status of a response, where the type has one. */
  readonly completion?: { readonly code: number; readonly name: string } | undefined;
}

/**
 * Explains one message, type byte first. `base` is added to every offset; `tagOwner` is TO of the packet, undefined
 * when there was none.
 *
 * @example
 * ```ts
 * console.log(decodeMessage(Uint8Array.of(0x00, 0x80, 0x02)).title); // Get Endpoint ID request
 * ```
 */
export function decodeMessage(bytes: Uint8Array, base = 0, tagOwner?: boolean): DecodedMessage {
  const type = typeOf(bytes);
  const { fields, values } = readTable(TABLES.get(type) ?? OTHER_MESSAGE, bytes, { base, tagOwner });
  const named = (name: string): DecodedField | undefined => fields.find((field) => field.name === name);
  const code = values.get("completion code") ?? values.get("status");
  const isVendorStatus = values.get("completion code") === undefined && values.get("response") !== 1;
  const answered = named("completion code") ?? named("status");
  const name = answered?.meaning;
  const completion = code === undefined || name === undefined || isVendorStatus ? undefined : { code, name };
  const title = titleOf(type, values);
  return {
    title: bytes.length === 0 ? "empty message" : completion === undefined ? title : `${title}, ${completion.name}`,
    fields,
    completion,
  };
}

function titleOf(type: number, values: ReadonlyMap<string, number>): string {
  const command = values.get("command");
  const kind = values.get("Rq") === 0 ? "response" : values.get("D") === 1 ? "datagram" : "request";
  switch (type) {
    case MessageType.CONTROL:
      return command === undefined ? "MCTP control" : `${controlCommandName(command)} ${kind}`;
    case MessageType.PLDM:
      return command === undefined ? "PLDM" : `PLDM ${pldmCommandName(values.get("PLDM type") ?? 0, command)} ${kind}`;
    case MessageType.VENDOR_IANA: {
      const operation = operationName(values.get("operation code") ?? 0);
      if (values.get("enterprise number") !== ENTERPRISE_NUMBER || operation === undefined) break;
      return `${operation} ${values.get("response") === 1 ? "response" : "request"}`;
    }
  }
  return messageTypeName(type);
}
