/**
 * The partial files of an inbox: what interrupted transfers go on from. They are listed once and kept in memory. Each
 * belongs to a peer, and counts with the size that was announced; a peer's next one takes the place of its own oldest.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../platform/failure.ts";
import { FILE_SHARES, PARTIAL_LIFE_MILLISECONDS } from "./limits.ts";
import { PARTIAL_FOLDER, privateFolder, type Peer } from "./inbox.ts";
import type { Used } from "./inbox-usage.ts";

/** Of the SHA-256, in the name: enough to tell files apart. */
const DIGEST_CHARACTERS = 32;
const NAME = /^(\d{1,3})-(\d{1,3})-[0-9a-f]{32}-(\d{1,16})$/;
const OTHERS_OR_EXECUTABLE = 0o177;

/** A partial file as it is remembered. */
export interface Partial {
  readonly path: string;
  readonly peer: Peer;
  /** As it was announced. */
  readonly size: number;
  /** Bytes of it on the disk. */
  stored: number;
  /** When it grew last, in milliseconds since 1970. */
  grown: number;
}

export class PartialFiles {
  readonly #inbox: string;
  /** By path; oldest first. */
  readonly #known = new Map<string, Partial>();
  #listed: Promise<void> | undefined;

  constructor(inbox: string) {
    this.#inbox = inbox;
  }

  /** Lists what an earlier agent left, the first time. Throws what the system says. */
  ready(): Promise<void> {
    this.#listed ??= this.#list().catch((error: unknown) => {
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }

  /** Where a peer's file grows that has this SHA-256, as hexadecimal digits, and size. */
  pathOf({ port, eid }: Peer, digest: string, size: number): string {
    const name = `${String(port)}-${String(eid)}-${digest.slice(0, DIGEST_CHARACTERS)}-${String(size)}`;
    return join(this.#inbox, PARTIAL_FOLDER, name);
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  /**
   * Opens the partial file at `path`, made when it is missing, and gives its descriptor and the bytes that it holds. What
   * is there and is no file of this user alone with one name is removed. Throws what the system says.
   */
  open(path: string, peer: Peer, size: number): { readonly fd: number; readonly held: number } {
    privateFolder(this.#inbox, PARTIAL_FOLDER);
    const fd = openOwn(path) ?? create(path);
    try {
      let held = fstatSync(fd).size;
      if (held > size) {
        ftruncateSync(fd, 0);
        held = 0;
      }
      this.#known.delete(path);
      this.#known.set(path, { path, peer, size, stored: held, grown: Date.now() });
      return { fd, held };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** The one at `path` has `stored` bytes now. */
  grew(path: string, stored: number): void {
    const partial = this.#known.get(path);
    if (partial === undefined) return;
    partial.stored = stored;
    partial.grown = Date.now();
  }

  /** The peer's oldest one that is not at one of the paths `inUse`. */
  oldestOf(peer: Peer, inUse: ReadonlySet<string>): string | undefined {
    const own = [...this.#known.values()].filter((one) => isSame(one.peer, peer) && !inUse.has(one.path));
    return own.reduce<Partial | undefined>(
      (oldest, one) => (oldest && oldest.grown <= one.grown ? oldest : one),
      undefined,
    )?.path;
  }

  /** Removes those that have not grown for a day, but none of `inUse`. */
  expire(inUse: ReadonlySet<string>): void {
    const before = Date.now() - PARTIAL_LIFE_MILLISECONDS;
    for (const { path, grown } of [...this.#known.values()]) if (grown < before && !inUse.has(path)) this.remove(path);
  }

  /** The one at `path` has its file's name now. */
  renamed(path: string): void {
    this.#known.delete(path);
  }

  remove(path: string): void {
    rmSync(path, { force: true });
    this.#known.delete(path);
  }

  /**
   * After a failure to write the one at `path`. A file that there is no room for keeps none of it, for that would only
   * hold the disk full, for this file and all others. After any other trouble it stays, to go on from.
   */
  removeIfFull(path: string, error: unknown): void {
    if (errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT") this.remove(path);
  }

  /** Partial files and their announced bytes, of one peer. */
  of(peer: Peer): Used {
    return this.#sum((partial) => isSame(partial.peer, peer));
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

  async #list(): Promise<void> {
    const folder = privateFolder(this.#inbox, PARTIAL_FOLDER);
    for await (const { name } of await opendir(folder)) {
      const match = NAME.exec(name);
      if (match === null) continue;
      const path = join(folder, name);
      const stats = await lstat(path).catch(() => undefined);
      if (stats === undefined) continue;
      const peer = { port: Number(match[1]), eid: Number(match[2]) };
      const size = Number(match[3]);
      this.#known.set(path, { path, peer, size, stored: Math.min(size, stats.size), grown: stats.mtimeMs });
      if (this.#known.size >= FILE_SHARES.inAll) break;
    }
  }
}

function isSame(one: Peer, other: Peer): boolean {
  return one.port === other.port && one.eid === other.eid;
}

/** The file at `path`, if it is this user's alone and has no second name; else the name is free afterwards. */
function openOwn(path: string): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    const isOwn = stats.isFile() && stats.uid === process.getuid?.() && stats.nlink === 1;
    if (isOwn && (stats.mode & OTHERS_OR_EXECUTABLE) === 0) return fd;
  } catch (error) {
    // A link, a socket, a FIFO that nothing reads: it goes, like anything else that this agent did not store.
    if (errnoOf(error) === "ENOENT") return undefined;
    if (!["ELOOP", "ENXIO"].includes(errnoOf(error) ?? "")) throw error;
  }
  if (fd !== undefined) closeSync(fd);
  rmSync(path, { force: true });
  return undefined;
}

function create(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
}
