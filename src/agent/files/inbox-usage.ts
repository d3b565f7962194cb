/** How many files and bytes each peer has in an inbox. Counted once, then kept; an Open reads no folder. */
import type { Folder } from "../../platform/folder.ts";
import { FILE_SHARES, LISTED_NAMES, RECOUNT_PARTS } from "./limits.ts";
import { folderNameOf, peerOfFolder, type Peer } from "./inbox.ts";

export interface Used {
  files: number;
  bytes: number;
}

interface UsedByPeer extends Used {
  readonly port: number;
}

export class InboxUsage {
  readonly #inbox: Folder;
  /** By the folder's name. */
  #used = new Map<string, UsedByPeer>();
  #counted: Promise<void> | undefined;
  /** Files added or replaced since the start: a count that one of them came into is not taken. */
  #changes = 0;
  #nextCount = 0;

  constructor(inbox: Folder) {
    this.#inbox = inbox;
  }

  /** Counts what an earlier agent left of all peers, and of this one, the first time. Throws what the system says. */
  async ready(peer: Peer): Promise<void> {
    this.#counted ??= this.#count().catch((error: unknown) => {
      this.#counted = undefined;
      throw error;
    });
    await this.#counted;
    const name = folderNameOf(peer);
    if (this.#used.has(name)) return;
    // Its folder is not among the names that were looked at, or there is none.
    const found = { ...(await this.#countFolder(name)), port: peer.port };
    if (!this.#used.has(name)) this.#used.set(name, found);
  }

  /** Counts again, because the inbox's user may have taken files out. False: not now, that was done a moment ago. */
  async recount(): Promise<boolean> {
    if (performance.now() < this.#nextCount) return false;
    await this.#count();
    return true;
  }

  of(peer: Peer): Readonly<Used> {
    return this.#used.get(folderNameOf(peer)) ?? { files: 0, bytes: 0 };
  }

  ofPort(port: number): Readonly<Used> {
    return sum([...this.#used.values()].filter((used) => used.port === port));
  }

  get inAll(): Readonly<Used> {
    return sum([...this.#used.values()]);
  }

  /** A file was stored. `replacedBytes`: of the file whose name it took; undefined where the name was free. */
  add(peer: Peer, bytes: number, replacedBytes: number | undefined): void {
    this.#changes++;
    const used = this.#used.get(folderNameOf(peer)) ?? { files: 0, bytes: 0, port: peer.port };
    used.files += replacedBytes === undefined ? 1 : 0;
    used.bytes = Math.max(0, used.bytes + bytes - (replacedBytes ?? 0));
    this.#used.set(folderNameOf(peer), used);
  }

  async #count(): Promise<void> {
    const began = performance.now();
    const changes = this.#changes;
    this.#nextCount = Number.POSITIVE_INFINITY;
    try {
      const names = new Set(this.#used.keys());
      for await (const name of this.#inbox.names(LISTED_NAMES)) {
        if (peerOfFolder(name) !== undefined) names.add(name);
      }
      const found = new Map<string, UsedByPeer>();
      for (const name of names) {
        found.set(name, { ...(await this.#countFolder(name)), port: peerOfFolder(name)?.port ?? 0 });
      }
      if (changes === this.#changes) this.#used = found;
    } finally {
      const now = performance.now();
      this.#nextCount = now + RECOUNT_PARTS * (now - began);
    }
  }

  /** A folder that is fuller than any may be is not read to its end: its peer gets no more anyway. */
  async #countFolder(name: string): Promise<Used> {
    const used = { files: 0, bytes: 0 };
    const folder = this.#inbox.openPrivateIfThere(name);
    if (folder === undefined) return used;
    try {
      for await (const name of folder.names(FILE_SHARES.peer + 1)) {
        // A file may be taken out meanwhile.
        const status = folder.lookAt(name);
        if (status === undefined) continue;
        used.files++;
        used.bytes += status.size;
      }
    } finally {
      folder.close();
    }
    return used;
  }
}

function sum(all: readonly Used[]): Used {
  const total = { files: 0, bytes: 0 };
  for (const { files, bytes } of all) {
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}
