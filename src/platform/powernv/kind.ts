/** `powernv:`: the LPC bus of a PowerNV host, as its kernel shows it in debugfs. */
import { join, resolve } from "node:path";
import { address, size, type Kind } from "../kind.ts";
import { checkPowernv, openPowernv } from "./powernv.ts";
import type { PowernvSpec } from "./spec.ts";

type Values = {
  readonly kcs: number;
  readonly window: number;
  readonly size: number | undefined;
};

export const DEFAULT_FOLDER = "/sys/kernel/debug/powerpc/lpc";
/** What deployed OpenPOWER machines have (K.1). */
const DEFAULT_DATA_PORT = 0xca2;
const DEFAULT_WINDOW_ADDRESS = 0x0ff0_0000;
const DEFAULT_WINDOW_BYTES = 1024 * 1024;

export const powernvKind: Kind<PowernvSpec, Values> = {
  name: "powernv",
  uses: { host: "the LPC bus of a PowerNV host" },
  place: "[FOLDER]",
  example: DEFAULT_FOLDER,
  keys: {
    kcs: address("I/O port of the KCS channel", DEFAULT_DATA_PORT),
    window: address("address of the window in firmware space", DEFAULT_WINDOW_ADDRESS),
    size: size("bytes of the window", "4K to 16M", "1M"),
  },
  readPlace: (text) => resolve(text === "" ? DEFAULT_FOLDER : text),
  spec: (folder, { kcs, window, size }) => ({
    kind: "powernv",
    path: join(folder, "io"),
    otherPaths: [join(folder, "fw")],
    name: `powernv:${folder}`,
    dataPort: kcs,
    windowAddress: window,
    windowBytes: size ?? DEFAULT_WINDOW_BYTES,
    firmwarePath: join(folder, "fw"),
  }),
  check: checkPowernv,
  openHost: openPowernv,
};
