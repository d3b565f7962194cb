/** Commands of the program, run by one process for all tests of a file. */
import { afterAll } from "@jest/globals";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  /** Did not end by itself in time. */
  readonly overdue: boolean;
}

const SERVER = join(__dirname, "command-server.mjs");

interface Server {
  readonly child: ChildProcess;
  readonly gone: Promise<undefined>;
}

let server: Server | undefined;
let last: Promise<unknown> = Promise.resolve();

afterAll(() => {
  server?.child.kill("SIGKILL");
});

/** Runs a command to its end, behind those that were asked for before, without input and with this environment alone. */
export function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  limitMilliseconds: number,
): Promise<Finished> {
  const run = last.then(() => runNext(args, environment, limitMilliseconds));
  last = run.catch(() => undefined);
  return run;
}

function startServer(): Server {
  const child = fork(SERVER, { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return { child, gone: once(child, "exit").then(() => undefined) };
}

async function runNext(args: readonly string[], environment: NodeJS.ProcessEnv, limit: number): Promise<Finished> {
  server ??= startServer();
  const { child, gone } = server;
  const answered = new AbortController();
  const answer = once(child, "message", { signal: answered.signal }) as Promise<[Finished]>;
  answer.catch(() => undefined);
  child.send({ args, environment });
  const timer = setTimeout(() => child.kill("SIGKILL"), limit);
  const first = await Promise.race([answer, gone]);
  clearTimeout(timer);
  answered.abort();
  if (first !== undefined) return { ...first[0], signal: null, overdue: false };
  server = undefined;
  return { code: null, signal: child.signalCode, stdout: "", stderr: "", overdue: true };
}
