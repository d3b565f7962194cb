/**
 * Buses that tell a listener of each access, after it was carried out. They are only where somebody listens: without
 * one, a side has the bus of its port (see port-bus.ts).
 */
import type { BmcBus, HostBus } from "../core/binding/bus.ts";
import type { SideListener } from "../core/judge/listener.ts";

export class ListeningHostBus implements HostBus {
  readonly #bus: HostBus;
  readonly #listener: SideListener;

  constructor(bus: HostBus, listener: SideListener) {
    this.#bus = bus;
    this.#listener = listener;
  }

  readStatus(step: string): number {
    const value = this.#bus.readStatus(step);
    this.#listener.statusRead(value, step);
    return value;
  }

  readOdr(step: string): number {
    const value = this.#bus.readOdr(step);
    this.#listener.dataRead(value, step);
    return value;
  }

  writeIdr(step: string, command: number): void {
    this.#bus.writeIdr(step, command);
    this.#listener.dataWritten(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#bus.readWindow(step, offset, into, at, length);
    this.#listener.windowRead(offset, length, into, at, at + length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#bus.writeWindow(step, offset, bytes, start, end);
    this.#listener.windowWritten(offset, end - start, bytes, start, end, step);
  }
}

export class ListeningBmcBus implements BmcBus {
  readonly #bus: BmcBus;
  readonly #listener: SideListener;

  constructor(bus: BmcBus, listener: SideListener) {
    this.#bus = bus;
    this.#listener = listener;
  }

  readStatus(step: string): number {
    const value = this.#bus.readStatus(step);
    this.#listener.statusRead(value, step);
    return value;
  }

  writeStatus(step: string, value: number): void {
    this.#bus.writeStatus(step, value);
    this.#listener.statusWritten(value, step);
  }

  readIdr(step: string): number {
    const value = this.#bus.readIdr(step);
    this.#listener.dataRead(value, step);
    return value;
  }

  writeOdr(step: string, command: number): void {
    this.#bus.writeOdr(step, command);
    this.#listener.dataWritten(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#bus.readWindow(step, offset, into, at, length);
    this.#listener.windowRead(offset, length, into, at, at + length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#bus.writeWindow(step, offset, bytes, start, end);
    this.#listener.windowWritten(offset, end - start, bytes, start, end, step);
  }
}
