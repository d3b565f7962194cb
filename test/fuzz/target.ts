/** A reader of bytes that is fuzzed. */
export interface Target {
  readonly name: string;
  /** Throws when something does not hold. */
  readonly run: (bytes: Uint8Array) => void;
  readonly seeds: readonly Uint8Array[];
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
