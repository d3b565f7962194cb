/** Counts work under way for each peer and port, within shares. */
import { folderNameOf, type Peer } from "./inbox.ts";
import type { Share } from "./limits.ts";

export class WorkShares {
  readonly #shares: Omit<Share, "inAll">;
  readonly #ofPeers = new Map<string, number>();
  readonly #ofPorts = new Map<number, number>();

  constructor(shares: Omit<Share, "inAll">) {
    this.#shares = shares;
  }

  get inAll(): number {
    return [...this.#ofPorts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Says whose share is under way already, and begins nothing then; undefined: begun. */
  begin(peer: Peer): "peer" | "port" | undefined {
    const ofPeer = this.#ofPeers.get(folderNameOf(peer)) ?? 0;
    const ofPort = this.#ofPorts.get(peer.port) ?? 0;
    if (ofPeer >= this.#shares.peer) return "peer";
    if (ofPort >= this.#shares.port) return "port";
    this.#ofPeers.set(folderNameOf(peer), ofPeer + 1);
    this.#ofPorts.set(peer.port, ofPort + 1);
    return undefined;
  }

  end(peer: Peer): void {
    lower(this.#ofPeers, folderNameOf(peer));
    lower(this.#ofPorts, peer.port);
  }
}

function lower<Key>(counts: Map<Key, number>, key: Key): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
