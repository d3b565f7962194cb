/** Every requirement has a test, and nothing cites a requirement that there is not. */
import { describe, expect, test } from "@jest/globals";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { MCTP_COUNTERS } from "../../src/core/mctp/counters.ts";
import { gatherEvidence } from "../../spec/generator/conformance/evidence.ts";
import { needlessExceptions, testedInOneWing, uncited, untested } from "../../spec/generator/conformance/rules.ts";
import { projectFiles } from "../../spec/generator/project-files.ts";
import { citations } from "../../src/core/spec/citations.ts";
import { areasOf } from "../../src/core/spec/requirements.ts";
import { PROJECT, specification } from "./requirements.ts";

const { requirements } = specification;
const malformed = specification.documents.flatMap((document) => document.malformed);
const known = new Set(requirements.map(({ id }) => id));

describe("the requirements of the specification", () => {
  test("there are some, each on a line of its own that says shall, should or may", () => {
    expect(requirements.length).toBeGreaterThan(50);
    expect(malformed).toEqual([]);
    expect(requirements.filter(({ text }) => !/\b(shall|should|may)\b/.test(text)).map(({ id }) => id)).toEqual([]);
  });

  test("are numbered from 1 in each area, without gap or duplicate", () => {
    for (const members of areasOf(requirements).values()) {
      expect(members.map(({ id }) => id)).toEqual(members.map(({ area }, index) => `LPC-${area}-${String(index + 1)}`));
    }
  });
});

describe("citations", () => {
  test.each([
    ["sources", ["src", "host", "bmc"], /\.(ts|mjs)$/],
    ["tests", ["test"], /\.(ts|md|c)$/],
    ["the specification and its annexes", ["spec"], /\.(md|h)$/],
  ] as const)("in %s name requirements that exist", (_where, folders, ending) => {
    const unknown = projectFiles(PROJECT, folders, ending).flatMap(({ path, text }) =>
      citations(text).flatMap((id) => (known.has(id) ? [] : [`${path}: ${id}`])),
    );
    expect(unknown).toEqual([]);
  });

  test("of every counter name a requirement that exists, or a clause of DSP0236", () => {
    const counters = [...Object.entries(BINDING_COUNTERS), ...Object.entries(MCTP_COUNTERS)];
    const wrong = counters.filter(([, { clause }]) => !known.has(clause) && !/^DSP0236 \d+(\.\d+)*$/.test(clause));
    expect(wrong).toEqual([]);
  });
});

describe("coverage", () => {
  const evidence = gatherEvidence(PROJECT, requirements);

  test("every requirement is cited by the title of a test that is run, or said to be shown by none", () => {
    expect(untested(requirements, evidence)).toEqual([]);
  });

  test("every requirement is cited by code that keeps it, or said to be kept elsewhere", () => {
    expect(uncited(requirements, evidence)).toEqual([]);
    expect(needlessExceptions(evidence)).toEqual([]);
  });

  test("no requirement is tested in one wing alone while the other is bound", () => {
    expect(testedInOneWing(requirements, evidence)).toEqual([]);
  });
});
