/**
 * The chip's registers through /dev/mem, or a file whose positions are physical addresses: blocks are mapped, each by the
 * first access to it.
 *
 * Each access is one load or store of 32 bits: Atomics on an element of a Uint32Array are never split, merged or left out
 * (ECMAScript's memory model, and V8 makes one instruction of each). The kernel maps what is no memory as strongly ordered where
 * the file was opened with O_SYNC, so that accesses to registers are never cached and stay in their order.
 */
import { deviceFailure } from "../device/device-file.ts";
import { Failure, errnoOf } from "../failure.ts";
import { hexText } from "../kind.ts";
import type { Scope } from "../scope.ts";
import { system } from "../system.ts";
import type { Registers } from "./registers.ts";

/** Linux's way to physical addresses. */
export const MEMORY_FILE = "/dev/mem";

const BLOCK_BYTES = 4096;
const REGISTER_BYTES = 4;

export interface MemoryFile {
  readonly path: string;
  readonly fd: number;
  readonly access: "read" | "readWrite";
}

export class MemoryRegisters implements Registers {
  readonly name: string;
  readonly #file: MemoryFile;
  readonly #scope: Scope;
  /** Makes a read the barrier that it has to be; undefined: for registers that are not used beside a window. */
  readonly #barrier: (() => void) | undefined;
  readonly #blocks = new Map<number, Uint32Array>();

  /** `scope`: where mappings are put to be released. */
  constructor(file: MemoryFile, scope: Scope, barrier?: () => void) {
    this.name = file.path;
    this.#file = file;
    this.#scope = scope;
    this.#barrier = barrier;
  }

  read(address: number): number {
    const value = Atomics.load(this.#blockOf(address), indexOf(address));
    this.#barrier?.();
    return value;
  }

  write(address: number, value: number): void {
    Atomics.store(this.#blockOf(address), indexOf(address), value);
  }

  #blockOf(address: number): Uint32Array {
    const start = address - (address % BLOCK_BYTES);
    const known = this.#blocks.get(start);
    if (known !== undefined) return known;
    const block = new Uint32Array(mapMemory(this.#file, this.#scope, start, BLOCK_BYTES));
    this.#blocks.set(start, block);
    return block;
  }
}

function indexOf(address: number): number {
  return (address % BLOCK_BYTES) / REGISTER_BYTES;
}

/** Maps physical memory until the scope is released. Throws a Failure that says what to do. */
export function mapMemory({ path, fd, access }: MemoryFile, scope: Scope, start: number, length: number): ArrayBuffer {
  try {
    const { type, size } = system.stat(fd);
    // An access behind the end of a file ends the process.
    if (type === "file" && size < start + length) {
      throw new Failure("device-refused", `the file ${path} ends before ${hexText(start + length)}: name another`);
    }
    const { memory, unmap } = system.map(fd, length, { offset: start, access });
    scope.add(unmap);
    return memory;
  } catch (error) {
    if (errnoOf(error) === "EPERM") {
      throw new Failure(
        "device-permission",
        `cannot map ${hexText(start)} out of ${path}: the kernel does not permit it; it needs root, no lockdown, with CONFIG_STRICT_DEVMEM the boot argument iomem=relaxed, and no memory that the kernel uses itself`,
        { cause: error },
      );
    }
    throw deviceFailure(path, error);
  }
}
