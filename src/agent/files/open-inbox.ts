/**
 * An inbox as it was opened, for as long as its path leads to it. Everything in it is looked up from its descriptors: a
 * folder that is exchanged while a file comes in gets nothing of it.
 */
import { Failure } from "../../platform/failure.ts";
import { Folder } from "../../platform/folder.ts";
import { ownUser } from "../../platform/opening.ts";
import { InboxRoom } from "./inbox-room.ts";
import { PARTIAL_FOLDER, folderNameOf, whyNoInbox, type Peer } from "./inbox.ts";
import { PartialFiles } from "./partial-files.ts";
import { asErrorWithCode } from "./trouble.ts";

/** What has a name in a peer's folder: only what this receiver stored from that peer may be replaced. */
export type Holder = "free" | "received" | "foreign";

export class OpenInbox {
  readonly partials: PartialFiles;
  readonly room: InboxRoom;
  readonly #folder: Folder;
  readonly #partialFolder: Folder;
  readonly #work = new Set<Promise<unknown>>();
  /** Folders of peers whose own names are durable. */
  readonly #durable = new Set<string>();

  /** Throws a Failure for a folder that is no inbox now, or what the system says. */
  constructor(path: string, quotaBytes: number) {
    this.#folder = Folder.open(path, (status) => {
      const why = whyNoInbox(path, status);
      if (why !== undefined) throw new Failure("inbox", why);
      return undefined;
    });
    try {
      this.#partialFolder = this.#folder.openPrivate(PARTIAL_FOLDER);
    } catch (error) {
      this.#folder.close();
      throw error;
    }
    this.partials = new PartialFiles(this.#partialFolder);
    this.room = new InboxRoom(this.#folder, quotaBytes, this.partials);
  }

  /** Whether files that are stored here are found by the inbox's path. */
  get isInPlace(): boolean {
    try {
      return this.#folder.isInPlace && this.#partialFolder.isInPlace;
    } catch {
      return false;
    }
  }

  /** What has the name in the peer's folder, which may be missing. Throws where something else is in its place. */
  holderOf(peer: Peer, name: string): Holder {
    const folder = this.#folderIfThere(peer);
    try {
      return folder === undefined ? "free" : holderIn(folder, name);
    } finally {
      folder?.close();
    }
  }

  /** Which file has the name and when it changed last; undefined for none. Another text for every other file. */
  fileAt(peer: Peer, name: string): string | undefined {
    const folder = this.#folder.openPrivateIfThere(folderNameOf(peer));
    try {
      const status = folder?.lookAt(name);
      return status && `${String(status.dev)}:${String(status.ino)} ${String(status.modified)}`;
    } finally {
      folder?.close();
    }
  }

  /**
   * Moves a partial file to the name in the peer's folder and makes that durable. Gives the bytes of the file that it
   * replaced. Throws an error EEXIST where something else has the name, or what the system says.
   */
  async giveName(partial: string, peer: Peer, name: string, bytes: number): Promise<number | undefined> {
    const folder = this.#folder.openPrivate(folderNameOf(peer));
    try {
      if (holderIn(folder, name) === "foreign") throw asErrorWithCode("EEXIST");
      const replaced = folder.lookAt(name)?.size;
      this.partials.giveTo(partial, folder, name);
      this.room.usage.add(peer, bytes, replaced);
      await folder.sync();
      if (!this.#durable.has(folder.path)) await this.#folder.sync();
      this.#durable.add(folder.path);
      return replaced;
    } finally {
      folder.close();
    }
  }

  /** Has `close` wait for what uses the folders. */
  keepOpenFor(work: Promise<unknown>): void {
    const kept = work.catch(() => undefined).finally(() => this.#work.delete(kept));
    this.#work.add(kept);
  }

  close(): void {
    void Promise.all(this.#work).then(() => {
      this.#partialFolder.close();
      this.#folder.close();
    });
  }

  #folderIfThere(peer: Peer): Folder | undefined {
    const name = folderNameOf(peer);
    return this.#folder.lookAt(name) === undefined ? undefined : this.#folder.openPrivate(name);
  }
}

function holderIn(folder: Folder, name: string): Holder {
  const status = folder.lookAt(name);
  if (status === undefined) return "free";
  return status.type === "file" && status.uid === ownUser() ? "received" : "foreign";
}
