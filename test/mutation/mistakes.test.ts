/** The mistakes find their places in the sources, and name what there is. Nothing is run: `npm run mutation` does that. */
import { describe, expect, test } from "@jest/globals";
import { transformSync } from "@swc/core";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BMC_STEPS } from "../../bmc/role/steps.ts";
import { HOST_STEPS } from "../../host/role/steps.ts";
import { KEPT_ELSEWHERE, SHOWN_BY_NO_TEST } from "../../spec/generator/conformance/rules.ts";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { RUNS } from "./battery/runs.ts";
import { carriedOut, filesOf, titlePattern, type Indifference, type Mistake } from "./mistake.ts";
import { INDIFFERENT, MISTAKES } from "./mistakes.ts";
import { SCENARIOS } from "./scenarios.ts";

const SMALLEST_NUMBER = 170;
const ALL: readonly (Mistake | Indifference)[] = [...MISTAKES, ...INDIFFERENT];
const requirements = new Set(specification.requirements.map(({ id }) => id));
const steps = Object.keys({ ...HOST_STEPS, ...BMC_STEPS });
/** Numbered in the survey of deployed implementations; no behaviour has the number 23. */
const BEHAVIOURS = Array.from({ length: 24 }, (_, index) => `F${index + 1}`).filter((name) => name !== "F23");
const broken = new Set(MISTAKES.flatMap(({ breaks }) => breaks));
const sources = filesOf(PROJECT);

/** JavaScript without comments, so that only what the program does is compared; throws for what is no program. */
function compiled(text: string): string {
  return transformSync(text, { jsc: { parser: { syntax: "typescript" }, target: "es2022" } }).code;
}

/** What is wrong with each change, as it says itself. */
function complaints(look: (change: Mistake | Indifference) => string | undefined): readonly string[] {
  return ALL.flatMap((change) => {
    try {
      return look(change) ?? [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

describe("the mistakes", () => {
  test("find their places, change the code, and leave a program", () => {
    const stale = complaints((change) => {
      const isOther = [...carriedOut(change, sources)].some(
        ([file, text]) => compiled(text) !== compiled(sources.read(file)),
      );
      return isOther ? undefined : `${change.name}: changes nothing`;
    });
    expect(stale).toEqual([]);
  });

  test("are many, each with another name, and one who has to notice it", () => {
    const names = ALL.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(MISTAKES.length).toBeGreaterThanOrEqual(SMALLEST_NUMBER);
    const isLacking = ({ name, text, noticedBy, judgedAs, offBus }: Mistake): boolean =>
      name === "" || text === "" || noticedBy.length === 0 || (judgedAs.length === 0) === (offBus === undefined);
    expect(MISTAKES.filter(isLacking)).toEqual([]);
  });

  test("break requirements, steps and known behaviours that there are", () => {
    const known = (name: string): boolean =>
      requirements.has(name) || steps.includes(name) || BEHAVIOURS.includes(name);
    expect([...broken, ...INDIFFERENT.flatMap((change) => change.steps)].filter((name) => !known(name))).toEqual([]);
  });

  test("are noticed by configurations and tests, and shown by runs, that there are", () => {
    const runs = new Set(RUNS.map(({ name }) => name));
    expect(MISTAKES.map(({ shownBy }) => shownBy).filter((name) => !runs.has(name))).toEqual([]);
    const asked = MISTAKES.flatMap(({ noticedBy }) => noticedBy.flatMap((one) => ("test" in one ? one.test : [])));
    const titles = readdirSync(join(PROJECT, "test"), { recursive: true, encoding: "utf8" })
      .map((name) => `test/${name.replaceAll("\\", "/")}`)
      .filter((name) => name.endsWith(".test.ts") && asked.some((start) => name.startsWith(start)))
      .map((file) => ({ file, titles: testTitles(file, readFileSync(join(PROJECT, file), "utf8")) }));
    const seen = INDIFFERENT.flatMap(({ unseenIn }) => unseenIn.map((explore) => ({ explore })));
    const unknown = [...MISTAKES.flatMap(({ noticedBy }) => noticedBy), ...seen].filter((catcher) => {
      if ("explore" in catcher) return !SCENARIOS.has(catcher.explore);
      if ("run" in catcher) return true;
      const pattern = new RegExp(titlePattern(catcher.requirement));
      return !titles.some(
        (one) => one.file.startsWith(catcher.test) && one.titles.some((title) => pattern.test(title)),
      );
    });
    expect(unknown).toEqual([]);
  });
});

describe("what the mistakes cover", () => {
  test("every requirement of the two roles, but those that only a platform or a driver can break", () => {
    const areas = ["KCS", "REG", "BUF", "VER", "MTU", "HOST", "BMC", "ERR", "TIME"];
    const left = specification.requirements.filter(
      ({ area, id }) =>
        areas.includes(area) &&
        KEPT_ELSEWHERE[id] === undefined &&
        SHOWN_BY_NO_TEST[id] === undefined &&
        !broken.has(id),
    );
    // The size of the window, ordering of memory and bus, and the polls of what drives a side.
    expect(left.map(({ id }) => id)).toEqual(["LPC-REG-6", "LPC-KCS-9", "LPC-KCS-11", "LPC-TIME-4"]);
  });

  test("every behaviour that deployed implementations are known for", () => {
    expect(BEHAVIOURS.filter((name) => !broken.has(name))).toEqual([]);
  });

  test("every step of the procedures", () => {
    const named = new Set([...broken, ...INDIFFERENT.flatMap((change) => change.steps)]);
    expect(steps.filter((name) => !named.has(name))).toEqual([]);
  });
});
