/** Standard output and standard error of an agent's process: the log, DEBUG output, and the reason of an early end. */
import debugFactory from "debug";
import { format } from "node:util";
import { Budget } from "../../core/wire/budget.ts";
import { harmless, shortened, type Harmless } from "../../core/wire/harmless.ts";
import { monotonicClock, type Clock } from "../../node/clock.ts";
import { system } from "../../platform/system.ts";
import type { Write } from "./background-writer.ts";
import { LineOutput, isClosed, writeToDescriptor, writeToStream } from "./line-output.ts";
import type { RecordingPlace } from "./recording.ts";
import type { LineLosses } from "./output-counters.ts";

/** Bytes of DEBUG output at once, and in every second after that. */
export const DEBUG_BURST_BYTES: number = 256 * 1024;
export const DEBUG_BYTES_A_SECOND: number = 128 * 1024;
/** Characters of a line of it; what is longer is cut. */
export const LONGEST_DEBUG_LINE = 1000;
/** Bytes of a message or of a window access that such a line shows. */
export const DEBUG_SHOWN_BYTES = 64;

/** What both outputs have lost since the process began. */
export const standardLosses: LineLosses = { logLinesLost: 0, debugLinesLost: 0 };

let [log, errors]: (LineOutput | undefined)[] = [];

/** Told when the reader of a recording on standard output has gone. */
const readerGone: (() => void)[] = [];

/**
 * Gives standard output to a recording: the log goes to standard error from then on. To be called before anything is
 * logged.
 */
export function logToStandardErrors(): void {
  log = standardErrors();
}

/** Tells when what this process writes on standard output has lost its reader. */
export function onOutputClosed(tell: () => void): void {
  readerGone.push(tell);
  standardLog().onClosed(tell);
}

/** Whether standard output is a file, whose disk a recording without end would fill. */
export function standardOutputAsFile(): boolean {
  return system.stat(1).type === "file";
}

/** Standard output as the place of a recording. */
export function standardOutputPlace(): RecordingPlace {
  const write = writeOf(1, () => process.stdout);
  return {
    write: async (bytes) => {
      try {
        return await write(bytes);
      } catch (error) {
        if (isClosed(error)) for (const tell of readerGone) tell();
        throw error;
      }
    },
  };
}

/** The log of this process, on standard output. */
export function standardLog(): LineOutput {
  log ??= outputOf(
    1,
    () => process.stdout,
    "logLinesLost",
    (lines, why) => stamped("log", harmless(lost(lines, "the log", why))),
  );
  return log;
}

/** Standard error of this process. */
export function standardErrors(): LineOutput {
  errors ??= outputOf(
    2,
    () => process.stderr,
    "debugLinesLost",
    (lines, why) => complaint(lost(lines, "standard error", why)),
  );
  return errors;
}

/** A line of the log: the time, what it is of in four characters, the text. */
export function stamped(name: string, text: Harmless): Harmless {
  return harmless(`${new Date().toISOString().slice(11, 23)} ${name.padEnd(4)} ${text}`);
}

/** A line of standard error. */
export function complaint(text: string): Harmless {
  return harmless(`mctp-lpc: ${text}`);
}

/** Has the package debug write to an output from now on, at a bounded rate. */
export function boundDebug(output: LineOutput, clock: Clock = monotonicClock): void {
  const budget = new Budget(DEBUG_BURST_BYTES, DEBUG_BYTES_A_SECOND);
  // Its colours are escape sequences in the text, as those of a peer would be.
  if (debugFactory.inspectOpts) debugFactory.inspectOpts.colors = false;
  let leftOut = 0;
  const tell = (): void => {
    output.leftOut(leftOut, `DEBUG output has ${String(DEBUG_BYTES_A_SECOND / 1024)} KiB a second`);
    leftOut = 0;
  };
  debugFactory.log = (...given: readonly unknown[]) => {
    const line = shortened(harmless(format(...given)), LONGEST_DEBUG_LINE);
    if (budget.take(Buffer.byteLength(line) + 1, clock.now())) output.write(line);
    // One line a second tells of all.
    else if (leftOut++ === 0) setTimeout(tell, 1000).unref();
  };
}

function lost(lines: number, of: string, why: string): string {
  return `${lines === 1 ? "1 line" : `${String(lines)} lines`} of ${of} ${lines === 1 ? "was" : "were"} lost: ${why}`;
}

/**
 * Node writes to files and terminals synchronously, so these are written to by the pool; `stream` is made only for a pipe
 * or a socket.
 */
function writeOf(fd: number, stream: () => NodeJS.WritableStream): Write {
  const { type } = system.stat(fd);
  return type === "fifo" || type === "socket" ? writeToStream(stream()) : writeToDescriptor(fd);
}

function outputOf(
  fd: number,
  stream: () => NodeJS.WritableStream,
  counter: keyof LineLosses,
  lossText: (lines: number, why: string) => Harmless,
): LineOutput {
  return new LineOutput({
    write: writeOf(fd, stream),
    lossText,
    lost: (lines) => {
      standardLosses[counter] += lines;
    },
  });
}
