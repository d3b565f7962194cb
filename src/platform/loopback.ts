/** A board in memory, for both sides in one process: tests, benchmarks, exploration. */
import {
  afterIdrRead,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterStatusWrite,
  idrOf,
  odrOf,
  statusOf,
} from "../core/binding/kcs-word.ts";
import { MappedWindow } from "./mapped-window.ts";
import type { BmcPlatform, HostPlatform, Interrupts } from "./port.ts";

class MemoryInterrupts implements Interrupts {
  onWake: (() => void) | undefined;
  #raised = false;
  #armed = false;

  raise(): void {
    this.#raised = true;
    if (!this.#armed) return;
    this.#armed = false;
    this.onWake?.();
  }

  pending(): boolean {
    const raised = this.#raised;
    this.#raised = false;
    return raised;
  }

  arm(): boolean {
    this.#armed = true;
    return true;
  }

  disarm(): void {
    this.#armed = false;
  }

  peerRings(): boolean {
    return true;
  }
}

export class LoopbackBoard {
  /** The register word, see kcs-word.ts; tests and fault injection may set it. */
  word = 0;
  readonly window: Uint8Array;
  readonly host: HostPlatform;
  readonly bmc: BmcPlatform;
  readonly hostInterrupts: { raise(): void };
  readonly bmcInterrupts: { raise(): void };

  constructor(windowBytes: number = 1024 * 1024) {
    const window = new MappedWindow(new Uint8Array(windowBytes));
    this.window = window.bytes;
    const hostInterrupts = new MemoryInterrupts();
    const bmcInterrupts = new MemoryInterrupts();
    this.hostInterrupts = hostInterrupts;
    this.bmcInterrupts = bmcInterrupts;
    const readStatus = (): number => statusOf(this.word);
    this.host = {
      name: "loopback",
      window,
      interrupts: hostInterrupts,
      close: () => undefined,
      port: {
        readStatus,
        readData: () => {
          const value = odrOf(this.word);
          this.word = afterOdrRead(this.word);
          bmcInterrupts.raise();
          return value;
        },
        writeData: (value) => {
          this.word = afterIdrWrite(this.word, value);
          bmcInterrupts.raise();
        },
      },
    };
    this.bmc = {
      name: "loopback",
      window,
      interrupts: bmcInterrupts,
      close: () => undefined,
      port: {
        readStatus,
        readData: () => {
          const value = idrOf(this.word);
          this.word = afterIdrRead(this.word);
          hostInterrupts.raise();
          return value;
        },
        writeData: (value) => {
          this.word = afterOdrWrite(this.word, value);
          hostInterrupts.raise();
        },
        writeStatus: (value) => {
          this.word = afterStatusWrite(this.word, value);
        },
      },
    };
  }
}
