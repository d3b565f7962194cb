/** What `qemu:FOLDER` says, as it was read. */
import type { Spec } from "../kind.ts";

export interface QemuSpec extends Spec {
  readonly kind: "qemu";
  /** The folder of the machine, absolute. `path` is the file in it that tells of the machine. */
  readonly folder: string;
  /** Number of the KCS channel, 1 to 4. */
  readonly channel: number;
  /** Bytes of the region before the window; undefined: the window is the end of the region. */
  readonly windowOffset: number | undefined;
  readonly windowBytes: number;
}
