/**
 * The trace of an agent's bus accesses and of the lives of its side: to a file as JSON lines, and the accesses to the debug log (`mctp-lpc:host:kcs`,
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
import { TraceFile, type TraceTarget } from "./outputs/trace-file.ts";

/** Window bytes that a row shows: every header, not whole files. */
export const TRACED_BYTES = 256;

/** A platform whose trace is also told when the side begins to run, is asked to stop and has stopped. */
export type TracedPlatform<Port extends HostPort> = Platform<Port> & {
  tellLife?(event: LifeEvent): void;
  /** Closed with the platform, and then to be waited for. */
  readonly trace?: TraceFile;
};

/** `times`: as the side is configured, for the head. `tell`: told when the trace ends before its agent. Throws a Failure. */
export function traceHostPlatform(
  platform: HostPlatform,
  target: TraceTarget | undefined,
  times: TraceTimes,
  tell?: (line: string) => void,
): TracedPlatform<HostPort> {
  return traced(platform, "host", openTrace(platform, target, tell), times, (recorder) => recorder.traceHost(platform));
}

export function traceBmcPlatform(
  platform: BmcPlatform,
  target: TraceTarget | undefined,
  times: TraceTimes,
  tell?: (line: string) => void,
): TracedPlatform<BmcPort> {
  return traced(platform, "bmc", openTrace(platform, target, tell), times, (recorder) => recorder.traceBmc(platform));
}

function traced<Port extends HostPort>(
  direct: Platform<Port>,
  side: RoleName,
  file: TraceFile | undefined,
  times: TraceTimes,
  wrap: (recorder: TraceRecorder) => Platform<Port>,
): TracedPlatform<Port> {
  const log = debugSink(side);
  if (log === undefined && file === undefined) return direct;
  const head = traceHead({ sides: [side], depth: direct.depth, windowBytes: direct.window.size, lives: true, times });
  const recorder = new TraceRecorder(
    (line) => {
      if ("trace" in line) {
        // Before `untrace` is there: if it cannot be written, the next row cannot either.
        file?.write(line);
        return;
      }
      if (!isLifeRow(line)) log?.(line);
      if (file?.write(line) === false && log === undefined) untrace();
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
    tellLife: (event) => {
      if (event === "started") recorder.sideStarted(side);
      else if (event === "stopAsked") recorder.stopAsked(side);
      else recorder.sideEnded(side);
    },
    abandon: () => {
      abandon(wrapped);
      file?.abandon();
    },
    close: () => {
      wrapped.close();
      file?.close();
    },
  };
}

/** The trace's file; without it the platform is not needed either. */
function openTrace(
  platform: Platform<HostPort>,
  target: TraceTarget | undefined,
  tell: (line: string) => void = () => undefined,
): TraceFile | undefined {
  return target && orAbandon(platform, () => new TraceFile(target, tell));
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
