/**
 * An amount that is spent and refills at a rate: bytes of a log, milliseconds of a processor. Each port has budgets of its
 * own, so that what one peer spends is not missing to another.
 */
import { millis, type Millis } from "./units.ts";

export class Budget {
  readonly #capacity: number;
  readonly #perMillisecond: number;
  #spent = 0;
  #at: Millis | undefined;

  /** `capacity`: what may be spent at once; `perSecond`: what of it comes back. Full at first. */
  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perMillisecond = perSecond / 1000;
  }

  /**
   * A budget that spends no more than `amount` in any span of `seconds`, however it is spent: a quarter of that at once, the
   * rest as it refills.
   */
  static within(amount: number, seconds: number): Budget {
    return new Budget(amount / 4, (0.75 * amount) / seconds);
  }

  /** Spends all of the amount, or nothing where there is less. */
  take(amount: number, now: Millis): boolean {
    this.#refill(now);
    if (this.#spent + amount > this.#capacity) return false;
    this.#spent += amount;
    return true;
  }

  /**
   * Spends what was used already, be it more than there is: what is missing refills first. `mostMissing`: no more than this is
   * ever to be made good.
   */
  spend(amount: number, now: Millis, mostMissing: number = Number.POSITIVE_INFINITY): void {
    this.#refill(now);
    this.#spent = Math.min(this.#spent + amount, this.#capacity + mostMissing);
  }

  /** How long until nothing is missing; 0: nothing is. */
  missingFor(now: Millis): Millis {
    this.#refill(now);
    return millis(Math.max(0, this.#spent - this.#capacity) / this.#perMillisecond);
  }

  #refill(now: Millis): void {
    const elapsed = now - (this.#at ?? now);
    this.#at = now;
    if (elapsed > 0) this.#spent = Math.max(0, this.#spent - elapsed * this.#perMillisecond);
  }
}
