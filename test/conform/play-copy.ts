/**
 * A process's whole life: a conformance run, in virtual time, of a side of a copy of the project, until one of the
 * requirements named is found broken. The tester is this project's own. Prints what was found broken as JSON.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CaseResult } from "../../src/conform/run.ts";
import type { Found } from "./mistakes.ts";
import { conformBmcOn, conformHostOn, POLL } from "./virtual-bench.ts";
import type * as VirtualBmcFile from "./virtual-bmc.ts";
import type * as VirtualHostFile from "./virtual-host.ts";

const [, , copy = "", side = "", mode = "", ...names] = process.argv;
/** A host outside of whose range a version of the binding lies, and that does not take all the room there is. */
const NARROW = { versions: { min: 2, cur: 3 }, mtu: 1024 } as const;
const inCopy = (file: string): string => pathToFileURL(join(copy, "dist", "test", file)).href;

function everyCase(): boolean {
  return true;
}

function isNamed({ outcome }: CaseResult): boolean {
  return outcome.kind === "fail" && names.includes(outcome.evidence.requirement);
}

async function run(): ReturnType<typeof conformBmcOn> {
  const options = { stepped: mode === "stepped", mayDie: true, poll: POLL };
  if (side === "host") {
    const { VirtualHost } = (await import(inCopy("conform/virtual-host.js"))) as typeof VirtualHostFile;
    const host = new VirtualHost(mode === "narrow" ? { ...options, host: NARROW } : options);
    return conformHostOn(host, everyCase, isNamed);
  }
  const { VirtualBmc } = (await import(inCopy("conform/virtual-bmc.js"))) as typeof VirtualBmcFile;
  return conformBmcOn(new VirtualBmc(options), everyCase, isNamed);
}

const { results } = await run();
const found: readonly Found[] = results.flatMap(({ case: one, outcome }) =>
  outcome.kind === "fail" ? [{ case: one.name, requirement: outcome.evidence.requirement }] : [],
);
process.stdout.write(JSON.stringify(found));
