/** Transfers whose File Close came. The answer may have been lost, so the question may come again. */
import { FINISHED_SHARES } from "./limits.ts";
import { isSamePeer, type Peer } from "./inbox.ts";
import type { OpenInbox } from "./open-inbox.ts";
import { VendorStatus, type FileAnswer } from "./vendor-messages.ts";

interface Ending {
  readonly peer: Peer;
  readonly inbox: OpenInbox;
  /** The name of its partial file. */
  readonly partial: string;
  readonly name: string;
  readonly answer: Promise<FileAnswer>;
}

interface Ended extends Ending {
  /** Which file it became, and when that was last changed; undefined until it is stored. */
  stored: string | undefined;
}

export class EndedTransfers {
  /** By handle, oldest first. */
  readonly #ended = new Map<number, Ended>();

  get size(): number {
    return this.#ended.size;
  }

  has(handle: number): boolean {
    return this.#ended.has(handle);
  }

  /** Gives the ending's answer, once it is remembered which file it became. */
  add(handle: number, ending: Ending): Promise<FileAnswer> {
    const answer = ending.answer.then((given) => {
      ended.stored = ending.inbox.fileAt(ending.peer, ending.name);
      return given;
    });
    const ended: Ended = { ...ending, answer, stored: undefined };
    this.#ended.set(handle, ended);
    this.#trim(({ peer }) => isSamePeer(peer, ending.peer), FINISHED_SHARES.peer);
    this.#trim(({ peer }) => peer.port === ending.peer.port, FINISHED_SHARES.port);
    return answer;
  }

  /** The answer to the peer's own transfer of this handle. */
  get(peer: Peer, handle: number): Promise<FileAnswer> | undefined {
    const ended = this.#ended.get(handle);
    return ended !== undefined && isSamePeer(ended.peer, peer) ? ended.answer : undefined;
  }

  /** The handle of a transfer of this very file that has ended, or is about to, and whose file is still there. */
  async find(inbox: OpenInbox, partial: string, peer: Peer, name: string): Promise<number | undefined> {
    for (const [handle, ended] of this.#ended) {
      if (ended.partial !== partial || ended.inbox !== inbox) continue;
      // Until then the partial file is that transfer's, whatever its name.
      const { status } = await ended.answer;
      if (ended.name !== name) continue;
      const now = inbox.fileAt(peer, name);
      if (status === VendorStatus.OK && now !== undefined && now === ended.stored) return handle;
      this.#ended.delete(handle);
    }
    return undefined;
  }

  #trim(counts: (ended: Ended) => boolean, limit: number): void {
    const handles = [...this.#ended].filter(([, ended]) => counts(ended)).map(([handle]) => handle);
    for (const handle of handles.slice(0, Math.max(0, handles.length - limit))) this.#ended.delete(handle);
  }
}
