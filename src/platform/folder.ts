/**
 * A folder that stays the one that was opened: names in it are looked up from its descriptor. Who renames the folder
 * meanwhile, or puts a symbolic link in its place, leads no call elsewhere.
 */
import { join } from "node:path";
import { errnoOf } from "./failure.ts";
import { whyRefused, type FileRule } from "./opening.ts";
import { system, type FileStatus, type How } from "./system.ts";

/** For this user alone. */
export const PRIVATE_FOLDER: FileRule = { type: "folder", without: 0o077 };

/** Where Linux shows the descriptors of this process; a path below one begins at what is open there. */
const DESCRIPTORS = "/proc/self/fd";

export class Folder {
  /** As it was opened; for people. */
  readonly path: string;
  readonly #showsDescriptors = system.lookUp(DESCRIPTORS) !== undefined;
  #fd: number | undefined;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Opens a folder, not behind a symbolic link. `why`: what is wrong with it; undefined for one that is taken. Throws what
   * the system says, or an error EPERM for one that is refused.
   */
  static open(path: string, why: (status: FileStatus) => string | undefined): Folder {
    return Folder.#judged(path, system.open(path, "folder"), why);
  }

  /** The folder of this name in it, for this user alone; made when it is missing. Throws as `open` does. */
  openPrivate(name: string): Folder {
    try {
      system.makeFolder(this.at(name));
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    const fd = system.open(this.at(name), "folder");
    return Folder.#judged(join(this.path, name), fd, (status) => whyRefused(status, PRIVATE_FOLDER));
  }

  /** The same where it is there and is as it must be; undefined else. */
  openPrivateIfThere(name: string): Folder | undefined {
    let fd: number;
    try {
      fd = system.open(this.at(name), "folder");
    } catch {
      return undefined;
    }
    if (whyRefused(system.stat(fd), PRIVATE_FOLDER) === undefined) return new Folder(join(this.path, name), fd);
    system.close(fd);
    return undefined;
  }

  static #judged(path: string, fd: number, why: (status: FileStatus) => string | undefined): Folder {
    try {
      const refusal = why(system.stat(fd));
      if (refusal !== undefined) throw Object.assign(new Error(`${path}: ${refusal}`), { code: "EPERM" });
      return new Folder(path, fd);
    } catch (error) {
      system.close(fd);
      throw error;
    }
  }

  /** Whether its path leads to it still, not by a symbolic link. Throws what the system says. */
  get isInPlace(): boolean {
    if (this.#fd === undefined) return false;
    const [named, open] = [system.lookAt(this.path), system.stat(this.#fd)];
    return named?.ino === open.ino && named.dev === open.dev;
  }

  /**
   * A path of a name in it, to be used at once. Where the system shows no descriptors it is the folder's own path with
   * the name, after a look that it leads to the folder still. Throws an error ENOENT once the folder is closed.
   */
  at(name: string): string {
    if (this.#fd === undefined) throw gone();
    if (this.#showsDescriptors) return `${DESCRIPTORS}/${String(this.#fd)}/${name}`;
    if (!this.isInPlace) throw gone();
    return join(this.path, name);
  }

  open(name: string, how: How): number {
    return system.open(this.at(name), how);
  }

  /** What has the name, a symbolic link itself; undefined for none. Throws what the system says. */
  lookAt(name: string): FileStatus | undefined {
    return system.lookAt(this.at(name));
  }

  remove(name: string): void {
    system.remove(this.at(name));
  }

  /** Makes its names durable. */
  async sync(): Promise<void> {
    if (this.#fd === undefined) throw gone();
    await system.sync(this.#fd);
  }

  /** The first `most` names in it. Throws what the system says. */
  async *names(most: number): AsyncGenerator<string> {
    let left = most;
    for await (const { name } of await system.list(this.at("."))) {
      if (left-- === 0) return;
      yield name;
    }
  }

  close(): void {
    if (this.#fd !== undefined) system.close(this.#fd);
    this.#fd = undefined;
  }
}

function gone(): Error {
  return Object.assign(new Error("the folder has gone"), { code: "ENOENT" });
}
