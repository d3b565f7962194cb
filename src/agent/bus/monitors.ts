/**
 * The tools that follow an agent's bus accesses as they happen. They are given rows in pieces, as fast as they read and
 * within a share of the processor; what they do not get in time they lose. Nothing on the bus waits for them.
 */
import { Budget } from "../../core/wire/budget.ts";
import { millis, type Millis } from "../../core/wire/units.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";
import { Failure } from "../../platform/failure.ts";
import type { Follower } from "./held-accesses.ts";
import type { BusWatch } from "./bus-watch.ts";

/** Tools that follow one agent at once. */
export const MOST_MONITORS = 8;
/** Bytes that one of them has not read, beyond which it is given no more. */
export const MONITOR_UNREAD_BYTES: number = 128 * 1024;
/** Accesses that one is given at once, equal polls as one. */
export const MONITOR_PIECE_ENTRIES = 128;
/** Of one processor, for all of them together. */
export const MONITOR_SHARE = 0.2;
/** So many milliseconds of it at once. */
const MONITOR_BURST = 20;
/** Entries that have come before a monitor is served between two rounds. */
const WAITING_ENTRIES = 1024;
/** Milliseconds between two looks where the bus is quiet. */
const LOOK_MILLISECONDS = 25;

/** What a monitor is told first. */
export interface MonitorHead {
  readonly head: TraceHead;
  /** Requirements that the agent's own side breaks because it was told to. */
  readonly excused: readonly string[];
}

/** `lost`: accesses before these rows that the monitor did not get. */
export interface MonitorRows {
  readonly rows: readonly TraceEntry[];
  readonly lost: number;
}

export interface MonitorEnd {
  readonly ended: "stopped";
}

/** The call of a tool, as this needs it. */
export interface MonitorCall {
  readonly tell: (told: MonitorHead | MonitorRows) => void;
  /** Bytes that were told and are not read yet. */
  readonly unreadBytes: () => number;
  readonly signal: AbortSignal;
}

interface Monitor {
  readonly call: MonitorCall;
  readonly follower: Follower;
  readonly end: (why: MonitorEnd) => void;
}

export class Monitors {
  readonly #watch: BusWatch;
  readonly #now: () => Millis;
  readonly #clock: () => number;
  readonly #monitors = new Set<Monitor>();
  readonly #share = new Budget(MONITOR_BURST, 1000 * MONITOR_SHARE);
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** `clock`: milliseconds, by which serving a monitor is measured. */
  constructor(watch: BusWatch, now: () => Millis, clock: () => number = () => performance.now()) {
    this.#watch = watch;
    this.#now = now;
    this.#clock = clock;
  }

  get count(): number {
    return this.#monitors.size;
  }

  /** Tells a tool of every access from now on, until it goes or the agent stops. Throws a Failure where there are too many. */
  follow(call: MonitorCall): Promise<MonitorEnd> {
    if (this.#monitors.size >= MOST_MONITORS) {
      throw new Failure(
        "monitors",
        `${String(MOST_MONITORS)} monitors follow this agent, which is all that it serves: end one of them`,
      );
    }
    if (this.#isOver) return Promise.resolve({ ended: "stopped" });
    const { head, excused } = this.#watch.held;
    const follower = this.#watch.held.follow();
    call.tell({ head, excused });
    return new Promise((resolve) => {
      const monitor: Monitor = { call, follower, end: resolve };
      this.#monitors.add(monitor);
      call.signal.addEventListener("abort", () => {
        this.#leave(monitor);
      });
      this.#serve(monitor);
      this.#listen();
    });
  }

  /** The side has stopped: tells what is left, as far as it is read, and ends the calls. */
  end(): void {
    this.#isOver = true;
    for (const monitor of this.#monitors) {
      this.#serve(monitor);
      this.#leave(monitor);
    }
  }

  #leave(monitor: Monitor): void {
    this.#monitors.delete(monitor);
    monitor.end({ ended: "stopped" });
    if (this.#monitors.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watch.onAccesses = undefined;
  }

  #listen(): void {
    this.#timer ??= setInterval(() => {
      this.#serveAll(1);
    }, LOOK_MILLISECONDS);
    this.#watch.onAccesses ??= () => {
      this.#serveAll(WAITING_ENTRIES);
    };
  }

  /** Serves those for which so many entries have come. */
  #serveAll(entries: number): void {
    for (const monitor of [...this.#monitors]) {
      if (monitor.follower.waiting < entries || this.#share.missingFor(this.#now()) > 0) continue;
      this.#serve(monitor);
      // Behind the others: where the share is short, the first would have all of it.
      this.#monitors.delete(monitor);
      this.#monitors.add(monitor);
    }
  }

  #serve({ call, follower }: Monitor): void {
    const since = this.#clock();
    while (follower.waiting > 0 && call.unreadBytes() <= MONITOR_UNREAD_BYTES) {
      call.tell(follower.take(MONITOR_PIECE_ENTRIES));
      const used = this.#clock() - since;
      if (used >= MONITOR_BURST / 4) break;
    }
    this.#share.spend(this.#clock() - since, millis(this.#now()));
  }
}
