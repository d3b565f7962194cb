/** `aspeed-mem:KCS`: a KCS channel of an ASPEED BMC at the chip's own registers, on kernels without the raw KCS driver. */
import { resolve } from "node:path";
import { MEMORY_FILE } from "../aspeed/memory-registers.ts";
import { DEFAULT_LPC_PATH, DEFAULT_WINDOW_BYTES, WINDOW_KEYS, type MapTo } from "../aspeed/reserved-memory.ts";
import type { SocName } from "../aspeed/soc.ts";
import { choice, path, readAddress, type Kind } from "../kind.ts";
import { openAspeedMem } from "./aspeed-mem.ts";
import type { AspeedMemSpec } from "./spec.ts";

type Values = {
  readonly lpc: string;
  readonly window: number | undefined;
  readonly at: number | undefined;
  readonly size: number | undefined;
  readonly map: MapTo;
  readonly mem: string;
  readonly soc: SocName | "auto";
  readonly force: boolean;
};

/** In place of a path. */
const NONE = "none";

export const aspeedMemKind: Kind<AspeedMemSpec, Values> = {
  name: "aspeed-mem",
  uses: { bmc: "KCS channel 1 to 4 of an ASPEED BMC by its registers" },
  place: "CHANNEL",
  example: "3",
  keys: {
    lpc: {
      help: "node of the reserved memory; none: the window is at window=",
      takes: "a path or none",
      otherwise: DEFAULT_LPC_PATH,
      fallback: DEFAULT_LPC_PATH,
      read: (text) => (text === "" ? undefined : text === NONE ? NONE : resolve(text)),
    },
    window: {
      help: "the BMC's physical address of the window, for lpc=none",
      takes: "an address like 0xb7f00000",
      otherwise: "in the reserved memory",
      fallback: undefined,
      read: readAddress,
    },
    ...WINDOW_KEYS,
    mem: path("file whose positions are physical addresses", MEMORY_FILE),
    soc: choice(
      "the chip; auto: what the device tree says",
      { auto: "auto", ast2400: "ast2400", ast2500: "ast2500", ast2600: "ast2600" },
      "auto",
      "auto",
    ),
    force: choice("use a channel that a driver has", { yes: true, no: false }, "no", false),
  },
  readPlace: (text) => (/^\d{1,4}$/.test(text) ? String(Number(text)) : undefined),
  spec: (place, { lpc, window, at, size, map, mem, soc, force }) => ({
    kind: "aspeed-mem",
    path: mem,
    otherPaths: lpc === NONE ? [] : [lpc],
    name: `aspeed-mem:${place}`,
    channel: Number(place),
    soc,
    lpcPath: lpc === NONE ? undefined : lpc,
    windowAddress: window,
    windowOffset: at,
    windowBytes: size ?? DEFAULT_WINDOW_BYTES,
    map,
    force,
  }),
  openBmc: openAspeedMem,
};
