/**
 * A device laboratory for tests: a process that serves the files of a board, see fuse-board/main.ts for what they are and
 * fuse-board/settings.ts for what may be set. Only root may have one.
 *
 * @example
 * ```ts
 * needsFuse("…", async () => {
 *   const board = await FuseBoard.start({ depth: 0 });
 *   try {
 *     const node = openSync(board.path("raw-kcs3"), "r+");
 *     …
 *   } finally {
 *     await board.end();
 *   }
 * });
 * ```
 */
import { afterAll, beforeAll, beforeEach } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BoardAccess } from "./fuse-board/accesses.ts";
import type { BoardState } from "./fuse-board/inspection.ts";
import type { BoardSettings } from "./fuse-board/settings.ts";
import { PROJECT, pause, within } from "./processes.ts";
import { sharedMemory } from "./shared-memory.ts";
import { testUnless, type TestFunction } from "./tools.ts";

/** The board's program; made by `tsc -b`. */
export const BOARD_PROGRAM: string = join(PROJECT, "dist", "test", "support", "fuse-board", "main.js");
const START_MILLISECONDS = 20_000;
const END_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 5;
/** The first version with FUSE passthrough. */
const PASSTHROUGH_LINUX = [6, 9] as const;
/** Of the capabilities in /proc/self/status. */
const CAP_SYS_ADMIN = 1n << 21n;

type FileName = "raw-kcs3" | "aspeed-lpc-ctrl" | "port" | "io" | "fw" | "mem" | "state" | "accesses" | "control";

export class FuseBoard {
  readonly folder: string;
  /** Whether mappings of aspeed-lpc-ctrl and mem work: from Linux 6.9 on. */
  readonly hasPassthrough: boolean;
  readonly #process: ChildProcess;
  readonly #complaints: () => string;
  #isEnding = false;

  private constructor(folder: string, started: ChildProcess, hasPassthrough: boolean, complaints: () => string) {
    this.folder = folder;
    this.hasPassthrough = hasPassthrough;
    this.#process = started;
    this.#complaints = complaints;
  }

  /** Starts a board in a folder of its own. It ends with this process at the latest, even when that is killed. */
  static async start(settings: Partial<BoardSettings> = {}): Promise<FuseBoard> {
    if (!existsSync(BOARD_PROGRAM)) throw new Error(`${BOARD_PROGRAM} is missing: run "npx tsc -b" first`);
    const folder = mkdtempSync(join(sharedMemory(), "mctp-lpc-fuse-"));
    const assignments = Object.entries(settings).map(([name, value]) => `${name}=${String(value)}`);
    const child = spawn(process.execPath, [BOARD_PROGRAM, folder, ...assignments], { stdio: "pipe" });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    const closed = once(child, "close");
    const ended = closed.then(() => Promise.reject(new Error(`the FUSE board did not start: ${stderr}`)));
    try {
      const line = await within(
        START_MILLISECONDS,
        Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]),
      );
      const { passthrough } = JSON.parse(String(line[0])) as { passthrough: boolean };
      return new FuseBoard(folder, child, passthrough, () => stderr);
    } catch (error) {
      child.kill("SIGKILL");
      await closed;
      await gone(folder, () => {
        rmSync(folder, { recursive: true, force: true });
      });
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** A device's path. */
  path(name: FileName): string {
    return join(this.folder, "dev", name);
  }

  /** The reserved memory as a plain file. */
  get memoryPath(): string {
    return join(this.folder, "memory");
  }

  /** What the board holds now; looking has no side effect. */
  state(): BoardState {
    return JSON.parse(readFileSync(this.path("state"), "utf8")) as BoardState;
  }

  /** The accesses to its registers since the start, the last `reset` or the last `forget`. */
  accesses(): readonly BoardAccess[] {
    return JSON.parse(readFileSync(this.path("accesses"), "utf8")) as readonly BoardAccess[];
  }

  /** The state, once it satisfies `holds`. */
  async until(holds: (state: BoardState) => boolean): Promise<BoardState> {
    const end = performance.now() + END_MILLISECONDS;
    for (;;) {
      const state = this.state();
      if (holds(state)) return state;
      if (performance.now() > end) throw new Error(`in vain: ${JSON.stringify(state)}\n${this.#complaints()}`);
      await pause(LOOK_MILLISECONDS);
    }
  }

  /** Gives the board a command: `depth=0`, `noticeMilliseconds=20`, `map 0x0c000000 0 0x04000000`, `reset`. */
  control(command: string): void {
    writeFileSync(this.path("control"), command);
  }

  /** Ends the board: calls that programs have blocked in its files fail, and nothing of it is left. */
  async end(): Promise<void> {
    await this.#endWith(() => this.#process.stdin?.end());
  }

  /** As `end`, by a signal; SIGKILL leaves the cleaning to the board's keeper. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#endWith(() => this.#process.kill(signal));
  }

  async #endWith(act: () => void): Promise<void> {
    const hasEnded = this.#process.exitCode !== null || this.#process.signalCode !== null;
    const hasFailed = hasEnded && !this.#isEnding;
    this.#isEnding = true;
    if (!hasEnded) {
      const closed = once(this.#process, "close");
      act();
      await within(END_MILLISECONDS, closed);
    }
    await gone(this.folder);
    if (hasFailed) throw new Error(`the FUSE board ended by itself: ${this.#complaints()}`);
  }
}

/** Waits until a folder is not there any more. `remove`: what helps. */
async function gone(folder: string, remove?: () => void): Promise<void> {
  const end = performance.now() + END_MILLISECONDS;
  while (existsSync(folder)) {
    if (performance.now() > end) throw new Error(`${folder} was left behind`);
    try {
      remove?.();
    } catch {
      // The board is still being unmounted.
    }
    await pause(LOOK_MILLISECONDS);
  }
}

/** A board for all tests of a file, as new before each of them; none where a board cannot be. */
export function boardOfFile(settings: Partial<BoardSettings> = {}): () => FuseBoard {
  let board: FuseBoard | undefined;
  if (obstacle() === undefined) {
    beforeAll(async () => {
      board = await FuseBoard.start(settings);
    });
    beforeEach(() => {
      board?.control("reset");
    });
    afterAll(async () => {
      await board?.end();
    });
  }
  return () => {
    if (board === undefined) throw new Error("the FUSE board has not started");
    return board;
  };
}

/** What keeps a FUSE board from starting here; undefined where nothing does. */
function obstacle(): string | undefined {
  if (process.platform !== "linux") return "Linux";
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if ((BigInt(`0x${capabilities}`) & CAP_SYS_ADMIN) === 0n) return "root (CAP_SYS_ADMIN)";
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "/dev/fuse";
  }
}

/** What keeps a program from mapping the board's memory through its device. */
function mappingObstacle(): string | undefined {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const isNew = major > PASSTHROUGH_LINUX[0] || (major === PASSTHROUGH_LINUX[0] && minor >= PASSTHROUGH_LINUX[1]);
  return obstacle() ?? (isNew ? undefined : `Linux ${PASSTHROUGH_LINUX.join(".")} (FUSE passthrough)`);
}

/** `test` where a FUSE board can be. */
export const needsFuse: TestFunction = testUnless(inWords(obstacle()));

/** As `needsFuse`, for a test that maps aspeed-lpc-ctrl or mem. */
export const needsFuseMapping: TestFunction = testUnless(inWords(mappingObstacle()));

function inWords(missing: string | undefined): string | undefined {
  return missing && `${missing}, for the FUSE board`;
}
