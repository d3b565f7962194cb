/** The traces of spec/vectors, and which side of each can be replaced. */
import { SCENARIOS } from "../scenarios/all-scenarios.ts";
import type { Fragments } from "../fragments.ts";
import { VECTOR_RUNS } from "../vectors/vectors.ts";
import { markdownTable } from "./markdown-table.ts";

export function traceFragments(): Fragments {
  const rows = [...SCENARIOS, ...VECTOR_RUNS].map(({ name, title, configuration: { host, bmc }, isStepped }) => {
    const sides = [...(host.byHand ? [] : ["host"]), ...(bmc.byHand ? [] : ["BMC"])];
    return [`\`${name}\``, title, sides.join(", "), isStepped ? "yes" : "no"];
  });
  return new Map([["traces", markdownTable(["trace", "what it shows", "for testing", "stepped"], rows)]]);
}
