/** Conformance runs in virtual time: one of the project's own sides, or a model of a deployed one, on a board in memory. */
import type { RoleName } from "../../src/core/binding/side.ts";
import { BMC_CASES } from "../../src/conform/bmc/cases.ts";
import { HOST_CASES } from "../../src/conform/host/cases.ts";
import type { CaseResult, RunResult } from "../../src/conform/run.ts";
import { testBmc, testHost } from "../../src/conform/run.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { Pair, type PairOptions } from "../support/pair.ts";

/** How often a side looks at STR where nothing wakes it, in milliseconds. */
const POLL = 20;

export interface VirtualOptions extends Omit<PairOptions, "starts" | "poll"> {
  /** Only cases whose names this holds for. */
  readonly only?: (name: string) => boolean;
}

/** Runs the cases for a side against the project's own one. */
export async function conformVirtually(tested: RoleName, options: VirtualOptions = {}): Promise<RunResult> {
  const { only = () => true, ...pairOptions } = options;
  const pair = new Pair({ ...pairOptions, starts: [tested], poll: POLL });
  const surroundings: Surroundings = {
    now: () => pair.now,
    pause: (milliseconds) => {
      if (milliseconds > 0) pair.pass(milliseconds);
      pair.settle();
      return Promise.resolve();
    },
    restart: () => {
      pair.end(tested, "killed");
      pair.start(tested);
      return Promise.resolve();
    },
    patience: 1000,
    silence: 60,
  };
  const run = { surroundings, depth: pair.board.depth };
  return tested === "bmc"
    ? testBmc(
        pair.hostPlatform,
        BMC_CASES.filter(({ name }) => only(name)),
        run,
      )
    : testHost(
        pair.bmcPlatform,
        HOST_CASES.filter(({ name }) => only(name)),
        run,
      );
}

/** What went wrong, a line each: "start/session: LPC-VER-1: …". */
export function failuresOf({ results }: RunResult): readonly string[] {
  return results.flatMap((result: CaseResult) => {
    const { outcome } = result;
    if (outcome.kind !== "fail") return [];
    const { requirement, seen, expected } = outcome.evidence;
    return [`${result.case.name}: ${requirement}: ${seen}; expected: ${expected}`];
  });
}

/** Names of the cases that could not be played, with why. */
export function notTestableOf({ results }: RunResult): readonly string[] {
  return results.flatMap(({ case: one, outcome }) =>
    outcome.kind === "notTestable" ? [`${one.name}: ${outcome.why}`] : [],
  );
}
