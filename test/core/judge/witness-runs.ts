/**
 * Runs that the explorer found to go wrong, judged as traces: the judge names the requirement that the exploration named.
 * An exploration names it by what went wrong, and by the mistake that one of its sides has.
 */
import { expect, test } from "@jest/globals";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { Move, moverOf } from "../../../src/core/explore/moves.ts";
import { rowOf, tellRun } from "../../../src/core/explore/run-trace.ts";
import type { Scenario } from "../../../src/core/explore/scenario.ts";
import { Search } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import type { Verdict } from "../../../src/core/judge/finding.ts";
import { Judge } from "../../../src/core/judge/judge.ts";
import { JUDGED_LIST } from "../../../src/core/judge/requirements.ts";
import { tellRow } from "../../../src/core/judge/rows.ts";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST } from "../explore/deployed-cases.ts";
import { sized } from "../explore/deployed-runs.ts";

const STATE_LIMIT = 3_000_000;
const LIMIT_MILLISECONDS = 120_000;

/**
 * A packet that was handed over in one session and sent whole in the next. The explorer marks its packets; on the bus it
 * is a message of its own like any other.
 */
const UNSEEN = /^F19: half a message goes on in the next session/;

/** The broken ones that have more than `above` states, and at most `upTo`, and that the bus shows. */
export function witnesses(above: number, upTo: number): readonly (readonly [string, Scenario])[] {
  return [
    ...sized(OUR_HOST, "ourHost", above, upTo),
    ...sized(OUR_BMC, "ourBmc", above, upTo),
    ...sized(LEFT_OUT, "leftOut", above, upTo),
    ...sized(BOTH_DEPLOYED, "bothDeployed", above, upTo),
  ]
    .filter(([text, , { finding }]) => finding?.kind === "broken" && !UNSEEN.test(text))
    .map(([text, , { scenario }]) => [text, scenario]);
}

function identifiers(text: string): readonly string[] {
  return (text.match(/LPC-[A-Z]+-\d+/g) ?? []).filter((id) => (JUDGED_LIST as readonly string[]).includes(id));
}

/** The run, and one access more of the side that is at fault: what it hands on shows when it goes on. */
function judgedRun(scenario: Scenario): { readonly named: readonly string[]; readonly verdict: Verdict } {
  const world = new World(scenario, WINDOW_BYTES);
  const { finding } = new Search(world, { stateLimit: STATE_LIMIT }).run();
  if (finding === undefined) throw new Error(`nothing is found in "${scenario.text}"`);
  const judge = new Judge({ windowBytes: WINDOW_BYTES, depth: scenario.depth, livesTold: true });
  const { moves, lastState } = tellRun(world, finding.moves);
  judge.host.started();
  judge.bmc.started();
  for (const { move, row } of moves) {
    if (move === Move.hostStart) judge.host.started();
    if (move === Move.bmcStart) judge.bmc.started();
    if (row !== undefined) tellRow(judge, row);
  }
  const atFault = /host|bmc/.exec(finding.what)?.[0];
  let isTold = false;
  world.expand(lastState, (move) => {
    const { made } = world;
    if (isTold || made === undefined || made.role !== atFault || moverOf(move) !== atFault) return;
    const row = rowOf(0, move, made, world.statusIn(world.next));
    isTold = row !== undefined;
    if (row !== undefined) tellRow(judge, row);
  });
  return { named: identifiers(`${finding.what} ${scenario.text}`), verdict: judge.verdict() };
}

export function judgeEach(scenarios: readonly (readonly [string, Scenario])[]): void {
  test.each(scenarios)(
    "%s",
    (_, scenario) => {
      const { named, verdict } = judgedRun(scenario);
      const found = verdict.findings.map(({ requirement }) => requirement);
      // Where the exploration names none, it is a mistake of a deployed peer that the bus may not show.
      if (named.length > 0) expect(found.filter((id) => named.includes(id))).not.toEqual([]);
      else expect(verdict.accesses).toBeGreaterThan(10);
    },
    LIMIT_MILLISECONDS,
  );
}
