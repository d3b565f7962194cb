/**
 * The trace of an agent's bus accesses and of the lives of its side: to a file as JSON lines, to a capture, and the accesses to the debug log (`mctp-lpc:host:kcs`,
 * `mctp-lpc:bmc:window`, …) when that is enabled. Without either, accesses cost nothing more.
 */
import debugFactory from "debug";
import type { RoleName } from "../core/binding/side.ts";
import { abandon, orAbandon } from "../platform/scope.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Platform } from "../platform/port.ts";
import { TraceRecorder, monotonicNanoseconds, type TraceSink } from "../platform/tracing.ts";
import { DEBUG_SHOWN_BYTES } from "./outputs/standard-outputs.ts";
import { isLifeRow, isRegisterRow, type LifeEvent } from "../core/trace/format.ts";
import { traceHead, type TraceTimes } from "../core/trace/head.ts";
import { CaptureOutput, type CaptureSource, type CaptureTarget } from "./outputs/capture-output.ts";
import { TraceFile, type TraceTarget } from "./outputs/trace-file.ts";
import type { Tell } from "../platform/log-events.ts";

/** Window bytes that a row shows, in a trace as in a capture: every header, not whole files. */
export const TRACED_BYTES = 256;

/** A platform whose trace is also told when the side begins to run, is asked to stop and has stopped. */
export type TracedPlatform<Port extends HostPort> = Platform<Port> & {
  tellLife?(event: LifeEvent): void;
  /** Closed with the platform, and then to be waited for. */
  readonly trace?: TraceFile;
  readonly capture?: CaptureOutput;
};

/** What of the accesses of a side is recorded, and where. */
export interface RecordingTargets {
  readonly trace?: TraceTarget | undefined;
  readonly capture?: CaptureTarget | undefined;
  /** Names of further links whose packets the capture has, too. */
  readonly links?: readonly string[];
}

/** `times`: as the side is configured, for the head. `tell`: told when a recording ends before its agent. Throws a Failure. */
export function traceHostPlatform(
  platform: HostPlatform,
  targets: RecordingTargets,
  times: TraceTimes,
  tell?: Tell,
): TracedPlatform<HostPort> {
  return traced(platform, "host", targets, times, tell, (recorder) => recorder.traceHost(platform));
}

export function traceBmcPlatform(
  platform: BmcPlatform,
  targets: RecordingTargets,
  times: TraceTimes,
  tell?: Tell,
): TracedPlatform<BmcPort> {
  return traced(platform, "bmc", targets, times, tell, (recorder) => recorder.traceBmc(platform));
}

function traced<Port extends HostPort>(
  direct: Platform<Port>,
  side: RoleName,
  targets: RecordingTargets,
  times: TraceTimes,
  tell: Tell = () => undefined,
  wrap: (recorder: TraceRecorder) => Platform<Port>,
): TracedPlatform<Port> {
  const head = traceHead({ sides: [side], depth: direct.depth, windowBytes: direct.window.size, lives: true, times });
  const log = debugSink(side);
  const { file, capture } = orAbandon(direct, () => openRecordings(targets, { side, name: direct.name, head }, tell));
  if (log === undefined && file === undefined && capture === undefined) return direct;
  const recorder = new TraceRecorder(
    (line, whole) => {
      if ("trace" in line) {
        // Before `untrace` is there: if it cannot be written, the next row cannot either.
        file?.write(line);
        return;
      }
      if (!isLifeRow(line)) log?.(line);
      const isTraced = file?.write(line) === true;
      const isCaptured = capture?.row(line, whole) === true;
      if (!isTraced && !isCaptured && log === undefined) untrace();
    },
    { clock: monotonicNanoseconds, shownBytes: TRACED_BYTES, head },
  );
  const wrapped = wrap(recorder);
  const window = { ...wrapped.window };
  const port = { ...wrapped.port };
  const untrace = (): void => {
    Object.assign(port, direct.port);
    window.read = direct.window.read.bind(direct.window);
    window.write = direct.window.write.bind(direct.window);
  };
  return {
    ...wrapped,
    port,
    window,
    ...(file === undefined ? {} : { trace: file }),
    ...(capture === undefined ? {} : { capture }),
    tellLife: (event) => {
      if (event === "started") recorder.sideStarted(side);
      else if (event === "stopAsked") recorder.stopAsked(side);
      else recorder.sideEnded(side);
    },
    abandon: () => {
      abandon(wrapped);
      file?.abandon();
      capture?.abandon();
    },
    close: () => {
      wrapped.close();
      file?.close();
      capture?.close();
    },
  };
}

function openRecordings(
  { trace, capture, links = [] }: RecordingTargets,
  source: Omit<CaptureSource, "links">,
  tell: Tell,
): { readonly file: TraceFile | undefined; readonly capture: CaptureOutput | undefined } {
  const file = trace && new TraceFile(trace, tell);
  try {
    return { file, capture: capture && new CaptureOutput(capture, { ...source, links }, tell) };
  } catch (error) {
    file?.abandon();
    throw error;
  }
}

function debugSink(side: RoleName): TraceSink | undefined {
  const kcs = debugFactory(`mctp-lpc:${side}:kcs`);
  const window = debugFactory(`mctp-lpc:${side}:window`);
  if (!kcs.enabled && !window.enabled) return undefined;
  return (row) => {
    if (isRegisterRow(row)) kcs("%s %s %s", row.op, row.reg, row.value);
    else window("%s %d+%d %s", row.op, row.offset, row.len, row.value.slice(0, 2 * DEBUG_SHOWN_BYTES));
  };
}
