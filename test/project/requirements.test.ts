/** Every requirement has a test, and nothing cites a requirement that there is not. */
import { describe, expect, test } from "@jest/globals";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { MCTP_COUNTERS } from "../../src/core/mctp/counters.ts";
import { codeCitations } from "../../spec/generator/conformance/code-citations.ts";
import { gatherEvidence } from "../../spec/generator/conformance/evidence.ts";
import { needlessExceptions, testedInOneWing, uncited, untested } from "../../spec/generator/conformance/rules.ts";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { projectFiles } from "../../spec/generator/project-files.ts";
import { citations } from "../../src/core/spec/citations.ts";
import { areasOf } from "../../src/core/spec/requirements.ts";
import { PROJECT, specification } from "./requirements.ts";

const { requirements } = specification;
const malformed = specification.documents.flatMap((document) => document.malformed);
const known = new Set(requirements.map(({ id }) => id));

describe("the requirements of the specification", () => {
  test("there are some, each on a line of its own that says SHALL, SHOULD or MAY", () => {
    expect(requirements.length).toBeGreaterThan(50);
    expect(malformed).toEqual([]);
    expect(requirements.filter(({ text }) => !/\b(SHALL|SHOULD|MAY)\b/.test(text)).map(({ id }) => id)).toEqual([]);
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

test("titles are those of tests that are run", () => {
  const text = [
    'describe("group", () => {});',
    'test.each([[1]])("of a table", () => {});',
    "it(`with ${String(1)}`, () => {});",
    'test.skip("left out", () => {});',
    'const testWithGcc = needsTool("gcc");',
    'testWithGcc("by a tool", () => {});',
    'other("no test", () => {});',
  ].join("\n");
  expect(testTitles("sample.ts", text)).toEqual(["group", "of a table", "`with ${String(1)}`", "by a tool"]);
});

test("citations of code are those of a declaration, or of the file by the comment that begins it", () => {
  const id = (number: number): string => ["LPC", "ONE", String(number)].join("-");
  const text = [
    `/** Keeps ${id(1)} to -2. */`,
    'import { a } from "./a.ts";',
    "",
    "export function first(): void {",
    `  a(); // ${id(4)}, again ${id(4)}`,
    "}",
    `const SECOND = "${id(3)}";`,
    "export class Third {",
    `  /** ${id(6)} */`,
    "  method(): void {}",
    "}",
  ].join("\n");
  expect(codeCitations("sample.ts", text)).toEqual([
    ...[1, 2].map((number) => ({ id: id(number), symbol: undefined })),
    { id: id(4), symbol: "first" },
    { id: id(3), symbol: "SECOND" },
    { id: id(6), symbol: "Third.method" },
  ]);
});
