/** The committed record of a full exploration, which `npm run exploration` writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const EXPLORATION_RECORD = "spec/figures/data/exploration.json";

/** How large a search was. */
export interface RecordedSize {
  readonly text: string;
  readonly states: number;
  readonly transitions: number;
  /** Moves of the longest of the shortest ways to a state. */
  readonly depth: number;
}

export interface RecordedConfiguration extends RecordedSize {
  readonly name: string;
  /** Of the tables of states and moves. */
  readonly mebibytes: number;
}

/** A case with a deployed peer; what was found is what is expected to be. */
export interface RecordedCase extends RecordedSize {
  readonly found?: { readonly kind: string; readonly moves: number } | undefined;
}

/** How many packets may pass one that waits for its Tx Begin, with so many packets each way (`n`). */
export interface RecordedFairness {
  readonly text: string;
  /** Of the path into the BMC. */
  readonly pathDepth: number;
  readonly host: number | string;
  readonly bmc: number | string;
  readonly packets: readonly number[];
}

export interface ExplorationRecord {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGibibytes: number;
    readonly node: string;
  };
  /** Of the configurations. */
  readonly seconds: number;
  readonly configurations: readonly RecordedConfiguration[];
  readonly ourHost: readonly RecordedCase[];
  readonly ourBmc: readonly RecordedCase[];
  readonly bothDeployed: readonly RecordedCase[];
  readonly leftOut: readonly RecordedCase[];
  readonly fairness: readonly RecordedFairness[];
}

/** The committed tables of mistakes made on purpose, as `npm run mutation` writes them. */
export const MISTAKES_RECORD = "spec/figures/data/mistakes.md";

export function readMistakesRecord(project: string): string {
  return readFileSync(join(project, MISTAKES_RECORD), "utf8");
}

export function readExplorationRecord(project: string): ExplorationRecord {
  return JSON.parse(readFileSync(join(project, EXPLORATION_RECORD), "utf8")) as ExplorationRecord;
}
