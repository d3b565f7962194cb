/**
 * The trace of an agent's bus accesses and of the lives of its side: to a file as JSON lines, and the accesses to the debug log (`mctp-lpc:host:kcs`,
 * `mctp-lpc:bmc:window`, …) when that is enabled. Without either, accesses cost nothing more.
 */
import type { RoleName } from "../core/binding/side.ts";
import { openOutput } from "../platform/opening.ts";
import { abandon, orAbandon } from "../platform/scope.ts";
import { removeOwn, system } from "../platform/system.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Platform } from "../platform/port.ts";
import { TraceRecorder, monotonicNanoseconds, type TraceSink } from "../platform/tracing.ts";
import { DEBUG_SHOWN_BYTES } from "./outputs/standard-outputs.ts";
import { encodeTraceRow, isLifeRow, isRegisterRow, type LifeEvent, type TraceEntry } from "../core/trace/format.ts";
import { encodeTraceHead, traceHead, type TraceHead, type TraceTimes } from "../core/trace/head.ts";
import { debugLog } from "./debug-log.ts";

export interface TraceTarget {
  readonly path: string;
  /** Accesses after which the trace ends. */
  readonly limit: number;
}

/** Window bytes that a row shows: every header, not whole files. */
const SHOWN_BYTES = 256;
/** Every line is a JSON object. */
const FIRST_OF_TRACE = "{".charCodeAt(0);

/** A platform whose trace is also told when the side begins to run, is asked to stop and has stopped. */
export type TracedPlatform<Port extends HostPort> = Platform<Port> & { tellLife?(event: LifeEvent): void };

/** `times`: as the side is configured, for the head. */
export function traceHostPlatform(
  platform: HostPlatform,
  target: TraceTarget | undefined,
  times: TraceTimes,
): TracedPlatform<HostPort> {
  return traced(platform, "host", target, times, (recorder) => recorder.traceHost(platform));
}

export function traceBmcPlatform(
  platform: BmcPlatform,
  target: TraceTarget | undefined,
  times: TraceTimes,
): TracedPlatform<BmcPort> {
  return traced(platform, "bmc", target, times, (recorder) => recorder.traceBmc(platform));
}

function traced<Port extends HostPort>(
  direct: Platform<Port>,
  side: RoleName,
  target: TraceTarget | undefined,
  times: TraceTimes,
  wrap: (recorder: TraceRecorder) => Platform<Port>,
): TracedPlatform<Port> {
  const log = debugSink(side);
  const file = openTrace(direct, target);
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
    { clock: monotonicNanoseconds, shownBytes: SHOWN_BYTES, head },
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
function openTrace(platform: Platform<HostPort>, target: TraceTarget | undefined): TraceFile | undefined {
  return target && orAbandon(platform, () => new TraceFile(target));
}

/** Whether a file that begins so may be an older trace: a board, say, is not emptied by mistake. */
function isTrace(first: number | undefined): boolean {
  return first === undefined || first === FIRST_OF_TRACE;
}

class TraceFile {
  readonly #path: string;
  readonly #isNew: boolean;
  readonly #fd: number;
  #left: number;
  #open = true;

  constructor(target: TraceTarget) {
    const { path } = target;
    this.#path = path;
    const { fd, isNew } = openOutput("trace", `write the trace ${path}`, path, { replaces: isTrace });
    this.#fd = fd;
    this.#isNew = isNew;
    this.#left = target.limit;
  }

  /** False once the trace has ended: at its limit, or because it cannot be written any more. */
  write(line: TraceHead | TraceEntry): boolean {
    if (!this.#open) return false;
    try {
      system.write(this.#fd, `${"trace" in line ? encodeTraceHead(line) : encodeTraceRow(line)}\n`);
      // The limit is one of accesses.
      if ("op" in line && !isLifeRow(line)) this.#left--;
    } catch {
      // A full disk ends the trace, not the channel.
      this.#left = 0;
    }
    if (this.#left <= 0) this.close();
    return this.#open;
  }

  close(): void {
    if (this.#open) system.close(this.#fd);
    this.#open = false;
  }

  /** As close, for a trace of nothing. */
  abandon(): void {
    if (this.#open && this.#isNew) removeOwn(this.#path, this.#fd);
    this.close();
  }
}

function debugSink(side: RoleName): TraceSink | undefined {
  const kcs = debugLog(`mctp-lpc:${side}:kcs`);
  const window = debugLog(`mctp-lpc:${side}:window`);
  if (!kcs.enabled && !window.enabled) return undefined;
  return (row) => {
    if (isRegisterRow(row)) kcs("%s %s %s", row.op, row.reg, row.value);
    else window("%s %d+%d %s", row.op, row.offset, row.len, row.value.slice(0, 2 * DEBUG_SHOWN_BYTES));
  };
}
