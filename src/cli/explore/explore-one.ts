/** One configuration explored, in this thread. */
import { Failure, messageOf } from "../../platform/failure.ts";
import { moveName, moveOf, type Move } from "../../core/explore/moves.ts";
import { tellRun, type ToldRun } from "../../core/explore/run-trace.ts";
import { Search } from "../../core/explore/search.ts";
import { World } from "../../core/explore/world.ts";
import type { Configuration } from "./configuration.ts";
import { CONFIGURATIONS } from "./configurations.ts";
import type { Exploration, FoundRun, Progress } from "./explorer.ts";
import { IMPOSSIBLE } from "./impossible.ts";
import { ONE_FENCE } from "./one-fence.ts";
import { WINDOW_BYTES } from "./models.ts";

const MEBIBYTE = 1024 * 1024;

const LONGEST_SHOWN = 40;
/** Names that an error proposes. */
const MOST_NEAR = 5;

/** A name as an error may repeat it. */
function shortened(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}

/** Throws a Failure that names those that are near. */
export function configurationNamed(name: string): Configuration {
  const all = [...CONFIGURATIONS, ...IMPOSSIBLE, ...ONE_FENCE];
  const found = all.find(({ scenario }) => scenario.name === name);
  if (found !== undefined) return found;
  const near = all.map(({ scenario }) => scenario.name).filter((one) => one.includes(name) || name.includes(one));
  throw new Failure(
    "unknown-configuration",
    `There is no configuration "${shortened(name)}"${near.length === 0 ? "" : `; near it: ${near.slice(0, MOST_NEAR).join(", ")}`}. mctp-lpc explore --list prints all ${String(all.length)}.`,
  );
}

export function exploreOne(name: string, stateLimit: number, onProgress: (progress: Progress) => void): Exploration {
  const { scenario } = configurationNamed(name);
  const started = performance.now();
  const search = new Search(new World(scenario, WINDOW_BYTES), {
    stateLimit,
    onProgress: (states, transitions, depth) => {
      onProgress({ name, states, transitions, depth });
    },
  });
  const { states, transitions, depth, ends, bytes, complete, finding } = search.run();
  return {
    name,
    text: scenario.text,
    states,
    transitions,
    depth,
    ends,
    complete,
    seconds: (performance.now() - started) / 1000,
    megabytes: bytes / MEBIBYTE,
    finding:
      finding === undefined
        ? undefined
        : { ...finding, moves: finding.moves.map(moveName), cycle: finding.cycle.map(moveName) },
  };
}

/** A run that was found, told again, its circle once round. Throws a Failure for moves that are not possible. */
export function tellAgain(name: string, { moves, cycle }: Pick<FoundRun, "moves" | "cycle">): ToldRun {
  const { scenario } = configurationNamed(name);
  const known: Move[] = [];
  for (const text of [...moves, ...cycle]) {
    const move = moveOf(text);
    if (move === undefined) throw new Failure("unknown-move", `"${shortened(text)}" is no move of a run`);
    known.push(move);
  }
  try {
    return tellRun(new World(scenario, WINDOW_BYTES), known);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure("impossible-run", `the run does not fit "${name}" as it is now: ${messageOf(error)}`);
  }
}
