/** Captions of figures and tables: read, numbered, cited; and all of spec/ has them. */
import { describe, expect, test } from "@jest/globals";
import { numberCaptions } from "../../spec/generator/captions.ts";
import { labelCitations, readCaption } from "../../src/core/spec/captions.ts";
import { BODY_FILE, type SpecFile } from "../../src/core/spec/specification.ts";
import { specification } from "../project/requirements.ts";

const TABLE = "| a |\n| --- |\n| 1 |\n";

function page(file: string, ...blocks: readonly string[]): SpecFile {
  return { file, text: `${blocks.join("\n\n")}\n` };
}

const body = (...blocks: readonly string[]): SpecFile => page(BODY_FILE, "# Body", ...blocks);
const annex = (...blocks: readonly string[]): SpecFile => page("annex-e.md", "# Annex E: board", ...blocks);

/** The blocks of the pages behind their titles, numbered. Fails for what is to be mended by hand. */
function numbered(...files: readonly SpecFile[]): readonly (readonly string[])[] {
  const { files: pages, problems } = numberCaptions(files);
  expect(problems).toEqual([]);
  return pages.map(({ text }) => text.trim().split(/\n\n+/).slice(1));
}

function problemsOf(...files: readonly SpecFile[]): readonly string[] {
  return numberCaptions(files).problems;
}

describe("a caption", () => {
  test.each([
    ["**Table 7** — Status register", "Table", "7", "Status register"],
    ["**Figure A.12** — A *b*", "Figure", "A.12", "A *b*"],
    ["**Table —** New", "Table", undefined, "New"],
    ["**Table N** — New", "Table", undefined, "New"],
    ["**Table 7** — Of two\nlines", "Table", "7", "Of two lines"],
  ])("%s", (text, kind, label, words) => {
    expect(readCaption(text.split("\n"), 0)).toMatchObject({ kind, label, text: words });
  });

  test.each(["Table 7 — no", "**Table 7**", "**Table 7** no dash", "**Tables 7** — no", "see **Table 7** — no"])(
    "is not: %s",
    (text) => {
      expect(readCaption([text], 0)).toBeUndefined();
    },
  );
});

describe("citations of figures and tables", () => {
  test.each<readonly [text: string, ...labels: string[]]>([
    ["see Table 7.", "Table 7"],
    ["Tables 7, A.1 and 9, Figure 3", "Table 7", "Table A.1", "Table 9", "Figure 3"],
    ["Table\n7", "Table 7"],
    ["DSP0236, Table 7; Table 7 of DSP0236; table 7; Tables"],
    ["Figure 7.1 is none of ours"],
  ])("%j", (text, ...labels) => {
    expect(labelCitations(text).map(({ kind, label }) => `${kind} ${label}`)).toEqual(labels);
  });
});

describe("numbering", () => {
  test("counts in the order of the text, in the body by numbers, in an annex by its letter", () => {
    expect(
      numbered(
        body("**Table 9** — One", TABLE, "**Table —** Two", TABLE, "![Seen](figures/a.svg)"),
        annex("**Table 1** — Three", "<!-- generated: three -->", TABLE),
        page("conformance.md", "# Conformance", "**Table —** Four", TABLE),
      ),
    ).toEqual([
      ["**Table 1** — One", TABLE.trim(), "**Table 2** — Two", TABLE.trim()].concat([
        "![Figure](figures/a.svg)",
        "**Figure 1** — Seen",
      ]),
      ["**Table E.1** — Three", "<!-- generated: three -->", TABLE.trim()],
      ["**Table 3** — Four", TABLE.trim()],
    ]);
  });

  test("changes nothing a second time", () => {
    const { files } = numberCaptions([body("**Table —** One", TABLE, "![Seen](figures/a.svg)\n\nText of Figure 1.")]);
    expect(numberCaptions(files).files).toEqual(files);
  });

  test("texts that cite a number cite it as it is now, in every page, tables and code apart", () => {
    expect(
      numbered(
        body(
          "**Table —** New",
          TABLE,
          "**Table 1** — Old",
          TABLE,
          "Table 1, and Tables 1\nand E.4",
          "```\nTable 1\n```",
        ),
        annex("**Table E.4** — Of the annex: Table 1", TABLE),
      ),
    ).toEqual([
      ["**Table 1** — New", TABLE.trim(), "**Table 2** — Old", TABLE.trim()].concat([
        "Table 2, and Tables 2\nand E.1",
        "```\nTable 1\n```",
      ]),
      ["**Table E.1** — Of the annex: Table 2", TABLE.trim()],
    ]);
  });

  test("a number that two pages had is the one of the page that cites it, else the body's", () => {
    const list = page("conformance.md", "# Conformance", "**Table 1** — Two", TABLE, "see Table 1");
    const [, , conformance = []] = numbered(body("**Table 1** — One", TABLE), annex("see Table 1"), list);
    expect(conformance).toEqual(["**Table 2** — Two", TABLE.trim(), "see Table 2"]);
  });

  test("a figure without a caption is cited by its place", () => {
    const [blocks = []] = numbered(body("![Seen](figures/a.svg)", "see Figure 1"));
    expect(blocks.at(-1)).toBe("see Figure 1");
  });

  test("a generated caption without a number is the one of the same words before", () => {
    const earlier = new Map([["annex-e.md", "**Table E.2** — Made\n"]]);
    const files = [annex("**Table —** Made", TABLE, "Table E.2 says so")];
    const { files: pages, problems } = numberCaptions(files, earlier);
    expect(problems).toEqual([]);
    expect(pages[0]?.text).toContain("Table E.1 says so");
  });

  test.each<readonly [what: string, file: SpecFile, problem: string]>([
    ["a table without a caption", body(TABLE), "mctp-lpc.md, line 3: the table has no caption"],
    ["a caption with text behind it", body("**Table 1** — One", "Text.", TABLE), 'line 3: the caption "One" does not'],
    ["a figure that says nothing", body("![Figure](figures/a.svg)"), "line 3: the figure figures/a.svg has no caption"],
    ["a number that is not there", body("see Table 4"), "line 3: Table 4 is cited, and there is none"],
    [
      "a number that two had",
      body("**Table 1** — A", TABLE, "**Table 1** — B", TABLE, "see Table 1"),
      "Table 1 is cited, and that was 1 and 2",
    ],
  ])("%s is to be mended by hand", (_what, file, problem) => {
    expect(problemsOf(file)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});

describe("the specification", () => {
  const files = specification.documents.map(({ file, lines }) => ({ file, text: lines.join("\n") }));

  test("has a number and a caption on every figure and every table", () => {
    expect(specification.tables.length).toBeGreaterThan(90);
    expect(numberCaptions(files)).toEqual({ files, problems: [] });
  });
});
