/**
 * Standard output and standard error: the only file that writes to them, which lint keeps. It takes text that was made
 * harmless, and nothing else.
 */
import type { Painted } from "../core/wire/harmless.ts";

export type StreamName = "stdout" | "stderr";

/** Text as it is: line ends are the caller's. */
export function writeText(stream: StreamName, text: Painted): void {
  process[stream].write(text);
}

/** A text that is a line. */
export function writeLine(stream: StreamName, line: Painted): void {
  process[stream].write(`${line}\n`);
}

/** Bytes for another program, as a capture is; a caller writes none to a terminal. */
export function writeBytes(stream: StreamName, bytes: Uint8Array): void {
  process[stream].write(bytes);
}

/** Whether a stream understands escape sequences: a terminal, and no dumb one. */
export function isTerminal(stream: StreamName): boolean {
  // On a pipe isTTY is not false but missing.
  return process[stream].isTTY ? process.env["TERM"] !== "dumb" : false;
}

/** Columns and rows of a terminal; undefined elsewhere, and where the terminal was never told its size. */
export function terminalSize(stream: StreamName): { readonly columns: number; readonly rows: number } | undefined {
  const { isTTY, columns, rows } = process[stream];
  return isTTY && columns > 0 ? { columns, rows } : undefined;
}

/** Whether the reader of standard output is behind. */
export function isOutputBehind(): boolean {
  return process.stdout.writableNeedDrain && !isLost;
}

/** Waits while the reader of standard output is behind. */
export async function outputDrained(): Promise<void> {
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

/** Whether standard output takes no more: its reader has gone, or it cannot be written. */
export function isOutputLost(): boolean {
  return isLost;
}

/** The stream itself forgets it. */
let isLost = false;

/**
 * Calls `lost` at the first error of standard output, most likely that its reader has gone; every later one only says the
 * same, and ends nothing. Gives a function that forgets it.
 */
export function onOutputLost(lost: (error: unknown) => void): () => void {
  const { stdout } = process;
  const first = (error: unknown): void => {
    isLost = true;
    stdout.on("error", () => undefined);
    lost(error);
  };
  stdout.once("error", first);
  return () => {
    stdout.off("error", first);
  };
}
