/** Messages of one type that wait for an iteration to take them, in bounded memory. */
import type { Message } from "../core/mctp/message.ts";

type Step = IteratorResult<Message, undefined>;

const END: Step = { done: true, value: undefined };

export class Inbox implements AsyncIterableIterator<Message, undefined, undefined> {
  readonly #limit: number;
  readonly #onEnd: () => void;
  readonly #messages: Message[] = [];
  readonly #waiting: ((step: Step) => void)[] = [];
  #ended = false;

  /** `limit`: messages kept. `onEnd` is called once, at its end. */
  constructor(limit: number, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#limit = limit;
    const stop = (): void => {
      this.end();
    };
    this.#onEnd = () => {
      signal?.removeEventListener("abort", stop);
      onEnd();
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) this.end();
  }

  /** False: as many wait as are kept, this one is not. */
  put(message: Message): boolean {
    const taker = this.#waiting.shift();
    if (taker !== undefined) {
      taker({ done: false, value: message });
      return true;
    }
    if (this.#messages.length >= this.#limit) return false;
    this.#messages.push(message);
    return true;
  }

  /** No more come in. What is kept can still be taken. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    for (const taker of this.#waiting.splice(0)) taker(END);
  }

  next(): Promise<Step> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** As `break` in a loop calls it: what is kept is given up. */
  return(): Promise<Step> {
    this.end();
    this.#messages.length = 0;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
