/** Which statements and branches of the modules under test have run, and how often by order of magnitude. */
import { register } from "node:module";

interface FileCounts {
  readonly s: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** To be called before the modules under test are imported. */
export function instrument(pattern: RegExp): void {
  register(new URL("coverage-hooks.js", import.meta.url), { data: { pattern: pattern.source } });
}

export class Coverage {
  /** For each counter the orders of magnitude that were seen, as bits. */
  readonly #seen = new Map<string, number>();

  get points(): number {
    return this.#seen.size;
  }

  /** Forgets what has run since; the next `isNew` judges what runs from now on. */
  begin(): void {
    for (const { s, b } of files()) {
      for (const key in s) s[key] = 0;
      for (const key in b) b[key]!.fill(0);
    }
  }

  /** Whether something ran that never ran before, or never so often. */
  isNew(): boolean {
    let found = false;
    let file = 0;
    const note = (key: string, count: number): void => {
      if (count === 0) return;
      const bit = 1 << Math.min(8, Math.floor(Math.log2(count)));
      const seen = this.#seen.get(key) ?? 0;
      if ((seen & bit) !== 0) return;
      this.#seen.set(key, seen | bit);
      found = true;
    };
    for (const { s, b } of files()) {
      file++;
      for (const key in s) note(`${String(file)}s${key}`, s[key]!);
      for (const key in b) {
        b[key]!.forEach((count, path) => {
          note(`${String(file)}b${key}.${String(path)}`, count);
        });
      }
    }
    return found;
  }
}

function files(): readonly FileCounts[] {
  const all = (globalThis as { __fuzzCoverage__?: Readonly<Record<string, FileCounts>> }).__fuzzCoverage__;
  return Object.values(all ?? {});
}
