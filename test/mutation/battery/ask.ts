/** Has a copy of the project carry out runs of the battery, in a process of its own: each loads the copy's code anew. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { CoverAnswer, CoverTask, DigestAnswer, DigestTask, JudgeAnswer, JudgeTask, Task } from "./task.ts";

/** A mistaken side may go round in circles. */
const LIMIT_MILLISECONDS = 120_000;

export function ask(folder: string, task: JudgeTask): Promise<JudgeAnswer>;
export function ask(folder: string, task: DigestTask): Promise<DigestAnswer>;
export function ask(folder: string, task: CoverTask): Promise<CoverAnswer>;
/** `folder`: of the copy, or of the project itself. Rejects where the process fails, or takes too long. */
export function ask(folder: string, task: Task): Promise<unknown> {
  const program = join(folder, "dist", "test", "mutation", "battery", "play.js");
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, JSON.stringify(task)], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MILLISECONDS,
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.once("error", fail);
    child.once("close", (status, signal) => {
      if (status === 0) done(JSON.parse(output));
      else fail(new Error(signal === null ? lastLine(errors) : `ended by ${signal}`));
    });
  });
}

function lastLine(text: string): string {
  const lines = text.trim().split("\n");
  return lines.findLast((line) => /Error/.test(line)) ?? lines.at(-1) ?? "";
}
