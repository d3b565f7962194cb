/**
 * What commands print, on standard output and standard error: strings are made harmless here, so that callers print a
 * text of an agent, a trace or a file as any other.
 */
import { asLines, harmless, harmlessJson, shortened, type Harmless, type Painted } from "../core/wire/harmless.ts";
import { errnoOf, messageOf } from "../platform/failure.ts";
import { isJournal, priorityText } from "../platform/journal.ts";
import { TOOL_OUTPUT, openOutput } from "../platform/opening.ts";
import { opening } from "../platform/scope.ts";
import { onOutputLost, writeLine, writeText } from "../platform/standard-streams.ts";
import { system } from "../platform/system.ts";
import { painted, type Line } from "./styled.ts";
import { hasColours } from "./terminal.ts";

const STANDARD_ERROR = 2;
/** Of a file that a tool makes, less the umask. */
const TOOL_MODE = 0o666;
/** Characters of a line on standard error; what is longer is cut, and ends in "…". */
export const LONGEST_COMPLAINT = 4000;

/** A line: a line end within it is shown by its number. */
export function print(line: string | Line): void {
  writeLine("stdout", shown(line));
}

export function printLines(lines: readonly (string | Line)[]): void {
  writeText("stdout", asLines(lines.map(shown)));
}

function shown(line: string | Line): Painted {
  return typeof line === "string" ? harmless(line) : painted(line, hasColours("stdout"));
}

/** A value as JSON in lines, for people to read as well. */
export function printJson(value: unknown): void {
  writeLine("stdout", harmlessJson(JSON.stringify(value, undefined, 2)));
}

/** A value as JSON on a line of its own. */
export function printJsonLine(value: unknown): void {
  writeLine("stdout", harmlessJson(JSON.stringify(value)));
}

/** A whole text that was made harmless: a drawing, a trace, a part of a JSON text. */
export function printText(text: Harmless): void {
  writeText("stdout", text);
}

/** A line on standard error: what failed, or what is waited for. */
export function complain(line: string): void {
  const priority = isJournal(STANDARD_ERROR) ? priorityText("error") : "";
  writeLine("stderr", shortened(harmless(`${priority}${line}`), LONGEST_COMPLAINT));
}

/** A file that a command makes piece by piece. */
export interface ResultFile {
  /** Throws a Failure. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Opens a file that the user named; one that is there must be a regular file of this user. Throws a Failure. */
export function openResult(code: string, path: string, mode: number = TOOL_MODE): ResultFile {
  const what = `write ${path}`;
  const { fd } = opening(code, what, () => openOutput(code, what, path, { rule: TOOL_OUTPUT, mode }));
  return {
    write: (bytes) => {
      opening(code, what, () => {
        for (let done = 0; done < bytes.length;) done += system.write(fd, bytes.subarray(done));
      });
    },
    close: () => {
      system.close(fd);
    },
  };
}

/** Writes a file whole, as openResult does. */
export function writeResult(code: string, path: string, text: Harmless, mode: number = TOOL_MODE): void {
  const file = openResult(code, path, mode);
  try {
    file.write(Buffer.from(text));
  } finally {
    file.close();
  }
}

/** Whether the reader of the output went first, as "| head" does: no failure of ours. */
export function isReaderGone(error: unknown): boolean {
  return errnoOf(error) === "EPIPE";
}

/** Output that is lost must not pass for written. Commands that have to clean up listen for themselves, too. */
export function watchOutput(): void {
  onOutputLost((error) => {
    if (isReaderGone(error)) return;
    process.exitCode ||= 1;
    complain(`mctp-lpc: cannot write the output: ${messageOf(error)}`);
  });
}
