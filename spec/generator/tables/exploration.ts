/** The tables of spec/exploration.md, from the record of a full exploration. */
import { CONFIGURATIONS } from "../../../src/cli/explore/configurations.ts";
import { IMPOSSIBLE } from "../../../src/cli/explore/impossible.ts";
import type { Fragments } from "../fragments.ts";
import { ONE_FENCE } from "../../../src/cli/explore/one-fence.ts";
import { impossibleFigurePath, oneFenceFigurePath, searchImpossible } from "../figures/impossible.ts";
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

/** Those with registers alone, or those behind a driver. */
function configurationTable({ configurations }: ExplorationRecord, pathDepth: 0 | 1): string {
  const depths = new Map(CONFIGURATIONS.map(({ scenario }) => [scenario.name, scenario.depth]));
  const withoutFull = new Set(CONFIGURATIONS.filter(({ quick }) => quick).map(({ scenario }) => scenario.name));
  return markdownTable(
    ["configuration", "what may happen", "states", "transitions", "depth", "without `--full`"],
    configurations
      .filter(({ name }) => depths.get(name) === pathDepth)
      .map(({ name, text, states, transitions, depth }) => [
        `\`${name}\``,
        text,
        count(states),
        count(transitions),
        String(depth),
        withoutFull.has(name) ? "yes" : "",
      ]),
  );
}

/** The first of the two tables has its caption in the page. */
function mistakesTables(record: string): string {
  return record.replace(/^(?=\| no mistake)/m, "**Table —** Changes that are no mistakes\n\n");
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

const AT_DEPTH_1 = "; depth 1";
const BYTE_LOST = "; depth 1, the driver's byte goes with the reset";

interface CaseRow {
  readonly text: string;
  /** With registers alone; with a driver whose byte outlives resets; with one whose byte does not. */
  readonly runs: readonly (RecordedCase | undefined)[];
}

/** Cases by their text, at both depths. */
function rowsOf(cases: readonly RecordedCase[]): readonly CaseRow[] {
  const byText = new Map(cases.map((one) => [one.text, one]));
  const texts = new Set(cases.map(({ text }) => text.split(AT_DEPTH_1)[0]!));
  return [...texts].map((text) => ({
    text,
    runs: ["", AT_DEPTH_1, BYTE_LOST].map((suffix) => byText.get(text + suffix)),
  }));
}

function cell(one: RecordedCase | undefined, text: (one: RecordedCase) => string): string {
  return one === undefined ? "" : text(one);
}

/** What came out at depth 1, where a reset may take the driver's byte or not. */
function outcomeAtDepth1([, held, lost]: CaseRow["runs"]): string {
  if (held === undefined || lost === undefined || isAlike(held, lost)) return cell(held ?? lost, outcome);
  return `${outcome(held)}; where the byte goes with the reset: ${outcome(lost)}`;
}

function isAlike(one: RecordedCase, other: RecordedCase): boolean {
  return one.found?.kind === other.found?.kind;
}

function caseTable(cases: readonly RecordedCase[]): string {
  return markdownTable(
    ["case", "states, depth 0", "outcome", "states, depth 1", "outcome"],
    rowsOf(cases).map(({ text, runs }) => [
      text,
      cell(runs[0], (one) => count(one.states)),
      cell(runs[0], outcome),
      cell(runs[1], (one) => count(one.states)),
      outcomeAtDepth1(runs),
    ]),
  );
}

function leftOutTable(cases: readonly RecordedCase[]): string {
  return markdownTable(
    ["left out", "what becomes of it, depth 0", "depth 1"],
    rowsOf(cases).map(({ text, runs }) => [text, cell(runs[0], outcome), outcomeAtDepth1(runs)]),
  );
}

function fairnessTable({ fairness }: ExplorationRecord): string {
  const bound = (waits: number | string): string => String(waits).replace("-", "−");
  return markdownTable(
    ["sides", "depth", "of the host", "of the BMC", "n"],
    fairness.map(({ text, pathDepth, host, bmc, packets }) => [
      text,
      String(pathDepth),
      bound(host),
      bound(bmc),
      packets.join(", "),
    ]),
  );
}

function oneFenceTable(): string {
  return markdownTable(
    ["fences", "what becomes of it", "moves", "instead of"],
    ONE_FENCE.map((one) => {
      const { name, text } = one.scenario;
      const { finding } = searchImpossible(one);
      const figure = `[\`${name}\`](${oneFenceFigurePath(name).replace(/^spec\//, "")})`;
      const moves = String(finding.moves.length);
      return [text, `${FOUND_TEXT[finding.kind] ?? finding.kind}: ${figure}`, moves, one.clause];
    }),
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
    ["exploration-configurations", configurationTable(record, 0)],
    ["exploration-depth-1", configurationTable(record, 1)],
    ["exploration-our-host", caseTable(record.ourHost)],
    ["exploration-our-bmc", caseTable(record.ourBmc)],
    ["exploration-both-deployed", caseTable(record.bothDeployed)],
    ["exploration-left-out", leftOutTable(record.leftOut)],
    ["exploration-one-fence", oneFenceTable()],
    ["exploration-fairness", fairnessTable(record)],
    ["exploration-impossible", impossibleTable()],
    ["exploration-mistakes", mistakesTables(readMistakesRecord(project))],
  ]);
}
