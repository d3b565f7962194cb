/**
 * A wrapper round one side of any board that tells of every access, one row each, after it was carried out. What is
 * told is a recording as much as a log: replay.ts plays it, ladder.ts draws it.
 */
import type { RoleName } from "../core/binding/side.ts";
import type { TraceHead } from "../core/trace/head.ts";
import {
  traceTime,
  type LifeEvent,
  type LifeRow,
  type TraceEntry,
  type Register,
  type RegisterRow,
  type TraceRow,
  type TraceSide,
  type WindowRow,
} from "../core/trace/format.ts";
import { toHex } from "../core/wire/bytes.ts";
import type { BmcPlatform, HostPlatform, HostPort, Platform, Window } from "./port.ts";
import { optionalOf } from "./wrapping.ts";

/**
 * Takes a trace of version 1: accesses alone. `whole`: of a window access all bytes, however few the row shows; the
 * recorder's after the call.
 */
export type TraceSink = (row: TraceRow, whole?: Uint8Array) => void;
/** Takes a trace of version 2: the head once, then accesses and life rows. */
export type TraceLineSink = (line: TraceHead | TraceEntry, whole?: Uint8Array) => void;

export interface TracingOptions {
  /** Nanoseconds of a monotonic clock that all processes of the machine share; undefined leaves the time out. */
  readonly clock?: (() => bigint) | undefined;
  /** Number of the first row. Default: 0. */
  readonly from?: number | undefined;
  /** Bytes of a window access that a row shows at most; of a longer one it shows the first and says `cut`. */
  readonly shownBytes?: number | undefined;
}

export interface HeadedTracingOptions extends TracingOptions {
  /** Told by the constructor, before any row. */
  readonly head: TraceHead;
}

/** The clock for traces of several processes. */
export function monotonicNanoseconds(): bigint {
  return process.hrtime.bigint();
}

export class TraceRecorder {
  /** What is running, for rows whose access names no step. */
  step: string | undefined;
  readonly #sink: TraceSink;
  /** Of a trace of version 2. */
  readonly #lifeSink: ((row: LifeRow) => void) | undefined;
  readonly #clock: (() => bigint) | undefined;
  readonly #shownBytes: number;
  #next: number;

  constructor(sink: TraceLineSink, options: HeadedTracingOptions);
  constructor(sink: TraceSink, options?: TracingOptions);
  constructor(sink: TraceSink | TraceLineSink, options: TracingOptions | HeadedTracingOptions = {}) {
    this.#sink = sink;
    this.#clock = options.clock;
    this.#next = options.from ?? 0;
    this.#shownBytes = options.shownBytes ?? Number.POSITIVE_INFINITY;
    if (!("head" in options)) return;
    const lineSink = sink as TraceLineSink;
    this.#lifeSink = lineSink;
    lineSink(options.head);
  }

  /** The same side of the same board, told of. Both sides of one board share the running numbers. */
  traceHost(platform: HostPlatform): HostPlatform {
    const traced = this.#wrap(platform, this.#port("host", platform.port, "ODR", "IDR"), "host");
    const { resetRegisters } = platform;
    if (resetRegisters === undefined) return traced;
    const tellReset = (): void => {
      resetRegisters();
      this.registerPoked("STR", platform.port.readStatus());
    };
    return { ...traced, resetRegisters: tellReset };
  }

