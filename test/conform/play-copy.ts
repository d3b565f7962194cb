/**
 * A process's whole life: a conformance run, in virtual time, of a side of the copy that it was started in. Prints what
 * was found broken as JSON.
 */
import { conformVirtually } from "./virtual-bench.ts";

export interface Found {
  readonly case: string;
  readonly requirement: string;
}

const [, , side = "", mode = ""] = process.argv;
const tested = (["host", "bmc"] as const).find((name) => name === side);
if (tested === undefined) throw new Error(`there is no side "${side}"`);
const { results } = await conformVirtually(tested, { stepped: mode === "stepped" });
const found: readonly Found[] = results.flatMap(({ case: one, outcome }) =>
  outcome.kind === "fail" ? [{ case: one.name, requirement: outcome.evidence.requirement }] : [],
);
process.stdout.write(JSON.stringify(found));
