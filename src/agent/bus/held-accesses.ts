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

  /** What is needed to understand the accesses from now on, as rows that are told again. */
  context(): readonly TraceEntry[] {
    return this.#maker(DEFAULT_SHOWN_BYTES).context(
      this.#memory.context("latest"),
      this.#recorder,
      this.#recorder.made,
    );
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
  /** Entries before this one are told again: they came before this follower did. */
  readonly #since: number;
  #next: number;
  /** Number of the access that comes next. */
  #nextAccess: number;
  /** Accesses that are missing before the next row. */
  #gap = 0;
  /** To be told before the next row. */
  #opening: readonly TraceEntry[];

  constructor(recorder: Recorder, memory: SessionMemory, maker: RecordedRows) {
    const { opening, from } = memory.context("latest");
    this.#recorder = recorder;
    this.#memory = memory;
    this.#maker = maker;
    this.#since = recorder.made;
    this.#next = from;
    this.#nextAccess = recorder.accessAt(from);
    this.#opening = maker.opening(opening);
    const last = this.#opening.at(-1);
    if (last !== undefined) this.#gap = Math.max(0, this.#nextAccess - last.n - 1);
  }

  /** Entries that have come since the last call. */
  get waiting(): number {
    return this.#recorder.made - this.#next;
  }

  /** The rows of `entries` entries at most; at first, and behind a loss, with what is needed to understand them. */
  take(entries: number): FollowedRows {
    const lost = this.#next < this.#recorder.oldest ? this.#resume() : 0;
    const opening = this.#opening;
    this.#opening = [];
    return { rows: [...opening, ...this.#upTo(entries)], lost };
  }

  /** Goes on at the latest moment at which nothing was under way, if there is one. Gives the accesses lost. */
  #resume(): number {
    const { opening, from } = this.#memory.context("latest");
    const isMoment = opening !== undefined || from > this.#recorder.oldest;
    this.#next = isMoment ? from : this.#recorder.made;
    this.#opening = this.#maker.opening(opening);
    const next = this.#recorder.accessAt(this.#next);
    const lost = Math.max(1, next - this.#nextAccess);
    this.#nextAccess = next;
    this.#gap += lost;
    return lost;
  }

  #upTo(entries: number): readonly TraceEntry[] {
    const again = this.#next < this.#since;
    const to = Math.min(this.#next + entries, again ? this.#since : this.#recorder.made);
    const rows = this.#maker.of(this.#recorder, this.#next, to, { gap: this.#gap, again });
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
