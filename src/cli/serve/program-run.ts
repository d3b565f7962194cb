/**
 * One run of the program that answers a request: the request on its input, the response from its output. Time and output
 * are bounded; what it has started ends with it.
 */
import { spawn } from "node:child_process";
import { errnoOf, messageOf } from "../../platform/failure.ts";

/** Bytes of a response. */
export const LONGEST_OUTPUT: number = 64 * 1024;
/** Bytes of what a run writes to its standard error that are shown. */
export const SHOWN_ERRORS = 2048;

export interface ProgramCall {
  readonly program: string;
  readonly words: readonly string[];
  /** Added to the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: Uint8Array | string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of its output. */
  readonly longestOutput: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  readonly output: Buffer;
  /** What the program wrote to its standard error, of bounded length. */
  readonly errors: string;
  /** Why the output is no answer; undefined where it may be one. */
  readonly why: string | undefined;
}

/** Runs it without a shell. Never rejects. */
export function runProgramOnce(call: ProgramCall): Promise<ProgramEnd> {
  const { program, words, environment, input, timeout, longestOutput, signal } = call;
  return new Promise((resolve) => {
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let [length, errorLength] = [0, 0];
    let why: string | undefined;
    // In a process group of its own, so that what it starts can be ended with it.
    const child = spawn(program, words, {
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const end = (reason: string): void => {
      why ??= reason;
      endGroup(child.pid);
      // Whatever has left the group must not keep the run from ending.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => {
      end(`it took longer than ${String(timeout)} ms (--timeout)`);
    }, timeout);
    const abort = (): void => {
      end("it was ended");
    };
    signal.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", (part: Buffer) => {
      length += part.length;
      if (length > longestOutput) end(`it gave more than ${String(longestOutput)} bytes of output`);
      else output.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      if (errorLength < SHOWN_ERRORS) errors.push(part);
      errorLength += part.length;
    });
    // It need not read its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.once("error", (error) => {
      why ??= errnoOf(error) === "ENOENT" ? "there is no such program" : messageOf(error);
    });
    child.once("exit", () => {
      // What it left behind must not hold its output open.
      endGroup(child.pid);
    });
    child.once("close", (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (killedBy !== null) why ??= `it was ended by ${killedBy}`;
      else if (code !== 0) why ??= `it ended with status ${String(code)}`;
      const text = Buffer.concat(errors).toString("utf8", 0, SHOWN_ERRORS);
      resolve({ output: Buffer.concat(output), errors: text, why });
    });
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
