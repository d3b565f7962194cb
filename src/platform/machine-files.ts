/** Files in which a machine's kernel and firmware describe it: read with bounds, from / or from a copy of another machine's. */
import { join } from "node:path";
import { errnoOf, pathTrouble } from "./failure.ts";
import { system } from "./system.ts";

/** What reading a file gave. `trouble`: why it could not be read, for people; a file that is not there is no trouble. */
export interface ReadFile {
  readonly bytes: Buffer | undefined;
  readonly trouble?: string;
}

/** Whether a file is there; undefined: that cannot be told, and `trouble` is why. */
export interface Looked {
  readonly isThere: boolean | undefined;
  readonly trouble?: string;
}

export class MachineFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  look(path: string): Looked {
    const name = join(this.#root, path);
    try {
      return { isThere: system.lookUp(name) !== undefined };
    } catch (error) {
      return { isThere: undefined, trouble: troubleText(name, error) };
    }
  }

  /** The first `most` bytes of a file. Files of /sys and /proc tell no length, so it is read until nothing comes. */
  read(path: string, most: number): ReadFile {
    const name = join(this.#root, path);
    try {
      const type = system.lookUp(name)?.type;
      if (type === undefined) return { bytes: undefined };
      if (type !== "file") return { bytes: undefined, trouble: `${name}: not a file` };
      return { bytes: readStart(name, most) };
    } catch (error) {
      return { bytes: undefined, trouble: troubleText(name, error) };
    }
  }

  /** As `read`, of a file of text. */
  text(path: string, most: number): string | undefined {
    const { bytes } = this.read(path, most);
    return bytes?.toString("latin1");
  }
}

/** The first bytes of a file of the kernel's. Throws what the system says. */
export function readStart(path: string, most: number): Buffer {
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

/** A failed system call in words; throws any other error. */
function troubleText(name: string, error: unknown): string {
  if (errnoOf(error) === undefined) throw error;
  return `${name}: ${pathTrouble(error)}`;
}
