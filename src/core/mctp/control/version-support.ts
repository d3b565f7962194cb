/** Get MCTP Version Support, command 0x04 (DSP0236 12.6): which versions of a message type an endpoint speaks. */
import { readU32be, writeU32be } from "../../wire/bytes.ts";
import { ok, reject } from "../../wire/result.ts";
import { Control } from "./codec.ts";
import { atLeast, exactly, type ControlCommand } from "./data.ts";

/** In place of a message type: the base specification itself. */
export const BASE_SPECIFICATION = 0xff;

export interface GetVersionSupportRequest {
  readonly messageType: number;
}

export interface GetVersionSupportResponse {
  /** Ascending, each coded as `versionNumber` does; never empty. */
  readonly versions: readonly number[];
}

const VERSION_BYTES = 4;

export const GetVersionSupport: ControlCommand<GetVersionSupportRequest, GetVersionSupportResponse> = {
  code: Control.GET_VERSION_SUPPORT,
  request: {
    encode: ({ messageType }) => Uint8Array.of(messageType),
    decode: exactly(1, (data) => ok({ messageType: data[0]! })),
  },
  response: {
    encode: ({ versions }) => {
      const data = new Uint8Array(1 + VERSION_BYTES * versions.length);
      data[0] = versions.length;
      versions.forEach((version, index) => {
        writeU32be(data, 1 + VERSION_BYTES * index, version);
      });
      return data;
    },
    decode: atLeast(1, (data) => {
      const count = data[0]!;
      if (count === 0) return reject("invalidData");
      if (data.length < 1 + VERSION_BYTES * count) return reject("invalidLength");
      return ok({ versions: Array.from({ length: count }, (_, index) => readU32be(data, 1 + VERSION_BYTES * index)) });
    }),
  },
};

/** A version in the BCD coding of DSP0236 12.6: 0xF1F3F100 is 1.3.1, an F digit being absent. */
export function versionNumber(major: number, minor: number, update: number): number {
  return ((0xf0 | major) * 0x1000000 + ((0xf0 | minor) << 16) + ((0xf0 | update) << 8)) >>> 0;
}

/** "1.3.1" */
export function versionText(version: number): string {
  const digits = (byte: number): string => ((byte & 0xf0) === 0xf0 ? String(byte & 0x0f) : byte.toString(16));
  const update = (version >>> 8) & 0xff;
  return [version >>> 24, (version >>> 16) & 0xff, ...(update === 0xff ? [] : [update])].map(digits).join(".");
}
