/** Starts one-program.ts, and reads what it says. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Side } from "../faulty/program.ts";
import type { Tried } from "./one-program.ts";

/** Milliseconds that one run may take on a busy machine. */
const LIMIT = 300_000;

export interface Trial {
  readonly side: Side;
  /** Made for the trial. */
  readonly board: string;
  readonly depth: 0 | 1;
  readonly which: "all" | "fast";
  readonly program: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends the run, and the program with it. */
  readonly signal?: AbortSignal;
}

/** `project`: a folder whose dist/ is built. */
export function tryProgram(project: string, trial: Trial): Promise<Tried> {
  const { side, board, depth, which, program, environment = process.env, signal } = trial;
  const one = join(project, "dist", "test", "conform", "campaign", "one-program.js");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [one, side, board, String(depth), which, ...program], {
      // Its input ends with this process, and it ends with its input.
      stdio: ["pipe", "pipe", "inherit"],
      timeout: LIMIT,
      env: environment,
      ...(signal === undefined ? {} : { signal }),
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(JSON.parse(output) as Tried);
      else reject(new Error(`the run of ${program.join(" ")} ended with status ${String(status)}`));
    });
  });
}

/** Carries the jobs out, so many at once, in their order. */
export async function inParallel(atOnce: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...jobs];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
