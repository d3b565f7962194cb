/** What `mctp-lpc explore` does with its options. */
import { drawnRun } from "../../core/explore/run-drawing.ts";
import { TOOL_OUTPUT, checkOutput, readNamedText } from "../../platform/opening.ts";
import { Failure, errnoOf, pathTrouble } from "../../platform/failure.ts";
import { asLines, harmlessJson } from "../../core/wire/harmless.ts";
import { ladderPart } from "../../core/trace/ladder-part.ts";
import { Ladder } from "../../core/trace/ladder.ts";
import { svgLadder } from "../../core/trace/svg-ladder.ts";
import { complain, print, printJson, writeResult } from "../output.ts";
import { ProgressLine, columnsOf } from "../terminal.ts";
import { CONFIGURATIONS } from "./configurations.ts";
import { configurationNamed, tellAgain } from "./explore-one.ts";
import { IMPOSSIBLE } from "./impossible.ts";
import { ONE_FENCE } from "./one-fence.ts";
import { explore, type Exploration, type FoundRun } from "./explorer.ts";
import { outcomeText } from "./outcome.ts";

export interface ExploreOptions {
  readonly list?: true;
  readonly full?: true;
  readonly json?: true;
  readonly jobs: number;
  readonly states: number;
  readonly replay?: string;
  readonly save?: string;
  readonly svg?: string;
}

interface SavedRun extends FoundRun {
  readonly configuration: string;
}

export async function runExplore(names: readonly string[], options: ExploreOptions): Promise<void> {
  const { list, replay } = options;
  if (names.length > 0 && (list === true || replay !== undefined || options.full === true)) {
    const other = list === true ? "--list" : replay === undefined ? "--full" : "--replay";
    throw new Failure("options", `Configurations by name do not go with ${other}: leave one or the other out.`);
  }
  if (list === true) {
    listConfigurations();
  } else if (replay !== undefined) {
    const saved = readRun(replay);
    printRun(saved.configuration, saved);
    if (options.svg !== undefined) drawRun(options.svg, saved.configuration, saved);
  } else {
    await search(names, options);
  }
}

async function search(names: readonly string[], options: ExploreOptions): Promise<void> {
  const chosen =
    names.length > 0
      ? names.map((name) => configurationNamed(name).scenario.name)
      : CONFIGURATIONS.filter(({ quick }) => quick || options.full === true).map(({ scenario }) => scenario.name);
  // A search takes seconds to minutes: what it finds must have a place to go.
  for (const path of [options.save, options.svg]) if (path !== undefined) checkWritable(path);
  const quiet = options.json === true;
  const shown = new ProgressLine("stderr");
  const searching = new Map<string, string>();
  if (!quiet) print(tableLine(["configuration", "states", "transitions", "depth", "seconds", "MiB", "found"]));
  const started = performance.now();
  const explorations = await explore(
    chosen,
    options.jobs,
    options.states,
    (progress) => {
      searching.set(
        progress.name,
        `${progress.name}: ${count(progress.states)} states, depth ${String(progress.depth)}`,
      );
      shown.update([...searching.values()].join(" · "));
    },
    (exploration) => {
      searching.delete(exploration.name);
      shown.clear();
      if (!quiet) print(rowOf(exploration));
    },
  );
  shown.clear();
  const seconds = (performance.now() - started) / 1000;
  if (quiet) printJson({ seconds, explorations });
  else conclude(explorations, seconds);
  const found = explorations.find(({ finding }) => finding !== undefined);
  if (found?.finding !== undefined) {
    if (options.save !== undefined) saveRun(options.save, found.name, found.finding);
    if (options.svg !== undefined) drawRun(options.svg, found.name, found.finding);
  } else {
    for (const path of [options.save, options.svg]) {
      if (path !== undefined) complain(`nothing was found: there is no run to be written to ${path}`);
    }
  }
  if (explorations.some(({ finding, complete }) => finding !== undefined || !complete)) process.exitCode = 1;
}

function conclude(explorations: readonly Exploration[], seconds: number): void {
  const sum = (pick: (exploration: Exploration) => number): number =>
    explorations.reduce((total, one) => total + pick(one), 0);
  print(
    tableLine([
      "together",
      count(sum((one) => one.states)),
      count(sum((one) => one.transitions)),
      "",
      seconds.toFixed(1),
      "",
      "",
    ]),
  );
  for (const { name, finding, complete } of explorations) {
    if (finding !== undefined) {
      print("");
      printRun(name, finding);
    } else if (!complete) {
      print("");
      print(`${name}: given up at the limit of states; --states sets it`);
    }
  }
}

