/** Calls on the files of a FUSE board by the test itself; what a test has opened is closed when it ends. */
import { afterEach } from "@jest/globals";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import type { FuseBoard } from "./fuse-board.ts";

/** Positions in the node of the raw KCS driver. */
export const DATA = 0;
export const STATUS = 1;
/** The host's ports. */
export const DATA_PORT = 0xca2;
export const STATUS_PORT = 0xca3;

export function readAt(fd: number, length: number, offset: number): readonly number[] {
  const bytes = Buffer.alloc(length);
  return [...bytes.subarray(0, readSync(fd, bytes, 0, length, offset))];
}

export function writeAt(fd: number, bytes: readonly number[], offset: number): number {
  return writeSync(fd, Uint8Array.from(bytes), 0, bytes.length, offset);
}

interface NodeCalls {
  readonly openNode: (flags?: number) => number;
  readonly closeNode: (fd: number) => void;
  /** The host's accesses, each through `port` anew. */
  readonly host: {
    readonly write: (value: number, port?: number) => void;
    readonly read: (port?: number) => number;
  };
}

/** For all tests of a file. */
export function nodeOf(board: () => FuseBoard): NodeCalls {
  let opened: number[] = [];
  afterEach(() => {
    for (const fd of opened) closeSync(fd);
    opened = [];
  });
  const throughPort = <Result>(act: (fd: number) => Result): Result => {
    const fd = openSync(board().path("port"), "r+");
    try {
      return act(fd);
    } finally {
      closeSync(fd);
    }
  };
  return {
    openNode: (flags = constants.O_RDWR) => {
      const fd = openSync(board().path("raw-kcs3"), flags);
      opened.push(fd);
      return fd;
    },
    closeNode: (fd) => {
      closeSync(fd);
      opened = opened.filter((one) => one !== fd);
    },
    host: {
      write: (value, port = DATA_PORT) => {
        throughPort((fd) => writeAt(fd, [value], port));
      },
      read: (port = DATA_PORT) => throughPort((fd) => readAt(fd, 1, port)[0]!),
    },
  };
}
