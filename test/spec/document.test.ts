import { describe, expect, test } from "@jest/globals";
import { readDocument, withoutCode } from "../../src/core/spec/document.ts";
import { anchorMaker, plainText, splitHeading } from "../../src/core/spec/headings.ts";
import { readSpecification } from "../../src/core/spec/specification.ts";
import { readTables, rowCells } from "../../src/core/spec/tables.ts";
import { made, requirementLine } from "./made.ts";

describe("headings", () => {
  test.each([
    ["1 Scope", "1-scope"],
    ["10.1 H0 and H1: start-up", "101-h0-and-h1-start-up"],
    ["11.2 B2, B4, B5: service", "112-b2-b4-b5-service"],
    ["Annex E: virtual board (informative)", "annex-e-virtual-board-informative"],
    ["What `mctp_lpc.h` holds", "what-mctp_lpch-holds"],
    ["A — b & c", "a--b--c"],
    ["Größe [Δ]", "größe-δ"],
  ])("%s has the anchor #%s", (heading, anchor) => {
    expect(anchorMaker()(plainText(heading))).toBe(anchor);
  });

  test("a second heading of the same name has an anchor of its own, also where one looks like it", () => {
    const anchorOf = anchorMaker();
    expect(["Notes", "Notes", "notes", "Notes 1", "Notes-1"].map(anchorOf)).toEqual([
      "notes",
      "notes-1",
      "notes-2",
      "notes-1-1",
      "notes-1-2",
    ]);
  });

  test.each([
    ["7.2 Packet buffers", undefined, "7.2", "Packet buffers"],
    ["Annex E: virtual board", undefined, "E", "virtual board"],
    ["Annex E (informative): virtual board", undefined, "E", "virtual board (informative)"],
    ["Annex E Virtual board", undefined, "E", "Virtual board"],
    ["3 Register accesses", "E", "E.3", "Register accesses"],
    ["E.3.1 In C", "E", "E.3.1", "In C"],
    ["Foreword", "E", undefined, "Foreword"],
    ["Annexes there are", undefined, undefined, "Annexes there are"],
  ])("%s below annex %s: number %s", (text, letter, number, title) => {
    expect(splitHeading(text, letter)).toEqual({ number, title });
  });
});

describe("tables", () => {
  test("have headings and rows; a pipe may stand in a cell", () => {
    const lines = ["text", "| a | b |", "| --- | :-: |", "| 1 | x \\| y |", "| | `2` |", "", "| no table |"];
    expect(readTables(lines)).toEqual([
      {
        headings: ["a", "b"],
        rows: [
          ["1", "x | y"],
          ["", "`2`"],
        ],
        line: 1,
      },
    ]);
    expect(rowCells("| (v & 0xf4) \\| 1 |")).toEqual(["(v & 0xf4) | 1"]);
  });
});

describe("a document", () => {
  const text = [
    "# The binding",
    "## 1 One",
    requirementLine(made("ONE", 1)),
    `- ${made("ONE", 2)} is badly said`,
    "![What is seen](figures/x.svg)",
    "### 1.1 Steps",
    "| step | access | then |",
    "| --- | --- | --- |",
    `| H1.1 | read | (${made("ONE", 1)}, -3) |`,
    `| | write | ${made("ONE", 4)} |`,
    "| H1.2 | wait | |",
    "```sh",
    "# no heading",
    requirementLine(made("ONE", 9)),
    "```",
    "<!-- ## nor this",
    "## nor this -->",
    "## 2 Two",
    "| step | access |",
    "| --- | --- |",
    "| H1.1 | an example, no definition |",
  ].join("\n");
  const document = readDocument("mctp-lpc.md", text);

  test("has sections, each up to the next of its level or above", () => {
    const { sections } = document;
    expect(sections.map(({ number, title, level, line, end }) => [number, title, level, line, end])).toEqual([
      [undefined, "The binding", 1, 0, 21],
      ["1", "One", 2, 1, 17],
      ["1.1", "Steps", 3, 5, 17],
      ["2", "Two", 2, 17, 21],
    ]);
    const figures = [{ path: "figures/x.svg", text: "What is seen", caption: undefined, line: 4 }];
    expect(document).toMatchObject({ title: "The binding", letter: undefined, figures });
  });

  test("has requirements in their sections, and tells those that are badly said", () => {
    const { requirements, malformed } = document;
    expect(requirements.map(({ id, section, line }) => [id, section.number, line])).toEqual([[made("ONE", 1), "1", 2]]);
    expect(malformed).toEqual([`- ${made("ONE", 2)} is badly said`]);
  });

  test("has steps: rows without one of their own belong to the step above", () => {
    const { steps } = document;
    expect(steps.map(({ id, rows, requirements, line }) => [id, rows.length, requirements, line])).toEqual([
      ["H1.1", 2, [made("ONE", 1), made("ONE", 3), made("ONE", 4)], 8],
      ["H1.2", 1, [], 10],
    ]);
    expect(steps[0]?.rows[1]).toEqual(["", "write", made("ONE", 4)]);
  });

  test("of an annex has its letter, and sections that carry it", () => {
    const annex = readDocument("annex-x.md", "# Annex E: board (informative)\n\n## 1 Layout\n\n## E.2 Ways\n");
    expect(annex.letter).toBe("E");
    expect(annex.sections.map(({ number }) => number)).toEqual(["E", "E.1", "E.2"]);
  });

  test("keeps its lines where code and comments are blanked", () => {
    expect(withoutCode(["a", "````", "```", "# b", "````", "c"])).toEqual(["a", "", "", "", "", "c"]);
  });
});

describe("the specification", () => {
  test("is the body, the annexes by letter, and the rest", () => {
    const files = ["conformance.md", "annex-b.md", "annex-a.md", "mctp-lpc.md"].map((file) => ({
      file,
      text: { "annex-a.md": "# Annex B: b", "annex-b.md": "# Annex A: a" }[file] ?? `# ${file}`,
    }));
    expect(readSpecification(files).documents.map(({ file }) => file)).toEqual([
      "mctp-lpc.md",
      "annex-b.md",
      "annex-a.md",
      "conformance.md",
    ]);
  });
});
