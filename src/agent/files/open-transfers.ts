/** Transfers that are open, each with a descriptor. No peer's transfer makes room for another peer's. */
import type { IncomingFile } from "./incoming-file.ts";
import { IDLE_MILLISECONDS, OPEN_SHARES } from "./limits.ts";
import { isSamePeer, type Peer } from "./inbox.ts";
import type { OpenInbox } from "./open-inbox.ts";

export interface Transfer {
  readonly handle: number;
  readonly peer: Peer;
  readonly name: string;
  readonly size: number;
  /** As hexadecimal digits. */
  readonly sha256: string;
  readonly inbox: OpenInbox;
  /** The name of its partial file. */
  readonly partial: string;
  readonly file: IncomingFile;
  /** The next offset. */
  next: number;
}

interface Entry {
  readonly transfer: Transfer;
  used: number;
}

export class OpenTransfers {
  /** By handle, the longest unused first. */
  readonly #entries = new Map<number, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  has(handle: number): boolean {
    return this.#entries.has(handle);
  }

  /** Names of their partial files. */
  get partials(): readonly string[] {
    return [...this.#entries.values()].map(({ transfer }) => transfer.partial);
  }

  add(transfer: Transfer): void {
    this.#entries.set(transfer.handle, { transfer, used: performance.now() });
  }

  /** The peer's own transfer of this handle, which counts as used now. */
  get(peer: Peer, handle: number): Transfer | undefined {
    const entry = this.#entries.get(handle);
    if (entry === undefined || !isSamePeer(entry.transfer.peer, peer)) return undefined;
    entry.used = performance.now();
    this.#entries.delete(handle);
    this.#entries.set(handle, entry);
    return entry.transfer;
  }

  /** Closes those that have not been used for a minute; their partial files stay. */
  closeIdle(): void {
    const before = performance.now() - IDLE_MILLISECONDS;
    for (const { transfer, used } of [...this.#entries.values()]) if (used < before) this.close(transfer);
  }

  /** Makes room for one more, by closing the peer's own longest unused. False: its port has too many in use. */
  makeRoom(peer: Peer): boolean {
    const ofPort = [...this.#entries.values()]
      .map(({ transfer }) => transfer)
      .filter((one) => one.peer.port === peer.port);
    const own = ofPort.filter((one) => one.peer.eid === peer.eid);
    const [oldest] = own;
    if (oldest !== undefined && (own.length >= OPEN_SHARES.peer || ofPort.length >= OPEN_SHARES.port)) {
      this.close(oldest);
      return true;
    }
    return ofPort.length < OPEN_SHARES.port;
  }

  /** One transfer a file: the sender lost count of the older one. */
  closeSame(partial: string): void {
    for (const { transfer } of [...this.#entries.values()]) if (transfer.partial === partial) this.close(transfer);
  }

  close(transfer: Transfer): void {
    this.release(transfer);
    transfer.file.close();
  }

  /** Forgets the transfer, whose descriptor stays open. */
  release(transfer: Transfer): void {
    this.#entries.delete(transfer.handle);
  }

  closeAll(): void {
    for (const { transfer } of [...this.#entries.values()]) this.close(transfer);
  }
}
