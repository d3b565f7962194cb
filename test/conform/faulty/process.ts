/** A program in C on a board: what it says, and its end. */
import { expect } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../support/c-program.ts";
import { PROJECT, finish, pause, type Sandbox } from "../../support/processes.ts";
import type { Program } from "./opposite.ts";

const FOLDER = join(PROJECT, "test", "conform", "faulty");
const SAYS_LIMIT_MILLISECONDS = 30_000;

/** Compiles the programs, all of which are one binary. */
export function compileFaulty(sandbox: Sandbox): Promise<string> {
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith(".c"));
  return compile(
    sandbox,
    "faulty",
    sources.map((name) => join(FOLDER, name)),
  );
}

export class Process implements Program {
  /** All that it has said since it was first launched. */
  said = "";
  readonly #start: () => ChildProcess;
  #child: ChildProcess | undefined;

  constructor(start: () => ChildProcess) {
    this.#start = start;
  }

  launch(): void {
    if (this.#child !== undefined) return;
    this.#child = this.#start();
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.said += text));
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) expect(await finish(child)).toMatchObject({ code: 0, stderr: "" });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill("SIGKILL");
    if (child !== undefined) await finish(child);
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
