/** `x86:PORT`: a host whose KCS is at I/O ports and whose window is in physical memory. */
import { LAST_DATA_PORT } from "../device/host-registers.ts";
import { hexText, path, readAddress, requiredAddress, size, type Kind } from "../kind.ts";
import type { X86Spec } from "./spec.ts";
import { checkX86, openX86, PORT_FILE } from "./x86.ts";

type Values = {
  readonly window: number | undefined;
  readonly size: number | undefined;
  readonly port: string;
  readonly mem: string;
};

/** What the generic decoders of Intel and AMD chipsets pass on. */
const DEFAULT_WINDOW_BYTES = 64 * 1024;

export const x86Kind: Kind<X86Spec, Values> = {
  name: "x86",
  uses: { host: "KCS at an I/O port, and a window in physical memory" },
  place: "PORT",
  example: "0xca2,window=0xfe0f0000",
  keys: {
    window: requiredAddress("physical address of the window"),
    size: size("bytes of the window", "4K to 16M", "64K"),
    port: path("file whose positions are I/O ports", PORT_FILE),
    mem: path("file whose positions are physical addresses", "/dev/mem"),
  },
  readPlace: (text) => {
    const port = readAddress(text);
    return port === undefined || port > LAST_DATA_PORT ? undefined : hexText(port);
  },
  spec: (place, { window, size, port, mem }) => ({
    kind: "x86",
    path: port,
    otherPaths: [mem],
    name: `x86:${place}`,
    dataPort: Number(place),
    // The parser has refused a spec without.
    windowAddress: window!,
    windowBytes: size ?? DEFAULT_WINDOW_BYTES,
    memoryPath: mem,
  }),
  check: checkX86,
  openHost: openX86,
};