  traceBmc(platform: BmcPlatform): BmcPlatform {
    const { port } = platform;
    return this.#wrap(
      platform,
      {
        ...this.#port("bmc", port, "IDR", "ODR"),
        writeStatus: (value, step) => {
          const time = this.#now();
          port.writeStatus(value, step);
          this.#tellRegister("bmc", "kcs_write", "STR", value, time, step);
        },
      },
      "bmc",
    );
  }

  /** Records a register that was changed from outside both sides; to be called after the change. */
  registerPoked(reg: Register, value: number): void {
    this.#tellRegister("lab", "poke", reg, value, this.#now());
  }

  /** Tells of bytes of the window that were changed from outside both sides. */
  windowPoked(offset: number, bytes: Uint8Array): void {
    this.#tellWindow("lab", "poke", offset, bytes, 0, bytes.length, this.#now());
  }

  /** Tells that a life of a side begins, before the first access of that life. A trace of version 1 has no such row. */
  sideStarted(side: RoleName): void {
    this.#tellLife(side, "started");
  }

  /** Tells that a side is asked to stop, before it acts on it. */
  stopAsked(side: RoleName): void {
    this.#tellLife(side, "stopAsked");
  }

  /** Tells that a side has stopped, after its last access. */
  sideEnded(side: RoleName): void {
    this.#tellLife(side, "ended");
  }

  #tellLife(side: RoleName, event: LifeEvent): void {
    if (this.#lifeSink === undefined) return;
    const { step: _step, ...head } = this.#head(side, this.#now(), undefined);
    this.#lifeSink({ ...head, side, op: "life", event });
  }

  #wrap<Port extends HostPort>(platform: Platform<Port>, port: Port, side: TraceSide): Platform<Port> {
    return {
      port,
      window: this.#window(side, platform.window),
      interrupts: platform.interrupts,
      name: platform.name,
      depth: platform.depth,
      ...optionalOf(platform),
      close: () => {
        platform.close();
      },
    };
  }

  /*
   * A write is stamped before it is carried out, a read behind, so that a read of what another process wrote is never stamped
   * earlier. The read of IDR or ODR changes the register, too: it is stamped before, as a write is. It follows a read of
   * STR that showed the byte. So merging by time keeps cause before effect.
   */

  #port(side: TraceSide, port: HostPort, inbound: Register, outbound: Register): HostPort {
    return {
      readStatus: (step) => {
        const value = port.readStatus(step);
        this.#tellRegister(side, "kcs_read", "STR", value, this.#now(), step);
        return value;
      },
      readData: (step) => {
        const time = this.#now();
        const value = port.readData(step);
        this.#tellRegister(side, "kcs_read", inbound, value, time, step);
        return value;
      },
      writeData: (value, step) => {
        const time = this.#now();
        port.writeData(value, step);
        this.#tellRegister(side, "kcs_write", outbound, value, time, step);
      },
    };
  }

  #window(side: TraceSide, window: Window): Window {
    return {
      size: window.size,
      read: (offset, into, at, length, step) => {
        window.read(offset, into, at, length, step);
        this.#tellWindow(side, "lpc_read", offset, into, at, at + length, this.#now(), step);
      },
      write: (offset, bytes, start, end, step) => {
        const time = this.#now();
        window.write(offset, bytes, start, end, step);
        this.#tellWindow(side, "lpc_write", offset, bytes, start, end, time, step);
      },
    };
  }

  #now(): bigint | undefined {
    return this.#clock?.();
  }

  #tellRegister(
    side: TraceSide,
    op: RegisterRow["op"],
    reg: Register,
    value: number,
    time: bigint | undefined,
    step?: string,
  ): void {
    this.#sink({ ...this.#head(side, time, step), op, reg, value: toHex(Uint8Array.of(value)) });
  }

  #tellWindow(
    side: TraceSide,
    op: WindowRow["op"],
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    time: bigint | undefined,
    step?: string,
  ): void {
    const len = end - start;
    const whole = bytes.subarray(start, end);
    const isCut = len > this.#shownBytes;
    const value = toHex(isCut ? whole.subarray(0, this.#shownBytes) : whole);
    this.#sink({ ...this.#head(side, time, step), op, offset, len, value, ...(isCut ? { cut: true } : {}) }, whole);
  }

  #head(
    side: TraceSide,
    time: bigint | undefined,
    step: string | undefined,
  ): Pick<TraceRow, "n" | "t" | "step" | "side"> {
    const n = this.#next++;
    const named = step ?? this.step;
    return {
      n,
      ...(time === undefined ? {} : { t: traceTime(time) }),
      ...(named === undefined ? {} : { step: named }),
      side,
    };
  }
}
