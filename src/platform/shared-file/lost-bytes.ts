/** How many bytes the host has overwritten in IDR, by the counters of a board's header page (Annex E.3). */
import { Status } from "../../core/binding/registers.ts";
import { BoardField } from "./layout.ts";

/** A byte is counted a moment after the step that writes or reads it: the least of some looks leaves most of that out. */
const LOOKS = 8;

/** Bytes written over one that was not read, of a register with these counts; negative where an empty one was read. */
export function overwritten(written: number, read: number, isFull: boolean): number {
  return (written - read - (isFull ? 1 : 0)) | 0;
}

/** Counts from now on. */
export function countLostInIdr(words: Int32Array): () => number {
  const lost = (): number => {
    let least = Number.POSITIVE_INFINITY;
    for (let look = 0; look < LOOKS; look++) {
      const written = Atomics.load(words, BoardField.idrWritten / 4);
      const read = Atomics.load(words, BoardField.idrRead / 4);
      const isFull = (Atomics.load(words, BoardField.registers / 4) & Status.IBF) !== 0;
      least = Math.min(least, overwritten(written, read, isFull));
    }
    return least;
  };
  const before = lost();
  return () => Math.max(0, lost() - before);
}
