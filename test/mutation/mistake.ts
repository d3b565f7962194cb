/** A mistake that is seeded into a copy of the sources, to see who notices. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
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

/** A run of the battery, the requirements of which the judge has to name one, and the sides that break it. */
export interface JudgeCatcher {
  readonly run: string;
  readonly as: readonly string[];
  readonly sides: readonly RoleName[];
}

export type Catcher = ExplorerCatcher | TestCatcher | JudgeCatcher;

interface Change {
  /** To call it by. */
  readonly name: string;
  /** What is done otherwise, in a line. */
  readonly text: string;
  /** Carried out one after the other. */
  readonly does: readonly Operator[];
}

export interface Mistake extends Change {
  /** Requirements (LPC-…) that it breaks, steps of the procedures whose order it changes, behaviours F1 to F24. */
  readonly breaks: readonly string[];
  /** Those of `breaks` of which the judge of a trace has to name one; none where the accesses do not tell. */
  readonly judgedAs: readonly string[];
  /** The run of the battery that executes the mistaken place. */
  readonly shownBy: string;
  /** Who has to notice: one is enough, and they are asked in this order. */
  readonly noticedBy: readonly Catcher[];
  /** Why the accesses are the same with and without it, where they are. */
  readonly offBus?: string;
  /** Why the explorer sees nothing go wrong, where one might think that it should. */
  readonly unseen?: string;
}

/** A change that makes no difference on the bus, and why: it is no mistake, and nothing may notice it. */
export interface Indifference extends Change {
  readonly because: string;
  /** Steps whose order it changes. */
  readonly steps: readonly string[];
  /** Scenarios in which the explorer has to find nothing. */
  readonly unseenIn: readonly string[];
}

type Remark = Pick<Mistake, "offBus"> | Pick<Mistake, "unseen">;

export function offBus(because: string): Remark {
  return { offBus: because };
}

export function unseen(because: string): Remark {
  return { unseen: because };
}

/**
 * A row of the table of mistakes. `head` is "name: what is done otherwise". `facts` are divided by " | ":
 *
 * - what it breaks, with a star where the judge of a trace has to name it: "LPC-KCS-8* H2.2 F24"
 * - who has to notice, in this order: a scenario of the explorer ("killed"), or the beginning of test files' paths with
 *   the requirements that their titles name ("test/host LPC-KCS-8"; without one every test of the files)
 * - "shown by " and the run of the battery that executes the mistaken place
 */
export function mistake(head: string, facts: string, ...rest: readonly (Operator | Remark)[]): Mistake {
  const [, name = "", text = ""] = /^([a-z0-9-]+): (.+)$/.exec(head) ?? [];
  const [breaks = "", ...others] = facts.split(" | ");
  const shown = others.pop() ?? "";
  const broken = breaks.split(" ");
  const remarks = rest.filter((one) => !("apply" in one));
  return {
    name,
    text,
    breaks: broken.map((one) => one.replace("*", "")),
    judgedAs: broken.filter((one) => one.endsWith("*")).map((one) => one.slice(0, -1)),
    shownBy: shown.replace("shown by ", ""),
    noticedBy: others.flatMap(catchersOf),
    does: rest.filter((one) => "apply" in one),
    ...remarks.find((one) => "offBus" in one),
    ...remarks.find((one) => "unseen" in one),
  };
}

function catchersOf(fact: string): readonly Catcher[] {
  if (!fact.startsWith("test/")) return [{ explore: fact }];
  const [test = "", ...requirements] = fact.split(" ");
  return (requirements.length === 0 ? [""] : requirements).map((requirement) => ({ test, requirement }));
}

const ROLES: readonly RoleName[] = ["host", "bmc"];

/** The judge of the run that shows a mistake. Mistakes of one role say so in their names; other code is in both. */
export function judgeOfRun({ name, shownBy, judgedAs }: Mistake): JudgeCatcher {
  const own = ROLES.filter((role) => name.startsWith(`${role}-`));
  return { run: shownBy, as: judgedAs, sides: own.length > 0 ? own : ROLES };
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
