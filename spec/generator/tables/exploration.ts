/** The tables of spec/exploration.md, from the record of a full exploration. */
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { IMPOSSIBLE } from "../../../src/cli/explore/impossible.ts";
import type { Fragments } from "../fragments.ts";
import { impossibleFigurePath, searchImpossible } from "../figures/impossible.ts";
import {
  readExplorationRecord,
  readMistakesRecord,
  type ExplorationRecord,
  type RecordedCase,
} from "./exploration-record.ts";
import { markdownTable } from "./markdown-table.ts";

/** "31 831 817" */
function count(value: number): string {
  return value.toLocaleString("en").replaceAll(",", " ");
}

function totalLine({ machine, seconds, configurations }: ExplorationRecord): string {
  const states = configurations.reduce((sum, one) => sum + one.states, 0);
  const transitions = configurations.reduce((sum, one) => sum + one.transitions, 0);
  const largest = Math.max(...configurations.map(({ mebibytes }) => mebibytes));
  return (
    `Recorded: **${count(states)} states** and ${count(transitions)} transitions in ${String(configurations.length)} ` +
    `configurations, in ${String(seconds)} s on ${String(machine.cores)} cores (${machine.processor}, ` +
    `${String(machine.memoryGibibytes)} GiB, Node ${machine.node}), tables of ${String(largest)} MiB at most; nothing found.`
  );
}

function configurationTable({ configurations }: ExplorationRecord): string {
  const inTests = new Set(CONFIGURATIONS.filter(({ quick }) => quick).map(({ scenario }) => scenario.name));
  return markdownTable(
    ["configuration", "what may happen", "states", "transitions", "depth", "in every test run"],
    configurations.map(({ name, text, states, transitions, depth }) => [
      `\`${name}\``,
      text,
      count(states),
      count(transitions),
      String(depth),
      inTests.has(name) ? "yes" : "",
    ]),
  );
}

const FOUND_TEXT: Readonly<Record<string, string>> = {
  broken: "a rule is broken",
  stuck: "nothing more happens",
  circle: "the same again and again",
  lost: "no end can be reached any more",
};

function outcome({ found }: RecordedCase): string {
  if (found === undefined) return "holds";
  return `${FOUND_TEXT[found.kind] ?? found.kind}, in ${found.moves === 1 ? "1 move" : `${String(found.moves)} moves`}`;
}

function caseTable(cases: readonly RecordedCase[]): string {
  return markdownTable(
    ["case", "states", "outcome"],
    cases.map((one) => [one.text, count(one.states), outcome(one)]),
  );
}

function leftOutTable(cases: readonly RecordedCase[]): string {
  return markdownTable(
    ["left out", "what becomes of it"],
    cases.map((one) => [one.text, outcome(one)]),
  );
}

function impossibleTable(): string {
  return markdownTable(
    ["demanded", "refuted by", "moves", "clause"],
    IMPOSSIBLE.map((one) => {
      const { name, text } = one.scenario;
      const figure = `[\`${name}\`](${impossibleFigurePath(name).replace(/^spec\//, "")})`;
      return [text, figure, String(searchImpossible(one).finding.moves.length), one.clause];
    }),
  );
}

export function explorationFragments(project: string): Fragments {
  const record = readExplorationRecord(project);
  return new Map([
    ["exploration-total", totalLine(record)],
    ["exploration-configurations", configurationTable(record)],
    ["exploration-our-host", caseTable(record.ourHost)],
    ["exploration-our-bmc", caseTable(record.ourBmc)],
    ["exploration-both-deployed", caseTable(record.bothDeployed)],
    ["exploration-left-out", leftOutTable(record.leftOut)],
    ["exploration-impossible", impossibleTable()],
    ["exploration-mistakes", readMistakesRecord(project)],
  ]);
}
