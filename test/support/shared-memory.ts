import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";

/** Where boards of tests lie: in shared memory, or with all temporary files where there is none. */
export function sharedMemory(): string {
  try {
    accessSync("/dev/shm", constants.W_OK | constants.X_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}
