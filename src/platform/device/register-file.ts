/** A file whose bytes are registers: each is read and written alone, at its place. */
import { system } from "../system.ts";
import type { DeviceHealth } from "./health.ts";

export class RegisterFile {
  readonly path: string;
  readonly #fd: number;
  readonly #health: DeviceHealth;
  readonly #byte = new Uint8Array(1);

  constructor(path: string, fd: number, health: DeviceHealth) {
    this.path = path;
    this.#fd = fd;
    this.#health = health;
  }

  /** Undefined where the device is lost, or nothing answers. */
  read(position: number): number | undefined {
    while (!this.#health.isLost) {
      try {
        if (system.read(this.#fd, this.#byte, position) === 1) return this.#byte[0];
        this.#health.noAnswer(this.path);
        return undefined;
      } catch (error) {
        if (!this.#health.shallRepeat(this.path, error)) return undefined;
      }
    }
    return undefined;
  }

  write(position: number, value: number): void {
    this.#byte[0] = value;
    while (!this.#health.isLost) {
      try {
        system.writeAt(this.#fd, this.#byte, position);
        return;
      } catch (error) {
        if (!this.#health.shallRepeat(this.path, error)) return;
      }
    }
  }
}
