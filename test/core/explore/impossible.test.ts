/**
 * What the wire of versions 1 to 3 cannot give: demanded, and refuted by a shortest run (specification A.4, Annex I.5).
 * And what a host without its second fences comes to behind a driver that holds a byte (Annex I.4).
 */
import { describe, expect, test } from "@jest/globals";
import { exploreOne, tellAgain } from "../../../src/cli/explore/explore-one.ts";
import { IMPOSSIBLE } from "../../../src/cli/explore/impossible.ts";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { ONE_FENCE } from "../../../src/cli/explore/one-fence.ts";
import { drawnRun } from "../../../src/core/explore/run-drawing.ts";
import { tellRun, type ToldRun } from "../../../src/core/explore/run-trace.ts";
import { Search, type FindingKind } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";

function refutation(name: string): ToldRun & { readonly kind: FindingKind; readonly what: string } {
  const { scenario } = IMPOSSIBLE.find((one) => one.scenario.name === name)!;
  const { finding } = new Search(new World(scenario, WINDOW_BYTES), { stateLimit: 100_000 }).run();
  if (finding === undefined) throw new Error(`nothing refutes ${name}`);
  return { ...tellRun(new World(scenario, WINDOW_BYTES), finding.moves), kind: finding.kind, what: finding.what };
}

/** What the host has seen and done, up to the end of its session. */
function hostsView({ moves }: ToldRun): readonly string[] {
  return moves.flatMap(({ row }) => {
    if (row?.side !== "host") return [];
    const { n: _number, ...rest } = row;
    return [JSON.stringify(rest)];
  });
}

const REFUTED = [
  ["fate-received", "broken", /^packet 1 of the host is given up, and was received$/],
  ["fate-not-received", "broken", /^packet 1 of the host is given up, and was not received$/],
  ["dead-peer", "stuck", /^host active, transmit outstanding, waiting; bmc gone; STR c/],
  ["unseen-reset", "stuck", /bmc active.*STR 00/],
  ["missed-interrupt", "stuck", /^host active.*"hostSession":1,"bmcSession":1/],
  ["loss-at-stop", "broken", /^packet 1 of the host is given up, and was received$/],
] as const;

describe("what the wire cannot give", () => {
  test.each(REFUTED)("%s: %s", (name, kind, what) => {
    expect(refutation(name)).toMatchObject({ kind, what: expect.stringMatching(what) });
  });

  test("every one of them is tested", () => {
    expect(IMPOSSIBLE.map(({ scenario }) => scenario.name).sort()).toEqual(REFUTED.map(([name]) => name).sort());
  });

  test("a packet that was received and one that was not look the same to their sender", () => {
    const received = hostsView(refutation("fate-received"));
    const lost = hostsView(refutation("fate-not-received"));
    expect(received.length).toBeGreaterThan(20);
    expect(lost).toEqual(received);
  });
});

describe("LPC-KCS-13, LPC-HOST-4, LPC-HOST-6: one fence where two are asked for", () => {
  const named = ONE_FENCE.map((one) => [one.scenario.name, one] as const);

  test.each(named)("%s goes wrong behind a driver that holds a byte, without any fault", (name, { scenario }) => {
    expect(Object.values(scenario.faults).every((count) => count === 0)).toBe(true);
    const { finding } = exploreOne(name, 100_000, () => undefined);
    expect(finding).toMatchObject(
      name === "one-fence"
        ? { kind: "broken", what: "bmc receives a packet of session 1 in another (LPC-MCTP-6)" }
        : { kind: "stuck", what: expect.stringMatching(/^host resting.*"hostSession":0,"bmcSession":2/) },
    );
    const { marks } = drawnRun(tellAgain(name, finding!));
    expect(marks.map(({ text }) => text)).toContain("driver takes ff from IDR");
  });

  test.each(named)("%s is enough with registers alone", (_, { scenario }) => {
    const world = new World({ ...scenario, depth: 0 }, WINDOW_BYTES);
    const { finding, complete } = new Search(world, { stateLimit: 100_000 }).run();
    expect([finding, complete]).toEqual([undefined, true]);
  });
});

describe("a run as a drawing", () => {
  test("moves without an access are marks before the row that follows, what was broken is the last", () => {
    const { rows, marks } = drawnRun(refutation("fate-received"));
    expect(marks.map(({ side, text }) => `${side} ${text}`)).toEqual([
      "host is handed a packet",
      "bmc is killed",
      "bmc starts again",
      "lab packet 1 of the host is given up, and was received",
    ]);
    expect(marks.at(-1)?.before).toBe(rows.length);
    expect(rows.some((row) => row.step !== undefined)).toBe(false);
  });

  test("an outcome stands at the end of a run that broke nothing", () => {
    const { rows, marks } = drawnRun(refutation("dead-peer"), "nothing more happens");
    expect(marks.at(-1)).toEqual({ side: "lab", what: "happens", text: "nothing more happens", before: rows.length });
  });
});
