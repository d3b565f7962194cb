/** `qemu:FOLDER`: an ASPEED BMC that QEMU emulates. */
import { join, resolve } from "node:path";
import { integer, size, type Kind } from "../kind.ts";
import { MACHINE_FILE } from "./machine-file.ts";
import { openQemuBmc } from "./qemu-bmc.ts";
import { openQemuHost } from "./qemu-host.ts";
import type { QemuSpec } from "./spec.ts";

type Values = {
  readonly kcs: number;
  readonly at: number | undefined;
  readonly size: number | undefined;
};

/** What deployed machines have (K.1). */
const DEFAULT_CHANNEL = 3;
const DEFAULT_WINDOW_BYTES = 1024 * 1024;

export const qemuKind: Kind<QemuSpec, Values> = {
  name: "qemu",
  uses: { host: "the host of a machine that QEMU emulates", bmc: "its BMC, whose processor stands still" },
  place: "FOLDER",
  example: "/dev/shm/machine",
  isVirtual: true,
  keys: {
    kcs: integer("KCS channel", 1, 4, DEFAULT_CHANNEL),
    at: size("bytes of the BMC's region before the window", "0 to 4095M", "the window is its end"),
    size: size("bytes of the window", "4K to 16M", "1M"),
  },
  spec: (place, { kcs, at, size }) => {
    const folder = resolve(place);
    return {
      kind: "qemu",
      path: join(folder, MACHINE_FILE),
      name: `qemu:${folder}`,
      folder,
      channel: kcs,
      windowOffset: at,
      windowBytes: size ?? DEFAULT_WINDOW_BYTES,
    };
  },
  openHost: openQemuHost,
  openBmc: openQemuBmc,
};
