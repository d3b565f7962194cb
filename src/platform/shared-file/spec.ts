/** What `shm:PATH` says, as it was read. */
import type { Depth } from "../../core/binding/kcs-word.ts";
import type { Spec } from "../kind.ts";

export interface SharedFileSpec extends Spec {
  readonly kind: "shm";
  /** Window bytes and depth that the board must have; undefined: as it is, or the default where it is made. */
  readonly windowBytes: number | undefined;
  readonly depth: Depth | undefined;
  /** A board that others may write or exchange is used, too (`--allow-foreign-board`). */
  readonly allowForeign?: boolean;
}
