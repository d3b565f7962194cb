/**
 * Buses that tell a listener of each access, after it was carried out. They are only where somebody listens: without
 * one, a side has the bus of its port (see port-bus.ts).
 */
import type { BmcBus, HostBus } from "../core/binding/bus.ts";
import type { SideListener } from "../core/judge/listener.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Window } from "../platform/port.ts";

export class ListeningHostBus implements HostBus {
  #port: HostPort;
  #window: Window;
  readonly #listener: SideListener;

  constructor({ port, window }: HostPlatform, listener: SideListener) {
    this.#port = port;
    this.#window = window;
    this.#listener = listener;
  }

  /** From now on accesses go another way to the same board: past a recorder, say. */
  use({ port, window }: Pick<HostPlatform, "port" | "window">): void {
    this.#port = port;
    this.#window = window;
  }

  readStatus(step: string): number {
    const value = this.#port.readStatus(step);
    this.#listener.statusRead(value, step);
    return value;
  }

  readOdr(step: string): number {
    const value = this.#port.readData(step);
    this.#listener.dataRead(value, step);
    return value;
  }

  writeIdr(step: string, command: number): void {
    this.#port.writeData(command, step);
    this.#listener.dataWritten(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#window.read(offset, into, at, length, step);
    this.#listener.windowRead(offset, length, into, at, at + length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#window.write(offset, bytes, start, end, step);
    this.#listener.windowWritten(offset, end - start, bytes, start, end, step);
  }
}

export class ListeningBmcBus implements BmcBus {
  #port: BmcPort;
  #window: Window;
  readonly #listener: SideListener;

  constructor({ port, window }: BmcPlatform, listener: SideListener) {
    this.#port = port;
    this.#window = window;
    this.#listener = listener;
  }

  /** From now on accesses go another way to the same board: past a recorder, say. */
  use({ port, window }: Pick<BmcPlatform, "port" | "window">): void {
    this.#port = port;
    this.#window = window;
  }

  readStatus(step: string): number {
    const value = this.#port.readStatus(step);
    this.#listener.statusRead(value, step);
    return value;
  }

  writeStatus(step: string, value: number): void {
    this.#port.writeStatus(value, step);
    this.#listener.statusWritten(value, step);
  }

  readIdr(step: string): number {
    const value = this.#port.readData(step);
    this.#listener.dataRead(value, step);
    return value;
  }

  writeOdr(step: string, command: number): void {
    this.#port.writeData(command, step);
    this.#listener.dataWritten(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#window.read(offset, into, at, length, step);
    this.#listener.windowRead(offset, length, into, at, at + length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#window.write(offset, bytes, start, end, step);
    this.#listener.windowWritten(offset, end - start, bytes, start, end, step);
  }
}
