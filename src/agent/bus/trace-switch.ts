/** Switches the trace of a running agent's bus accesses on and off: without one, accesses go straight to the board. */
import type { RoleName } from "../../core/binding/side.ts";
import type { LifeEvent, TraceEntry } from "../../core/trace/format.ts";
import { traceHead, type TraceTimes } from "../../core/trace/head.ts";
import { Failure } from "../../platform/failure.ts";
import type { HostPort, Platform } from "../../platform/port.ts";
import { TraceRecorder, monotonicNanoseconds } from "../../platform/tracing.ts";
import type { TraceLosses } from "../outputs/output-counters.ts";
import { TraceFile, type TraceTarget, type WrittenTrace } from "../outputs/trace-file.ts";
import { TRACED_BYTES } from "../traced-platform.ts";
import type { Tell } from "../../platform/log-events.ts";

/** What was written when a trace ended. */
export interface EndedTrace extends WrittenTrace {
  /** Rows that could not be written, at its end. */
  readonly lost: number;
}

/** For the disk, where a tool waits; a stop of the agent waits less. */
const STOP_MILLISECONDS = 5000;

export interface TraceSwitchOptions<End> {
  readonly side: RoleName;
  readonly times: TraceTimes;
  readonly platform: End;
  /** The same board, told of. */
  readonly trace: (recorder: TraceRecorder, platform: End) => End;
  /** What is needed to understand the accesses from now on, and the number of the next one. */
  readonly context: () => { readonly held: readonly TraceEntry[]; readonly from: number };
  readonly tell: Tell;
  /** The trace that the agent was started with. */
  readonly first: TraceFile | undefined;
}

export class TraceSwitch<End extends Platform<HostPort>> {
  /** The bus of the side, once it is made. */
  bus: { use(platform: End): void } | undefined;
  readonly #options: TraceSwitchOptions<End>;
  readonly #losses: TraceLosses = { tracesEnded: 0, traceRowsLost: 0 };
  #file: TraceFile | undefined;
  #recorder: TraceRecorder | undefined;

  constructor(options: TraceSwitchOptions<End>) {
    this.#options = options;
    this.#file = options.first;
  }

  /** The trace that is being written. */
  get running(): WrittenTrace | undefined {
    return this.#file?.isOpen === true ? this.#file.state : undefined;
  }

  /** Why the last trace has ended before it was stopped. */
  get note(): string | undefined {
    return this.#file?.note;
  }

  /** What all traces have lost. */
  get losses(): TraceLosses {
    const last = this.#file?.counts;
    return {
      tracesEnded: this.#losses.tracesEnded + (last?.tracesEnded ?? 0),
      traceRowsLost: this.#losses.traceRowsLost + (last?.traceRowsLost ?? 0),
    };
  }

  /** Gives the path. Throws a Failure where one is being written, or for a file that cannot be. */
  start(target: TraceTarget): string {
    const { platform, side, times, trace, tell } = this.#options;
    const { running } = this;
    if (running !== undefined) {
      throw new Failure(
        "trace-running",
        `the agent writes the trace ${running.path} already: end that one with "mctp-lpc trace stop"`,
      );
    }
    const file = new TraceFile(target, tell);
    this.#forget();
    this.#file = file;
    const head = traceHead({
      sides: [side],
      depth: platform.depth,
      windowBytes: platform.window.size,
      lives: true,
      times,
    });
    const { held, from } = this.#options.context();
    const recorder = new TraceRecorder(
      (line) => {
        if (!file.write(line) && this.#file === file) this.#direct();
      },
      { clock: monotonicNanoseconds, shownBytes: TRACED_BYTES, from, head },
    );
    for (const row of held) file.write(row);
    this.#recorder = recorder;
    this.bus?.use(trace(recorder, platform));
    return target.path;
  }

  /** Resolves when the trace is on its disk, or after as long as a stop of the agent waits. Throws a Failure where none is written. */
  async stop(): Promise<EndedTrace> {
    const file = this.#file;
    if (file?.isOpen !== true) {
      throw new Failure("no-trace", `the agent writes no trace${file?.note === undefined ? "" : `: ${file.note}`}`);
    }
    this.#direct();
    file.close();
    await file.written(STOP_MILLISECONDS);
    return { ...file.state, lost: file.counts.traceRowsLost };
  }

  /** To a trace that was started while the agent ran. */
  tellLife(event: LifeEvent): void {
    const { side } = this.#options;
    if (event === "started") this.#recorder?.sideStarted(side);
    else if (event === "stopAsked") this.#recorder?.stopAsked(side);
    else {
      this.#recorder?.sideEnded(side);
      this.#file?.close();
    }
  }

  /** Waits for the trace of a side that has ended. */
  async settled(): Promise<void> {
    await this.#file?.written();
  }

  #direct(): void {
    if (this.#recorder !== undefined) this.bus?.use(this.#options.platform);
    this.#recorder = undefined;
  }

  /** What the last trace lost is kept in the sums. */
  #forget(): void {
    Object.assign(this.#losses, this.losses);
    this.#file = undefined;
  }
}
