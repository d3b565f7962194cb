/** The buses of sides on platforms that answer at once: every access goes straight to the port or the window. */
import type { BmcBus, HostBus } from "../core/binding/bus.ts";
import type { BmcPlatform, BmcPort, HostPlatform, HostPort, Window } from "../platform/port.ts";

export class HostPortBus implements HostBus {
  readonly #port: HostPort;
  readonly #window: Window;

  constructor({ port, window }: HostPlatform) {
    this.#port = port;
    this.#window = window;
  }

  readStatus(step: string): number {
    return this.#port.readStatus(step);
  }

  readOdr(step: string): number {
    return this.#port.readData(step);
  }

  writeIdr(step: string, command: number): void {
    this.#port.writeData(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#window.read(offset, into, at, length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#window.write(offset, bytes, start, end, step);
  }
}

export class BmcPortBus implements BmcBus {
  readonly #port: BmcPort;
  readonly #window: Window;

  constructor({ port, window }: BmcPlatform) {
    this.#port = port;
    this.#window = window;
  }

  readStatus(step: string): number {
    return this.#port.readStatus(step);
  }

  writeStatus(step: string, value: number): void {
    this.#port.writeStatus(value, step);
  }

  readIdr(step: string): number {
    return this.#port.readData(step);
  }

  writeOdr(step: string, command: number): void {
    this.#port.writeData(command, step);
  }

  readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#window.read(offset, into, at, length, step);
  }

  writeWindow(step: string, offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.#window.write(offset, bytes, start, end, step);
  }
}
