/** Conformance runs in virtual time: one of the project's own sides, or a model of a deployed one, on a board in memory. */
import type { RoleName } from "../../src/core/binding/side.ts";
import { BMC_CASES } from "../../src/conform/bmc/cases.ts";
import { HOST_CASES } from "../../src/conform/host/cases.ts";
import type { CaseResult, RunOptions, RunResult } from "../../src/conform/run.ts";
import { testBmc, testHost } from "../../src/conform/run.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { VirtualBmc, type VirtualBmcOptions } from "./virtual-bmc.ts";
import { VirtualHost, type VirtualHostOptions } from "./virtual-host.ts";

/** How often a side looks at STR where nothing wakes it, in milliseconds. */
export const POLL = 20;
const WAITS = { patience: 1000, silence: 60 } as const;

export interface VirtualOptions extends Omit<VirtualHostOptions, "poll">, Omit<VirtualBmcOptions, "poll"> {
  /** Only cases whose names this holds for. */
  readonly only?: (name: string) => boolean;
  readonly poll?: number;
}

/** Runs the cases for a side against the project's own one. */
export async function conformVirtually(
  tested: RoleName,
  { only, poll = POLL, ...options }: VirtualOptions = {},
): Promise<RunResult> {
  return tested === "bmc"
    ? conformBmcOn(new VirtualBmc({ ...options, poll }), only)
    : conformHostOn(new VirtualHost({ ...options, poll }), only);
}

/** Runs the cases against a BMC that was made elsewhere, of other code perhaps. */
export async function conformBmcOn(
  bmc: VirtualBmc,
  only: (name: string) => boolean = () => true,
  isEnough?: (result: CaseResult) => boolean,
): Promise<RunResult> {
  const cases = BMC_CASES.filter(({ name }) => only(name));
  return testBmc(bmc.board.host, cases, optionsOf(bmc, isEnough));
}

/** Runs the cases against a host that was made elsewhere. */
export async function conformHostOn(
  host: VirtualHost,
  only: (name: string) => boolean = () => true,
  isEnough?: (result: CaseResult) => boolean,
): Promise<RunResult> {
  const cases = HOST_CASES.filter(({ name }) => only(name));
  return testHost(host.board.bmc, cases, optionsOf(host, isEnough));
}

/** `isEnough`: told of every case; true ends the run. */
function optionsOf(tested: VirtualBmc | VirtualHost, isEnough?: (result: CaseResult) => boolean): RunOptions {
  let isEnded = false;
  return {
    surroundings: surroundingsOf(tested),
    depth: tested.board.depth,
    onResult: (result) => {
      isEnded ||= isEnough?.(result) === true;
    },
    isEnded: () => isEnded,
  };
}

function surroundingsOf(tested: VirtualBmc | VirtualHost): Surroundings {
  return {
    now: () => tested.now,
    pause: (milliseconds) => {
      tested.pause(milliseconds);
      return Promise.resolve();
    },
    restart: () => {
      tested.restart();
      return Promise.resolve();
    },
    stop: () => {
      tested.stop();
      return Promise.resolve();
    },
    ...WAITS,
  };
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
