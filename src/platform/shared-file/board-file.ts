/** Making, opening and judging the file of a virtual board. */
import { closeSync, existsSync, fstatSync, linkSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { Depth } from "../../core/binding/kcs-word.ts";
import { LARGEST_WINDOW_BYTES, SMALLEST_WINDOW_BYTES } from "../../core/binding/layout.ts";
import { Failure, errnoOf, pathTrouble } from "../failure.ts";
import { allocateFile } from "../libc.ts";
import {
  BOARD_LAYOUT_VERSION,
  BOARD_MAGIC,
  BYTE_ORDER_MARK,
  BoardField,
  HEADER_BYTES,
  OLDEST_BOARD_LAYOUT_VERSION,
} from "./layout.ts";

export const PAGE_BYTES = 4096;
/** LPC-SEC-8: whoever can open the board is the peer. */
const PRIVATE_MODE = 0o600;

export interface BoardFile {
  readonly path: string;
  readonly fd: number;
  readonly windowOffset: number;
  readonly windowBytes: number;
  readonly depth: Depth;
}

/** Whether a virtual board can have such a window. */
function canBeWindow(windowBytes: number): boolean {
  const fits = windowBytes >= SMALLEST_WINDOW_BYTES && windowBytes <= LARGEST_WINDOW_BYTES;
  return Number.isInteger(windowBytes) && fits && windowBytes % PAGE_BYTES === 0;
}

/** Throws a Failure for a window that no virtual board has. */
export function checkWindowBytes(windowBytes: number): void {
  if (canBeWindow(windowBytes)) return;
  throw new Failure(
    "window-size",
    `a window of ${String(windowBytes)} bytes cannot be: choose a multiple of ${String(PAGE_BYTES)} from ${String(SMALLEST_WINDOW_BYTES)} to ${String(LARGEST_WINDOW_BYTES)}`,
  );
}

/** What a board is, for people: "window 1048576 bytes, depth 1"; depth 0 goes without saying. */
export function boardText(windowBytes: number, depth: Depth): string {
  return `window ${String(windowBytes)} bytes${depth === 0 ? "" : `, depth ${String(depth)}`}`;
}

/**
 * Makes a board with all registers and the window zero, and all of its memory taken. The file appears under its name complete or not at all.
 * False when there is a file of that name already, which stays as it is.
 */
export function makeBoard(path: string, windowBytes: number, depth: Depth = 0): boolean {
  checkWindowBytes(windowBytes);
  if (existsSync(path)) return false;
  try {
    const temporary = `${path}.new-${String(process.pid)}`;
    // One of that name is what a killed process of the same number left.
    rmSync(temporary, { force: true });
    const fd = openSync(temporary, "wx", PRIVATE_MODE);
    try {
      writeHeader(fd, windowBytes, depth);
      writeZeros(fd, HEADER_BYTES, windowBytes);
      linkSync(temporary, path);
    } finally {
      closeSync(fd);
      rmSync(temporary, { force: true });
    }
    return true;
  } catch (error) {
    // Another agent was faster.
    if (errnoOf(error) === "EEXIST") return false;
    throw new Failure("make-board", `cannot make the board ${path}: ${pathTrouble(error)}`, { cause: error });
  }
}

function writeHeader(fd: number, windowBytes: number, depth: Depth): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(BOARD_MAGIC, BoardField.magic, "latin1");
  const words = new Uint32Array(header.buffer, header.byteOffset, HEADER_BYTES / 4);
  words[BoardField.layoutVersion / 4] = BOARD_LAYOUT_VERSION;
  words[BoardField.byteOrderMark / 4] = BYTE_ORDER_MARK;
  words[BoardField.windowOffset / 4] = HEADER_BYTES;
  words[BoardField.windowBytes / 4] = windowBytes;
  words[BoardField.depth / 4] = depth;
  writeSync(fd, header);
}

/**
 * Writes the window out, so that its memory is there: a hole that finds the file system full when it is first touched
 * would end the process by a signal.
 */
