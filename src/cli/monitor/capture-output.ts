/** A monitor's rows as a capture, to a file or to a program in a pipe. */
import { TraceCapture } from "../../core/capture/trace-capture.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { Failure } from "../../platform/failure.ts";
import { isTerminal, writeBytes } from "../../platform/standard-streams.ts";
import { openResult, type ResultFile } from "../output.ts";
import { packageVersion } from "../package.ts";
import { STANDARD_STREAM } from "../trace/trace-files.ts";
import type { MonitorOutput, PlacedFinding } from "./monitor-output.ts";

const PRIVATE_MODE = 0o600;

export class CaptureOutput implements MonitorOutput {
  readonly #file: ResultFile | undefined;
  readonly #source: string;
  #capture: TraceCapture | undefined;
  /** Number of the last row. */
  #row = 0;
  #waiting: Uint8Array[] = [];

  /** `source`: where it is taken, for people. Throws a Failure for a terminal, and for a file that cannot be written. */
  constructor(path: string, source: string) {
    if (path === STANDARD_STREAM && isTerminal("stdout")) {
      throw new Failure("capture-terminal", "a capture is not for a terminal: name a file with --pcap, or a pipe");
    }
    this.#file = path === STANDARD_STREAM ? undefined : openResult("capture", path, PRIVATE_MODE);
    this.#source = source;
  }

  begin({ sides }: TraceHead): void {
    const application = `mctp-lpc ${packageVersion()}`;
    this.#capture = new TraceCapture({ application, source: this.#source, side: sides[0]! });
    this.#waiting.push(...this.#capture.head());
    // A program at the other end of a pipe begins with it.
    this.settle();
  }

  row(row: TraceEntry): void {
    this.#row = row.n;
    const blocks = this.#capture?.row(row) ?? [];
    if (row.again !== true) this.#waiting.push(...blocks);
  }

  finding({ finding, row = this.#row }: PlacedFinding): void {
    this.#waiting.push(...(this.#capture?.finding(finding, row) ?? []));
  }

  lost(): void {
    // Standard error says so.
  }

  settle(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#file === undefined) writeBytes("stdout", bytes);
    else this.#file.write(bytes);
  }

  end(): void {
    this.settle();
    this.#file?.close();
  }
}
