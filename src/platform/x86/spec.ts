/** What `x86:PORT` says, as it was read. */
import type { Spec } from "../kind.ts";

export interface X86Spec extends Spec {
  readonly kind: "x86";
  /** I/O port of IDR and ODR; STR is at the next one. */
  readonly dataPort: number;
  /** Physical address. */
  readonly windowAddress: number;
  readonly windowBytes: number;
  /** File whose positions are physical addresses. `path` is the one whose positions are I/O ports. */
  readonly memoryPath: string;
}
