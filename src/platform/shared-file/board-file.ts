/** Making, opening and judging the file of a virtual board. */
import { basename } from "node:path";
import type { Depth } from "../../core/binding/kcs-word.ts";
import { LARGEST_WINDOW_BYTES, SMALLEST_WINDOW_BYTES } from "../../core/binding/layout.ts";
import { Failure, errnoOf } from "../failure.ts";
import { BESIDE_SUFFIX_BYTES, besideName, ownUser, removeLeftovers } from "../opening.ts";
import { asFailure, opening } from "../scope.ts";
import { leadsTo, system } from "../system.ts";
import { checkBoardTrust, type BoardTrust } from "./board-trust.ts";
import {
  BOARD_LAYOUT_VERSION,
  BOARD_MAGIC,
  BYTE_ORDER_MARK,
  BoardField,
  HEADER_BYTES,
  OLDEST_BOARD_LAYOUT_VERSION,
} from "./layout.ts";

export const PAGE_BYTES = 4096;
/** Of a board that is made, unless another is asked for. */
export const DEFAULT_WINDOW_BYTES: number = 1024 * 1024;
/** What file systems take for a name, but for what is put behind that of a board while it is made. */
const LONGEST_NAME = 255 - BESIDE_SUFFIX_BYTES;
/**
 * Bytes before the window that a header may name. The agent fills all of a board, so a number without bound would have a
 * small file with a hole take the memory of the machine.
 */
export const LARGEST_WINDOW_OFFSET_BYTES: number = 64 * 1024;

export interface BoardFile {
  readonly path: string;
  readonly fd: number;
  readonly windowOffset: number;
  readonly windowBytes: number;
  readonly depth: Depth;
  /** User whose file it is. */
  readonly owner: number;
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
    `no virtual board has a window of ${String(windowBytes)} bytes: choose a multiple of ${String(PAGE_BYTES)}, from ${String(SMALLEST_WINDOW_BYTES)} to ${String(LARGEST_WINDOW_BYTES)}`,
  );
}

/** What a board is, for people: "window 1048576 bytes, depth 1"; depth 0 goes without saying. */
export function boardText({ windowBytes, depth }: Pick<BoardFile, "windowBytes" | "depth">): string {
  return `window ${String(windowBytes)} bytes${depth === 0 ? "" : `, depth ${String(depth)}`}`;
}

/**
 * Makes a board with all registers and the window zero, and all of its memory taken, and has it open. The file appears
 * under its name complete or not at all. Undefined when there is a file of that name already, which stays as it is.
 * Throws a Failure.
 */
export function createBoard(
  path: string,
  windowBytes: number = DEFAULT_WINDOW_BYTES,
  depth: Depth = 0,
): BoardFile | undefined {
  checkWindowBytes(windowBytes);
  checkName(path);
  return opening("make-board", `make the board ${path}`, (scope) => {
    if (system.lookUp(path) !== undefined) return undefined;
    removeLeftovers(path);
    const temporary = besideName(path);
    const fd = system.open(temporary, "create");
    scope.add(system.close, fd);
    const removeTemporary = scope.add(system.remove, temporary);
    system.write(fd, header(windowBytes, depth));
    writeZeros(fd, windowBytes);
    if (linkUnlessThere(temporary, path)) {
      removeTemporary();
      return { path, fd, windowOffset: HEADER_BYTES, windowBytes, depth, owner: ownUser() };
    }
    scope.release();
    return undefined;
  });
}

/** As createBoard, for later: the board is not kept open. False when there is a file of that name already. */
export function makeBoard(path: string, windowBytes?: number, depth?: Depth): boolean {
  const board = createBoard(path, windowBytes, depth);
  if (board !== undefined) system.close(board.fd);
  return board !== undefined;
}

function checkName(path: string): void {
  const length = Buffer.byteLength(basename(path));
  if (length <= LONGEST_NAME) return;
  throw new Failure(
    "board-name",
    `a board's name of ${String(length)} bytes is too long: choose one of at most ${String(LONGEST_NAME)}`,
  );
}

