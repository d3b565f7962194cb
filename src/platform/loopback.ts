/** A board in memory, for both sides in one process: tests, benchmarks, exploration. */
import {
  afterIdrRead,
  afterIdrReadByBmc,
  afterIdrTaken,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterReset,
  afterStatusWrite,
  bmcStatusOf,
  canTakeIdr,
  hostStatusOf,
  idrOf,
  idrSeenByBmc,
  isShadowFull,
  odrOf,
  type Depth,
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

/** What a board in memory is. */
export interface LoopbackOptions {
  /** Host bytes that the path into the BMC holds beside IDR: 0, registers alone (default), or 1, the raw KCS driver. */
  readonly depth?: Depth;
}

/**
 * A board in memory: registers, window and interrupts of both sides, without files or processes.
 *
 * @example
 * ```ts
 * const board = new LoopbackBoard(1024 * 1024, { depth: 1 });
 * await using bmc = new Endpoint(bmcLink(board.bmc), { eid: 8, kind: "busOwner" });
 * await using host = new Endpoint(hostLink(board.host), { eid: 9 });
 * ```
 */
export class LoopbackBoard {
  /** The register word, see kcs-word.ts; tests and fault injection may set it. */
  word = 0;
  /** Host bytes that the path into the BMC holds beside IDR. */
  readonly depth: Depth;
  readonly window: Uint8Array;
  readonly host: HostPlatform;
  readonly bmc: BmcPlatform;
  readonly hostInterrupts: { raise(): void };
  readonly bmcInterrupts: { raise(): void };
  /** Whether the BMC has the driver's node open; only then does the handler run. `bmc.close()` closes it. */
  #isNodeOpen = true;
  #isHandlerHeld = false;

  constructor(windowBytes: number = 1024 * 1024, options: LoopbackOptions = {}) {
    const { depth = 0 } = options;
    this.depth = depth;
    const window = new MappedWindow(new Uint8Array(windowBytes));
    this.window = window.bytes;
    const hostInterrupts = new MemoryInterrupts();
    const bmcInterrupts = new MemoryInterrupts();
    this.hostInterrupts = hostInterrupts;
    this.bmcInterrupts = bmcInterrupts;
    this.host = {
      name: "loopback",
      depth,
      window,
      interrupts: hostInterrupts,
      close: () => undefined,
      resetRegisters: () => {
        this.word = afterReset(this.word);
      },
      port: {
        readStatus: () => hostStatusOf(this.word),
        readData: () => {
          const value = odrOf(this.word);
          this.word = afterOdrRead(this.word);
          bmcInterrupts.raise();
          return value;
        },
        writeData:
          depth === 0
            ? (value) => {
                this.word = afterIdrWrite(this.word, value);
                bmcInterrupts.raise();
              }
            : (value) => {
                this.word = afterIdrWrite(this.word, value);
                if (!this.#handle()) bmcInterrupts.raise();
              },
      },
    };
    this.bmc = {
      name: "loopback",
      depth,
      window,
      interrupts: bmcInterrupts,
      close: () => {
        this.#isNodeOpen = false;
      },
      port: {
        readStatus: () => bmcStatusOf(this.word),
        readData:
          depth === 0
            ? () => {
                const value = idrOf(this.word);
                this.word = afterIdrRead(this.word);
                hostInterrupts.raise();
                return value;
              }
            : () => {
                const before = this.word;
                this.word = afterIdrReadByBmc(before);
                // The host sees nothing of a shadow that is emptied.
                if (!isShadowFull(before)) hostInterrupts.raise();
                this.#handle();
                return idrSeenByBmc(before);
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

  /** The BMC's process opens the driver's node again after `bmc.close()`. The shadow's byte is still there. */
  openBmcNode(): void {
    this.#isNodeOpen = true;
    this.#handle();
  }

  /** Holds the driver's interrupt handler back until `releaseHandler`; `runHandler` fires it once. */
  holdHandler(): void {
    this.#isHandlerHeld = true;
  }

  /** From now on the handler takes at once what it can. */
  releaseHandler(): void {
    this.#isHandlerHeld = false;
    this.#handle();
  }

  /** Fires the handler: true if it moved a byte from IDR into the shadow, and told both sides. */
  runHandler(): boolean {
    if (this.depth === 0 || !this.#isNodeOpen || !canTakeIdr(this.word)) return false;
    this.word = afterIdrTaken(this.word);
    this.hostInterrupts.raise();
    this.bmcInterrupts.raise();
    return true;
  }

  #handle(): boolean {
    return this.depth === 1 && !this.#isHandlerHeld && this.runHandler();
  }
}
