/**
 * `npm run exploration`: explores everything there is, and records the sizes and findings that spec/exploration.md
 * shows. Ends with status 1, and records nothing, when something was found that should not be, or not found that should.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { explore } from "../../../src/cli/explore/explorer.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { Search } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST, type Case } from "./deployed-cases.ts";
import type { ExplorationRecord, RecordedCase } from "../../../spec/generator/tables/exploration-record.ts";

const STATE_LIMIT = 40_000_000;
const GIBIBYTE = 2 ** 30;
const file = process.argv[2] ?? "spec/figures/data/exploration.json";

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

async function record(): Promise<void> {
  const started = performance.now();
  const explorations = await explore(
    CONFIGURATIONS.map(({ scenario }) => scenario.name),
    availableParallelism(),
    STATE_LIMIT,
    () => undefined,
    ({ name, states, finding }) => {
      say(`${name}: ${String(states)} states, ${finding === undefined ? "nothing found" : finding.what}`);
    },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
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
  };
  writeFileSync(file, `${JSON.stringify(exploration, undefined, 2)}\n`);
  say(`written to ${file}`);
}

await record();