/** False: another agent was faster. */
function linkUnlessThere(temporary: string, path: string): boolean {
  try {
    system.link(temporary, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

function header(windowBytes: number, depth: Depth): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(BOARD_MAGIC, BoardField.magic, "latin1");
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES / 4);
  words[BoardField.layoutVersion / 4] = BOARD_LAYOUT_VERSION;
  words[BoardField.byteOrderMark / 4] = BYTE_ORDER_MARK;
  words[BoardField.windowOffset / 4] = HEADER_BYTES;
  words[BoardField.windowBytes / 4] = windowBytes;
  words[BoardField.depth / 4] = depth;
  return bytes;
}

/**
 * Writes the window out, so that its memory is there: a hole that finds the file system full when it is first touched
 * would end the process by a signal.
 */
function writeZeros(fd: number, length: number): void {
  const zeros = new Uint8Array(Math.min(length, 64 * PAGE_BYTES));
  let left = length;
  while (left > 0) left -= system.write(fd, zeros.subarray(0, Math.min(zeros.length, left)));
}

/**
 * Opens a board and judges its header. For writing, its owner and mode are judged, too, unless a stranger's board is
 * allowed, and what the file leaves out of its range is allocated, for other programs may make boards with holes. Throws
 * a Failure that says what is wrong and what to do.
 */
export function openBoard(path: string, access: "read" | "readWrite", trust: BoardTrust = {}): BoardFile {
  return opening("open-board", `open the board ${path}`, (scope) => {
    const fd = openFile(path, access);
    scope.add(system.close, fd);
    const judged = judgeHeader(path, fd);
    if (access === "readWrite") checkBoardTrust(path, system.stat(fd), trust);
    if (access === "readWrite") fillHoles(path, fd, judged.windowOffset + judged.windowBytes);
    return { path, fd, ...judged };
  });
}

function openFile(path: string, access: "read" | "readWrite"): number {
  try {
    return system.open(path, access);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new Failure("no-board", `there is no board ${path}: make one with "mctp-lpc board create ${path}"`);
  }
}

function fillHoles(path: string, fd: number, length: number): void {
  try {
    system.allocate(fd, length);
  } catch (error) {
    throw asFailure("board-space", `fill the holes of the board ${path}`, error);
  }
}

/** Whether an open board is still as long as its header says. */
export function isWhole({ fd, windowOffset, windowBytes }: BoardFile): boolean {
  return system.stat(fd).size >= windowOffset + windowBytes;
}

/** Why an open board is of no use any more: the rest of it must not be touched. Undefined for a sound one. */
export function lossOf(board: BoardFile): Failure | undefined {
  const what = !isWhole(board)
    ? (["board-shortened", "was made shorter"] as const)
    : !leadsTo(board.path, board.fd)
      ? (["board-removed", "was removed or replaced"] as const)
      : undefined;
  return (
    what &&
    new Failure(
      what[0],
      `the board ${board.path} ${what[1]} while it was in use: start both agents again on a new board`,
    )
  );
}

function judgeHeader(path: string, fd: number): Omit<BoardFile, "path" | "fd"> {
  const { type, size, uid: owner } = system.stat(fd);
  const bytes = Buffer.alloc(HEADER_BYTES);
  const isBoard =
    type === "file" &&
    system.read(fd, bytes, 0) === HEADER_BYTES &&
    bytes.toString("latin1", BoardField.magic, BoardField.magic + BOARD_MAGIC.length) === BOARD_MAGIC;
  if (!isBoard) throw new Failure("not-a-board", `${path} is not a virtual board: choose another path`);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES / 4);
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
  const canBeOffset =
    windowOffset >= HEADER_BYTES && windowOffset <= LARGEST_WINDOW_OFFSET_BYTES && windowOffset % PAGE_BYTES === 0;
  if (!canBeWindow(windowBytes) || !canBeOffset || size < windowOffset + windowBytes) {
    throw new Failure(
      "board-size",
      `the board ${path} is damaged: its header names a window of ${String(windowBytes)} bytes at ${String(windowOffset)}, the file has ${String(size)} bytes; remove it and make a new one`,
    );
  }
  const depth = version === OLDEST_BOARD_LAYOUT_VERSION ? 0 : judgeDepth(path, field);
  return { windowOffset, windowBytes, depth, owner };
}

function judgeDepth(path: string, field: (offset: number) => number): Depth {
  const depth = field(BoardField.depth);
  if (depth === 0 || depth === 1) return depth;
  throw new Failure(
    "board-depth",
    `the board ${path} has depth ${String(depth)}, this program serves depths 0 and 1: make a new board, or use the program that made this one`,
  );
}

/** Throws a Failure where a board is not as it was asked for. */
export function checkBoard(board: BoardFile, windowBytes: number | undefined, depth: Depth | undefined): void {
  if (windowBytes !== undefined && board.windowBytes !== windowBytes) {
    throw new Failure(
      "window-size",
      `the board ${board.path} has a window of ${String(board.windowBytes)} bytes, not ${String(windowBytes)}: leave --window out, or name another board`,
    );
  }
  if (depth !== undefined && board.depth !== depth) {
    throw new Failure(
      "board-depth",
      `the board ${board.path} has depth ${String(board.depth)}, not ${String(depth)}: leave --depth out, or name another board`,
    );
  }
}
