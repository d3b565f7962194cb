/** A file that another program still writes: its bytes as they come, until it is left alone. */
import { Failure, errnoOf } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";
import { nameOf, openTrace, unreadableTrace } from "./trace-files.ts";

const LOOK_MILLISECONDS = 100;
const PIECE_BYTES = 64 * 1024;

export class FollowedFile implements AsyncIterator<Buffer, undefined> {
  readonly #path: string;
  readonly #warn: (text: string) => void;
  #fd: number | undefined;
  #position = 0;
  #hasWarned = false;
  #stopped = false;
  #wake: (() => void) | undefined;

  /** `warn` is told once that there is no such file yet. */
  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** The next bytes; done once `stop` was called. Throws a Failure for a file that was replaced or became shorter. */
  async next(): Promise<IteratorResult<Buffer, undefined>> {
    while (!this.#stopped) {
      const piece = this.#read();
      if (piece !== undefined) return { done: false, value: piece };
      await this.#pause();
    }
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
    return { done: true, value: undefined };
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  #read(): Buffer | undefined {
    if (!this.#open()) return undefined;
    const fd = this.#fd!;
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    try {
      const count = system.read(fd, piece, this.#position);
      this.#position += count;
      if (count > 0) return piece.subarray(0, count);
    } catch (error) {
      throw unreadableTrace(this.#path, error);
    }
    this.#checkSame(fd);
    return undefined;
  }

  #open(): boolean {
    if (this.#fd !== undefined) return true;
    try {
      this.#fd = openTrace(this.#path, ["file"]);
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (errnoOf(error) !== "ENOENT") throw unreadableTrace(this.#path, error);
      if (!this.#hasWarned) this.#warn(`there is no ${nameOf(this.#path)} yet; waiting for it`);
      this.#hasWarned = true;
      return false;
    }
    return true;
  }

  #checkSame(fd: number): void {
    const own = system.stat(fd);
    const there = system.lookUp(this.#path);
    if (own.size >= this.#position && (there === undefined || there.ino === own.ino)) return;
    throw new Failure(
      "trace-changed",
      `${nameOf(this.#path)} was replaced or became shorter while it was followed: a new trace has begun, follow it again`,
    );
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MILLISECONDS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
