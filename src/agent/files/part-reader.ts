/**
 * Reads parts of a file to send. What was just hashed is in the page cache mostly, and reading it at once costs less
 * than a trip to the thread pool; a disk that takes its time must not hold the agent up, and is read by that pool.
 */
import type { FileHandle } from "node:fs/promises";
import { Failure } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";

/** Read at once before the clock is looked at: 1 ms even for a disk of 128 MB/s. */
const PIECE_BYTES = 128 * 1024;
/** A part that takes longer than this is finished by the thread pool. */
const PATIENCE_MILLISECONDS = 2;
/** Parts that the thread pool reads then before the quick way is tried again. */
const PARTS_OF_SLOW_DISK = 64;

export class PartReader {
  readonly #file: FileHandle;
  #slowParts = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Copies `length` bytes from `offset` of the file into `into[at]` and after. Throws a Failure `file-changed`. */
  async read(into: Uint8Array, at: number, offset: number, length: number): Promise<void> {
    let done = this.#slowParts > 0 ? 0 : this.#readAtOnce(into, at, offset, length);
    if (this.#slowParts > 0) this.#slowParts--;
    while (done < length) {
      const { bytesRead } = await this.#file.read(into, at + done, length - done, offset + done);
      done += checked(bytesRead);
    }
  }

  /** Bytes read before the disk turned out to be slow. */
  #readAtOnce(into: Uint8Array, at: number, offset: number, length: number): number {
    const began = performance.now();
    let done = 0;
    while (done < length) {
      const piece = Math.min(PIECE_BYTES, length - done);
      done += checked(system.read(this.#file.fd, into.subarray(at + done, at + done + piece), offset + done));
      if (performance.now() - began < PATIENCE_MILLISECONDS) continue;
      this.#slowParts = PARTS_OF_SLOW_DISK;
      return done;
    }
    return done;
  }
}

function checked(bytesRead: number): number {
  if (bytesRead === 0) throw fileShortened();
  return bytesRead;
}

export function fileShortened(): Failure {
  return new Failure(
    "file-changed",
    "The file became shorter while it was sent. Send it again when nothing writes to it.",
  );
}
