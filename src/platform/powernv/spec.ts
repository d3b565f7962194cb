/** What `powernv:FOLDER` says, as it was read. */
import type { Spec } from "../kind.ts";

export interface PowernvSpec extends Spec {
  readonly kind: "powernv";
  /** I/O port of IDR and ODR; STR is at the next one. */
  readonly dataPort: number;
  /** Address in LPC firmware space. */
  readonly windowAddress: number;
  readonly windowBytes: number;
  /** File whose positions are addresses of firmware space. `path` is the one whose positions are I/O ports. */
  readonly firmwarePath: string;
}
