/** `raw-kcs:PATH`: a KCS channel of an OpenBMC kernel, and the reserved memory of its chip. */
import { resolve } from "node:path";
import { path, readAddress, size, type Key, type Kind } from "../kind.ts";
import { openRawKcs } from "./raw-kcs.ts";
import type { MapTo, RawKcsSpec } from "./spec.ts";

type Values = {
  readonly lpc: string;
  readonly at: number | undefined;
  readonly size: number | undefined;
  readonly map: MapTo;
};

const DEFAULT_LPC_PATH = "/dev/aspeed-lpc-ctrl";
/** What deployed BMCs and hosts have. */
const DEFAULT_WINDOW_BYTES = 1024 * 1024;

const mapTo: Key<MapTo> = {
  help: "where the host sees the window; auto: the end of 256M, where nothing is mapped",
  takes: "auto, none or an address like 0x0ff00000",
  otherwise: "auto",
  fallback: "auto",
  read: (text) => (text === "auto" || text === "none" ? text : readAddress(text)),
};

export const rawKcsKind: Kind<RawKcsSpec, Values> = {
  name: "raw-kcs",
  uses: { bmc: "a KCS channel and the reserved memory of a BMC" },
  place: "PATH",
  example: "/dev/raw-kcs3",
  keys: {
    lpc: path("node of the reserved memory", DEFAULT_LPC_PATH),
    at: size("bytes of that memory before the window", "0 to 4095M", "the window is its end"),
    size: size("bytes of the window", "4K to 16M", "1M"),
    map: mapTo,
  },
  spec: (node, { lpc, at, size, map }) => ({
    kind: "raw-kcs",
    path: resolve(node),
    otherPaths: [lpc],
    name: `raw-kcs:${node}`,
    lpcPath: lpc,
    windowOffset: at,
    windowBytes: size ?? DEFAULT_WINDOW_BYTES,
    map,
  }),
  openBmc: openRawKcs,
};
