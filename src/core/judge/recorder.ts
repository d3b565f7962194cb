/**
 * The last accesses of one side, in memory that is allocated once: what a judge, or a person, looks at when something
 * went wrong. The oldest make room for the newest, one by one.
 */
import { copyBytes } from "../wire/bytes.ts";
import type { SideListener } from "./listener.ts";

export interface RecorderOptions {
  /** Accesses kept at most. Default: 4096. */
  readonly entries?: number;
  /** The first bytes of a window access that are kept, at most. Default: 256. */
  readonly shownBytes?: number;
  /** Room for those of all accesses together; where it is short, fewer accesses are kept. Default: 128 KiB. */
  readonly slabBytes?: number;
}

/** Called before each access that is told again: its running number, and its time in milliseconds. */
export type BeforeAccess = (access: number, time: number) => void;

const DEFAULT_ENTRIES = 4096;
const DEFAULT_SHOWN_BYTES = 256;
const DEFAULT_SLAB_BYTES = 128 * 1024;

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

/** Numbers of steps fit a byte; 0 stands for none. Both tables together have fewer than a hundred. */
const MOST_STEPS = 255;

/** Polls that read the same STR in the same step, one behind the other, are one entry. */
export class Recorder implements SideListener {
  /** Of the accesses that follow: milliseconds of a monotonic clock, NaN for unknown. */
  time: number = Number.NaN;
  /** Accesses and life events told so far; the first has number 0. */
  told = 0;
  readonly #entries: number;
  readonly #shownBytes: number;
  /** The entries, one column an array; the newest is before `#next`. */
  readonly #kind: Uint8Array;
  readonly #step: Uint8Array;
  /** The value of a register, or the offset in the window. */
  readonly #place: Uint32Array;
  /** How often STR was read, or bytes of the window. */
  readonly #count: Uint32Array;
  readonly #access: Float64Array;
  readonly #time: Float64Array;
  /** Of the last read of an entry of polls. */
  readonly #lastTime: Float64Array;
  readonly #shown: Uint16Array;
  /** Where its bytes begin in the slab, counted without end. */
  readonly #bytesAt: Float64Array;
  readonly #slab: Uint8Array;
  #slabWritten = 0;
  #next = 0;
  #held = 0;
  /** The number of its newest entry, and of the poll that it may be of. */
  #newest = 0;
  #pollValue = -1;
  #pollStep = 0;
  readonly #stepNumbers = new Map<string, number>();
  readonly #stepNames: (string | undefined)[] = [undefined];

  constructor(options: RecorderOptions = {}) {
    const entries = options.entries ?? DEFAULT_ENTRIES;
    this.#entries = entries;
    this.#slab = new Uint8Array(options.slabBytes ?? DEFAULT_SLAB_BYTES);
    this.#shownBytes = Math.min(options.shownBytes ?? DEFAULT_SHOWN_BYTES, this.#slab.length, 0xffff);
    this.#kind = new Uint8Array(entries);
    this.#step = new Uint8Array(entries);
    this.#place = new Uint32Array(entries);
    this.#count = new Uint32Array(entries);
    this.#access = new Float64Array(entries);
    this.#time = new Float64Array(entries);
    this.#lastTime = new Float64Array(entries);
    this.#shown = new Uint16Array(entries);
    this.#bytesAt = new Float64Array(entries);
  }

  /** Entries held: accesses, where no polls are among them. */
  get held(): number {
    return this.#held;
  }

