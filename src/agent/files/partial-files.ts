/**
 * The partial files of an inbox: what interrupted transfers go on from. They are listed once and kept in memory. Each
 * belongs to a peer, and counts with the size that was announced; a peer's next one takes the place of its own oldest.
 */
import { errnoOf } from "../../platform/failure.ts";
import type { Folder } from "../../platform/folder.ts";
import { whyRefused, type FileRule } from "../../platform/opening.ts";
import { system } from "../../platform/system.ts";
import { LISTED_NAMES, PARTIAL_LIFE_MILLISECONDS } from "./limits.ts";
import { isSamePeer, type Peer } from "./inbox.ts";
import type { Used } from "./inbox-usage.ts";

/** Of the SHA-256, in the name: enough to tell files apart. */
const DIGEST_CHARACTERS = 32;
const NAME = /^(\d{1,3})-(\d{1,3})-[0-9a-f]{32}-(\d{1,16})$/;
/** No other name leads to it, and no other user may use it. */
const PARTIAL: FileRule = { type: "file", without: 0o177, links: 1 };
/** What an opening fails with where a symbolic link has the name, or a socket, or a FIFO. */
const IN_THE_WAY: ReadonlySet<string | undefined> = new Set(["ELOOP", "ENXIO"]);

/** A partial file as it is remembered. */
interface Partial {
  readonly name: string;
  readonly peer: Peer;
  /** As it was announced. */
  readonly size: number;
  /** Bytes of it on the disk. */
  stored: number;
  /** When it grew last, in milliseconds since 1970. */
  grown: number;
}

export class PartialFiles {
  readonly #folder: Folder;
  /** By name; oldest first. */
  readonly #known = new Map<string, Partial>();
  /** Those that were to go and could not be removed: nothing is gone on from. */
  readonly #spoilt = new Set<string>();
  #listed: Promise<void> | undefined;

  /** `folder`: theirs alone. */
  constructor(folder: Folder) {
    this.#folder = folder;
  }

  /** Lists what an earlier agent left, the first time. Throws what the system says. */
  ready(): Promise<void> {
    this.#listed ??= this.#list().catch((error: unknown) => {
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }

  /** The name under which a peer's file grows that has this SHA-256, as hexadecimal digits, and size. */
  nameOf({ port, eid }: Peer, digest: string, size: number): string {
    return `${String(port)}-${String(eid)}-${digest.slice(0, DIGEST_CHARACTERS)}-${String(size)}`;
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  /**
   * Opens the partial file of this name, made when it is missing, and gives its descriptor and the bytes that it holds.
   * What is there and is no file of this user alone with one name is removed. Throws what the system says.
   */
  open(name: string, peer: Peer, size: number): { readonly fd: number; readonly held: number } {
    const fd = this.#openOwn(name) ?? this.#folder.open(name, "create");
    try {
      let held = system.stat(fd).size;
      if (held > size || this.#spoilt.has(name)) {
        system.truncate(fd, 0);
        held = 0;
      }
      this.#spoilt.delete(name);
      this.#known.delete(name);
      this.#known.set(name, { name, peer, size, stored: held, grown: Date.now() });
      return { fd, held };
    } catch (error) {
      system.close(fd);
      throw error;
    }
  }

  /** The file of this name, if it is this user's alone and has no second name; else the name is free afterwards. */
  #openOwn(name: string): number | undefined {
    try {
      const fd = this.#folder.open(name, "readWrite");
      if (whyRefused(system.stat(fd), PARTIAL) === undefined) return fd;
      system.close(fd);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      if (!IN_THE_WAY.has(errnoOf(error))) throw error;
    }
    // It goes, like anything else that this agent did not store.
    this.#folder.remove(name);
    return undefined;
  }

  /** Whether the name still leads to the open file. Throws what the system says. */
  leadsTo(name: string, fd: number): boolean {
    const [named, open] = [this.#folder.lookAt(name), system.stat(fd)];
    return named?.ino === open.ino && named.dev === open.dev;
  }

  /** Moves the one of this name into another folder, in place of what has the new name there. */
  giveTo(name: string, folder: Folder, newName: string): void {
    system.renameAtOnce(this.#folder.at(name), folder.at(newName));
    this.#known.delete(name);
  }

  /** The one of this name has `stored` bytes now. */
  grew(name: string, stored: number): void {
    const partial = this.#known.get(name);
    if (partial === undefined) return;
    partial.stored = stored;
    partial.grown = Date.now();
  }

  /** The peer's oldest one that is none of `inUse`. */
  oldestOf(peer: Peer, inUse: ReadonlySet<string>): string | undefined {
    const own = [...this.#known.values()].filter((one) => isSamePeer(one.peer, peer) && !inUse.has(one.name));
    return own.reduce<Partial | undefined>(
      (oldest, one) => (oldest && oldest.grown <= one.grown ? oldest : one),
      undefined,
    )?.name;
  }

  /** Removes those that have not grown for a day, but none of `inUse`. */
  expire(inUse: ReadonlySet<string>): void {
    const before = Date.now() - PARTIAL_LIFE_MILLISECONDS;
    for (const { name, grown } of [...this.#known.values()]) if (grown < before && !inUse.has(name)) this.discard(name);
  }

  remove(name: string): void {
    this.#folder.remove(name);
    this.#known.delete(name);
    this.#spoilt.delete(name);
  }

  /**
   * Removes one that is of no use. One that the disk does not let go counts on, and its next transfer begins at 0.
   */
  discard(name: string): void {
    try {
      this.remove(name);
    } catch {
      if (this.#known.has(name)) this.#spoilt.add(name);
    }
  }

  /**
   * After a failure to write the one of this name. A file that there is no room for keeps none of it, for that would only
   * hold the disk full, for this file and all others. After any other trouble it stays, to go on from.
   */
  removeIfFull(name: string, error: unknown): void {
    if (errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT") this.discard(name);
  }

  /** Partial files and their announced bytes, of one peer. */
  of(peer: Peer): Used {
    return this.#sum((partial) => isSamePeer(partial.peer, peer));
  }

  ofPort(port: number): Used {
    return this.#sum((partial) => partial.peer.port === port);
  }

  get inAll(): Used {
    return this.#sum(() => true);
  }

  /** Bytes that were announced and have not come. */
  get missingBytes(): number {
    let bytes = 0;
    for (const { size, stored } of this.#known.values()) bytes += size - stored;
    return bytes;
  }

  #sum(counts: (partial: Partial) => boolean): Used {
    const used = { files: 0, bytes: 0 };
    for (const partial of this.#known.values()) {
      if (!counts(partial)) continue;
      used.files++;
      used.bytes += partial.size;
    }
    return used;
  }

  /** What is not among the first names is found when its file is opened. */
  async #list(): Promise<void> {
    for await (const name of this.#folder.names(LISTED_NAMES)) {
      const match = NAME.exec(name);
      const status = match === null ? undefined : this.#folder.lookAt(name);
      if (match === null || status === undefined) continue;
      const peer = { port: Number(match[1]), eid: Number(match[2]) };
      const size = Number(match[3]);
      this.#known.set(name, { name, peer, size, stored: Math.min(size, status.size), grown: status.modified });
    }
  }
}
