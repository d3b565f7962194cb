/**
 * Keeps accesses to the window and to the registers in order (LPC-KCS-9) where registers are reached by system calls of a
 * driver and the window is mapped into this process.
 *
 * The processor may carry out an access to mapped memory, which is uncached but not strongly ordered, after a later access to a
 * register or before an earlier one. What holds it is a barrier that covers all observers, not only the other cores, and
 * no instruction of JavaScript gives one: Atomics order what cores see of each other. But the driver has one in each read of
 * a register. On 32-bit ARM (all chips that aspeed-lpc-ctrl serves) `readl` ends with DSB SY: it waits until every access
 * that this core has begun is complete, those of this process among them, before any later one begins. On POWER `in_8`
 * begins with SYNC and ends with TWI and ISYNC, which is as much.
 *
 * So a read of STR, which has no side effect, is the barrier: one is made wherever accesses change from window to registers
 * or back. After the procedure's own read of STR none is needed. x86 keeps the order without: a mapping of /dev/mem is
 * uncached there, and IN and OUT wait for all accesses before them.
 */
import type { Window } from "../port.ts";

/** Whether the processor of this machine needs barriers. */
export const NEEDS_BARRIERS: boolean = process.arch !== "x64" && process.arch !== "ia32";

export class AccessOrder {
  readonly #readStatus: (() => void) | undefined;
  /** The kind of the last access; `barrier`: a read of STR, which both kinds may follow. */
  #last: "barrier" | "register" | "window" = "register";

  /** `readStatus`: reads STR through the driver; undefined where no barrier is needed. */
  constructor(readStatus: (() => void) | undefined) {
    this.#readStatus = readStatus;
  }

  beforeStatusRead(): void {
    if (this.#last === "window") this.#readStatus?.();
    this.#last = "barrier";
  }

  /** Of a register access other than a read of STR. */
  beforeRegister(): void {
    if (this.#last === "window") this.#readStatus?.();
    this.#last = "register";
  }

  beforeWindow(): void {
    if (this.#last === "register") this.#readStatus?.();
    this.#last = "window";
  }
}

/** The same window, in order with the registers. */
export function orderedWindow(window: Window, order: AccessOrder): Window {
  return {
    size: window.size,
    read: (offset, into, at, length) => {
      order.beforeWindow();
      window.read(offset, into, at, length);
    },
    write: (offset, bytes, start, end) => {
      order.beforeWindow();
      window.write(offset, bytes, start, end);
    },
  };
}
