/**
 * Gives the clients of the control socket turns: a client begins one call, then the event loop serves the bus and all
 * else, then the next client has its turn. A client that asks much waits for itself alone.
 */
export interface TurnTaker {
  /** Begins one call at most. True: there is another to begin now. */
  takeTurn(): boolean;
}

export class CallTurns {
  /** In the order of their turns. */
  readonly #waiting = new Set<TurnTaker>();
  #next: NodeJS.Immediate | undefined;

  /** The client has something to begin. */
  want(client: TurnTaker): void {
    this.#waiting.add(client);
    this.#schedule();
  }

  /** The client has gone. */
  leave(client: TurnTaker): void {
    this.#waiting.delete(client);
  }

  /** No client gets another turn. */
  stop(): void {
    this.#waiting.clear();
    clearImmediate(this.#next);
    this.#next = undefined;
  }

  #schedule(): void {
    if (this.#waiting.size === 0) return;
    this.#next ??= setImmediate(() => {
      this.#next = undefined;
      const [client] = this.#waiting;
      if (client === undefined) return;
      this.#waiting.delete(client);
      if (client.takeTurn()) this.#waiting.add(client);
      this.#schedule();
    });
  }
}
