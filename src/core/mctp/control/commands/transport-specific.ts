/**
 * Transport-specific commands, 0xF0 to 0xFF: defined by the transport binding that their data names. One of a vendor's
 * own binding, like this one, names the vendor, too. This binding defines none.
 */
import { tableCodec } from "../../../wire/field-codec.ts";
import { bytesOf, choose, u32, type Field } from "../../../wire/field-table.ts";
import type { ControlCommand } from "../data.ts";
import { bindingField, mediumField } from "../fields.ts";
import { Binding } from "../link-identifiers.ts";

export const FIRST_TRANSPORT_SPECIFIC = 0xf0;

export interface TransportSpecificData {
  readonly binding: number;
  readonly medium: number;
  /** The vendor's IANA enterprise number, where the binding is a vendor's own (0xff), and nowhere else. */
  readonly vendor?: number | undefined;
  readonly data: Uint8Array;
}

const VENDOR: readonly Field[] = [u32("vendor", { key: "vendor", reference: "IANA enterprise numbers" })];
const NO_VENDOR: readonly Field[] = [];

export const TRANSPORT_SPECIFIC_FIELDS: readonly Field[] = [
  bindingField("binding"),
  mediumField,
  choose(({ value }) => (value("binding type") === Binding.VENDOR ? VENDOR : NO_VENDOR)),
  bytesOf("data", "rest", { key: "data" }),
];

const codec = tableCodec<TransportSpecificData>(TRANSPORT_SPECIFIC_FIELDS, true);

/** One of the sixteen commands, 0xF0 to 0xFF. */
export function transportSpecific(code: number): ControlCommand<TransportSpecificData, TransportSpecificData> {
  return { code, request: codec, response: codec };
}
