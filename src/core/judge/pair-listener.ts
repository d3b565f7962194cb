/** Two listeners in place of one. */
import type { SideListener } from "./listener.ts";

/** Tells both of each access, the first first. */
export class PairListener implements SideListener {
  readonly #first: SideListener;
  readonly #second: SideListener;

  constructor(first: SideListener, second: SideListener) {
    this.#first = first;
    this.#second = second;
  }

  statusRead(value: number, step: string | undefined): void {
    this.#first.statusRead(value, step);
    this.#second.statusRead(value, step);
  }

  dataRead(value: number, step: string | undefined): void {
    this.#first.dataRead(value, step);
    this.#second.dataRead(value, step);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#first.dataWritten(value, step);
    this.#second.dataWritten(value, step);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#first.statusWritten(value, step);
    this.#second.statusWritten(value, step);
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#first.windowRead(offset, length, bytes, start, end, step);
    this.#second.windowRead(offset, length, bytes, start, end, step);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    this.#first.windowWritten(offset, length, bytes, start, end, step);
    this.#second.windowWritten(offset, length, bytes, start, end, step);
  }

  started(): void {
    this.#first.started();
    this.#second.started();
  }

  stopAsked(): void {
    this.#first.stopAsked();
    this.#second.stopAsked();
  }

  ended(): void {
    this.#first.ended();
    this.#second.ended();
  }
}
