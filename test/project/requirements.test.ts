/** Every requirement has a test, and nothing cites a requirement that there is not. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BINDING_COUNTERS } from "../../src/binding/counters.ts";
import { MCTP_COUNTERS } from "../../src/mctp/counters.ts";
import {
  PROJECT,
  citations,
  duplicates,
  gaps,
  projectFiles,
  readRequirements,
  testTitles,
  type ProjectFile,
} from "./requirements.ts";

const { requirements, malformed } = readRequirements(readFileSync(join(PROJECT, "spec", "mctp-lpc.md"), "utf8"));
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
    expect(unknownCitations(projectFiles(["src", "host", "bmc"], /\.(ts|mjs)$/))).toEqual([]);
  });

  test("in tests name requirements that exist", () => {
    expect(unknownCitations(projectFiles(["test"], /\.(ts|md|c)$/))).toEqual([]);
  });

  test("in the specification and its annexes name requirements that exist", () => {
    expect(unknownCitations(projectFiles(["spec"], /\.(md|h)$/))).toEqual([]);
  });

  test("of every counter name a requirement that exists, or a clause of DSP0236", () => {
    const counters = [...Object.entries(BINDING_COUNTERS), ...Object.entries(MCTP_COUNTERS)];
    const wrong = counters.filter(([, { clause }]) => !known.has(clause) && !/^DSP0236 \d+(\.\d+)*$/.test(clause));
    expect(wrong).toEqual([]);
  });
});

describe("coverage", () => {
  test("every requirement is cited by the title of a test that is run", () => {
    const titles = projectFiles(["test"], /\.test\.ts$/).flatMap(({ path, text }) => testTitles(path, text));
    const covered = new Set(titles.flatMap(citations));
    expect(requirements.filter(({ id }) => !covered.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

describe("how this is read", () => {
  // Put together, so that this file cites nothing that there is not.
  const made = (area: string, number: number): string => ["LPC", area, String(number)].join("-");

  test("gaps, duplicates and lines that are almost requirements are found", () => {
    const line = (id: string): string => `- **${id}** (Both): A side SHALL be.`;
    const text = [line(made("ONE", 1)), line(made("ONE", 3)), `- ${made("ONE", 4)}: not so`].join("\n");
    const read = readRequirements(text);
    expect(read.requirements.map(({ id }) => id)).toEqual([made("ONE", 1), made("ONE", 3)]);
    expect(read.malformed).toEqual([`- ${made("ONE", 4)}: not so`]);
    expect(gaps(read.requirements)).toEqual([made("ONE", 2)]);
    expect(duplicates(["a", "b", "a"])).toEqual(["a"]);
  });

  test("short forms of citations are written out", () => {
    const one = (number: number): string => made("ONE", number);
    expect(citations(`${one(9)} to -11`)).toEqual([one(9), one(10), one(11)]);
    expect(citations(`${one(1)}, -2 and -4, ${one(7)}.`)).toEqual([one(1), one(2), one(4), one(7)]);
    expect(citations("LPC-* is none")).toEqual([]);
  });

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
