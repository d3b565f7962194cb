/** Standard output and standard error of an agent's process: the log, DEBUG output, and the reason of an early end. */
import debugFactory from "debug";
import { format } from "node:util";
import { Budget } from "../../core/wire/budget.ts";
import { harmless, shortened, type Harmless } from "../../core/wire/harmless.ts";
import { monotonicClock, type Clock } from "../../node/clock.ts";
import { system } from "../../platform/system.ts";
import { isJournal } from "../../platform/journal.ts";
import type { LogEvent } from "../../platform/log-events.ts";
import type { Write } from "./background-writer.ts";
import { LineOutput, isClosed, writeToDescriptor, writeToStream } from "./line-output.ts";
import { logStyle, styledLine, type Beginning, type LogRecord } from "./log-style.ts";
import type { RecordingPlace } from "./recording.ts";
import type { LineLosses } from "./output-counters.ts";

/** Bytes of DEBUG output at once, and in every second after that. */
export const DEBUG_BURST_BYTES: number = 256 * 1024;
export const DEBUG_BYTES_A_SECOND: number = 128 * 1024;
/** Characters of a line of it; what is longer is cut. */
export const LONGEST_DEBUG_LINE = 1000;
const [STANDARD_OUTPUT, STANDARD_ERROR] = [1, 2] as const;
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
    (lines, why) => stamped("log", { event: "lines-lost", text: lost(lines, "the log", why) }),
  );
  return log;
}

/** Standard error of this process. */
export function standardErrors(): LineOutput {
  errors ??= outputOf(
    2,
    () => process.stderr,
    "debugLinesLost",
    (lines, why) => complaint(lost(lines, "standard error", why), "lines-lost"),
  );
  return errors;
}

/** A line of the log: the time, what it is of in four characters, the text; or as --log-format and the journal have it. */
export function stamped(name: string, record: LogRecord): Harmless {
  const now = new Date();
  const usual = `${now.toISOString().slice(11, 23)} ${name.padEnd(4)} `;
  const isForJournal = isJournal(log === errors ? STANDARD_ERROR : STANDARD_OUTPUT);
  return styledLine(record, { usual, journal: `${name}: ` }, isForJournal, now);
}

/** A line of standard error: why the process ends, unless it is another event. */
export function complaint(text: string, event: LogEvent = "failed"): Harmless {
  return styledLine({ event, text }, COMPLAINT, isJournal(STANDARD_ERROR));
}

/** The beginning of a line of standard error, with the time that the package debug gives its lines. */
const COMPLAINT: Beginning = { usual: "mctp-lpc: ", journal: "" };
const UNSTAMPED: Beginning = { usual: "", journal: "" };

/** Has the package debug write to an output from now on, at a bounded rate. */
export function boundDebug(output: LineOutput, clock: Clock = monotonicClock): void {
  const budget = new Budget(DEBUG_BURST_BYTES, DEBUG_BYTES_A_SECOND);
  // Its colours are escape sequences in the text, as those of a peer would be.
  if (debugFactory.inspectOpts) debugFactory.inspectOpts.colors = false;
  const isForJournal = isJournal(STANDARD_ERROR);
  if (isForJournal || logStyle().format === "json") {
    // Without the time, which the line has anyway.
    debugFactory.formatArgs = function (words) {
      words[0] = `${this.namespace} ${String(words[0])}`;
    };
  }
  let leftOut = 0;
  const tell = (): void => {
    output.leftOut(leftOut, `DEBUG output has ${String(DEBUG_BYTES_A_SECOND / 1024)} KiB a second`);
    leftOut = 0;
  };
  debugFactory.log = (...given: readonly unknown[]) => {
    const text = shortened(harmless(format(...given)), LONGEST_DEBUG_LINE);
    const line = styledLine({ event: "debug", text }, UNSTAMPED, isForJournal);
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
