/** `raw-kcs:PATH`: a KCS channel of an OpenBMC kernel, and the reserved memory of its chip. */
import { resolve } from "node:path";
import { DEFAULT_WINDOW_BYTES, LPC_KEY, WINDOW_KEYS, type MapTo } from "../aspeed/reserved-memory.ts";
import type { Kind } from "../kind.ts";
import { openRawKcs } from "./raw-kcs.ts";
import type { RawKcsSpec } from "./spec.ts";

type Values = {
  readonly lpc: string;
  readonly at: number | undefined;
  readonly size: number | undefined;
  readonly map: MapTo;
};

export const rawKcsKind: Kind<RawKcsSpec, Values> = {
  name: "raw-kcs",
  uses: { bmc: "a KCS channel and the reserved memory of a BMC" },
  place: "PATH",
  example: "/dev/raw-kcs3",
  keys: { lpc: LPC_KEY, ...WINDOW_KEYS },
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
