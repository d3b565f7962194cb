/** The committed record of what was explored of version 4, which test/core/explore/version-4/record.ts writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const VERSION_4_RECORD = "spec/figures/data/version-4.json";

export interface RecordedConfiguration4 {
  readonly name: string;
  readonly text: string;
  readonly states: number;
  readonly transitions: number;
  /** Moves of the longest of the shortest ways. */
  readonly depth: number;
}

export interface RecordedLeftOut4 {
  readonly text: string;
  readonly states: number;
  readonly found?: { readonly kind: string; readonly moves: number } | undefined;
}

export interface Version4Record {
  readonly configurations: readonly RecordedConfiguration4[];
  /** Sides of versions 1 to 3 beside one that offers 1 to 4. */
  readonly offered: readonly RecordedConfiguration4[];
  readonly leftOut: readonly RecordedLeftOut4[];
}

export function readVersion4Record(project: string): Version4Record {
  return JSON.parse(readFileSync(join(project, VERSION_4_RECORD), "utf8")) as Version4Record;
}
