/**
 * The command line in this process: what a command prints, and its exit status, without the start of a program. Tests of
 * signals, of lost output and of what a command leaves to the system start the built program instead (Sandbox.run).
 */
import { Readable, Writable } from "node:stream";
import { createProgram } from "../../src/cli/program.ts";
import { runCommand } from "../../src/cli/run-command.ts";
import type { Finished, Sandbox } from "../support/processes.ts";

export interface Surroundings {
  /** Standard output is a terminal of so many columns. */
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** What a stream was given. */
class Capture extends Writable {
  text = "";
  readonly isTTY: boolean | undefined;
  readonly columns: number | undefined;

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.isTTY = columns === undefined ? undefined : true;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Commands set a number or nothing; what this function has assigned is forgotten by then. */
function exitStatus(): number {
  return typeof process.exitCode === "number" ? process.exitCode : 0;
}

/** One at a time: the streams and the exit status belong to the whole process. */
let last: Promise<unknown> = Promise.resolve();

/** Runs a command line with the sandbox's folders, as `Sandbox.run` does. */
export function runHere(sandbox: Sandbox, ...words: readonly string[]): Promise<Finished> {
  return runIn(sandbox, {}, ...words);
}

/** As `runHere`, with a terminal, an environment or input. */
export function runIn(
  sandbox: Sandbox,
  { columns, environment = {}, input = "" }: Surroundings,
  ...words: readonly string[]
): Promise<Finished> {
  const run = last.then(async () => {
    const [stdout, stderr] = [new Capture(columns), new Capture()];
    const { env, exitCode } = process;
    const streams = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr };
    const before = Object.keys(streams).map((name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const);
    for (const [name, value] of Object.entries(streams)) {
      Object.defineProperty(process, name, { value, configurable: true });
    }
    process.env = sandbox.environment(environment);
    process.exitCode = undefined;
    try {
      await runCommand(await createProgram(words), words);
      const code = exitStatus();
      return { code, signal: null, stdout: stdout.text, stderr: stderr.text, overdue: false };
    } finally {
      process.exitCode = exitCode;
      process.env = env;
      for (const [name, descriptor] of before) Object.defineProperty(process, name, descriptor);
    }
  });
  last = run.catch(() => undefined);
  return run;
}
