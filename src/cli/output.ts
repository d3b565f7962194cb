/** Standard output: what commands print, and output that cannot be written. */
import { harmless, harmlessJson } from "../core/wire/harmless.ts";
import { errnoOf, messageOf } from "../platform/failure.ts";
import { TOOL_OUTPUT, openOutput } from "../platform/opening.ts";
import { opening } from "../platform/scope.ts";
import { system } from "../platform/system.ts";

/** Of a file that a tool makes, less the umask. */
const TOOL_MODE = 0o666;

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(harmlessJson(JSON.stringify(value, undefined, 2)));
}

/** A line on standard error: what failed, or what is waited for. */
export function complain(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** Writes a file that the user named; one that is there must be a regular file of this user. Throws a Failure. */
export function writeResult(code: string, path: string, text: string, mode: number = TOOL_MODE): void {
  const what = `write ${path}`;
  opening(code, what, (scope) => {
    const { fd } = openOutput(code, what, path, { rule: TOOL_OUTPUT, mode });
    scope.add(system.close, fd);
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length;) done += system.write(fd, bytes.subarray(done));
    scope.release();
  });
}

/**
 * Waits while the reader of the output is behind, so that no more than a piece of output is kept for it. Without it, a
 * loop that writes fills memory with all that a slow reader has not taken.
 */
export async function outputTaken(): Promise<void> {
  const { stdout } = process;
  if (!stdout.writableNeedDrain || isLost) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      stdout.off("drain", go).off("close", go);
      resolve();
    };
    stdout.on("drain", go).on("close", go);
  });
}

/** Whether the reader of the output went first, as "| head" does: no failure of ours. */
export function isReaderGone(error: unknown): boolean {
  return errnoOf(error) === "EPIPE";
}

let isLost = false;

/** Whether standard output takes no more: its reader has gone, or it cannot be written. The stream itself forgets that. */
export function isOutputLost(): boolean {
  return isLost;
}

/** Output that is lost must not pass for written. Commands that have to clean up listen for themselves, too. */
export function watchOutput(): void {
  // The stream is destroyed by its first error; every later write only says so.
  process.stdout.once("error", (error) => {
    isLost = true;
    process.stdout.on("error", () => undefined);
    if (isReaderGone(error)) return;
    process.exitCode ||= 1;
    complain(`mctp-lpc: cannot write the output: ${trouble(error)}`);
  });
}

function trouble(error: unknown): string {
  switch (errnoOf(error)) {
    case "ENOSPC":
      return "no space left on the device; free some, or write it elsewhere";
    case "EIO":
      return "the device has failed; write it elsewhere";
    case "EDQUOT":
    case "EFBIG":
      return "it has grown too large for where it is written; write it elsewhere";
    default:
      return messageOf(error);
  }
}