  /** Bytes of all that it holds; the same from the first access to the last. */
  get memoryBytes(): number {
    const columns = [this.#kind, this.#step, this.#place, this.#count, this.#access, this.#time, this.#lastTime];
    const all = [...columns, this.#shown, this.#bytesAt, this.#slab];
    return all.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /* ---- Told ---- */

  statusRead(value: number, step: string | undefined): void {
    const number = this.#stepNumber(step);
    if (value === this.#pollValue && number === this.#pollStep) {
      this.#count[this.#newest]!++;
      this.#lastTime[this.#newest] = this.time;
      this.told++;
      return;
    }
    this.#add(Kind.statusRead, number, value, 1, 0);
    this.#pollValue = value;
    this.#pollStep = number;
  }

  dataRead(value: number, step: string | undefined): void {
    this.#add(Kind.dataRead, this.#stepNumber(step), value, 1, 0);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#add(Kind.dataWritten, this.#stepNumber(step), value, 1, 0);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#add(Kind.statusWritten, this.#stepNumber(step), value, 1, 0);
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#addBytes(Kind.windowRead, offset, length, bytes, start, end, step);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#addBytes(Kind.windowWritten, offset, length, bytes, start, end, step);
  }

  started(): void {
    this.#add(Kind.started, 0, 0, 1, 0);
  }

  stopAsked(): void {
    this.#add(Kind.stopAsked, 0, 0, 1, 0);
  }

  ended(): void {
    this.#add(Kind.ended, 0, 0, 1, 0);
  }

  /* ---- Told again ---- */

  /** Tells what is held, oldest first. Of polls it tells the first and the last; numbers and times are their own. */
  replay(listener: SideListener, before?: BeforeAccess): void {
    const oldest = this.#oldest();
    for (let index = 0; index < this.#held; index++) {
      const entry = (oldest + index) % this.#entries;
      const access = this.#access[entry]!;
      const count = this.#count[entry]!;
      before?.(access, this.#time[entry]!);
      this.#tell(entry, listener);
      if (this.#kind[entry] !== Kind.statusRead || count === 1) continue;
      before?.(access + count - 1, this.#lastTime[entry]!);
      this.#tell(entry, listener);
    }
  }

  #tell(entry: number, listener: SideListener): void {
    const step = this.#stepNames[this.#step[entry]!];
    const place = this.#place[entry]!;
    const start = this.#bytesAt[entry]! % this.#slab.length;
    const end = start + this.#shown[entry]!;
    switch (this.#kind[entry]) {
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
        listener.windowRead(place, this.#count[entry]!, this.#slab, start, end, step);
        return;
      case Kind.windowWritten:
        listener.windowWritten(place, this.#count[entry]!, this.#slab, start, end, step);
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

  /* ---- The ring ---- */

  #addBytes(
    kind: number,
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    const shown = Math.min(end - start, this.#shownBytes);
    const size = this.#slab.length;
    // The bytes of an entry lie in one piece.
    const at = this.#slabWritten % size;
    if (at + shown > size) this.#slabWritten += size - at;
    const room = this.#slabWritten + shown - size;
    while (this.#held > 0 && this.#bytesAt[this.#oldest()]! < room) this.#held--;
    const to = this.#slabWritten % size;
    this.#add(kind, this.#stepNumber(step), offset, length, shown);
    copyBytes(bytes, start, this.#slab, to, shown);
    this.#slabWritten += shown;
  }

  #oldest(): number {
    const entry = this.#next - this.#held;
    return entry < 0 ? entry + this.#entries : entry;
  }

  #add(kind: number, step: number, place: number, count: number, shown: number): void {
    const entry = this.#next;
    this.#kind[entry] = kind;
    this.#step[entry] = step;
    this.#place[entry] = place;
    this.#count[entry] = count;
    this.#access[entry] = this.told;
    this.#time[entry] = this.time;
    this.#lastTime[entry] = this.time;
    this.#shown[entry] = shown;
    this.#bytesAt[entry] = this.#slabWritten;
    this.told++;
    this.#newest = entry;
    this.#pollValue = -1;
    this.#next = entry + 1 === this.#entries ? 0 : entry + 1;
    if (this.#held < this.#entries) this.#held++;
  }

  #stepNumber(step: string | undefined): number {
    if (step === undefined) return 0;
    return this.#stepNumbers.get(step) ?? this.#newStep(step);
  }

  #newStep(step: string): number {
    if (this.#stepNames.length > MOST_STEPS) return 0;
    const number = this.#stepNames.length;
    this.#stepNames.push(step);
    this.#stepNumbers.set(step, number);
    return number;
  }
}
