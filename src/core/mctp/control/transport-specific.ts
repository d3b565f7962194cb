/**
 * Transport-specific commands, 0xF0 to 0xFF: defined by the transport binding that their data names. One of a vendor's
 * own binding, like this one, names the vendor, too. This binding defines none.
 */
import { readU32be, writeU32be } from "../../wire/bytes.ts";
import { ok, reject } from "../../wire/result.ts";
import { joined, type ControlCommand, type DataCodec } from "./data.ts";

export const FIRST_TRANSPORT_SPECIFIC = 0xf0;
/** The binding identifier of a vendor's own transport binding (DSP0239). */
export const VENDOR_DEFINED_BINDING = 0xff;

export interface TransportSpecificData {
  readonly binding: number;
  readonly medium: number;
  /** The vendor's IANA enterprise number; with VENDOR_DEFINED_BINDING, and with no other. */
  readonly vendor: number | undefined;
  readonly data: Uint8Array;
}

const HEAD_BYTES = 2;
const VENDOR_BYTES = 4;

const codec: DataCodec<TransportSpecificData> = {
  encode: ({ binding, medium, vendor, data }) => {
    const vendorBytes = new Uint8Array(binding === VENDOR_DEFINED_BINDING ? VENDOR_BYTES : 0);
    if (vendorBytes.length > 0) writeU32be(vendorBytes, 0, vendor ?? 0);
    return joined([binding, medium], vendorBytes, data);
  },
  decode: (data) => {
    if (data.length < HEAD_BYTES) return reject("invalidLength");
    const [binding, medium] = [data[0]!, data[1]!];
    if (binding !== VENDOR_DEFINED_BINDING) {
      return ok({ binding, medium, vendor: undefined, data: data.subarray(HEAD_BYTES) });
    }
    const start = HEAD_BYTES + VENDOR_BYTES;
    if (data.length < start) return reject("invalidLength");
    return ok({ binding, medium, vendor: readU32be(data, HEAD_BYTES), data: data.subarray(start) });
  },
};

/** One of the sixteen commands, 0xF0 to 0xFF. */
export function transportSpecific(code: number): ControlCommand<TransportSpecificData, TransportSpecificData> {
  return { code, request: codec, response: codec };
}
