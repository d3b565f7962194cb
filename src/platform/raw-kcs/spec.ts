/** What `raw-kcs:PATH` says, as it was read. */
import type { Spec } from "../kind.ts";

/** The host's address of the window; `auto`: the usual one, where no mapping is seen; `none`: left as it is. */
export type MapTo = number | "auto" | "none";

export interface RawKcsSpec extends Spec {
  readonly kind: "raw-kcs";
  /** Node of the reserved memory. */
  readonly lpcPath: string;
  /** Bytes of the region before the window; undefined: the window is the end of the region. */
  readonly windowOffset: number | undefined;
  readonly windowBytes: number;
  readonly map: MapTo;
}
