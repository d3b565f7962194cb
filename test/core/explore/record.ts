/**
 * `npm run exploration`: explores everything there is, and records the sizes and findings that spec/exploration.md
 * shows. Ends with status 1, and records nothing, when something was found that should not be, or not found that should.
 *
 *     node dist/test/core/explore/record.js [FILE] [EXPLORED]
 *
 * EXPLORED is the output of `mctp-lpc explore --full --json` of this very commit: configurations that it has are not
 * explored again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { explore, type Exploration } from "../../../src/cli/explore/explorer.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { Search } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST, type Case } from "./deployed-cases.ts";
import { FAIRNESS, leastPatience, waitsOf, type FairnessCase } from "./fairness-cases.ts";
import type {
  ExplorationRecord,
  RecordedCase,
  RecordedFairness,
} from "../../../spec/generator/tables/exploration-record.ts";

const STATE_LIMIT = 40_000_000;
const GIBIBYTE = 2 ** 30;
const [file = "spec/figures/data/exploration.json", exploredFile] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function exploreCase({ scenario, finding: expected }: Case): RecordedCase {
  const { states, transitions, depth, finding, complete } = new Search(new World(scenario, WINDOW_BYTES), {
    stateLimit: STATE_LIMIT,
  }).run();
  const asExpected =
    expected === undefined
      ? finding === undefined && complete
      : finding?.kind === expected.kind && expected.what.test(finding.what);
  if (!asExpected) {
    throw new Error(
      `${scenario.text}: ${finding === undefined ? "nothing found" : `${finding.kind}, ${finding.what}`}`,
    );
  }
  say(`${scenario.text}: ${String(states)} states, ${finding?.kind ?? "nothing found"}`);
  const found = finding === undefined ? undefined : { kind: finding.kind, moves: finding.moves.length };
  return { text: scenario.text, states, transitions, depth, found };
}

function measureFairness(one: FairnessCase): RecordedFairness {
  const { text, depth, waits, packets } = one;
  for (const count of packets) {
    for (const role of ["host", "bmc"] as const) {
      const least = leastPatience(one, role, count, STATE_LIMIT);
      if (least === waitsOf(waits[role], count)) continue;
      throw new Error(`${text}, depth ${String(depth)}, ${String(count)} packets: ${role} ${String(least)}`);
    }
  }
  say(`${text}, depth ${String(depth)}: host ${String(waits.host)}, BMC ${String(waits.bmc)}`);
  return { text, pathDepth: depth, ...waits, packets };
}

interface Explored {
  readonly seconds: number;
  readonly explorations: readonly Exploration[];
}

/** What was explored before. */
function readExplored(): Explored {
  return exploredFile === undefined
    ? { seconds: 0, explorations: [] }
    : (JSON.parse(readFileSync(exploredFile, "utf8")) as Explored);
}

async function record(): Promise<void> {
  const before = readExplored();
  const known = new Map(before.explorations.map((one) => [one.name, one]));
  const names = CONFIGURATIONS.map(({ scenario }) => scenario.name);
  const started = performance.now();
  const explored = await explore(
    names.filter((name) => !known.has(name)),
    availableParallelism(),
    STATE_LIMIT,
    () => undefined,
    ({ name, states, finding }) => {
      say(`${name}: ${String(states)} states, ${finding === undefined ? "nothing found" : finding.what}`);
    },
  );
  const seconds = Math.round(before.seconds + (performance.now() - started) / 1000);
  for (const one of explored) known.set(one.name, one);
  const explorations = names.map((name) => known.get(name)!);
  const wrong = explorations.find(({ finding, complete }) => finding !== undefined || !complete);
  if (wrong !== undefined) throw new Error(`${wrong.name}: ${wrong.finding?.what ?? "not complete"}`);
  const exploration: ExplorationRecord = {
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      memoryGibibytes: Math.round(totalmem() / GIBIBYTE),
      node: process.version,
    },
    seconds,
    configurations: explorations.map(({ name, text, states, transitions, depth, megabytes }) => ({
      name,
      text,
      states,
      transitions,
      depth,
      mebibytes: Math.round(megabytes),
    })),
    ourHost: OUR_HOST.map(exploreCase),
    ourBmc: OUR_BMC.map(exploreCase),
    bothDeployed: BOTH_DEPLOYED.map(exploreCase),
    leftOut: LEFT_OUT.map(exploreCase),
    fairness: FAIRNESS.map(measureFairness),
  };
  writeFileSync(file, `${JSON.stringify(exploration, undefined, 2)}\n`);
  say(`written to ${file}`);
}

await record();
