/**
 * What all clients of the control socket together can make the agent hold: lines that wait or whose calls are under way, and
 * answers that are not read. Beyond the limit the client that has most is turned away, and no other.
 */

/** Bytes that each client may have the agent hold, whatever the others do. */
export const BYTES_OF_CLIENT: number = 64 * 1024;
/** Bytes beyond that which all clients share. */
export const BYTES_OF_ALL_CLIENTS: number = 12 * 1024 * 1024;

export interface MemoryHolder {
  /** It has more than all others, and all together have too much: it gives back what it has, and goes. */
  turnAway(): void;
}

export class ClientsMemory {
  /** By client, what it has of the shared bytes. */
  readonly #shared = new Map<MemoryHolder, number>();
  #sum = 0;

  /** Bytes that the clients have of those which they share. */
  get shared(): number {
    return this.#sum;
  }

  /** A client has the agent hold so many bytes now. */
  hold(client: MemoryHolder, bytes: number): void {
    const shared = Math.max(0, bytes - BYTES_OF_CLIENT);
    this.#sum += shared - (this.#shared.get(client) ?? 0);
    if (shared === 0) this.#shared.delete(client);
    else this.#shared.set(client, shared);
    if (this.#sum <= BYTES_OF_ALL_CLIENTS) return;
    const [greediest] = [...this.#shared].reduce((one, other) => (other[1] > one[1] ? other : one));
    greediest.turnAway();
  }
}
