/** The lists of cases: names, requirements of the side under test, order. */
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BMC_CASES } from "../../src/conform/bmc/cases.ts";
import type { Case } from "../../src/conform/case.ts";
import { HOST_CASES } from "../../src/conform/host/cases.ts";
import { readSpecification } from "../../src/core/spec/specification.ts";
import { PROJECT } from "../support/processes.ts";

const FOLDER = join(PROJECT, "spec");
const { requirements } = readSpecification(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".md"))
    .map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") })),
);

describe.each([
  ["BMC", BMC_CASES as readonly Case<never>[]],
  ["Host", HOST_CASES as readonly Case<never>[]],
] as const)("the cases for a %s", (bound, cases) => {
  test("have names of their own, in a group", () => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z-]+\/[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(name))).toEqual([]);
  });

  test("say what is done in one sentence without its full stop", () => {
    expect(cases.filter(({ text }) => text.endsWith(".") || text.trim() === "").map(({ name }) => name)).toEqual([]);
  });

  test("name requirements that bind the side under test", () => {
    const binding = new Set(
      requirements.filter((one) => one.bound === bound || one.bound === "Both").map(({ id }) => id),
    );
    const others = cases.flatMap((one) =>
      one.requirements.filter((id) => !binding.has(id)).map((id) => [one.name, id]),
    );
    expect(others).toEqual([]);
    expect(cases.filter((one) => one.requirements.length === 0)).toEqual([]);
  });

  test("need only cases that come before them", () => {
    const seen = new Set<string>();
    for (const { name, needs = [] } of cases) {
      expect([name, needs.filter((needed) => !seen.has(needed))]).toEqual([name, []]);
      seen.add(name);
    }
  });
});
