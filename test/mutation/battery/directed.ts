/** How a directed run is written down. */
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { BatteryRun, RunTimes } from "./run.ts";
import { Stage, type StageOptions } from "./stage.ts";

/** Clause 13.2, and what the project's sides are configured with where nothing else is said. */
const TIMES: RunTimes = { announce: 500, refused: 1000, stop: 500 };

const BOTH: readonly RoleName[] = ["host", "bmc"];
const DEFAULT_WINDOW = 16 * 1024;

type Play = (stage: Stage) => void;

interface DirectedOptions extends StageOptions {
  readonly usualVersions?: true;
}

function directed(judged: readonly RoleName[], name: string, play: Play, options: DirectedOptions = {}): BatteryRun {
  const { depth = 0, windowBytes = DEFAULT_WINDOW } = options;
  const run: BatteryRun["rows"] = (strict = false) => {
    const stage = new Stage({ ...options, windowBytes });
    try {
      play(stage);
    } catch (error) {
      // A peer that does as the specification has it finds no sense in what a mistaken side did, which may fail, too.
      if (strict) throw error;
    }
    return stage.rows;
  };
  const usualVersions = options.usualVersions === true;
  return { name, judged, depth, windowBytes, usualVersions, times: TIMES, rows: run };
}

/** Both sides are the project's own. */
export function ofBoth(name: string, play: Play, options?: DirectedOptions): BatteryRun {
  return directed(BOTH, `pair/${name}`, play, options);
}

/** The project's host against a scripted BMC. */
export function ofHost(name: string, play: Play, options?: DirectedOptions): BatteryRun {
  return directed(["host"], `host/${name}`, play, options);
}

/** The project's BMC against a scripted host. */
export function ofBmc(name: string, play: Play, options?: DirectedOptions): BatteryRun {
  return directed(["bmc"], `bmc/${name}`, play, options);
}
