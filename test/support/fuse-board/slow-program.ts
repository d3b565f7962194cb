/**
 * A program that takes its time over each byte that it has read from the node: its next calls are made late. A program on a
 * FUSE file blocks in them meanwhile, so that to the host it is a slow one, whatever it does itself.
 */
import { Errno, SystemCallError, type Call } from "./fuse/served-file.ts";

interface HeldCall {
  readonly call: Call;
  readonly act: () => void;
}

export class SlowProgram {
  /** In the time of performance.now(). */
  #busyUntil = 0;
  #held: HeldCall[] = [];

  get heldCalls(): number {
    return this.#held.length;
  }

  /** The program has read a byte, and works on it for so long. */
  hasRead(milliseconds: number): void {
    this.#busyUntil = performance.now() + milliseconds;
  }

  /** The program is another one, which is not busy. */
  begin(): void {
    this.#busyUntil = 0;
  }

  /** Carries out a call at once, or when the program would have come to it. `act` may throw a SystemCallError. */
  call(call: Call, act: () => void): void {
    if (this.#held.length === 0 && performance.now() >= this.#busyUntil) {
      act();
      return;
    }
    this.#held.push({ call, act });
    call.onInterrupt = () => {
      this.#held = this.#held.filter((held) => held.call !== call);
      call.fail(Errno.EINTR);
    };
  }

  /** When `run` has something to do next, in the time of performance.now(). */
  get nextRun(): number {
    return this.#held.length === 0 ? Infinity : this.#busyUntil;
  }

  /** Carries out the calls whose time has come, until one of them is a read of a byte again. */
  run(now: number): void {
    while (now >= this.#busyUntil) {
      const held = this.#held.shift();
      if (held === undefined) return;
      held.call.onInterrupt = undefined;
      try {
        held.act();
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        held.call.fail(error.errno);
      }
    }
  }
}
