/** systemd's journal as the reader of an output: it has times of its own, and reads a priority at the beginning of a line (sd-daemon(3)). */
import type { LogLevel } from "./log-events.ts";
import { system } from "./system.ts";

/** As syslog(3) counts them. */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

/** "<4>" */
export function priorityText(level: LogLevel): string {
  return `<${String(PRIORITIES[level])}>`;
}

/** Whether what is written to a descriptor goes to systemd's journal: it says which file that is. */
export function isJournal(fd: number, environment: NodeJS.ProcessEnv = process.env): boolean {
  const [, device, inode] = /^(\d+):(\d+)$/.exec(environment["JOURNAL_STREAM"] ?? "") ?? [];
  if (device === undefined || inode === undefined) return false;
  try {
    const { dev, ino } = system.stat(fd);
    return String(dev) === device && String(ino) === inode;
  } catch {
    return false;
  }
}
