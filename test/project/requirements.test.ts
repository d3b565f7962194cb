/** Every requirement has a test, and nothing cites a requirement that there is not. */
import { describe, expect, test } from "@jest/globals";
import { BINDING_COUNTERS } from "../../src/binding/counters.ts";
import { MCTP_COUNTERS } from "../../src/mctp/counters.ts";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { projectFiles, type ProjectFile } from "../../spec/generator/project-files.ts";
import { citations } from "../../src/spec/citations.ts";
import { duplicates, gaps } from "../../src/spec/requirements.ts";
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
  test("there are some, each on a line of its own that says SHALL", () => {
    expect(requirements.length).toBeGreaterThan(50);
    expect(malformed).toEqual([]);
    expect(requirements.filter(({ text }) => !text.includes("SHALL")).map(({ id }) => id)).toEqual([]);
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
  test("every requirement is cited by the title of a test that is run", () => {
    const titles = projectFiles(PROJECT, ["test"], /\.test\.ts$/).flatMap(({ path, text }) => testTitles(path, text));
    const covered = new Set(titles.flatMap(citations));
    expect(requirements.filter(({ id }) => !covered.has(id)).map(({ id }) => id)).toEqual([]);
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
});
