/**
 * A small file that is always whole: each state is written beside it and takes its place in one step, so a writer that
 * is killed at any moment leaves the state before or the state after.
 */
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure } from "../platform/failure.ts";
import {
  hiddenPath,
  ownUser,
  readWhole,
  removeLeftovers,
  replaceWhole,
  whyRefused,
  type FileRule,
} from "../platform/opening.ts";
import { asFailure } from "../platform/scope.ts";
import { system } from "../platform/system.ts";

/** Far more than any state of ours: a file beyond it is something else. */
export const LARGEST_STATE_BYTES: number = 1024 * 1024;
const ROOT = 0;
/** Others may read it at most. An operator may have made it as root. */
const STATE: FileRule = { type: "file", without: 0o022, owners: [ROOT] };

export class StateFile {
  readonly path: string;
  readonly #target: string;
  #written: string | undefined;
  #wanted: string | undefined;
  #writing: Promise<void> | undefined;

  private constructor(path: string, target: string, content: string | undefined) {
    this.path = path;
    this.#target = target;
    this.#written = content;
  }

  /** What was read when the file was opened, or written last; undefined when there is no file yet. */
  get content(): string | undefined {
    return this.#written;
  }

  /** Reads what there is. Throws a Failure when it cannot be read, is no file, or others may write it. */
  static async open(path: string): Promise<StateFile> {
    const full = resolve(path);
    const what = `read the state file ${full}`;
    try {
      const target = await targetOf(full, what);
      const content = await readWhole("state-file", what, target, LARGEST_STATE_BYTES, (status) =>
        whyRefused(status, STATE),
      );
      removeLeftovers(hiddenPath(target));
      return new StateFile(full, target, content);
    } catch (error) {
      throw asFailure("state-file", what, error);
    }
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
        await replaceWhole(this.#target, text);
      } catch (error) {
        throw asFailure("state-write", `write the state file ${this.path}`, error);
      }
      this.#written = text;
    }
  }
}

/** A link of this user or root keeps pointing at the file, which is what is replaced; a stranger's is refused. */
async function targetOf(path: string, what: string): Promise<string> {
  const status = system.lookAt(path);
  if (status?.type !== "link") return path;
  if (status.uid === ownUser() || status.uid === ROOT) return realpath(path).catch(() => path);
  throw new Failure(
    "state-file",
    `cannot ${what}: it is a symbolic link of user ${String(status.uid)}; name another path`,
  );
}
