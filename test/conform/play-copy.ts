/**
 * A process's whole life: a conformance run, in virtual time, of a side of a copy of the project. The tester is this
 * project's own. Prints what was found broken as JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Found } from "./mistakes.ts";
import { conformBmcOn, conformHostOn, POLL } from "./virtual-bench.ts";
import type * as VirtualBmcFile from "./virtual-bmc.ts";
import type * as VirtualHostFile from "./virtual-host.ts";

const [, , copy = "", side = "", mode = ""] = process.argv;
/** A host that a version of the binding lies outside of. */
const NARROW = { versions: { min: 2, cur: 3 } } as const;
const inCopy = (file: string): string => pathToFileURL(join(copy, "dist", "test", file)).href;

async function run(): ReturnType<typeof conformBmcOn> {
  const options = { stepped: mode === "stepped", poll: POLL };
  if (side === "host") {
    const { VirtualHost } = (await import(inCopy("conform/virtual-host.js"))) as typeof VirtualHostFile;
    return conformHostOn(new VirtualHost(mode === "versions 2 to 3" ? { ...options, host: NARROW } : options));
  }
  const { VirtualBmc } = (await import(inCopy("conform/virtual-bmc.js"))) as typeof VirtualBmcFile;
  return conformBmcOn(new VirtualBmc(options));
}

const { results } = await run();
const found: readonly Found[] = results.flatMap(({ case: one, outcome }) =>
  outcome.kind === "fail" ? [{ case: one.name, requirement: outcome.evidence.requirement }] : [],
);
process.stdout.write(JSON.stringify(found));
