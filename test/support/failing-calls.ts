/** System calls that fail when a test says so, and what the process holds before and after. */
import { jest } from "@jest/globals";
import fs from "node:fs";
import promises from "node:fs/promises";
import { Server } from "node:net";
import { system } from "../../src/platform/system.ts";

export const ERRNOS = ["EACCES", "ENOSPC", "EMFILE", "EIO"] as const;

/** A call that gives something back does so, and fails all the same: more cannot be asked of it. */
const RELEASES: ReadonlySet<string> = new Set([
  "close",
  "closeLater",
  "remove",
  "removeFolder",
  "removeLater",
  "removeTree",
  "rmSync",
  "rm",
]);
/** Calls that fail by a promise. */
const LATER: ReadonlySet<string> = new Set([
  "openLater",
  "readLater",
  "sync",
  "list",
  "lookAtLater",
  "rename",
  "removeLater",
  "writeLater",
  "truncateLater",
  "closeLater",
]);

/** Every call through system.ts, and those of node:fs, node:fs/promises and node:net that name something in `folder`. */
export class FailingCalls {
  /** Calls since `failAt`. */
  made = 0;
  readonly #folder: string;
  readonly #restores: (() => void)[] = [];
  #at = 0;
  #code = "";

  constructor(folder: string) {
    this.#folder = folder;
    // Whether the peer is there is never asked in vain: what cannot be told is a no. A wait that fails is one that ends.
    const { isLocked: _isLocked, waitLater: _waitLater, ...others } = system;
    for (const name of Object.keys(others) as (keyof typeof others)[]) this.#wrap(system, name, () => true);
    const sync = ["chmodSync", "lstatSync", "mkdirSync", "readdirSync", "rmSync"] as const;
    for (const name of sync) this.#wrap(fs, name, this.#isMine);
    for (const name of ["open", "readdir", "rename", "rm"] as const) this.#wrap(promises, name, this.#isMine);
    const failing = (code: string): Error | undefined => this.#next(code);
    const { listen } = Server.prototype;
    const spy = jest.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...given: unknown[]) {
      const error = failing("listen");
      if (error === undefined) return Reflect.apply(listen, this, given) as Server;
      process.nextTick(() => this.emit("error", error));
      return this;
    } as typeof listen);
    this.#restores.push(() => {
      spy.mockRestore();
    });
  }

  /** The n-th call from now on, counted from 1, fails; 0: none. */
  failAt(n: number, code: string): void {
    [this.made, this.#at, this.#code] = [0, n, code];
  }

  /** Whether the call that was to fail has been made. */
  get hasFailed(): boolean {
    return this.#at > 0 && this.made >= this.#at;
  }

  restore(): void {
    for (const restore of this.#restores) restore();
  }

  readonly #isMine = (given: readonly unknown[]): boolean => String(given[0]).startsWith(this.#folder);

  #next(name: string): Error | undefined {
    if (++this.made !== this.#at) return undefined;
    return Object.assign(new Error(`${this.#code}: made to fail, ${name}`), { code: this.#code });
  }

  #wrap<Target extends object>(
    target: Target,
    name: keyof Target & string,
    counts: (given: readonly unknown[]) => boolean,
  ): void {
    const real = target[name] as (...given: unknown[]) => unknown;
    const isRelease = RELEASES.has(name);
    target[name] = ((...given: unknown[]): unknown => {
      const error = counts(given) ? this.#next(name) : undefined;
      const result: unknown = error === undefined || isRelease ? Reflect.apply(real, target, given) : undefined;
      if (error === undefined) return result;
      if ((target as object) !== promises && !LATER.has(name)) throw error;
      return Promise.resolve(result).then(() => Promise.reject(error));
    }) as Target[typeof name];
    this.#restores.push(() => {
      target[name] = real as Target[typeof name];
    });
  }
}

/** What the process holds open, what lies in a folder, and which sockets are bound there. */
export function holdings(folder: string): readonly string[] {
  const open = fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The one that the list was read by.
      return [];
    }
  });
  const files = fs.readdirSync(folder, { recursive: true }).map(String);
  const sockets = fs.readFileSync("/proc/net/unix", "utf8").split("\n");
  return [
    ...open.map((name) => name.replace(/\d+/g, "")).map((name) => `open ${name}`),
    ...files.map((name) => `file ${name}`),
    ...sockets.filter((line) => line.includes(folder)).map((line) => `socket ${line.slice(line.indexOf(folder))}`),
  ].sort();
}

/** The same, and what of the folder's files is mapped. */
export function heldWithMappings(folder: string): readonly string[] {
  const maps = fs.readFileSync("/proc/self/maps", "utf8").split("\n");
  return [...holdings(folder), ...maps.filter((line) => line.includes(folder)).map((line) => `mapped ${line}`)];
}

/** What an action throws; undefined where it throws nothing. */
export function thrownBy(action: () => unknown): { code?: string; name?: string; message?: string } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error as { code: string; name: string; message: string };
  }
}
