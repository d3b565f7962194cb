/** Every requirement has a test, and nothing cites a requirement that there is not. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { MCTP_COUNTERS } from "../../src/core/mctp/counters.ts";
import { codeCitations } from "../../spec/generator/conformance/code-citations.ts";
import { gatherEvidence, type Evidence } from "../../spec/generator/conformance/evidence.ts";
import { conformanceText } from "../../spec/generator/conformance/list.ts";
import { needlessExceptions, testedInOneWing, uncited, untested } from "../../spec/generator/conformance/rules.ts";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { projectFiles, type ProjectFile } from "../../spec/generator/project-files.ts";
import { citations } from "../../src/core/spec/citations.ts";
import { duplicates, gaps, type Requirement } from "../../src/core/spec/requirements.ts";
import { PROJECT, specification } from "./requirements.ts";

const { requirements } = specification;
const malformed = specification.documents.flatMap((document) => document.malformed);
const known = new Set(requirements.map(({ id }) => id));

function unknownCitations(files: readonly ProjectFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    citations(text)
      .filter((id) => !known.has(id))
      .map((id) => `${path}: ${id}`),
  );
}

describe("the requirements of the specification", () => {
  test("there are some, each on a line of its own that says SHALL, SHOULD or MAY", () => {
    expect(requirements.length).toBeGreaterThan(50);
    expect(malformed).toEqual([]);
    expect(requirements.filter(({ text }) => !/\b(SHALL|SHOULD|MAY)\b/.test(text)).map(({ id }) => id)).toEqual([]);
  });

  test("are numbered from 1 in each area, without gap or duplicate", () => {
    expect(duplicates(requirements.map(({ id }) => id))).toEqual([]);
    expect(gaps(requirements)).toEqual([]);
  });
});

describe("citations", () => {
  test("in sources name requirements that exist", () => {
    expect(unknownCitations(projectFiles(PROJECT, ["src", "host", "bmc"], /\.(ts|mjs)$/))).toEqual([]);
  });

  test("in tests name requirements that exist", () => {
    expect(unknownCitations(projectFiles(PROJECT, ["test"], /\.(ts|md|c)$/))).toEqual([]);
  });

  test("in the specification and its annexes name requirements that exist", () => {
    expect(unknownCitations(projectFiles(PROJECT, ["spec"], /\.(md|h)$/))).toEqual([]);
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

  test("the conformance list is made of this", () => {
    const list = readFileSync(join(PROJECT, "spec", "conformance.md"), "utf8");
    expect(list).toBe(conformanceText(specification, evidence));
    expect(requirements.filter(({ id }) => !list.includes(`\n### ${id}\n`))).toEqual([]);
  });
});

describe("the rules of coverage", () => {
  const requirement = (number: number, bound: Requirement["bound"]): Requirement => {
    const id = ["LPC", "ONE", String(number)].join("-");
    return { id, area: "ONE", number, bound, versions: undefined, text: "" };
  };
  const evidence = (tests: readonly string[], code: readonly string[]): Evidence => ({
    tests: tests.map((path) => ({ path, titles: ["title"] })),
    code: code.map((path) => ({ path, symbols: [] })),
  });
  const [one, two, three] = [requirement(1, "Host"), requirement(2, "BMC"), requirement(3, "Both")] as const;
  const all = [one, two, three];

  test("find what has no test and what has no code", () => {
    const found = new Map([
      [one.id, evidence(["test/host/role/a.test.ts"], [])],
      [two.id, evidence([], ["bmc/role/service.ts"])],
    ]);
    expect(untested(all, found, {})).toEqual([two.id, three.id]);
    expect(untested(all, found, { [two.id]: "the platform" })).toEqual([three.id]);
    expect(uncited(all, found, {})).toEqual([one.id, three.id]);
    expect(uncited(all, found, { [one.id]: "the platform" })).toEqual([three.id]);
  });

  test("find exceptions that are needless, or name nothing", () => {
    const found = new Map([
      [one.id, evidence([], [])],
      [two.id, evidence([], ["bmc/role/service.ts"])],
    ]);
    const exceptions = { [one.id]: "the platform", [two.id]: "nobody", [three.id]: "unknown" };
    expect(needlessExceptions(found, exceptions, {})).toEqual([two.id, three.id]);
    const tested = new Map([[one.id, evidence(["test/node/a.test.ts"], [])]]);
    expect(needlessExceptions(tested, {}, { [one.id]: "nothing to see" })).toEqual([one.id]);
  });

  test("find what only the wrong wing tests", () => {
    const found = (path: string) => new Map(all.map(({ id }) => [id, evidence([path], [])]));
    expect(testedInOneWing(all, found("test/host/role/a.test.ts"))).toEqual([two.id, three.id]);
    expect(testedInOneWing(all, found("test/bmc/role/a.test.ts"))).toEqual([one.id, three.id]);
    expect(testedInOneWing(all, found("test/node/a.test.ts"))).toEqual([]);
    const both = new Map([[three.id, evidence(["test/host/role/a.test.ts", "test/bmc/role/a.test.ts"], [])]]);
    expect(testedInOneWing([three], both)).toEqual([]);
  });
});

describe("how this is read", () => {
  test("titles are those of tests that are run", () => {
    const text = [
      'describe("group", () => {});',
      'test("plain", () => {});',
      'test.each([[1]])("of a table", () => {});',
      "it(`with ${String(1)}`, () => {});",
      'test.skip("left out", () => {});',
      'const testWithGcc = needsTool("gcc");',
      'testWithGcc("by a tool", () => {});',
      'needsTool("tmux")("by another", () => {});',
      'other("no test", () => {});',
    ].join("\n");
    expect(testTitles("sample.ts", text)).toEqual([
      ...["group", "plain", "of a table", "`with ${String(1)}`"],
      ...["by a tool", "by another"],
    ]);
  });

  test("citations of code are those of a declaration, or of the file by the comment that begins it", () => {
    const id = (number: number): string => ["LPC", "ONE", String(number)].join("-");
    const text = [
      `/** Keeps ${id(1)} to -2. */`,
      'import { a } from "./a.ts";',
      "",
      `/** As ${id(3)} has it. */`,
      "export function first(): void {",
      `  a(); // ${id(4)}, again ${id(4)}`,
      "}",
      "",
      `const SECOND = "${id(3)}";`,
      "",
      `/** ${id(5)} */`,
      "export class Third {",
      "  /** Nothing. */",
      "  readonly field = 1;",
      `  /** ${id(6)} */`,
      "  method(): void {}",
      "}",
    ].join("\n");
    expect(codeCitations("sample.ts", text)).toEqual([
      { id: id(1), symbol: undefined },
      { id: id(2), symbol: undefined },
      { id: id(3), symbol: "first" },
      { id: id(4), symbol: "first" },
      { id: id(3), symbol: "SECOND" },
      { id: id(5), symbol: "Third" },
      { id: id(6), symbol: "Third.method" },
    ]);
  });

  test("a comment right above the first declaration is the declaration's", () => {
    const id = ["LPC", "ONE", "1"].join("-");
    expect(codeCitations("sample.ts", `/** ${id} */\nexport const A = 1;\n`)).toEqual([{ id, symbol: "A" }]);
  });
});
