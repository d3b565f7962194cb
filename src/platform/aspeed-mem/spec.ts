/** What `aspeed-mem:KCS` says, as it was read. */
import type { WindowSettings } from "../aspeed/reserved-memory.ts";
import type { SocName } from "../aspeed/soc.ts";
import type { Spec } from "../kind.ts";

/** `path` is the file whose positions are physical addresses. */
export interface AspeedMemSpec extends Spec, WindowSettings {
  readonly kind: "aspeed-mem";
  /** As it was given; the chips have 1 to 4. */
  readonly channel: number;
  readonly soc: SocName | "auto";
  /** Node of the reserved memory; undefined: the window is at `windowAddress`. */
  readonly lpcPath: string | undefined;
  /** The BMC's physical address of the window; undefined: it is in the reserved memory. */
  readonly windowAddress: number | undefined;
  /** A channel that a driver has is used all the same. */
  readonly force: boolean;
}
