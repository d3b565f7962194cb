/** Something that others ask for as often as they like, and that is done at a bounded rate: at once, then after a pause. */
import type { RouterPort, Timed } from "../core/mctp/bridge/router-port.ts";
import { later, type Millis } from "../core/wire/units.ts";
import type { Clock } from "./clock.ts";

export class PortPause implements Timed {
  readonly #clock: Clock;
  readonly #action: () => void;
  #doneAt: Millis | undefined;
  #due: Millis | undefined;

  constructor(port: RouterPort, clock: Clock, action: () => void) {
    this.#clock = clock;
    this.#action = action;
    port.router.keepTime(this);
  }

  /** Has it done: now, or once so much time has passed since it was done last. */
  ask(pause: Millis): void {
    if (this.#due !== undefined) return;
    const now = this.#clock.now();
    const due = this.#doneAt === undefined ? now : later(this.#doneAt, pause);
    if (due <= now) this.#do();
    else this.#due = due;
  }

  /** What was asked for is not wanted any more. */
  end(): void {
    this.#due = undefined;
  }

  nextDeadline(): Millis | undefined {
    return this.#due;
  }

  expire(now: Millis): void {
    if (this.#due !== undefined && this.#due <= now) this.#do();
  }

  #do(): void {
    this.#due = undefined;
    this.#doneAt = this.#clock.now();
    this.#action();
  }
}
