/** Annex M's listings with one mistake each, and who notices it. */
import { checkArithmetic } from "./arithmetic.ts";
import { LISTINGS, PAGE } from "./listings.ts";
import { readListings } from "./parser.ts";
import { randomRun } from "./random-run.ts";
import { playSide, TRACE_SIDES } from "./recorded-traces.ts";
import { eachStatement, ListingError, type Program } from "./syntax.ts";

export interface Mutant {
  /** Of the page, counted from 1. */
  readonly line: number;
  readonly what: string;
  readonly program: Program;
}

const lines = PAGE.split("\n");

/** The page with lines replaced, from the one of this number on; undefined where that is no listing any more. */
function changed(line: number, count: number, replacement: readonly string[]): Program | undefined {
  const page = [...lines];
  page.splice(line - 1, count, ...replacement);
  try {
    return readListings(page.join("\n"));
  } catch (error) {
    if (error instanceof ListingError) return undefined;
    throw error;
  }
}

function mutant(line: number, what: string, program: Program | undefined): readonly Mutant[] {
  return program === undefined ? [] : [{ line, what: `${what}: ${lines[line - 1]!.trim()}`, program }];
}

/** Without this line. */
export function withoutLine(line: number): readonly Mutant[] {
  return mutant(line, "dropped", changed(line, 1, []));
}

/** With this line and the next, which stands as deep, in the other order. */
export function withLinesSwapped(line: number): readonly Mutant[] {
  const [one = "", other = ""] = lines.slice(line - 1, line + 1);
  const indent = (text: string): number => text.length - text.trimStart().length;
  if (other.trim() === "" || indent(one) !== indent(other)) return [];
  return mutant(line, "swapped with the next", changed(line, 2, [other, one]));
}

const EXCHANGES: readonly (readonly [old: string, other: string])[] = [
  [" = ", " ≠ "],
  [" ≠ ", " = "],
  [" has ", " lacks "],
  [" lacks ", " has "],
  [" < ", " ≤ "],
  [" ≤ ", " < "],
  [" > ", " ≥ "],
  [" ≥ ", " > "],
  [" + ", " - "],
  [" - ", " + "],
  [" and ", " or "],
  [" or ", " and "],
  ["not ", ""],
  [":= true", ":= false"],
  [":= false", ":= true"],
  ["return again", "return wait"],
  ["return wait", "return again"],
  ["min(", "max("],
  ["max(", "min("],
];

/** With each operator and word of this line that has a counterpart exchanged for it, one at a time. */
export function withExchanges(line: number): readonly Mutant[] {
  const text = lines[line - 1]!;
  return EXCHANGES.flatMap(([old, other]) =>
    [...text.matchAll(new RegExp(old.replace(/[(+]/g, "\\$&"), "g"))].flatMap(({ index }) => {
      const replaced = text.slice(0, index) + other + text.slice(index + old.length);
      return mutant(line, `"${old.trim()}" is "${other.trim()}"`, changed(line, 1, [replaced]));
    }),
  );
}

/** What makes no difference, and why. */
const INDIFFERENT: readonly (readonly [what: string, text: string, why: string])[] = [
  ['">" is "≥"', "if send_offset > receive_offset", "buffers at one place are unusable"],
  ["swapped with the next", "if command = RX_COMPLETE: IDR", "one of the two is made"],
  ["swapped with the next", "if command = RX_COMPLETE: ODR", "one of the two is made"],
];

/** Each line of the rounds dropped and exchanged in, and each two neighbours swapped that are steps. */
export function allMutants(): readonly Mutant[] {
  const steps = new Map<number, string | undefined>();
  for (const { name, body } of LISTINGS.values()) {
    if (!name.endsWith("_main")) eachStatement(body, ({ line, step }) => steps.set(line, step));
  }
  const mutants = [...steps].flatMap(([line, step]) => [
    ...withoutLine(line),
    ...(step !== undefined && steps.get(line + 1) !== undefined ? withLinesSwapped(line) : []),
    ...withExchanges(line),
  ]);
  return mutants.filter(({ what }) => !INDIFFERENT.some(([change, text]) => what.startsWith(`${change}: ${text}`)));
}

/** The procedures that arithmetic.ts compares. */
const COMPUTING = ["common_version", "overhead", "usable", "open_session", "size_to_ask", "answered_size", "own_mtu"];

function isComputing(line: number): boolean {
  const procedure = [...LISTINGS.values()].findLast((candidate) => candidate.line <= line);
  return procedure !== undefined && COMPUTING.includes(procedure.name);
}

/** Who notices: the arithmetic, a trace, or a numbered run; undefined if none of them does. */
export function noticedBy({ line, program }: Mutant, runs: number): string | undefined {
  if (
    isComputing(line) &&
    isThrown(() => {
      checkArithmetic(program);
    })
  )
    return "arithmetic";
  for (const side of TRACE_SIDES) {
    if (isThrown(() => playSide(program, side))) return `trace ${side.trace}, ${side.role}`;
  }
  for (let seed = 1; seed <= runs; seed++) {
    const visited = new Set<number>();
    if (
      isThrown(() => {
        randomRun({ program, visited }, seed);
      })
    )
      return `run ${String(seed)}`;
  }
  return undefined;
}

function isThrown(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
