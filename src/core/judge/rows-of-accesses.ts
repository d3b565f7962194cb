/** Which rows of a trace the last accesses were: a judge counts accesses, a trace numbers rows. */
import type { TraceEntry } from "../trace/format.ts";

const KEPT = 1024;

export interface RowPlace {
  /** The row's own number. */
  readonly n: number;
  /** How many rows came before it. */
  readonly index: number;
}

export class RowsOfAccesses {
  readonly #accesses = new Float64Array(KEPT).fill(-1);
  readonly #numbers = new Float64Array(KEPT);
  readonly #indexes = new Float64Array(KEPT);
  #count = 0;

  /** `access` is the number that the row has if it is an access; a later row with the same takes its place. */
  push({ n }: Pick<TraceEntry, "n">, access: number): void {
    const at = access % KEPT;
    this.#accesses[at] = access;
    this.#numbers[at] = n;
    this.#indexes[at] = this.#count++;
  }

  /** Undefined for an access that is too far back. */
  of(access: number): RowPlace | undefined {
    const at = access % KEPT;
    if (this.#accesses[at] !== access) return undefined;
    return { n: this.#numbers[at]!, index: this.#indexes[at]! };
  }
}
