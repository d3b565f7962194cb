/**
 * Notices that the file of a board in use was made shorter. What was mapped behind its new end must not be touched any
 * more: an access there is a bus error.
 */
import { watch, type FSWatcher } from "node:fs";
import type { Failure } from "../failure.ts";
import { isWhole, type BoardFile } from "./board-file.ts";
import { shortened } from "./shortened.ts";

export class BoardWatch {
  /** Told once. */
  onShortened: ((why: Failure) => void) | undefined;
  readonly #board: BoardFile;
  readonly #watcher: FSWatcher | undefined;

  constructor(board: BoardFile) {
    this.#board = board;
    this.#watcher = watchFile(board.path, () => {
      this.#look();
    });
  }

  close(): void {
    this.#watcher?.close();
  }

  #look(): void {
    if (isWhole(this.#board)) return;
    this.close();
    this.onShortened?.(shortened(this.#board.path));
  }
}

/** Undefined where the kernel has no watch left to give, or the file is gone already: then nobody is told. */
function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
}
