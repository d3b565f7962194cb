/**
 * What all clients of the control socket together can make the agent hold: lines that wait or whose calls are under way, and
 * answers that are not read. Each has a little of its own, so that a tool is served however much others have it hold.
 */

/** Bytes that each client may have the agent hold, whatever the others do. */
export const BYTES_OF_CLIENT: number = 64 * 1024;
/** Bytes beyond that which all clients share. */
export const BYTES_OF_ALL_CLIENTS: number = 28 * 1024 * 1024;

export class ClientsMemory {
  /** By client, what it has of the shared bytes. */
  readonly #shared = new Map<object, number>();
  #sum = 0;

  /** Bytes that the clients have of those which they share. */
  get shared(): number {
    return this.#sum;
  }

  /** A client has the agent hold so many bytes now. False: all together are beyond the limit, and this one has a part in it. */
  hold(client: object, bytes: number): boolean {
    const shared = Math.max(0, bytes - BYTES_OF_CLIENT);
    this.#sum += shared - (this.#shared.get(client) ?? 0);
    if (shared === 0) this.#shared.delete(client);
    else this.#shared.set(client, shared);
    return shared === 0 || this.#sum <= BYTES_OF_ALL_CLIENTS;
  }
}
