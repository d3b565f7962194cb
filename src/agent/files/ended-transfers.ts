/** Transfers whose File Close came. The answer may have been lost, so the question may come again. */
import { lstatSync } from "node:fs";
import { FINISHED_SHARES } from "./limits.ts";
import type { Peer } from "./inbox.ts";
import { VendorStatus, type FileAnswer } from "./vendor-messages.ts";

interface Ending {
  readonly peer: Peer;
  /** Of the partial file. */
  readonly path: string;
  readonly name: string;
  /** Where the file is under its name. */
  readonly place: string;
  readonly answer: Promise<FileAnswer>;
}

interface Ended extends Ending {
  /** Which file it became, and when that was last changed; undefined until it is stored. */
  stored: StoredFile | undefined;
}

interface StoredFile {
  readonly inode: number;
  readonly modified: number;
}

export class EndedTransfers {
  /** By handle, oldest first. */
  readonly #ended = new Map<number, Ended>();

  get size(): number {
    return this.#ended.size;
  }

  /** Gives the ending's answer, once it is remembered which file it became. */
  add(handle: number, ending: Ending): Promise<FileAnswer> {
    const answer = ending.answer.then((given) => {
      ended.stored = storedFile(ending.place);
      return given;
    });
    const ended: Ended = { ...ending, answer, stored: undefined };
    this.#ended.set(handle, ended);
    this.#trim(({ peer }) => peer.port === ending.peer.port && peer.eid === ending.peer.eid, FINISHED_SHARES.peer);
    this.#trim(({ peer }) => peer.port === ending.peer.port, FINISHED_SHARES.port);
    return answer;
  }

  /** The answer to the peer's own transfer of this handle. */
  get(peer: Peer, handle: number): Promise<FileAnswer> | undefined {
    const ended = this.#ended.get(handle);
    return ended?.peer.port === peer.port && ended.peer.eid === peer.eid ? ended.answer : undefined;
  }

  /** The handle of a transfer of this very file that has ended, or is about to, and whose file is still there. */
  async find(path: string, name: string, place: string): Promise<number | undefined> {
    for (const [handle, ended] of this.#ended) {
      if (ended.path !== path) continue;
      // Until then the partial file is that transfer's, whatever its name.
      const { status } = await ended.answer;
      if (ended.name !== name) continue;
      const now = storedFile(place);
      const untouched = now?.inode === ended.stored?.inode && now?.modified === ended.stored?.modified;
      if (status === VendorStatus.OK && now !== undefined && untouched) return handle;
      this.#ended.delete(handle);
    }
    return undefined;
  }

  #trim(counts: (ended: Ended) => boolean, limit: number): void {
    const handles = [...this.#ended].filter(([, ended]) => counts(ended)).map(([handle]) => handle);
    for (const handle of handles.slice(0, Math.max(0, handles.length - limit))) this.#ended.delete(handle);
  }
}

function storedFile(path: string): StoredFile | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { inode: stats.ino, modified: stats.mtimeMs };
}
