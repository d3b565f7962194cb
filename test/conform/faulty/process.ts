/** A program in C on a board: what it says, and its end. */
import { expect } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../support/c-program.ts";
import { PROJECT, pause, type Sandbox } from "../../support/processes.ts";
import type { Program } from "./opposite.ts";

const FOLDER = join(PROJECT, "test", "conform", "faulty");
const SAYS_LIMIT_MILLISECONDS = 30_000;
const STOP_LIMIT_MILLISECONDS = 10_000;

/** Compiles the programs, all of which are one binary. */
export function compileFaulty(sandbox: Sandbox): Promise<string> {
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith(".c"));
  return compile(
    sandbox,
    "faulty",
    sources.map((name) => join(FOLDER, name)),
  );
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export class Process implements Program {
  /** All that it has said since it was first launched. */
  said = "";
  #stderr = "";
  readonly #start: () => ChildProcess;
  #running: Running | undefined;

  constructor(start: () => ChildProcess) {
    this.#start = start;
  }

  launch(): void {
    if (this.#running !== undefined) return;
    const child = this.#start();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    // It may end before stop or kill is called.
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once("close", (code, signal) => {
        resolve({ code, signal });
      });
    });
    this.#running = { child, ended };
  }

  /** Ends it in order. A program that ended before, complained or does not end is a failure. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.child.stdin?.end();
    const timer = setTimeout(() => running.child.kill("SIGKILL"), STOP_LIMIT_MILLISECONDS);
    const end = await running.ended;
    clearTimeout(timer);
    expect({ ...end, stderr: this.#stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  }

  async kill(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.child.kill("SIGKILL");
    await running?.ended;
  }

  /** Waits until it has said something so often. */
  async says(text: string, times = 1): Promise<void> {
    const end = performance.now() + SAYS_LIMIT_MILLISECONDS;
    while (this.said.split(text).length <= times) {
      if (performance.now() > end) throw new Error(`"${text}" was not said ${String(times)} times in:\n${this.said}`);
      await pause(5);
    }
  }
}
