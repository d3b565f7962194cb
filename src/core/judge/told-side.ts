/** Counts the accesses of one side, keeps what both sides share up to date, and hands them to what follows the side. */
import type { Context } from "./context.ts";
import type { Docket } from "./docket.ts";
import type { SideListener } from "./listener.ts";
import type { SideWatch } from "./side-watch.ts";

export class ToldSide implements SideListener {
  readonly #watch: SideWatch;
  readonly #docket: Docket;
  readonly #context: Context;

  constructor(watch: SideWatch, docket: Docket, context: Context) {
    this.#watch = watch;
    this.#docket = docket;
    this.#context = context;
  }

  #next(step: string | undefined): void {
    this.#watch.settle();
    this.#docket.access++;
    this.#docket.step = step;
  }

  #nextInWindow(isWrite: boolean, offset: number, step: string | undefined): void {
    if (!this.#watch.continuesRegion(isWrite, offset)) this.#watch.settle();
    this.#docket.access++;
    this.#docket.step = step;
  }

  statusRead(value: number, step: string | undefined): void {
    if (this.#watch.isUnmoved(value)) {
      this.#docket.access++;
      return;
    }
    this.#next(step);
    this.#watch.statusRead(value, step);
  }

  dataRead(value: number, step: string | undefined): void {
    this.#next(step);
    this.#watch.dataRead(value, step);
    this.#context.byteRead(this.#watch.role);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#next(step);
    this.#watch.dataWritten(value, step);
    this.#context.byteWritten(this.#watch.role);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#next(step);
    this.#watch.statusWritten(value, step);
    if ((value & 1) === 0) this.#context.unread.odr = 0;
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#nextInWindow(false, offset, step);
    this.#watch.windowRead(offset, length, bytes, start, end, step);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#nextInWindow(true, offset, step);
    this.#watch.windowWritten(offset, length, bytes, start, end, step);
  }

  started(): void {
    this.#watch.conclude();
    this.#watch.started();
  }

  stopAsked(): void {
    this.#watch.settle();
    this.#watch.stopAsked();
  }

  ended(): void {
    this.#watch.conclude();
    this.#watch.ended();
  }
}
