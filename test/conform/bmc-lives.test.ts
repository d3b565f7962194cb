/** The project's own BMC before a conformance run, configured and driven in other ways: every case that can be played passes. */
import { expect, test } from "@jest/globals";
import { conformVirtually, failuresOf, notTestableOf, type VirtualOptions } from "./virtual-bench.ts";

const LIMIT_MILLISECONDS = 120_000;

const LIVES: readonly (readonly [string, VirtualOptions])[] = [
  ["one access at a time, on registers alone", { stepped: true }],
  ["one access at a time, behind a driver", { stepped: true, depth: 1 }],
  ["woken by nothing, each 50 ms", { sleepy: true, poll: 50 }],
  ["of version 1 alone", { bmc: { versions: { min: 1, cur: 1 } } }],
  ["of version 3 alone", { bmc: { versions: { min: 3, cur: 3 } } }],
  ["of versions 2 and 3 with an MTU of 64", { bmc: { versions: { min: 2, cur: 3 }, mtu: 64 } }],
];

test.each(LIVES)(
  "%s",
  async (_name, options) => {
    const run = await conformVirtually("bmc", options);
    expect(failuresOf(run)).toEqual([]);
    // What is left out needs versions or sizes that this BMC does not have.
    const lacking = /does not speak|did not pass|the MTU is 64|holds what fits/;
    expect(notTestableOf(run).filter((line) => !lacking.test(line))).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);
