/**
 * Transport-specific commands, 0xF0 to 0xFF: defined by the transport binding that their data names. One of a vendor's
 * own binding, like this one, names the vendor, too. This binding defines none.
 */
import { tableCodec } from "../../../wire/field-codec.ts";
import { bytesOf, choose, u32, u8, type Field } from "../../../wire/field-table.ts";
import type { ControlCommand } from "../data.ts";
import { bindingField } from "../fields.ts";

export const FIRST_TRANSPORT_SPECIFIC = 0xf0;
/** The binding identifier of a vendor's own transport binding (DSP0239). */
const VENDOR_DEFINED_BINDING = 0xff;

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
  u8("medium type", { key: "medium", reference: "DSP0239" }),
  choose(({ value }) => (value("binding type") === VENDOR_DEFINED_BINDING ? VENDOR : NO_VENDOR)),
  bytesOf("data", "rest", { key: "data" }),
];

const codec = tableCodec<TransportSpecificData>(TRANSPORT_SPECIFIC_FIELDS, true);

/** One of the sixteen commands, 0xF0 to 0xFF. */
export function transportSpecific(code: number): ControlCommand<TransportSpecificData, TransportSpecificData> {
  return { code, request: codec, response: codec };
}
