/**
 * A process's whole life: a conformance run, in virtual time, of a side of a copy of the project. The tester is this
 * project's own. Prints what was found broken as JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as PairFile from "../support/pair.ts";
import type { Found } from "./mistakes.ts";
import { conformBmcOn, conformHostOn, POLL } from "./virtual-bench.ts";
import type * as VirtualBmcFile from "./virtual-bmc.ts";

const [, , copy = "", side = "", mode = ""] = process.argv;
const inCopy = (file: string): string => pathToFileURL(join(copy, "dist", "test", file)).href;

async function run(): ReturnType<typeof conformBmcOn> {
  if (side === "host") {
    const { Pair } = (await import(inCopy("support/pair.js"))) as typeof PairFile;
    return conformHostOn(new Pair({ starts: ["host"], poll: POLL }));
  }
  const { VirtualBmc } = (await import(inCopy("conform/virtual-bmc.js"))) as typeof VirtualBmcFile;
  return conformBmcOn(new VirtualBmc({ stepped: mode === "stepped", mayDie: true, poll: POLL }));
}

const { results } = await run();
const found: readonly Found[] = results.flatMap(({ case: one, outcome }) =>
  outcome.kind === "fail" ? [{ case: one.name, requirement: outcome.evidence.requirement }] : [],
);
process.stdout.write(JSON.stringify(found));
