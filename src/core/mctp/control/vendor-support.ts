/** Get Vendor Defined Message Support, command 0x06 (DSP0236 12.8): whose vendor-defined messages an endpoint takes. */
import { readU16be, readU32be, writeU16be, writeU32be } from "../../wire/bytes.ts";
import { ok, reject } from "../../wire/result.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, nameOf, type ControlCommand } from "./data.ts";

/** In the order of their codes: a PCI vendor id of 2 bytes, an IANA enterprise number of 4. */
const FORMATS = ["pci", "iana"] as const;
export type VendorIdFormat = (typeof FORMATS)[number];
const ID_BYTES: Readonly<Record<VendorIdFormat, number>> = { pci: 2, iana: 4 };

/** As a selector: there are no more. */
export const NO_MORE_VENDORS = 0xff;

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
  /** Selector of the next set, or NO_MORE_VENDORS. */
  readonly next: number;
}

export const GetVendorSupport: ControlCommand<GetVendorSupportRequest, GetVendorSupportResponse> = {
  code: Control.GET_VENDOR_SUPPORT,
  request: {
    encode: ({ selector }) => Uint8Array.of(selector),
    decode: exactly(1, (data) => ok({ selector: data[0]! })),
  },
  response: {
    encode: ({ next, format, id, commandSet }) => {
      const idBytes = ID_BYTES[format];
      const data = new Uint8Array(2 + idBytes + 2);
      data[0] = next;
      data[1] = FORMATS.indexOf(format);
      if (format === "pci") writeU16be(data, 2, id);
      else writeU32be(data, 2, id);
      writeU16be(data, 2 + idBytes, commandSet);
      return data;
    },
    decode: atLeast(2, (data) => {
      const format = nameOf(FORMATS, data[1]!);
      if (format === undefined) return reject("invalidData");
      const idBytes = ID_BYTES[format];
      if (data.length < 2 + idBytes + 2) return reject("invalidLength");
      const id = format === "pci" ? readU16be(data, 2) : readU32be(data, 2);
      return ok({ next: data[0]!, format, id, commandSet: readU16be(data, 2 + idBytes) });
    }),
  },
};
