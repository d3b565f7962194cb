/** The end of a process one of whose threads hangs in a call of the system. */
import type koffiPackage from "koffi";
import { createRequire } from "node:module";

let isOwn = false;

/** Says that this process is the program's own, as that of a test or of a user of the library is not. */
export function ownProcess(): void {
  isOwn = true;
}

/**
 * Ends this process at once, where it is the program's own. process.exit waits for the threads of the pool, one of which may be in a write that a disk or
 * a reader never takes. Where the package koffi is missing it is killed, and its status is that of SIGKILL.
 */
export function endProcess(status: number): void {
  if (!isOwn) return;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof koffiPackage;
    (koffi.load(null).func("void _exit(int status)") as (status: number) => void)(status);
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
