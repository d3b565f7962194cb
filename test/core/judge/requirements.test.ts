import { describe, expect, test } from "@jest/globals";
import { Judge } from "../../../src/core/judge/judge.ts";
import { JUDGED_LIST, UNJUDGED, sidesOf } from "../../../src/core/judge/requirements.ts";
import { specification } from "../../project/requirements.ts";

const { requirements } = specification;

describe("the judge's table of requirements", () => {
  test("names each of the specification once: judged, or why not", () => {
    const named = [...JUDGED_LIST, ...Object.keys(UNJUDGED)].sort();
    expect(named).toEqual(requirements.map(({ id }) => id).sort());
  });

  test("gives a reason for what is not judged", () => {
    expect(Object.entries(UNJUDGED).filter(([, why]) => why.length < 12)).toEqual([]);
  });

  test("a verdict on nothing has every judged requirement, not exercised", () => {
    const { standings, findings, breaks, accesses } = new Judge().verdict();
    expect(standings).toHaveLength(JUDGED_LIST.flatMap((id) => sidesOf(id)).length);
    expect(standings.every(({ state }) => state === "notExercised")).toBe(true);
    expect({ findings, breaks, accesses }).toEqual({ findings: [], breaks: 0, accesses: 0 });
  });
});
