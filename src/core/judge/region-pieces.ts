/**
 * Accesses to the control region, put together again where a side makes them in pieces (5.4): pieces of one kind that
 * follow each other without a gap, and with no other access between, are one access.
 */
import { CONTROL_REGION_BYTES } from "../binding/control-region.ts";
import { copyBytes } from "../wire/bytes.ts";

export class RegionPieces {
  readonly bytes: Uint8Array = new Uint8Array(CONTROL_REGION_BYTES);
  isEmpty = true;
  isWrite = false;
  offset = 0;
  /** Bytes accessed. */
  length = 0;
  /** Bytes of them whose values are known, from the first on. */
  shown = 0;
  /** Accesses that it was put together from. */
  count = 0;
  /** The running number of the first piece, and its step. */
  access = 0;
  step: string | undefined;

  /** Whether a piece goes on where the last one ended. */
  continues(isWrite: boolean, offset: number): boolean {
    return !this.isEmpty && this.isWrite === isWrite && offset === this.offset + this.length;
  }

  begin(isWrite: boolean, offset: number, access: number, step: string | undefined): void {
    this.isEmpty = false;
    this.isWrite = isWrite;
    this.offset = offset;
    this.length = 0;
    this.shown = 0;
    this.count = 0;
    this.access = access;
    this.step = step;
  }

  add(length: number, bytes: Uint8Array, start: number, end: number): void {
    this.count++;
    const room = Math.max(0, CONTROL_REGION_BYTES - this.length);
    const shown = Math.min(end - start, room);
    if (this.shown === this.length) {
      copyBytes(bytes, start, this.bytes, this.length, shown);
      this.shown += shown;
    }
    this.length += length;
  }
}
