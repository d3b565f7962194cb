/** `mctp-lpc status --watch`, `endpoints --watch`: looks again and again, and tells what has changed since the last look. */
import { Option } from "commander";
import { countIn } from "../agent/run-options.ts";
import { messageOf } from "../platform/failure.ts";
import { isTerminal, onOutputLost, terminalSize, writeText } from "../platform/standard-streams.ts";
import { complain, print, printJsonLine } from "./output.ts";
import { bold, plain, redrawn, type Line } from "./styled.ts";
import { hasColours } from "./terminal.ts";
import { withinTime } from "../node/within-time.ts";

/** Seconds between two looks. */
const DEFAULT_WATCH = 2;
const WATCH_RANGE = [1, 3600] as const;

export function watchOption(): Option {
  return new Option(
    "--watch [seconds]",
    `look again every so many seconds, 1 to 3600 (default: ${String(DEFAULT_WATCH)}), until Ctrl-C`,
  ).argParser(countIn(...WATCH_RANGE));
}

/** Of the option's value, which is true without a number. */
export function watchMilliseconds(given: number | true): number {
  return 1000 * (given === true ? DEFAULT_WATCH : given);
}

/** What one look found of one agent. */
export interface Look {
  /** "host on shm:/dev/shm/board" */
  readonly name: string;
  /** The first names the agent and its age. */
  readonly lines: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly json: object;
}

/** Accesses grow while nothing happens: the poll of STR has no end. */
const UNCHANGING = /^ {2}bus /;

/**
 * Prints until a signal comes or the output has no reader. `lookNow` may fail the first time, which is the command's
 * failure; later a failure is told in place of the status, for an agent may come back. `jsonOf`: what a line of --json holds.
 */
export async function watchStatus(
  lookNow: () => Promise<readonly Look[]>,
  milliseconds: number,
  json: boolean,
  jsonOf: (looks: readonly Look[]) => object = (looks) => looks.map((look) => look.json),
): Promise<void> {
  const ended = endOfWatch();
  const view = json ? new JsonView(jsonOf) : isTerminal("stdout") ? new ScreenView() : new PipeView();
  let found: readonly Look[] | undefined = await lookNow();
  let before: readonly Look[] = [];
  let then = performance.now();
  for (;;) {
    const now = performance.now();
    if (found !== undefined) {
      view.show(found.map((look) => changesOf(look, before, (now - then) / 1000)));
      before = found;
    }
    then = now;
    if ((await withinTime(ended, milliseconds)) === true) return;
    found = await lookNow().catch((error: unknown) => {
      view.trouble(messageOf(error));
      return undefined;
    });
  }
}

interface Changes {
  readonly look: Look;
  readonly isNew: boolean;
  /** Lines that were not there at the last look. */
  readonly lines: ReadonlySet<string>;
  /** "packetsSent  +120  60.0/s", a line each. */
  readonly rates: readonly string[];
}

/** Counters of an agent that started again begin anew: what they count is then told as it is. */
function changesOf(look: Look, before: readonly Look[], seconds: number): Changes {
  const last = before.find(({ name }) => name === look.name);
  const lines = look.lines.slice(1).filter((line) => !UNCHANGING.test(line) && last?.lines.includes(line) !== true);
  const grown = [...look.counts].flatMap(([name, count]) => {
    const growth = count - (last?.counts.get(name) ?? 0);
    return last === undefined || growth === 0 ? [] : [[name, growth < 0 ? count : growth] as const];
  });
  const width = Math.max(0, ...grown.map(([name]) => name.length));
  const rates = grown.map(([name, growth]) => {
    const rate = (growth / Math.max(seconds, 0.001)).toFixed(1);
    return `${name.padEnd(width)}  ${`+${String(growth)}`.padStart(8)}  ${rate.padStart(9)}/s`;
  });
  return { look, isNew: last === undefined, lines: new Set(lines), rates };
}

/** The whole status, drawn over; changed lines are bold. */
class ScreenView {
  #drawn = 0;

  show(all: readonly Changes[]): void {
    this.#draw(
      all.flatMap(({ look, isNew, lines, rates }) => [
        ...look.lines.map((text) => [!isNew && lines.has(text) ? bold(text) : plain(text)]),
        ...(rates.length === 0 ? [] : ["  changes", ...rates.map((rate) => `    ${rate}`)]).map((text) => [
          plain(text),
        ]),
      ]),
    );
  }

  trouble(text: string): void {
    this.#draw([[plain(text)]]);
  }

  /** Lines that were scrolled away could not be drawn over. */
  #draw(lines: readonly Line[]): void {
    const shown = lines.slice(0, Math.max(1, (terminalSize("stdout")?.rows ?? 1) - 1));
    writeText("stdout", redrawn(shown, this.#drawn, hasColours("stdout")));
    this.#drawn = shown.length;
  }
}

/** The whole status first, then a block for each change. */
class PipeView {
  #trouble = "";

  show(all: readonly Changes[]): void {
    this.#trouble = "";
    for (const { look, isNew, lines, rates } of all) {
      if (isNew) for (const line of look.lines) print(line);
      else if (lines.size + rates.length > 0) {
        print(`${clockText()} ${look.name}`);
        for (const line of lines) print(line);
        for (const rate of rates) print(`    ${rate}`);
      }
    }
  }

  trouble(text: string): void {
    if (text !== this.#trouble) print(`${clockText()} ${text}`);
    this.#trouble = text;
  }
}

/** An array a line, where something has changed. */
class JsonView {
  readonly #jsonOf: (looks: readonly Look[]) => object;

  constructor(jsonOf: (looks: readonly Look[]) => object) {
    this.#jsonOf = jsonOf;
  }

  show(all: readonly Changes[]): void {
    if (all.every(({ isNew, lines, rates }) => !isNew && lines.size + rates.length === 0)) return;
    printJsonLine(this.#jsonOf(all.map(({ look }) => look)));
  }

  trouble(text: string): void {
    complain(`mctp-lpc: ${text}`);
  }
}

function clockText(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** Resolves to true on the first signal, and when the output has no reader any more. */
function endOfWatch(): Promise<true> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve(true);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
    onOutputLost(end);
  });
}
