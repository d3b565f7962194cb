/** A window that is read and written through a file, at positions that are addresses of the bus. */
import { checkRange } from "../mapped-window.ts";
import type { Window } from "../port.ts";
import { system } from "../system.ts";
import type { DeviceHealth } from "./health.ts";

/** What an undriven bus reads as (LPC-HOST-14). */
const UNDRIVEN = 0xff;

export interface FileRange {
  readonly path: string;
  readonly fd: number;
  /** Position of the window's first byte. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

export class FileWindow implements Window {
  readonly size: number;
  readonly #range: FileRange;
  readonly #health: DeviceHealth;

  constructor(range: FileRange, health: DeviceHealth) {
    this.size = range.size;
    this.#range = range;
    this.#health = health;
  }

  read(offset: number, into: Uint8Array, at: number, length: number): void {
    checkRange(this.size, offset, length);
    const target = into.subarray(at, at + length);
    const { fd } = this.#range;
    const done = this.#transfer(offset, target, (part, position) => system.read(fd, part, position));
    target.fill(UNDRIVEN, done);
  }

  write(offset: number, bytes: Uint8Array, start: number, end: number): void {
    checkRange(this.size, offset, end - start);
    const { fd } = this.#range;
    this.#transfer(offset, bytes.subarray(start, end), (part, position) => system.writeAt(fd, part, position));
  }

  /** Calls until all bytes went across, or the hardware does not answer; gives how many went. */
  #transfer(offset: number, bytes: Uint8Array, call: (part: Uint8Array, position: number) => number): number {
    const { path, start } = this.#range;
    let done = 0;
    while (done < bytes.length && !this.#health.isLost) {
      try {
        const count = call(bytes.subarray(done), start + offset + done);
        if (count === 0) {
          this.#health.noAnswer(path);
          break;
        }
        done += count;
      } catch (error) {
        if (!this.#health.shallRepeat(path, error)) break;
      }
    }
    return done;
  }
}
