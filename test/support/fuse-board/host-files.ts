/**
 * What the host sees of the board, as its kernel's files show it.
 *
 * | file   | is like                              | where nothing answers |
 * | ------ | ------------------------------------ | --------------------- |
 * | `port` | /dev/port: offset = I/O port         | 0xff                  |
 * | `io`   | powerpc/lpc/io: offset = I/O port    | ENXIO                 |
 * | `fw`   | powerpc/lpc/fw: offset = FW address  | ENXIO                 |
 * | `mem`  | /dev/mem: offset = address           | EFAULT                |
 *
 * `mem` shows the reserved memory from address 0 on, always. `fw` shows it where the BMC has mapped it.
 */
import { readSync, writeSync } from "node:fs";
import { Errno, SystemCallError, type Call, type OpenFile, type ServedFile } from "./fuse/served-file.ts";
import type { LpcCtrl } from "./lpc-ctrl.ts";

const PORTS = 0x1_0000;
const FW_ADDRESSES = 0x1000_0000;
const NO_ANSWER = 0xff;

/** One byte of the I/O space; undefined where nothing answers. */
export interface IoSpace {
  read(port: number): number | undefined;
  /** False where nothing answers. */
  write(port: number, value: number): boolean;
}

/** Byte by byte, in ascending order, however many a call asks for. */
export class PortFile implements ServedFile {
  readonly name = "port";
  readonly sizeBytes: number = PORTS;
  readonly #space: IoSpace;

  constructor(space: IoSpace) {
    this.#space = space;
  }

  open(): OpenFile {
    return {
      read: (call, offset, length) => {
        const ports = portsOf(offset, length);
        call.answer(Uint8Array.from(ports, (port) => this.#space.read(port) ?? NO_ANSWER));
      },
      write: (call, offset, bytes) => {
        const ports = portsOf(offset, bytes.length);
        for (const [index, port] of ports.entries()) this.#space.write(port, bytes[index]!);
        call.wrote(ports.length);
      },
    };
  }
}

function portsOf(offset: number, length: number): readonly number[] {
  return Array.from({ length: Math.max(0, Math.min(length, PORTS - offset)) }, (_, index) => offset + index);
}

/** As `port`, but for what happens where nothing answers: the bytes before it are lost, too. */
export class IoFile implements ServedFile {
  readonly name = "io";
  readonly sizeBytes: number = PORTS;
  readonly #space: IoSpace;

  constructor(space: IoSpace) {
    this.#space = space;
  }

  open(): OpenFile {
    return {
      read: (call, offset, length) => {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length; at++) bytes[at] = this.#space.read(offset + at) ?? noDevice();
        call.answer(bytes);
      },
      write: (call, offset, bytes) => {
        for (const [index, value] of bytes.entries()) if (!this.#space.write(offset + index, value)) noDevice();
        call.wrote(bytes.length);
      },
    };
  }
}

function noDevice(): never {
  throw new SystemCallError(Errno.ENXIO);
}

/** Accesses of `fw` by their size in bytes. */
export type FwAccesses = Record<1 | 2 | 4, number>;

/**
 * Each call is cut into accesses of 4, 2 and 1 bytes as alignment and length allow. Bytes keep their places. A call of
 * which one access fails, fails.
 */
export class FwFile implements ServedFile {
  readonly name = "fw";
  readonly sizeBytes: number = FW_ADDRESSES;
  accesses: FwAccesses = { 1: 0, 2: 0, 4: 0 };
  readonly #memory: number;
  readonly #control: LpcCtrl;

  constructor(memory: number, control: LpcCtrl) {
    this.#memory = memory;
    this.#control = control;
  }

  resetAccesses(): void {
    this.accesses = { 1: 0, 2: 0, 4: 0 };
  }

  open(): OpenFile {
    return {
      read: (call, address, length) => {
        const bytes = Buffer.alloc(length);
        this.#each(address, length, (at, end, offset) => readSync(this.#memory, bytes, at, end - at, offset));
        call.answer(bytes);
      },
      write: (call, address, bytes) => {
        this.#each(address, bytes.length, (at, end, offset) => writeSync(this.#memory, bytes, at, end - at, offset));
        call.wrote(bytes.length);
      },
    };
  }

  /**
   * Judges and counts the accesses of one call, then moves its bytes: with one system call up to where the first access
   * fails.
   */
  #each(address: number, length: number, move: (at: number, end: number, offset: number) => number): void {
    const start = this.#control.offsetOf(address);
    let at = 0;
    let isAnswered = true;
    while (at < length && isAnswered) {
      const size = accessSize(address + at, length - at);
      this.accesses[size] += 1;
      isAnswered = this.#control.offsetOf(address + at + size - 1) !== undefined;
      if (isAnswered) at += size;
    }
    if (start === undefined) noDevice();
    move(0, at, start);
    if (!isAnswered) noDevice();
  }
}

function accessSize(address: number, left: number): 1 | 2 | 4 {
  if (left > 3 && address % 4 === 0) return 4;
  return left > 1 && address % 2 === 0 ? 2 : 1;
}

/** The memory at the host's physical addresses. A mapping of the file is one of the memory, too. */
export class MemFile implements ServedFile {
  readonly name = "mem";
  readonly sizeBytes: number;
  readonly isMapped = true;
  readonly #memory: number;

  constructor(memory: number, regionBytes: number) {
    this.#memory = memory;
    this.sizeBytes = regionBytes;
  }

  open(): OpenFile {
    return {
      read: (call, address, length) => {
        this.#judge(address, length);
        const bytes = Buffer.alloc(length);
        readSync(this.#memory, bytes, 0, length, address);
        call.answer(bytes);
      },
      write: (call: Call, address, bytes) => {
        this.#judge(address, bytes.length);
        call.wrote(writeSync(this.#memory, bytes, 0, bytes.length, address));
      },
    };
  }

  #judge(address: number, length: number): void {
    if (address + length > this.sizeBytes) throw new SystemCallError(Errno.EFAULT);
  }
}
