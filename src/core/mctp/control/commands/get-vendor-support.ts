/** Get Vendor Defined Message Support, command 0x06 (DSP0236 12.8): whose vendor-defined messages an endpoint takes. */
import { byCases, choose, u16, u32, u8, type Field } from "../../../wire/field-table.ts";
import { Control } from "../codec.ts";
import { describeCommand, type DescribedCommand } from "../data.ts";
import { nextPart, partAsked } from "../fields.ts";

/** A PCI vendor id of 2 bytes, an IANA enterprise number of 4. */
export type VendorIdFormat = "pci" | "iana";

/** One set of vendor-defined messages. */
export interface VendorSupport {
  readonly format: VendorIdFormat;
  readonly id: number;
  /** 16 bits whose meaning is the vendor's: versions or a set of commands. */
  readonly commandSet: number;
}

export interface GetVendorSupportRequest {
  /** 0 for the first set, then what the response before named. */
  readonly selector: number;
}

export interface GetVendorSupportResponse extends VendorSupport {
  /** Selector of the next set, or NO_MORE_ENTRIES. */
  readonly next: number;
}

/** In the order of the formats. */
const ID_FIELDS: readonly (readonly Field[])[] = [
  [u16("vendor", { key: "id", show: "hex" })],
  [u32("vendor", { key: "id" })],
];
const NO_ID: readonly Field[] = [];

export const GetVendorSupport: DescribedCommand<GetVendorSupportRequest, GetVendorSupportResponse> = describeCommand({
  code: Control.GET_VENDOR_SUPPORT,
  name: "Get Vendor Defined Message Support",
  reference: "DSP0236 12.8",
  request: [partAsked("selector", "selector")],
  response: [
    nextPart("next selector"),
    u8("format", {
      key: "format",
      ...byCases([
        ["pci", "PCI vendor id"],
        ["iana", "IANA enterprise number"],
      ]),
    }),
    choose(({ value }) => ID_FIELDS[value("format")] ?? NO_ID),
    u16("command set", { key: "commandSet", show: "hex" }),
  ],
  line: { name: "get-vendor", summary: "all sets, or one", by: "all" },
});
