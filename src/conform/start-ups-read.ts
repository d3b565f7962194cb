/** Initialises that were read of a host, and the fences behind each (LPC-HOST-4, LPC-HOST-6). */
import { Command } from "../core/binding/registers.ts";
import { FENCES } from "../core/judge/host/fences.ts";

interface ReadInitialise {
  /** Undefined until its fields were read. */
  isClose: boolean | undefined;
  fences: number;
}

/** Fewer fences than there have to be, or more. */
export interface WrongFences {
  readonly requirement: "LPC-HOST-4" | "LPC-HOST-6" | "LPC-HOST-16";
  readonly seen: string;
}

export class StartUpsRead {
  #read: ReadInitialise[] = [];

  clear(): void {
    this.#read = [];
  }

  byte(value: number): void {
    if (value === Command.INITIALISE) this.#read.push({ isClose: undefined, fences: 0 });
    const last = this.#read.at(-1);
    if (value === Command.DUMMY && last !== undefined) last.fences++;
  }

  /** The fields behind the last Initialise were read. */
  proposed(isClose: boolean): void {
    const last = this.#read.at(-1);
    if (last !== undefined) last.isClose ??= isClose;
  }

  /** An Initialise was read. */
  get hasBegun(): boolean {
    return this.#read.length > 0;
  }

  /** More fences than belong to an Initialise were read behind the last one. */
  get hasSurplus(): boolean {
    return (this.#read.at(-1)?.fences ?? 0) > FENCES;
  }

  /**
   * What is wrong behind a close or a proposal of a host that closes. `isUsed`: the session of the last Initialise is
   * open, and its host was heard in it.
   */
  wrong(isUsed: boolean): WrongFences | undefined {
    // Without fences the fields of a proposal may stand there before those of its close were read.
    if (isUsed && this.#read.length > 1 && this.#read.every(({ fences }) => fences === 0)) {
      return { requirement: "LPC-HOST-4", seen: "an Initialise follows another one, and no fence is read between" };
    }
    if (!this.#read.some(({ isClose }) => isClose === true)) return undefined;
    for (const [at, { isClose, fences }] of this.#read.entries()) {
      const isLast = at === this.#read.length - 1;
      if (fences > FENCES && isClose === true && this.#read[at + 1]?.isClose === false) {
        return { requirement: "LPC-HOST-16", seen: `${String(fences)} fences are read between close and proposal` };
      }
      if (fences >= FENCES || isClose === undefined || (isLast && !isUsed)) continue;
      // A close behind a close is a start-up that begins again.
      if (isClose && this.#read[at + 1]?.isClose !== false) continue;
      return {
        requirement: isClose ? "LPC-HOST-4" : "LPC-HOST-6",
        seen: `${fences === 0 ? "no fence" : "one fence"} is read behind ${isClose ? "the close" : "the proposal"}`,
      };
    }
    return undefined;
  }
}
