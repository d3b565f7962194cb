/** How many files this process may have open, asked before an agent takes anything that it could not release in order. */
import { Failure } from "./failure.ts";
import { system } from "./system.ts";

/** Descriptors that an agent needs with links and clients; with fewer, libraries of the program end it in mid-work. */
export const LEAST_DESCRIPTORS = 96;

const LIMITS_FILE = "/proc/self/limits";
/** The file has some 1500 bytes. */
const LIMITS_BYTES = 4096;

/** Throws a Failure where the process may open too few files. A system that does not say how many says nothing. */
export function checkDescriptors(limitsFile: string = LIMITS_FILE): void {
  const limit = openFilesLimit(limitsFile);
  if (limit === undefined || limit >= LEAST_DESCRIPTORS) return;
  throw new Failure(
    "descriptors",
    `this process may have ${String(limit)} files open, an agent needs ${String(LEAST_DESCRIPTORS)}: raise the limit (ulimit -n)`,
  );
}

function openFilesLimit(limitsFile: string): number | undefined {
  const bytes = Buffer.alloc(LIMITS_BYTES);
  let length: number;
  try {
    const fd = system.open(limitsFile, "read");
    try {
      length = system.read(fd, bytes, 0);
    } finally {
      system.close(fd);
    }
  } catch {
    return undefined;
  }
  const [, soft] = /^Max open files\s+(\d+)/m.exec(bytes.toString("latin1", 0, length)) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
