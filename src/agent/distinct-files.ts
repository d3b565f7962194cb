/**
 * What an agent is told to use for one thing may be what it uses for another: a trace written over the board, a state
 * that takes the trace's place. Names do not tell, for links and different spellings lead to one file; inodes do.
 */
import { basename, dirname, resolve } from "node:path";
import { Failure } from "../platform/failure.ts";
import { bellPath } from "../platform/shared-file/layout.ts";
import { system } from "../platform/system.ts";
import type { LinkSpec, PlatformSpec } from "../platform/kinds.ts";

/** A file or folder of an agent, by what it is for: "the trace". */
export interface NamedFile {
  readonly what: string;
  readonly path: string;
  /** Open already, whatever its path says. */
  readonly fd?: number;
}

/** Where a capture goes that is written to standard output: a shell may have opened any file for it. */
export const STANDARD_OUTPUT: NamedFile = { what: "the capture", path: "on standard output", fd: 1 };

/** The files of a platform or link: a virtual board has doorbells beside it. */
export function filesOfLink(spec: PlatformSpec | LinkSpec, what: string): readonly NamedFile[] {
  // An interface of the kernel has none.
  if (spec.kind === "tun") return [];
  const files = [spec.path, ...(spec.otherPaths ?? [])].map((path) => ({ what, path }));
  if (spec.kind !== "shm") return files;
  const bells = (["host", "bmc"] as const).map((side) => ({
    what: `a doorbell of ${what}`,
    path: bellPath(spec.path, side),
  }));
  return [...files, ...bells];
}

/** Throws a Failure where two of them are one. */
export function checkDistinct(files: readonly NamedFile[]): void {
  const seen = new Map<string, NamedFile>();
  for (const file of files) {
    const identity = file.fd === undefined ? identityOf(resolve(file.path)) : identityOfOpen(file.fd);
    const other = seen.get(identity);
    if (other !== undefined) {
      throw new Failure(
        "same-file",
        `${other.what} ${other.path} and ${file.what} ${file.path} are one file: name another for one of them`,
      );
    }
    seen.set(identity, file);
  }
}

function identityOfOpen(fd: number): string {
  const { dev, ino } = system.stat(fd);
  return `${String(dev)}:${String(ino)}`;
}

/**
 * Of what the path leads to; of one that is not there yet, the place where it will be. What cannot be looked at has its
 * name: the call that opens it tells what is wrong.
 */
function identityOf(path: string): string {
  try {
    const status = system.lookUp(path);
    if (status !== undefined) return `${String(status.dev)}:${String(status.ino)}`;
    const folder = system.lookUp(dirname(path));
    return folder === undefined ? path : `${String(folder.dev)}:${String(folder.ino)}/${basename(path)}`;
  } catch {
    return path;
  }
}
