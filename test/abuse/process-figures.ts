/** What a process has cost and holds, as the kernel has it. */
import { readFileSync } from "node:fs";

const CLOCK_TICKS_PER_SECOND = 100;

/** Seconds of processor time so far, of all threads. */
export function processorSeconds(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, "latin1")
      .split(") ")[1]
      ?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Bytes of memory that are the process's own: the windows of boards are not. */
export function ownBytes(pid: number): number {
  const [, kibibytes] = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, "latin1")) ?? [];
  return 1024 * Number(kibibytes ?? 0);
}

/** Seconds that the main thread was ready to run and had no processor. */
export function waitedSeconds(pid: number): number {
  return Number(readFileSync(`/proc/${String(pid)}/schedstat`, "latin1").split(" ")[1]) / 1e9;
}
