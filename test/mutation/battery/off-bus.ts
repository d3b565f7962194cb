/**
 * Mistakes that no trace tells of: for each a run that executes the mistaken place, in the code with the mistake and in
 * the code without, and has the same accesses with both.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { carriedOut, filesOf, type Mistake } from "../mistake.ts";
import { transpiled, type Scratch } from "../scratch.ts";
import { ask } from "./ask.ts";
import { RUNS } from "./runs.ts";
import type { CoverTask } from "./task.ts";

const DIRECTED = RUNS.filter(({ name }) => !name.startsWith("walk/")).map(({ name }) => name);

export interface Unseen {
  readonly mistake: string;
  /** Undefined: no run executes the place with the same accesses. */
  readonly run: string | undefined;
  /** Runs that execute the place, and have other accesses with the mistake. */
  readonly others: readonly string[];
}

interface ChangedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Where the two texts part: what of each differs first, beside spaces. */
function partingOf({ before, after }: ChangedFile): Record<"before" | "after", number> {
  let offset = 0;
  while (offset < before.length && before[offset] === after[offset]) offset++;
  const solid = (text: string): number => offset + text.slice(offset).search(/\S|$/);
  return { before: solid(before), after: solid(after) };
}

/** The built files that a mistake changes, as they are made of the sources without it and with it. */
function changedFiles(mistake: Mistake, folder: string): readonly ChangedFile[] {
  const sources = filesOf(folder);
  return [...carriedOut(mistake, sources)].map(([file, text]) => ({
    file: join("dist", file.replace(/\.ts$/, ".js")),
    before: transpiled(file, sources.read(file)),
    after: transpiled(file, text),
  }));
}

/** `runs`: those to look in, all directed ones where nothing is said. */
export async function whereUnseen(
  mistake: Mistake,
  scratch: Scratch,
  runs: readonly string[] = DIRECTED,
): Promise<Unseen> {
  const { folder } = scratch;
  const changed = changedFiles(mistake, folder);
  const built = changed.map(({ file }) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  const cover = (when: "before" | "after", among: readonly string[]): CoverTask => ({
    kind: "cover",
    runs: among,
    places: changed.map((one) => ({ file: one.file, offset: partingOf(one)[when] })),
  });
  const write = (texts: readonly { readonly file: string; readonly text: string }[]): void => {
    for (const { file, text } of texts) writeFileSync(join(folder, file), text);
  };
  try {
    write(changed.map(({ file, before }) => ({ file, text: before })));
    const coveredBefore = await ask(folder, cover("before", runs));
    const executedBefore = runs.filter((run) => coveredBefore[run]!.every(Boolean));
    const digestsBefore = await ask(folder, { kind: "digest", runs: executedBefore });
    write(changed.map(({ file, after }) => ({ file, text: after })));
    const coveredAfter = await ask(folder, cover("after", executedBefore));
    const executed = executedBefore.filter((run) => coveredAfter[run]!.every(Boolean));
    const digestsAfter = await ask(folder, { kind: "digest", runs: executed });
    const isSame = (run: string): boolean => digestsBefore[run] === digestsAfter[run];
    return { mistake: mistake.name, run: executed.find(isSame), others: executed.filter((run) => !isSame(run)) };
  } finally {
    write(built);
  }
}
