/** The project's own host before a conformance run, configured and driven in other ways: every case that can be played passes. */
import { expect, test } from "@jest/globals";
import { conformVirtually, failuresOf, notTestableOf, type VirtualOptions } from "./virtual-bench.ts";

const LIMIT_MILLISECONDS = 120_000;

const LIVES: readonly (readonly [string, VirtualOptions])[] = [
  ["one access at a time, on registers alone", { stepped: true }],
  ["one access at a time, behind a driver", { stepped: true, depth: 1 }],
  ["of version 1 alone", { host: { versions: { min: 1, cur: 1 } } }],
  ["of versions 2 and 3 with an MTU of 1024", { host: { versions: { min: 2, cur: 3 }, mtu: 1024 } }],
];

test.each(LIVES)(
  "%s",
  async (_name, options) => {
    const run = await conformVirtually("host", options);
    expect(failuresOf(run)).toEqual([]);
    // What is left out needs a version that this host does not have, or one that it does not propose.
    const lacking =
      /proposes every version|did not pass|the host opened no session|speaks version 1 alone|speaks version/;
    expect(notTestableOf(run).filter((line) => !lacking.test(line))).toEqual([]);
  },
  LIMIT_MILLISECONDS,
);
