/** How many files and bytes each peer has in an inbox. Counted once, then kept; an Open reads no folder. */
import { opendir, lstat } from "node:fs/promises";
import { join } from "node:path";
import { FILE_SHARES, RECOUNT_PARTS } from "./limits.ts";
import { folderNameOf, peerOfFolder, type Peer } from "./inbox.ts";

export interface Used {
  files: number;
  bytes: number;
}

export class InboxUsage {
  readonly #inbox: string;
  #used = new Map<string, Used & { readonly port: number }>();
  #counted: Promise<void> | undefined;
  /** Files added or replaced since the start: a count that one of them came into is not taken. */
  #changes = 0;
  #nextCount = 0;

  constructor(inbox: string) {
    this.#inbox = inbox;
  }

  /** Counts what an earlier agent left, the first time. Throws what the system says. */
  ready(): Promise<void> {
    this.#counted ??= this.#count().catch((error: unknown) => {
      this.#counted = undefined;
      throw error;
    });
    return this.#counted;
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
      const found = new Map<string, Used & { readonly port: number }>();
      for await (const entry of await opendir(this.#inbox)) {
        const peer = peerOfFolder(entry.name);
        if (peer === undefined || !entry.isDirectory()) continue;
        found.set(entry.name, { ...(await countFolder(join(this.#inbox, entry.name))), port: peer.port });
      }
      if (changes === this.#changes) this.#used = found;
    } finally {
      const now = performance.now();
      this.#nextCount = now + RECOUNT_PARTS * (now - began);
    }
  }
}

/** A folder that is fuller than any may be is not read to its end: its peer gets no more anyway. */
async function countFolder(path: string): Promise<Used> {
  const used = { files: 0, bytes: 0 };
  for await (const { name } of await opendir(path)) {
    // A file may be taken out meanwhile.
    const stats = await lstat(join(path, name)).catch(() => undefined);
    if (stats === undefined) continue;
    used.files++;
    used.bytes += stats.size;
    if (used.files > FILE_SHARES.peer) break;
  }
  return used;
}

function sum(all: readonly Used[]): Used {
  const total = { files: 0, bytes: 0 };
  for (const { files, bytes } of all) {
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}
