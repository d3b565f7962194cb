/** What opening takes, piece by piece, and how all of it is given back. */
import { Failure, errnoOf, pathTrouble } from "./failure.ts";

/** Things taken in order, to be released once, in reverse. */
export class Scope {
  readonly #releases = new Set<() => void>();

  /** `release` is called with `given`. Gives a function that does so earlier. */
  add<Given extends readonly unknown[]>(release: (...given: Given) => void, ...given: Given): () => void {
    const once = (): void => {
      if (!this.#releases.delete(once)) return;
      try {
        release(...given);
      } catch {
        // It is as released as it will ever be, and keeps none of the others.
      }
    };
    this.#releases.add(once);
    return once;
  }

  release(): void {
    for (const release of [...this.#releases].reverse()) release();
  }
}

/**
 * Gives what `open` gives. When it throws, everything that it has put into the scope is released, and the failed system
 * call that it may have met becomes a Failure: "cannot `what`: permission denied…".
 */
export function opening<Opened>(code: string, what: string, open: (scope: Scope) => Opened): Opened {
  const scope = new Scope();
  try {
    return open(scope);
  } catch (error) {
    scope.release();
    throw asFailure(code, what, error);
  }
}

interface Abandonable {
  close(): void;
  abandon?(): void;
}

/** Gives back what was opened in vain, with all that was made for it. */
export function abandon(opened: Abandonable): void {
  if (opened.abandon === undefined) opened.close();
  else opened.abandon();
}

/** Gives what `make` makes of something just opened, which is abandoned when that fails. */
export function orAbandon<Opened extends Abandonable, Made>(opened: Opened, make: (opened: Opened) => Made): Made {
  try {
    return make(opened);
  } catch (error) {
    abandon(opened);
    throw error;
  }
}

/** A failed system call as a Failure; anything else as it is. */
export function asFailure(code: string, what: string, error: unknown): unknown {
  if (error instanceof Failure || errnoOf(error) === undefined) return error;
  return new Failure(code, `cannot ${what}: ${pathTrouble(error)}`, { cause: error });
}

/** Takes every step and waits for each, also after one that failed; throws what the first failing one threw. */
export async function takeAll(...steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
