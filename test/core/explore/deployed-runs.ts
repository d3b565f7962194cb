/** The cases with deployed sides as tests: which of them by how many states the record says they have, and what is judged. */
import { expect, test } from "@jest/globals";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { readExplorationRecord } from "../../../spec/generator/tables/exploration-record.ts";
import { tellRun, type ToldRun } from "../../../src/core/explore/run-trace.ts";
import { Search } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import { byteOf, isRegisterRow } from "../../../src/core/trace/format.ts";
import type { Case } from "./deployed-cases.ts";

/** A search of so many states takes a third of a second: `npm test` has those up to it, `npm run proofs` those above. */
export const QUICK_STATES = 16_000;
const STATE_LIMIT = 10_000_000;
const LIMIT_MILLISECONDS = 600_000;

/** Annex I shows it, `npm run exploration` writes it anew. */
const record = readExplorationRecord(process.cwd());
type Recorded = "ourHost" | "ourBmc" | "bothDeployed" | "leftOut";

/** Those of `cases` that have more than `above` states, and at most `upTo`: text, states, case. */
export function sized(
  cases: readonly Case[],
  recorded: Recorded,
  above: number,
  upTo: number,
): readonly (readonly [string, number, Case])[] {
  const sizes = new Map(record[recorded].map(({ text, states }) => [text, states]));
  return cases.flatMap((one) => {
    const size = sizes.get(one.scenario.text);
    if (size === undefined) throw new Error(`${one.scenario.text}: not in the record; run npm run exploration`);
    return size > above && size <= upTo ? [[one.scenario.text, size, one] as const] : [];
  });
}

/** One test for each of them. */
export function exploreEach(cases: readonly Case[], recorded: Recorded, above: number, upTo: number): void {
  test.each(sized(cases, recorded, above, upTo))(
    "%s: %p states",
    (_, size, one) => {
      explore(one, size);
    },
    LIMIT_MILLISECONDS,
  );
}

function explore({ scenario, finding: expected, showsF1: wantsF1 }: Case, size: number): void {
  const search = new Search(new World(scenario, WINDOW_BYTES), { stateLimit: STATE_LIMIT });
  const { finding, complete, states, ends } = search.run();
  expect(states).toBe(size);
  if (expected === undefined) {
    expect(finding).toBeUndefined();
    expect(complete).toBe(true);
    expect(ends).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(500);
    return;
  }
  expect(finding).toMatchObject({ kind: expected.kind, what: expect.stringMatching(expected.what) });
  const told = tellRun(new World(scenario, WINDOW_BYTES), finding?.moves ?? []);
  expect(told.moves.at(-1)?.violation).toBe(expected.kind === "broken" ? finding?.what : undefined);
  if (wantsF1) expect(showsF1(told)).toBe(true);
}

/**
 * The host takes a dummy, with Channel Active set in STR, by a look at STR that it was not yet set in; or is about to, for
 * the shortest run to where all is lost may end there.
 */
function showsF1({ moves }: ToldRun): boolean {
  let isActive = false;
  let lastLook = 0;
  let mayTakeDummy = false;
  let hasTaken = false;
  for (const { row } of moves) {
    if (row === undefined || !isRegisterRow(row)) continue;
    const value = byteOf(row);
    if (row.reg === "STR" && row.op === "kcs_write") isActive = (value & Status.CHANNEL_ACTIVE) !== 0;
    if (row.reg === "STR" && row.op === "kcs_read" && row.side === "host") lastLook = value;
    mayTakeDummy = isActive && (lastLook & Status.OBF) !== 0 && (lastLook & Status.CHANNEL_ACTIVE) === 0;
    hasTaken ||= mayTakeDummy && row.reg === "ODR" && row.op === "kcs_read" && value === Command.DUMMY;
  }
  return hasTaken || mayTakeDummy;
}
