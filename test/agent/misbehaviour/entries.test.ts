/** Each misbehaviour: the judge names it, accuses the peer of nothing, and the channel works when it is over. */
import { describe, expect, test } from "@jest/globals";
import { BMC_STEPS } from "../../../bmc/role/steps.ts";
import { HOST_STEPS } from "../../../host/role/steps.ts";
import { STEPS, afterwardsOf, type Misdeed } from "../../../src/agent/misbehaviour/misdeed.ts";
import { MISDEEDS, misdeedsOf } from "../../../src/agent/misbehaviour/table.ts";
import { peerOf, sentBy, type RoleName } from "../../../src/core/binding/side.ts";
import { JUDGED, UNJUDGED } from "../../../src/core/judge/requirements.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { testMessage } from "../../support/endpoints.ts";
import { shortly } from "../../support/judging.ts";
import { MisbehavingRun } from "./run.ts";

/** Where the first occasion shows nothing: the host is too quick for the judge to miss the dummy of a start or of a close. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  "no-dummy": ["no-dummy@3"],
  length: ["length@1", "length:9@1", "length:4294967295@1"],
  "unknown-command": ["unknown-command@1", "unknown-command:0xfe@2"],
  negotiated: ["negotiated@1", "negotiated:0@1", "negotiated:2@1"],
  restart: ["restart@1", "restart:1@2"],
  "keep-channel-active": ["keep-channel-active@1", "restart@1,keep-channel-active@2"],
};
const BOTH = ["host", "bmc"] as const;
/** Mixes of misbehaviours, each drawn from its own seed. */
const MIXES = 24;

function sidesOf({ breaks }: Misdeed): readonly RoleName[] {
  return BOTH.filter((role) => role in breaks);
}

/** "LPC-KCS-2 host", of those that are about this side. */
function against(side: RoleName, run: MisbehavingRun, recorded: readonly RoleName[]): readonly string[] {
  return run
    .findings(recorded)
    .filter((finding) => finding.side === side)
    .map(shortly);
}

/** Nothing is said of the peer, whoever records. */
function expectNoAccusation(run: MisbehavingRun): void {
  const peer = peerOf(run.role);
  for (const recorded of [BOTH, [run.role], [peer]]) expect(against(peer, run, recorded)).toEqual([]);
}

const CASES = MISDEEDS.flatMap((misdeed) =>
  sidesOf(misdeed).flatMap((role) =>
    (LISTS[misdeed.name] ?? [`${misdeed.name}@1`]).map((list) => [list, role, misdeed] as const),
  ),
);

describe("a side that misbehaves once", () => {
  test.each(CASES)("%s of the %s", (list, role, misdeed) => {
    const { breaks, unseen } = misdeed;
    const run = new MisbehavingRun(role, list);
    run.run();
    run.recover(afterwardsOf(misdeed, role));
    expect(run.passes()).toEqual({ hostToBmc: true, bmcToHost: true });
    expect(run.times).toEqual(run.times.map(() => 1));
    expectNoAccusation(run);
    for (const recorded of [BOTH, [role]]) {
      const named = run.findings(recorded).map(({ requirement }) => requirement);
      if (unseen !== undefined && !list.includes(",")) expect(named).toEqual([]);
      else if (list.includes(",")) expect(named).toContain("LPC-BMC-1");
      else expect(named.filter((one) => breaks[role]!.includes(one))).not.toEqual([]);
    }
  });

  test.each(["no-rx-complete", "late-rx-complete:3000"])("%s: the peer reports a stall", (name) => {
    for (const role of BOTH) {
      const run = new MisbehavingRun(role, `${name}@1`);
      run.run();
      expect(run.stage.member(peerOf(role))!.side.state.counters.transmitStalled).toBe(1);
    }
  });

  test.each(BOTH)("hang of the %s: the peer reports a stall, and its packet is taken in the end", (role) => {
    const run = new MisbehavingRun(role, "hang:3000@1");
    const { stage } = run.up();
    const direction = sentBy(peerOf(role));
    const before = stage.now;
    for (const length of [10, 11]) stage.send(direction, testMessage(length, length));
    stage.runUntil(() => stage.member(role)!.received.length === 2, "both are taken");
    expect(stage.now - before).toBeGreaterThanOrEqual(3000);
    expect(stage.member(peerOf(role))!.side.state.counters.transmitStalled).toBe(1);
  });

  test("lose-interrupt: what it told of is found by the next poll, not before", () => {
    const run = new MisbehavingRun("bmc", "lose-interrupt");
    run.run();
    const before = run.stage.now;
    run.stage.deliver("hostToBmc", Uint8Array.of(0x7f, 1, 2, 3, 4));
    expect(run.stage.now - before).toBeGreaterThan(0);
    expect(run.times[0]).toBeGreaterThan(0);
  });

  test.each(BOTH)("restart of the %s: a session ends, and the next one is opened", (role) => {
    const run = new MisbehavingRun(role, "restart:300@1");
    run.run();
    const { stage } = run;
    expect(stage.member(peerOf(role))!.sessions).toBe(2);
    expect(stage.rows.filter((row) => row.op === "life" && row.side === role)).toHaveLength(2);
  });
});

describe("a side that misbehaves every time, and mixes", () => {
  test.each(MISDEEDS.flatMap((misdeed) => sidesOf(misdeed).map((role) => [misdeed.name, role] as const)))(
    "%s of the %s: no access of the peer is wrong",
    (name, role) => {
      const run = new MisbehavingRun(role, name, 1);
      run.run();
      run.stage.stop(role);
      expect(run.times[0]).toBeGreaterThan(0);
      expectNoAccusation(run);
    },
  );

  test.each(Array.from({ length: MIXES }, (_, seed) => seed))("seed %d: no access of the peer is wrong", (seed) => {
    const random = new SeededRandom(seed);
    const role = BOTH[random.below(2)]!;
    const names = misdeedsOf(role).map(({ name }) => name);
    const parts = Array.from(
      { length: 2 + random.below(3) },
      () => `${names[random.below(names.length)]!}%${String(10 + random.below(50))}`,
    );
    const list = parts.join(",");
    const run = new MisbehavingRun(role, list, seed % 2 === 0 ? 0 : 1);
    run.run();
    run.recover("newSession");
    run.passes();
    expect({ list, against: against(peerOf(role), run, BOTH) }).toEqual({ list, against: [] });
    expectNoAccusation(run);
  });
});

describe("the table", () => {
  test("each name is there once, and each requirement is one of its side", () => {
    const names = MISDEEDS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    for (const misdeed of MISDEEDS) {
      for (const role of sidesOf(misdeed)) {
        const sides = misdeed.breaks[role]!.map(
          (one) => (JUDGED as Readonly<Record<string, string>>)[one] ?? (one in UNJUDGED ? "both" : "none"),
        );
        expect([misdeed.name, sides.filter((side) => side !== role && side !== "both")]).toEqual([misdeed.name, []]);
      }
    }
  });

  test("the steps that both sides have are those of their tables", () => {
    const windowSteps = ["head", "payload", "trailer"];
    const accessOf = (name: string, writes: string): string =>
      name === "look" ? "readStatus" : windowSteps.includes(name) ? "writeWindow" : writes;
    for (const role of BOTH) {
      const tables: Readonly<Record<string, string>> = role === "host" ? HOST_STEPS : BMC_STEPS;
      const steps = Object.entries(STEPS[role]) as [string, string][];
      expect(steps.map(([, step]) => tables[step])).toEqual(
        steps.map(([name]) => accessOf(name, role === "host" ? "writeIdr" : "writeOdr")),
      );
    }
  });
});
