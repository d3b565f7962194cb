/**
 * The last accesses of one side, in memory that is allocated once: what a judge, or a person, looks at when something
 * went wrong. It is told of every access of an agent, so telling it costs little; what it holds is sorted out when it is
 * asked for.
 */
import { copyBytes } from "../wire/bytes.ts";
import type { SideListener } from "./listener.ts";

export interface RecorderOptions {
  /** Accesses kept at most, a power of two. Default: 4096. */
  readonly entries?: number;
  /** The first bytes of a window access that are kept, at most. Default: 256. */
  readonly shownBytes?: number;
  /** Room for those of all accesses together; where it is short, fewer accesses are kept. Default: enough for all. */
  readonly slabBytes?: number;
}

/** Called before each access that is told again: its running number, and its time in milliseconds. */
export type BeforeAccess = (access: number, time: number) => void;

export const DEFAULT_ENTRIES = 4096;
export const DEFAULT_SHOWN_BYTES = 256;
/** The last bytes of an access that is kept in part: of a packet of version 3 its CRC-32. */
const TAIL_BYTES = 4;
/** Of polls that read the same, beyond so many nothing follows from one more. */
const POLLS_FOLLOWED = 16;

const Kind = {
  statusRead: 0,
  dataRead: 1,
  dataWritten: 2,
  statusWritten: 3,
  windowRead: 4,
  windowWritten: 5,
  started: 6,
  stopAsked: 7,
  ended: 8,
} as const;

/** Words of an entry. */
const Word = {
  /** One of Kind, whether there is a tail, and above them how many of the first bytes the slab has. */
  kind: 0,
  /** The value of a register, or the offset in the window. */
  place: 1,
  /** How often a poll read STR, or bytes of the window. */
  count: 2,
  /** Where the bytes end in the slab. */
  bytesAt: 3,
} as const;
const WORDS = 4;
const KIND_BITS = 8;
const KIND_MASK = 0x7f;
/** Behind the first bytes the slab has the access's last ones. */
const HAS_TAIL = 0x80;

/** Polls that read the same STR in the same step, one behind the other, are one entry. */
export class Recorder implements SideListener {
  /** Of the accesses that follow: milliseconds of a monotonic clock, NaN for unknown. */
  time: number = Number.NaN;
  /** While an access is told again of which the first bytes are kept: its last ones. */
  lastBytes: Uint8Array | undefined;
  readonly #mask: number;
  readonly #shownBytes: number;
  readonly #words: Uint32Array;
  readonly #times: Float64Array;
  /** Of the last read of an entry of polls. */
  readonly #lastTimes: Float64Array;
  /** Words of the step tables, which are there anyway. */
  readonly #steps: (string | undefined)[];
  readonly #slab: Uint8Array;
  #slabAt = 0;
  #bytesKept = 0;
  /** Entries made so far; their places in the arrays come round. */
  #made = 0;
  /** Reads of polls that made no entry of their own. */
  #repeats = 0;
  /** What a poll must read to be of the newest entry. */
  #pollValue = -1;
  #pollStep: string | undefined;

  /** Throws a RangeError for a number of entries that is no power of two. */
  constructor(options: RecorderOptions = {}) {
    const entries = options.entries ?? DEFAULT_ENTRIES;
    if (!Number.isInteger(Math.log2(entries))) throw new RangeError("a recorder's entries are a power of two");
    this.#mask = entries - 1;
    const shownBytes = options.shownBytes ?? DEFAULT_SHOWN_BYTES;
    // One more, for the bytes of an access lie in one piece.
    this.#slab = new Uint8Array(options.slabBytes ?? (entries + 1) * (shownBytes + TAIL_BYTES));
    this.#shownBytes = Math.max(0, Math.min(shownBytes, this.#slab.length - TAIL_BYTES));
    this.#words = new Uint32Array(entries * WORDS);
    this.#times = new Float64Array(entries);
    this.#lastTimes = new Float64Array(entries);
    this.#steps = new Array<string | undefined>(entries).fill(undefined);
  }

  /** Accesses and life events told so far; the first has number 0. */
  get told(): number {
    return this.#made + this.#repeats;
  }

