/** What the vectors make of the mistakes: a line each for people, and the table spec/vectors/mistakes.md. */
import { COPYRIGHT, LICENSE } from "../../../spec/generator/licence.ts";
import { markdownTable } from "../../../spec/generator/tables/markdown-table.ts";
import type { VectorOutcome } from "./find.ts";
import { OUT_OF_REACH } from "./out-of-reach.ts";

const SHOWN_CHARACTERS = 100;

/** Mistakes that no vector finds and nothing excuses, and those that are excused and found. */
export function wrongOf(outcomes: readonly VectorOutcome[]): readonly VectorOutcome[] {
  return outcomes.filter(({ mistake, failure }) => (failure === undefined) !== OUT_OF_REACH.has(mistake.name));
}

export function vectorOutcomeText({ mistake, failure }: VectorOutcome): string {
  const reason = OUT_OF_REACH.get(mistake.name);
  if (failure === undefined)
    return `${mistake.name}\n    ${reason === undefined ? "NOT FOUND" : `out of reach: ${reason}`}`;
  const found = `${failure.vector}: ${shortened(failure.found)}`;
  return `${mistake.name}\n    ${reason === undefined ? "" : "FOUND, BUT CALLED OUT OF REACH: "}${found}`;
}

export function vectorSummary(outcomes: readonly VectorOutcome[], seconds: number): string {
  const found = outcomes.filter(({ failure }) => failure !== undefined).length;
  const wrong = wrongOf(outcomes).map(({ mistake }) => mistake.name);
  return [
    "",
    `mistakes      ${String(outcomes.length)} in ${seconds.toFixed(0)} s`,
    `found         ${String(found)}`,
    `out of reach  ${String(outcomes.length - found)}`,
    `wrong         ${wrong.length === 0 ? "none" : wrong.join(", ")}`,
  ].join("\n");
}

/** Without times, so that two runs give the same. */
export function vectorMarkdown(outcomes: readonly VectorOutcome[]): string {
  const found = outcomes.flatMap(({ mistake, failure }) =>
    failure === undefined ? [] : [[mistake.name, cell(mistake.text), mistake.breaks.join(", "), cell(failure.vector)]],
  );
  const left = outcomes.flatMap(({ mistake, failure }) =>
    failure === undefined
      ? [[mistake.name, cell(mistake.text), mistake.breaks.join(", "), OUT_OF_REACH.get(mistake.name) ?? "NOT FOUND"]]
      : [],
  );
  return `\
<!-- SPDX-License-Identifier: ${LICENSE} -->
<!-- ${COPYRIGHT} -->

# What the vectors find

Each row is a mistake that was made in a copy of the reference implementation, the requirements, steps and known behaviours that it
breaks, and the first vector that the copy fails: the vectors of one step are tried first, then the traces in the order of their
names. Made by \`npm run mutation -- --vectors --markdown spec/vectors/mistakes.md\`.

## Found: ${String(found.length)}

${markdownTable(["mistake", "what is done otherwise", "breaks", "first vector that fails"], found)}

## Out of reach: ${String(left.length)}

${markdownTable(["mistake", "what is done otherwise", "breaks", "why no vector finds it"], left)}
`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}
