/** Interrupts of which some are lost: the side is not woken, nor told of them later. */
import type { Interrupts } from "../../platform/port.ts";

/** What decides of each interrupt that comes whether it is lost. */
interface Loss {
  chosen(): boolean;
  done(): void;
}

export class ForgetfulInterrupts implements Interrupts {
  onWake: (() => void) | undefined;
  readonly #inner: Interrupts;
  readonly #loss: Loss;

  constructor(inner: Interrupts, loss: Loss) {
    this.#inner = inner;
    this.#loss = loss;
    inner.onWake = () => {
      if (this.#isLost()) inner.pending();
      else this.onWake?.();
    };
  }

  get areLooksSlow(): boolean | undefined {
    return this.#inner.areLooksSlow;
  }

  pending(): boolean {
    return this.#inner.pending() && !this.#isLost();
  }

  arm(owesByte?: boolean): boolean {
    return this.#inner.arm(owesByte);
  }

  disarm(): void {
    this.#inner.disarm();
  }

  giveWay(): void {
    this.#inner.giveWay?.();
  }

  peerRings(): boolean {
    return this.#inner.peerRings();
  }

  #isLost(): boolean {
    const isLost = this.#loss.chosen();
    if (isLost) this.#loss.done();
    return isLost;
  }
}
