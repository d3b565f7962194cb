/** Outputs that take nothing more: a pipe that nobody reads, a terminal that was stopped. */
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { makeFifo } from "../../src/platform/libc.ts";
import { PseudoTerminal } from "./pty.ts";

export interface Unread {
  readonly path: string;
  close(): void;
}

/** A full FIFO; a program that writes to it waits. */
export function unreadPipe(path: string): Unread {
  makeFifo(path, 0o600);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  fill(fd);
  return {
    path,
    close: () => {
      closeSync(fd);
    },
  };
}

/** A terminal whose buffer is full; Node gives its writes to a thread, which then waits in the kernel. */
export function stoppedTerminal(): Unread {
  const terminal = new PseudoTerminal();
  const fd = openSync(terminal.path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  fill(fd);
  closeSync(fd);
  return {
    path: terminal.path,
    close: () => {
      closeSync(terminal.master);
      terminal.remove();
    },
  };
}

function fill(fd: number): void {
  const part = Buffer.alloc(4096, "x");
  for (let size = part.length; size > 0;) {
    try {
      writeSync(fd, part, 0, size);
    } catch {
      size = Math.floor(size / 2);
    }
  }
}
