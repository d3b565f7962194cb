/** Files in which a machine's kernel and firmware describe it: read with bounds, from / or from a copy of another machine's. */
import { join } from "node:path";
import { errnoOf, pathTrouble } from "./failure.ts";
import { system } from "./system.ts";

/** What reading a file gave. `trouble`: why it could not be read, for people; a file that is not there is no trouble. */
export interface ReadFile {
  readonly bytes: Uint8Array | undefined;
  readonly trouble?: string;
}

export class MachineFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  isThere(path: string): boolean {
    try {
      return system.lookUp(join(this.#root, path)) !== undefined;
    } catch {
      return false;
    }
  }

  /** The first `most` bytes of a file. Files of /sys and /proc tell no length, so it is read until nothing comes. */
  read(path: string, most: number): ReadFile {
    const name = join(this.#root, path);
    try {
      const type = system.lookUp(name)?.type;
      if (type === undefined) return { bytes: undefined };
      if (type !== "file") return { bytes: undefined, trouble: `${name}: not a file` };
      return { bytes: readUpTo(name, most) };
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return { bytes: undefined, trouble: `${name}: ${pathTrouble(error)}` };
    }
  }

  /** As `read`, of a file of text. */
  text(path: string, most: number): string | undefined {
    const { bytes } = this.read(path, most);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1");
  }
}

/** Throws what the system says. */
function readUpTo(path: string, most: number): Uint8Array {
  const fd = system.open(path, "readNamed");
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    for (let count = 1; count > 0 && length < most; length += count) {
      count = system.read(fd, bytes.subarray(length), length);
    }
    return bytes.subarray(0, length);
  } finally {
    system.close(fd);
  }
}
