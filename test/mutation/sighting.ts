/** What the explorer says of a copy. */
import type { FindingKind } from "../../src/core/explore/search.ts";

export interface Sighting {
  readonly states: number;
  readonly complete: boolean;
  readonly finding:
    { readonly kind: FindingKind; readonly what: string; readonly moves: number; readonly cycle: number } | undefined;
}
