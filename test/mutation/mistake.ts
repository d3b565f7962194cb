/** A mistake that is seeded into a copy of the sources, to see who notices. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Operator } from "./operators/operators.ts";
import { Sources, type Files } from "./operators/sources.ts";

/** A configuration of `mctp-lpc explore`, or "deployed BMC: …" and "deployed host: …", a case of test/core/explore. */
export interface ExplorerCatcher {
  readonly explore: string;
}

/**
 * Tests by the beginning of their files' paths and by the requirement that their titles, or those of their groups,
 * name; every test of the files for an empty one.
 */
export interface TestCatcher {
  readonly test: string;
  readonly requirement: string;
}

export type Catcher = ExplorerCatcher | TestCatcher;

interface Change {
  /** To call it by. */
  readonly name: string;
  /** What is done otherwise, in a line. */
  readonly text: string;
  /** Carried out one after the other. */
  readonly does: readonly Operator[];
}

/** Whether a trace of a run that shows the mistake tells of it. */
export type BusSight =
  | {
      readonly bus: "yes";
      /** The requirements of which one has to be named, of those that the mistake breaks. */
      readonly as: readonly string[];
      /** What the trace shows. */
      readonly because: string;
    }
  | {
      readonly bus: "no";
      /** Why the accesses are the same with and without it, in a run that executes the mistaken line. */
      readonly because: string;
    };

export interface Mistake extends Change {
  /** Requirements (LPC-…) that it breaks, steps of the procedures whose order it changes, behaviours F1 to F24. */
  readonly breaks: readonly string[];
  readonly bus: BusSight;
  /** Who has to notice: one is enough, and they are asked in this order. */
  readonly noticedBy: readonly Catcher[];
  /** Why the explorer sees nothing go wrong, where one might think that it should. */
  readonly unseen?: string;
}

/** A change that makes no difference on the bus, and why: it is no mistake, and nobody may notice it. */
export interface Indifference extends Change {
  readonly because: string;
  /** Steps whose order it changes. */
  readonly steps: readonly string[];
  /** Scenarios in which the explorer has to find nothing. */
  readonly unseenIn: readonly string[];
}

export function onBus(as: readonly string[], because: string): BusSight {
  return { bus: "yes", as, because };
}

export function offBus(because: string): BusSight {
  return { bus: "no", because };
}

export function explored(...names: readonly string[]): readonly Catcher[] {
  return names.map((explore) => ({ explore }));
}

export function tested(test: string, ...requirements: readonly string[]): readonly Catcher[] {
  return requirements.map((requirement) => ({ test, requirement }));
}

/** What a title looks like that names a requirement, "LPC-KCS-1" and not "LPC-KCS-12", or one of several: "A|B". */
export function titlePattern(requirement: string): string {
  return requirement === "" ? "" : `(?:${requirement})(?!\\d)`;
}

/** A project's files. */
export function filesOf(project: string): Files {
  return {
    list: (folder) =>
      readdirSync(join(project, folder), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => `${folder}/${name}`)
        .sort(),
    read: (file) => readFileSync(join(project, file), "utf8"),
  };
}

/**
 * The files that a change changes, with their new texts. Throws, with the change's name and the operator, where an
 * operator does not find its place.
 */
export function carriedOut({ name, does }: Pick<Change, "name" | "does">, files: Files): ReadonlyMap<string, string> {
  const sources = new Sources(files);
  for (const operator of does) {
    try {
      operator.apply(sources);
    } catch (error) {
      throw new Error(`${name}: ${operator.says}: ${(error as Error).message}`, { cause: error });
    }
  }
  return sources.changed;
}
