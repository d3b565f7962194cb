/** The mistakes still fit the sources, and name what there is. Nothing is run: `npm run mutation` does that. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { titlePattern } from "./judge.ts";
import { edited, moved, replaced, swapped } from "./mistake.ts";
import { INDIFFERENT, MISTAKES } from "./mistakes.ts";
import { SCENARIOS } from "./scenarios.ts";

const SMALLEST_NUMBER = 40;
const requirements = new Set(specification.requirements.map(({ id }) => id));
const steps = new Set(specification.steps.map(({ id }) => id));
/** Numbered in the survey of deployed implementations; no behaviour has the number 23. */
const BEHAVIOURS = Array.from({ length: 24 }, (_, index) => `F${index + 1}`).filter((name) => name !== "F23");
const broken = new Set(MISTAKES.flatMap(({ breaks }) => breaks));

function source(file: string): string {
  return readFileSync(join(PROJECT, file), "utf8");
}

describe("the mistakes", () => {
  test("fit the sources, and change them", () => {
    const stale = [...MISTAKES, ...INDIFFERENT].flatMap(({ name, file, edits }) => {
      const text = source(file);
      try {
        return edited(text, edits) === text ? [`${name}: changes nothing`] : [];
      } catch (error) {
        return [`${name}: ${(error as Error).message}`];
      }
    });
    expect(stale).toEqual([]);
  });

  test("are many, each with a name of its own, and somebody who has to notice it", () => {
    const names = [...MISTAKES, ...INDIFFERENT].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(MISTAKES.length).toBeGreaterThanOrEqual(SMALLEST_NUMBER);
    expect(MISTAKES.filter(({ noticedBy }) => noticedBy.length === 0).map(({ name }) => name)).toEqual([]);
  });

  test("break requirements, steps and known behaviours that there are", () => {
    const unknown = [...broken].filter(
      (name) => !requirements.has(name) && !steps.has(name) && !BEHAVIOURS.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  test("are noticed by configurations and tests that there are", () => {
    const titles = new Map<string, readonly string[]>();
    const seen = INDIFFERENT.flatMap(({ unseenIn }) => unseenIn.map((explore) => ({ explore })));
    const unknown = [...MISTAKES.flatMap(({ noticedBy }) => noticedBy), ...seen].filter((catcher) => {
      if ("explore" in catcher) return !SCENARIOS.has(catcher.explore);
      const known = titles.get(catcher.test) ?? testTitles(catcher.test, source(catcher.test));
      titles.set(catcher.test, known);
      return !known.includes(catcher.title);
    });
    expect(unknown).toEqual([]);
  });
});

describe("what the mistakes cover", () => {
  test("every requirement of the two roles, but those that only a platform or a driver can break", () => {
    const areas = ["KCS", "REG", "BUF", "VER", "MTU", "HOST", "BMC", "ERR", "TIME"];
    const left = specification.requirements.filter(({ area, id }) => areas.includes(area) && !broken.has(id));
    // Ordering of memory and bus, and the polls of whoever drives a side.
    expect(left.map(({ id }) => id)).toEqual(["LPC-KCS-9", "LPC-KCS-11"]);
  });

  test("every behaviour that deployed implementations are known for", () => {
    expect(BEHAVIOURS.filter((name) => !broken.has(name))).toEqual([]);
  });

  test("every step of the procedures", () => {
    expect([...steps].filter((name) => !broken.has(name))).toEqual([]);
  });
});

describe("edits", () => {
  test("need exactly one place", () => {
    expect(edited("a b c", replaced("b", "d"))).toBe("a d c");
    expect(() => edited("a b b", replaced("b", "d"))).toThrow("there are 2 places");
    expect(() => edited("a c", replaced("b", "d"))).toThrow("there are 0 places");
  });

  test("swap and move", () => {
    expect(edited("a b c", swapped("a ", "b "))).toBe("b a c");
    expect(edited("a b c", moved("c", "b "))).toBe("a cb ");
  });
});

test("a title's placeholders stand for anything, the rest for itself", () => {
  expect(new RegExp(titlePattern("LPC-X: %s (1), %p: a.b")).test("group LPC-X: host (1), 7: a.b")).toBe(true);
  expect(new RegExp(titlePattern("LPC-X: %s (1), %p: a.b")).test("LPC-X: host (1), 7: a-b")).toBe(false);
});
