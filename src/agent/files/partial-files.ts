/**
 * The partial files of an inbox: what interrupted transfers go on from. A peer that begins ever new files and finishes
 * none must not fill the disk, so only the newest stay, and with them those that are being written.
 */
import { lstatSync, rmSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../platform/failure.ts";

const SUFFIX = ".mctp-part";
const LIMIT = 16;
/** Of the SHA-256, in the name: enough to tell files apart. */
const DIGEST_CHARACTERS = 32;

export class PartialFiles {
  readonly #inbox: string;
  /** Paths. Listed once: an inbox may hold so many files that listing them takes its time. */
  #known: Set<string> | undefined;

  constructor(inbox: string) {
    this.#inbox = inbox;
  }

  /** Whether a file of this name would replace a partial file. */
  static isNameOfOne(name: string): boolean {
    return name.endsWith(SUFFIX);
  }

  /** Where a file grows that has this SHA-256, as hexadecimal digits, and size. */
  pathOf(digest: string, size: number): string {
    return join(this.#inbox, `.${digest.slice(0, DIGEST_CHARACTERS)}-${String(size)}${SUFFIX}`);
  }

  /** Makes room for the one at `path`, which is about to be written; none at the paths of `open` is removed. */
  async makeRoom(path: string, open: ReadonlySet<string>): Promise<void> {
    const known = (this.#known ??= await this.#list());
    known.add(path);
    if (known.size <= LIMIT) return;
    const removable = [...known].filter((other) => other !== path && !open.has(other));
    const byAge = removable
      .map((other) => ({ path: other, modified: lstatSync(other, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((one, other) => one.modified - other.modified);
    for (const { path: oldest } of byAge.slice(0, known.size - LIMIT)) this.remove(oldest);
  }

  /** The one at `path` has its file's name now. */
  renamed(path: string): void {
    this.#known?.delete(path);
  }

  remove(path: string): void {
    rmSync(path, { force: true });
    this.#known?.delete(path);
  }

  /**
   * After a failure to write the one at `path`. A file that there is no room for keeps none of it, for that would only
   * hold the disk full, for this file and all others. After any other trouble it stays, to go on from.
   */
  removeIfFull(path: string, error: unknown): void {
    if (errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT") this.remove(path);
  }

  async #list(): Promise<Set<string>> {
    const found = new Set<string>();
    for await (const { name } of await opendir(this.#inbox)) {
      if (PartialFiles.isNameOfOne(name)) found.add(join(this.#inbox, name));
    }
    return found;
  }
}
