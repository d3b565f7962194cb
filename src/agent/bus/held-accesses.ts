/** The accesses that an agent holds of its bus, as rows of a trace: all of them, or those that came since the last call. */
import { DEFAULT_SHOWN_BYTES, type Recorder } from "../../core/judge/recorder.ts";
import { RecordedRows, joined } from "../../core/judge/recorded-rows.ts";
import type { SessionMemory } from "../../core/judge/session-memory.ts";
import { traceTime, type TraceEntry, type TraceTime } from "../../core/trace/format.ts";
import type { TraceHead } from "../../core/trace/head.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

export interface HeldOptions {
  readonly head: TraceHead;
  /** Requirements that the own side breaks because its user asked for it. */
  readonly excused: readonly string[];
  readonly recorder: Recorder;
  readonly memory: SessionMemory;
}

/** What a follower is given at once. */
export interface FollowedRows {
  readonly rows: readonly TraceEntry[];
  /** Accesses before them that were overwritten before this follower asked. */
  readonly lost: number;
}

export class HeldAccesses {
  readonly head: TraceHead;
  readonly excused: readonly string[];
  readonly #recorder: Recorder;
  readonly #memory: SessionMemory;

  constructor({ head, excused, recorder, memory }: HeldOptions) {
    this.head = head;
    this.excused = excused;
    this.#recorder = recorder;
    this.#memory = memory;
  }

  /** All that is held, behind what is needed to understand it. */
  rows(shownBytes: number = DEFAULT_SHOWN_BYTES): readonly TraceEntry[] {
    return [...this.pieces(Number.POSITIVE_INFINITY, shownBytes)].flat();
  }

  /** The same in pieces of so many entries: of a copy, for what is held goes on changing. */
  *pieces(entries: number, shownBytes: number): Generator<readonly TraceEntry[], void> {
    const recorder = this.#recorder;
    const { opening, from } = this.#memory.context("longest");
    const maker = this.#maker(shownBytes);
    let earlier = maker.opening(opening);
    for (let at = from; at < recorder.made; at += entries) {
      const rows = maker.of(recorder, at, Math.min(at + entries, recorder.made));
      yield joined(earlier, rows);
      earlier = [];
    }
  }

  /** The same at this moment, in memory of its own. */
  copy(): HeldAccesses {
    const { head, excused } = this;
    const recorder = this.#recorder.copy();
    return new HeldAccesses({ head, excused, recorder, memory: this.#memory.copy(recorder) });
  }

  follow(): Follower {
    return new Follower(this.#recorder, this.#memory, this.#maker(DEFAULT_SHOWN_BYTES));
  }

  #maker(shownBytes: number): RecordedRows {
    const offset = process.hrtime.bigint() - nanoseconds(performance.now());
    const timeOf = (milliseconds: number): TraceTime => traceTime(offset + nanoseconds(milliseconds));
    return new RecordedRows({ side: this.head.sides[0]!, shownBytes, timeOf });
  }
}

/** Gives the rows of accesses as they come; what it does not ask for in time it loses. */
export class Follower {
  readonly #recorder: Recorder;
  readonly #memory: SessionMemory;
  readonly #maker: RecordedRows;
  #next: number;
  /** Number of the access that comes next. */
  #nextAccess: number;
  /** Accesses that are missing before the next row. */
  #gap = 0;
  #hasBegun = false;

  constructor(recorder: Recorder, memory: SessionMemory, maker: RecordedRows) {
    this.#recorder = recorder;
    this.#memory = memory;
    this.#maker = maker;
    this.#next = recorder.made;
    this.#nextAccess = recorder.told;
  }

  /** Entries that have come since the last call. */
  get waiting(): number {
    return this.#recorder.made - this.#next;
  }

  /** The rows of `entries` entries at most; at first, and behind a loss, what is needed to understand them. */
  take(entries: number): FollowedRows {
    const recorder = this.#recorder;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return { rows: this.#maker.context(this.#memory.context("latest"), recorder, this.#next), lost: 0 };
    }
    if (this.#next < recorder.oldest) return this.#resume(entries);
    return { rows: this.#upTo(entries), lost: 0 };
  }

  /** Goes on at the latest moment at which nothing was under way, if there is one. */
  #resume(entries: number): FollowedRows {
    const { opening, from } = this.#memory.context("latest");
    const isMoment = opening !== undefined || from > this.#recorder.oldest;
    this.#next = isMoment ? from : this.#recorder.made;
    const next = this.#recorder.accessAt(this.#next);
    const lost = Math.max(1, next - this.#nextAccess);
    this.#nextAccess = next;
    this.#gap += lost;
    return { rows: [...this.#maker.opening(opening), ...this.#upTo(entries)], lost };
  }

  #upTo(entries: number): readonly TraceEntry[] {
    const to = Math.min(this.#next + entries, this.#recorder.made);
    const rows = this.#maker.of(this.#recorder, this.#next, to, { gap: this.#gap });
    this.#next = to;
    const last = rows.at(-1);
    if (last === undefined) return rows;
    this.#gap = 0;
    this.#nextAccess = last.n + 1;
    return rows;
  }
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * NANOSECONDS_PER_MILLISECOND));
}
