/**
 * Notices that the file of a board in use was made shorter, removed or replaced. What was mapped behind its new end must
 * not be touched any more: an access there is a bus error, and one before the next look ends the process.
 */
import { watch, type FSWatcher } from "node:fs";
import type { Failure } from "../failure.ts";
import { lossOf, type BoardFile } from "./board-file.ts";

const LOOK_MILLISECONDS = 500;

export class BoardWatch {
  /** Told once. */
  onLost: ((why: Failure) => void) | undefined;
  readonly #board: BoardFile;
  readonly #timer: NodeJS.Timeout;
  readonly #watcher: FSWatcher | undefined;

  constructor(board: BoardFile) {
    this.#board = board;
    const look = (): void => {
      this.#look();
    };
    this.#timer = setInterval(look, LOOK_MILLISECONDS).unref();
    this.#watcher = watchFile(board.path, look);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #look(): void {
    let loss: Failure | undefined;
    try {
      loss = lossOf(this.#board);
    } catch {
      // A folder that cannot be looked into says nothing of the board.
      return;
    }
    if (loss === undefined) return;
    this.close();
    this.onLost?.(loss);
  }
}

/** Tells at once, where the kernel has a watch left to give; undefined: the timer alone has to. */
function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
}
