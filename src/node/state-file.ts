/**
 * A small file that is always whole: each state is written beside it and takes its place in one step, so a writer that
 * is killed at any moment leaves the state before or the state after.
 */
import { constants } from "node:fs";
import { open, readdir, realpath, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Failure, errnoOf, pathTrouble } from "../platform/failure.ts";

/** Far more than any state of ours: a file beyond it is something else. */
const LARGEST_BYTES = 1024 * 1024;
const OWNER_ONLY = 0o600;

export class StateFile {
  readonly path: string;
  readonly #target: string;
  readonly #beside: string;
  #written: string | undefined;
  #wanted: string | undefined;
  #writing: Promise<void> | undefined;

  private constructor(path: string, target: string, content: string | undefined) {
    this.path = path;
    this.#target = target;
    // One for each process: two that were given the same file by mistake still leave a whole state.
    this.#beside = join(dirname(target), `.${basename(target)}.${String(process.pid)}.new`);
    this.#written = content;
  }

  /** What was read when the file was opened, or written last; undefined when there is no file yet. */
  get content(): string | undefined {
    return this.#written;
  }

  /** Reads what there is. Throws a Failure when it cannot be read or is no file. */
  static async open(path: string): Promise<StateFile> {
    const full = resolve(path);
    // A link keeps pointing at the file, which is what is replaced.
    const target = await realpath(full).catch(() => full);
    await removeLeftovers(target);
    return new StateFile(full, target, await read(target, full));
  }

  /**
   * Has the file hold this text; resolves once it would survive a loss of power. Of several states that come while one
   * is being written only the last is written, and all of their promises wait for it. Rejects with a Failure.
   */
  write(text: string): Promise<void> {
    this.#wanted = text;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#wanted !== undefined) {
      const text = this.#wanted;
      this.#wanted = undefined;
      if (text === this.#written) continue;
      try {
        await replace(this.#target, this.#beside, text);
      } catch (error) {
        await rm(this.#beside, { force: true }).catch(() => undefined);
        throw new Failure("state-write", `cannot write the state file ${this.path}: ${pathTrouble(error)}`, {
          cause: error,
        });
      }
      this.#written = text;
    }
  }
}

/** What writers that were killed left beside a file. */
async function removeLeftovers(target: string): Promise<void> {
  const prefix = `.${basename(target)}.`;
  const names = await readdir(dirname(target)).catch(() => []);
  for (const name of names) {
    const writer = name.startsWith(prefix) ? /^(\d+)\.new$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (writer !== undefined && !isRunning(Number(writer))) await rm(join(dirname(target), name), { force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return processId !== process.pid;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}

async function read(target: string, named: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(target, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new Failure("state-file", `the state file ${named} is no file: name another path`);
    if (stats.size > LARGEST_BYTES) {
      throw new Failure("state-file", `the state file ${named} is too large to be one: name another path`);
    }
    return await file.readFile("utf8");
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (errnoOf(error) === "ENOENT") return undefined;
    throw new Failure("state-file", `cannot read the state file ${named}: ${pathTrouble(error)}`, { cause: error });
  } finally {
    await file?.close();
  }
}

async function replace(target: string, beside: string, text: string): Promise<void> {
  const file = await open(beside, "w", OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, target);
  // The name is in the folder: without this the old state could be back after a loss of power.
  const folder = await open(dirname(target), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