function rowOf({ name, states, transitions, depth, seconds, megabytes, finding, complete }: Exploration): string {
  const found = finding !== undefined ? finding.kind : complete ? "nothing" : "not complete";
  return tableLine([
    name,
    count(states),
    count(transitions),
    String(depth),
    seconds.toFixed(1),
    megabytes.toFixed(0),
    found,
  ]);
}

const COLUMNS = [24, 13, 13, 7, 9, 7];

function tableLine(cells: readonly string[]): string {
  return cells
    .map((cell, index) =>
      index === 0 ? cell.padEnd(COLUMNS[0]!) : index < COLUMNS.length ? cell.padStart(COLUMNS[index]!) : `  ${cell}`,
    )
    .join("")
    .trimEnd();
}

function count(value: number): string {
  return value.toLocaleString("en").replaceAll(",", " ");
}

function listConfigurations(): void {
  for (const { scenario, quick } of CONFIGURATIONS) {
    print(`${scenario.name.padEnd(COLUMNS[0]!)} ${scenario.text}${quick ? "" : " (--full)"}`);
  }
  print("");
  print("What no procedures can give on this wire; each is found to fail, by name only:");
  for (const { scenario } of IMPOSSIBLE) print(`${scenario.name.padEnd(COLUMNS[0]!)} ${scenario.text}`);
  print("");
  print("A host that leaves fences out; each is found to fail, by name only:");
  for (const { scenario } of ONE_FENCE) print(`${scenario.name.padEnd(COLUMNS[0]!)} ${scenario.text}`);
}

/* ---- Runs that went wrong ---- */

function printRun(name: string, run: FoundRun): void {
  print(`${name}: ${run.kind}, ${run.what}`);
  const ladder = new Ladder({ width: Math.min(columnsOf("stdout"), 120) });
  const { rows, marks } = drawnRun(tellAgain(name, run), outcomeText(run));
  print(ladder.header);
  for (const { text } of ladder.draw(ladderPart(rows, { marks }).shown)) print(text);
}

function drawRun(path: string, name: string, run: FoundRun): void {
  const { rows, marks } = drawnRun(tellAgain(name, run), outcomeText(run));
  const { text } = configurationNamed(name).scenario;
  writeResult("unwritable-run", path, svgLadder(rows, { title: `${name}: ${text}`, description: run.what, marks }));
  complain(`the drawing is in ${path}`);
}

/** Bytes of a saved run: those of this program are far smaller. */
const LARGEST_RUN_BYTES = 64 * 1024 * 1024;

/** Throws a Failure for a file that cannot be written. One that is there stays as it is. */
function checkWritable(path: string): void {
  checkOutput("unwritable-run", `write ${path}`, path, TOOL_OUTPUT);
}

function saveRun(path: string, configuration: string, run: FoundRun): void {
  const saved: SavedRun = { configuration, ...run };
  writeResult("unwritable-run", path, asLines([harmlessJson(JSON.stringify(saved, undefined, 2))]));
  complain(`the run is in ${path}`);
}

function readText(path: string): string {
  try {
    return readNamedText("unreadable-run", `read a run from ${path}`, path, LARGEST_RUN_BYTES);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const trouble = errnoOf(error) === "ENOENT" ? "there is no such file; --save writes one" : pathTrouble(error);
    throw new Failure("unreadable-run", `cannot read a run from ${path}: ${trouble}`, { cause: error });
  }
}

function readRun(path: string): SavedRun {
  const text = readText(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Failure("unreadable-run", `cannot read a run from ${path}: it is no JSON; --save writes a run`, {
      cause: error,
    });
  }
  const { configuration, kind, what, moves, cycle } = (parsed ?? {}) as Partial<SavedRun>;
  if (typeof configuration !== "string" || !Array.isArray(moves) || !Array.isArray(cycle)) {
    throw new Failure("unreadable-run", `${path} holds no run: --save writes one`);
  }
  if (![...(moves as unknown[]), ...(cycle as unknown[]), configuration, kind ?? "", what ?? ""].every(isPrintable)) {
    throw new Failure(
      "unreadable-run",
      `${path} holds no run that --save wrote: it has characters that no name of a move has`,
    );
  }
  return { configuration, kind: kind ?? "broken", what: what ?? "", moves, cycle };
}

/** Whether a text has only such characters as names of moves have. */
function isPrintable(text: unknown): boolean {
  return typeof text === "string" && !/\p{C}/u.test(text);
}
