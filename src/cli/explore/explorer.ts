/** Runs configurations, several at a time, each in a worker of its own. */
import { Worker } from "node:worker_threads";
import { EXPLORE_WORKER } from "../package.ts";
import type { FindingKind } from "../../core/explore/search.ts";

/** What became of a configuration. */
export interface Exploration {
  readonly name: string;
  readonly text: string;
  readonly states: number;
  readonly transitions: number;
  /** Moves of the longest of the shortest ways to a state. */
  readonly depth: number;
  readonly ends: number;
  readonly seconds: number;
  /** Of the tables of states and moves. */
  readonly megabytes: number;
  /** False where the limit of states cut the search short. */
  readonly complete: boolean;
  readonly finding: FoundRun | undefined;
}

/** A counter-example. Moves by their names, as `--replay` takes them. */
export interface FoundRun {
  readonly kind: FindingKind;
  readonly what: string;
  readonly moves: readonly string[];
  readonly cycle: readonly string[];
}

export interface Progress {
  readonly name: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** What a worker is told, and what it says. */
export interface Order {
  readonly name: string;
  readonly stateLimit: number;
}
export type Report =
  ({ readonly kind: "progress" } & Progress) | { readonly kind: "done"; readonly exploration: Exploration };

/** The heap of a worker in MiB; the tables of states are outside it. */
const HEAP_MEBIBYTES = 3072;

/** Runs the named configurations, `jobs` at a time; results come in the order of the names. */
export async function explore(
  names: readonly string[],
  jobs: number,
  stateLimit: number,
  onProgress: (progress: Progress) => void,
  onDone: (exploration: Exploration) => void,
): Promise<readonly Exploration[]> {
  const results: Exploration[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < names.length) {
      const place = next++;
      const exploration = await runOne({ name: names[place]!, stateLimit }, onProgress);
      results[place] = exploration;
      onDone(exploration);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, names.length) }, runner));
  return results;
}

function runOne(order: Order, onProgress: (progress: Progress) => void): Promise<Exploration> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(EXPLORE_WORKER, {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
    });
    worker.on("message", (report: Report) => {
      if (report.kind === "progress") onProgress(report);
      else resolve(report.exploration);
    });
    worker.on("error", reject);
    worker.on("exit", () => {
      reject(new Error(`the worker of ${order.name} ended without a result`));
    });
  });
}
