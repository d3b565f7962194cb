/** What `raw-kcs:PATH` says, as it was read. */
import type { WindowSettings } from "../aspeed/reserved-memory.ts";
import type { Spec } from "../kind.ts";

export interface RawKcsSpec extends Spec, WindowSettings {
  readonly kind: "raw-kcs";
  /** Node of the reserved memory. */
  readonly lpcPath: string;
}
