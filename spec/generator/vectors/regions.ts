/** Control regions as vectors show them: under the names of the specification, and as bytes. */
import { decodeControlRegion } from "../../../src/core/binding/control-region.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import type { BmcTerms, HostTerms } from "./bench.ts";
import type { Json } from "./vector-file.ts";

interface RegionJson {
  readonly [name: string]: Json;
  readonly bytes: string;
  readonly fields: Json;
}

export function regionJson(bytes: Uint8Array): RegionJson {
  return { bytes: toHex(bytes), fields: fieldsJson(bytes) };
}

/** The region behind a host's proposal. */
export function proposalJson(bytes: Uint8Array, rxSizeWritten: boolean): Json {
  return { ...regionJson(bytes), rxSizeWritten };
}

function fieldsJson(bytes: Uint8Array): Json {
  const { magic, bmcVersions, hostVersions, negotiatedVersion, layout } = decodeControlRegion(bytes);
  return {
    magic: magic.toString(16).padStart(8, "0"),
    bmc_ver_min: bmcVersions.min,
    bmc_ver_cur: bmcVersions.cur,
    host_ver_min: hostVersions.min,
    host_ver_cur: hostVersions.cur,
    negotiated_ver: negotiatedVersion,
    rx_offset: layout.bmcToHost.offset,
    rx_size: layout.bmcToHost.size,
    tx_offset: layout.hostToBmc.offset,
    tx_size: layout.hostToBmc.size,
  };
}

export function termsJson({ versions, mtu }: Pick<BmcTerms | HostTerms, "versions" | "mtu">): Json {
  return { min: versions.min, cur: versions.cur, mtu: mtu ?? null };
}

export function range(min: number, cur: number): VersionRange {
  return { min, cur };
}

export const SIZE_UNITS: Readonly<Record<string, string>> = {
  min: "oldest version",
  cur: "newest version",
  mtu: "payload bytes of a packet that the side wants at most; null: no limit of its own",
  windowBytes: "size of the window",
  rx_offset: "the bmcToHost buffer, from the start of the window, in bytes",
  tx_offset: "the hostToBmc buffer, likewise",
  rx_size: "bytes of length field, header, payload and trailer",
  tx_size: "likewise",
};

export const REGION_UNITS: Readonly<Record<string, string>> = {
  bytes: "the first 32 bytes of the window, hexadecimal, two digits a byte",
  fields: "the same by the names of clause 6; magic in hexadecimal, the others as numbers",
  ...SIZE_UNITS,
};