function writeZeros(fd: number, offset: number, length: number): void {
  const zeros = Buffer.alloc(Math.min(length, 64 * PAGE_BYTES));
  let written = 0;
  while (written < length) {
    written += writeSync(fd, zeros, 0, Math.min(zeros.length, length - written), offset + written);
  }
}

/**
 * Opens a board and judges its header. For writing, what the file leaves out of its range is allocated, for other
 * programs may make boards with holes. Throws a Failure that says what is wrong and what to do.
 */
export function openBoard(path: string, access: "r" | "r+"): BoardFile {
  let fd: number;
  try {
    fd = openSync(path, access);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      throw new Failure("no-board", `there is no board ${path}: make one with "mctp-lpc board create ${path}"`);
    }
    throw new Failure("open-board", `cannot open the board ${path}: ${pathTrouble(error)}`, { cause: error });
  }
  try {
    const header = judgeHeader(path, fd);
    if (access === "r+") fillHoles(path, fd, header.windowOffset + header.windowBytes);
    return { path, fd, ...header };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function fillHoles(path: string, fd: number, length: number): void {
  const errno = allocateFile(fd, length);
  if (errno === undefined || errno === "EOPNOTSUPP" || errno === "ENOSYS") return;
  const why = errno === "ENOSPC" ? "no space is left on its file system; free some" : errno;
  throw new Failure("board-space", `the board ${path} has holes that cannot be filled: ${why}`);
}

/** Whether an open board is still as long as its header says: nobody may make it shorter while it is mapped. */
export function isWhole(board: BoardFile): boolean {
  return fstatSync(board.fd).size >= board.windowOffset + board.windowBytes;
}

function judgeHeader(path: string, fd: number): Omit<BoardFile, "path" | "fd"> {
  const stats = fstatSync(fd);
  const header = Buffer.alloc(HEADER_BYTES);
  const isBoard =
    stats.isFile() &&
    readSync(fd, header, 0, HEADER_BYTES, 0) === HEADER_BYTES &&
    header.toString("latin1", BoardField.magic, BoardField.magic + BOARD_MAGIC.length) === BOARD_MAGIC;
  if (!isBoard) throw new Failure("not-a-board", `${path} is not a virtual board: choose another path`);
  const words = new Uint32Array(header.buffer, header.byteOffset, HEADER_BYTES / 4);
  const field = (offset: number): number => words[offset / 4] ?? 0;
  if (field(BoardField.byteOrderMark) !== BYTE_ORDER_MARK) {
    throw new Failure("byte-order", `the board ${path} was made on a machine of the other byte order: make a new one`);
  }
  const version = field(BoardField.layoutVersion);
  if (version < OLDEST_BOARD_LAYOUT_VERSION || version > BOARD_LAYOUT_VERSION) {
    throw new Failure(
      "board-version",
      `the board ${path} has layout version ${String(version)}, this program reads versions ${String(OLDEST_BOARD_LAYOUT_VERSION)} to ${String(BOARD_LAYOUT_VERSION)}: make a new board, or use the program that made this one`,
    );
  }
  const windowOffset = field(BoardField.windowOffset);
  const windowBytes = field(BoardField.windowBytes);
  const canBeOffset = windowOffset >= HEADER_BYTES && windowOffset % PAGE_BYTES === 0;
  if (!canBeWindow(windowBytes) || !canBeOffset || stats.size < windowOffset + windowBytes) {
    throw new Failure(
      "board-size",
      `the board ${path} is damaged: its header speaks of a window of ${String(windowBytes)} bytes at ${String(windowOffset)}, the file has ${String(stats.size)} bytes; remove it and make a new one`,
    );
  }
  return { windowOffset, windowBytes, depth: version === OLDEST_BOARD_LAYOUT_VERSION ? 0 : judgeDepth(path, field) };
}

function judgeDepth(path: string, field: (offset: number) => number): Depth {
  const depth = field(BoardField.depth);
  if (depth === 0 || depth === 1) return depth;
  throw new Failure(
    "board-depth",
    `the board ${path} has depth ${String(depth)}, this program serves depths 0 and 1: make a new board, or use the program that made this one`,
  );
}