  /** Entries there is room for. */
  get entries(): number {
    return this.#mask + 1;
  }

  /** Entries made so far, which is the number of the next one. */
  get made(): number {
    return this.#made;
  }

  /** The number of the oldest entry held. */
  get oldest(): number {
    return this.#oldest();
  }

  /** Bytes of window accesses kept so far, those that were overwritten since among them. */
  get bytesKept(): number {
    return this.#bytesKept;
  }

  /** Entries held. */
  get held(): number {
    return this.#made - this.#oldest();
  }

  /** Forgets all that it was told. */
  clear(): void {
    this.#made = 0;
    this.#repeats = 0;
    this.#slabAt = 0;
    this.#pollValue = -1;
  }

  /** Bytes of all that it holds; the same from the first access to the last. */
  get memoryBytes(): number {
    const arrays = [this.#words, this.#times, this.#lastTimes, this.#slab];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /* ---- Told ---- */

  statusRead(value: number, step: string | undefined): void {
    if (value === this.#pollValue && step === this.#pollStep) this.#repeat();
    else {
      this.#add(Kind.statusRead, value, 1, step);
      this.#pollValue = value;
      this.#pollStep = step;
    }
  }

  dataRead(value: number, step: string | undefined): void {
    this.#add(Kind.dataRead, value, 1, step);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#add(Kind.dataWritten, value, 1, step);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#add(Kind.statusWritten, value, 1, step);
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#add(Kind.windowRead | this.#addBytes(bytes, start, end), offset, length, step);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#add(Kind.windowWritten | this.#addBytes(bytes, start, end), offset, length, step);
  }

  started(): void {
    this.#add(Kind.started, 0, 1, undefined);
  }

  stopAsked(): void {
    this.#add(Kind.stopAsked, 0, 1, undefined);
  }

  ended(): void {
    this.#add(Kind.ended, 0, 1, undefined);
  }

  #add(kind: number, place: number, count: number, step: string | undefined): void {
    const entry = this.#made++ & this.#mask;
    const at = entry * WORDS;
    const words = this.#words;
    words[at + Word.kind] = kind;
    words[at + Word.place] = place;
    words[at + Word.count] = count;
    words[at + Word.bytesAt] = this.#slabAt;
    this.#times[entry] = this.time;
    this.#steps[entry] = step;
    this.#pollValue = -1;
  }

  #repeat(): void {
    const entry = (this.#made - 1) & this.#mask;
    this.#words[entry * WORDS + Word.count]!++;
    this.#lastTimes[entry] = this.time;
    this.#repeats++;
  }

  /** The bytes of an access lie in one piece, and end where the slab is filled to. Gives what its entry says of them. */
  #addBytes(bytes: Uint8Array, start: number, end: number): number {
    const slab = this.#slab;
    const isCut = end - start > this.#shownBytes;
    const shown = isCut ? this.#shownBytes : end - start;
    const kept = isCut ? shown + TAIL_BYTES : shown;
    if (this.#slabAt + kept > slab.length) this.#slabAt = 0;
    copyBytes(bytes, start, slab, this.#slabAt, shown);
    if (isCut) copyBytes(bytes, end - TAIL_BYTES, slab, this.#slabAt + shown, TAIL_BYTES);
    this.#slabAt += kept;
    this.#bytesKept += kept;
    return (shown << KIND_BITS) | (isCut ? HAS_TAIL : 0);
  }

  /* ---- Told again ---- */

  /**
   * Tells what is held from an entry on, up to, not including, another, oldest first. Of polls it tells the first and the
   * last; numbers and times are their own.
   */
  replay(listener: SideListener, before?: BeforeAccess, from = 0, to: number = this.#made): void {
    const oldest = Math.max(from, this.#oldest());
    let access = this.#numberOf(oldest);
    for (let index = oldest; index < to; index++) {
      const entry = index & this.#mask;
      const count = this.#accessesOf(entry);
      before?.(access, this.#times[entry]!);
      this.#tell(entry, listener);
      if (count > 1) {
        before?.(access + count - 1, this.#lastTimes[entry]!);
        this.#tell(entry, listener);
      }
      access += count;
    }
    this.lastBytes = undefined;
  }

  /** The number of an entry's first access; of one that is still to come, that of the next access. */
  accessAt(entry: number): number {
    let access = this.told;
    for (let index = Math.max(entry, this.#made - this.#mask - 1); index < this.#made; index++) {
      access -= this.#accessesOf(index & this.#mask);
    }
    return access;
  }

  /** What it holds now, in memory of its own. */
  copy(): Recorder {
    const other = new Recorder({ entries: this.entries, shownBytes: this.#shownBytes, slabBytes: this.#slab.length });
    other.#words.set(this.#words);
    other.#times.set(this.#times);
    other.#lastTimes.set(this.#lastTimes);
    other.#slab.set(this.#slab);
    for (let entry = 0; entry <= this.#mask; entry++) other.#steps[entry] = this.#steps[entry];
    other.#slabAt = this.#slabAt;
    other.#bytesKept = this.#bytesKept;
    other.#made = this.#made;
    other.#repeats = this.#repeats;
    return other;
  }

  /**
   * Tells the entries from one on, of which none may have been overwritten: for a follower that keeps up. Polls
   * are told a few times, as often as it can matter; numbers are their own, times that of the first.
   */
  follow(listener: SideListener, before: BeforeAccess, from: number): void {
    let access = this.#numberOf(from);
    for (let index = from; index < this.#made; index++) {
      const entry = index & this.#mask;
      const count = this.#accessesOf(entry);
      for (let time = 0; time < Math.min(count, POLLS_FOLLOWED); time++) {
        before(access + time, this.#times[entry]!);
        this.#tell(entry, listener);
      }
      access += count;
    }
  }

  /** The running number of the first access of an entry. */
  #numberOf(entry: number): number {
    let access = this.told;
    for (let index = entry; index < this.#made; index++) access -= this.#accessesOf(index & this.#mask);
    return access;
  }

  /** The first entry that was overwritten neither itself nor in its bytes. */
  #oldest(): number {
    const first = Math.max(0, this.#made - this.#mask - 1);
    const size = this.#slab.length;
    let used = 0;
    let end = this.#slabAt;
    for (let index = this.#made - 1; index >= first; index--) {
      const at = (index & this.#mask) * WORDS;
      const kept = keptBytes(this.#words[at + Word.kind]!);
      if (kept === 0) continue;
      const start = this.#words[at + Word.bytesAt]! - kept;
      used += start < end ? end - start : end + size - start;
      if (used > size) return index + 1;
      end = start;
    }
    return first;
  }

  #accessesOf(entry: number): number {
    const at = entry * WORDS;
    const isPoll = this.#words[at + Word.kind] === Kind.statusRead;
    return isPoll ? this.#words[at + Word.count]! : 1;
  }

  #tell(entry: number, listener: SideListener): void {
    const at = entry * WORDS;
    const kind = this.#words[at + Word.kind]!;
    const place = this.#words[at + Word.place]!;
    const count = this.#words[at + Word.count]!;
    const keptEnd = this.#words[at + Word.bytesAt]!;
    const start = keptEnd - keptBytes(kind);
    const end = start + (kind >>> KIND_BITS);
    this.lastBytes = end === keptEnd ? undefined : this.#slab.subarray(end, keptEnd);
    const step = this.#steps[entry];
    switch (kind & KIND_MASK) {
      case Kind.statusRead:
        listener.statusRead(place, step);
        return;
      case Kind.dataRead:
        listener.dataRead(place, step);
        return;
      case Kind.dataWritten:
        listener.dataWritten(place, step);
        return;
      case Kind.statusWritten:
        listener.statusWritten(place, step);
        return;
      case Kind.windowRead:
        listener.windowRead(place, count, this.#slab, start, end, step);
        return;
      case Kind.windowWritten:
        listener.windowWritten(place, count, this.#slab, start, end, step);
        return;
      case Kind.started:
        listener.started();
        return;
      case Kind.stopAsked:
        listener.stopAsked();
        return;
      default:
        listener.ended();
    }
  }
}

/** Bytes that the slab has of an entry. */
function keptBytes(kind: number): number {
  return (kind >>> KIND_BITS) + ((kind & HAS_TAIL) === 0 ? 0 : TAIL_BYTES);
}
