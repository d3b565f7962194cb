/** What the page of the specification is made of: references, drawings, links, and its search. */
import { describe, expect, test } from "@jest/globals";
import { rank, type SearchEntry } from "../../spec/generator/site/client/search.ts";
import { inlineDrawing, readDrawing } from "../../spec/generator/site/figures.ts";
import { renderDocument } from "../../spec/generator/site/markdown.ts";
import { findReferences } from "../../spec/generator/site/references.ts";
import { collectTargets } from "../../spec/generator/site/targets.ts";
import { drawing, element } from "../../src/core/drawing/svg.ts";
import { readSpecification, type Specification } from "../../src/core/spec/specification.ts";
import { made, requirementLine } from "./made.ts";

const BODY = [
  "# The Binding (TB) Proper",
  "",
  "Draft.",
  "",
  "## 1 One",
  "",
  "## 10 Ten",
  "",
  "### 10.1 H0 and H1: start",
  "",
  "**Table 1** — H0 and H1",
  "",
  "| step | access | then |",
  "| --- | --- | --- |",
  "| H1.3 | `write` | H1.4, |",
  "| | again | |",
  "| H1.4 | | |",
  "",
  "**Requirements**",
  "",
  ...[1, 2, 3].map((number) => requirementLine(made("ONE", number), "Host; version 3")),
  "",
  "![What is seen](figures/a.svg)",
].join("\n");

function specificationWith(annex: string): Specification {
  return readSpecification([
    { file: "mctp-lpc.md", text: BODY },
    { file: "annex-e.md", text: `# Annex E (informative): board\n\n## E.2 One\n\n${annex}\n` },
    { file: "conformance.md", text: `# Conformance\n\n## 1 One\n\n### ${made("ONE", 1)}\n` },
  ]);
}

/** The HTML of the annex with this text. */
function annexHtml(text: string): string {
  const specification = specificationWith(text);
  const document = specification.documents[1];
  if (document === undefined) throw new Error("there is no annex");
  return renderDocument(document, collectTargets(specification), () => "").html;
}

const targets = collectTargets(specificationWith("**Table E.1** — One\n\n| a |\n| --- |\n"));

describe("references", () => {
  const one = (number: number): string => made("ONE", number);

  test.each<readonly [text: string, ...links: (readonly [shown: string, target: string])[]]>([
    [`by ${one(1)} to -3.`, [one(1), one(1)], ["-3", one(3)]],
    [`${one(9)} is none`],
    [
      "see clause 10.1, or clauses 1, 10 and 10.1",
      ["clause 10.1", "101-h0-and-h1-start"],
      ["clauses 1", "1-one"],
      ["10", "10-ten"],
      ["10.1", "101-h0-and-h1-start"],
    ],
    ["a line break in clauses 1\nand 10", ["clauses 1", "1-one"], ["10", "10-ten"]],
    ["clause 12 is none, (10.1) is one, 10.1 ms is none", ["10.1", "101-h0-and-h1-start"]],
    ["DSP0236 clause 10, DSP0236 10.1 (10.1), version 2.0: clause 10, clause 10 of DSP0236"],
    [
      "Annex E, E.2, Annex E.2, Annex C",
      ["Annex E", "annex-e-informative-board"],
      ["E.2", "e2-one"],
      ["Annex E.2", "e2-one"],
    ],
    ["H1.3 and H1.9; H0, H1 and H2", ["H1.3", "H1.3"], ["H0", "101-h0-and-h1-start"], ["H1", "101-h0-and-h1-start"]],
    ["Figure 1 and Figure 2", ["Figure 1", "figure-1"]],
    ["Tables E.1 and 1, Figure E.1", ["Tables E.1", "table-e-1"], ["1", "table-1"]],
    ["DSP0236, Table 1, and Table 1 of DSP0236"],
  ])("%j", (text, ...links) => {
    const found = findReferences(text, targets).map(({ start, end, target }) => [text.slice(start, end), target]);
    expect(found).toEqual(links);
  });
});

describe("a page's document", () => {
  test("links lead into the page, those to other files are text, those to the world stay", () => {
    expect(
      annexHtml("[a](mctp-lpc.md#10-ten) [b](#e2-one) [c](mctp_lpc.h) [d](vectors/README.md) [e](https://dmtf.org)"),
    ).toContain('<p><a href="#10-ten">a</a> <a href="#e2-one">b</a> c d <a href="https://dmtf.org">e</a></p>');
    expect(annexHtml("[a](mctp-lpc.md)")).toContain('<a href="#cover">a</a>');
  });

  test.each([
    ["a link to no file", "[a](annex-z.md)", "annex-e.md links to annex-z.md, which there is not"],
    ["a link to no heading", "[a](mctp-lpc.md#11-eleven)", "annex-e.md links to mctp-lpc.md#11-eleven"],
    ["a figure in a sentence", "see ![a](figures/a.svg)", "a figure stands in a paragraph of its own"],
    ["HTML", "one <br> two", "annex-e.md has HTML"],
  ])("%s is refused", (_what, text, message) => {
    expect(() => annexHtml(text)).toThrow(message);
  });

  test("a table has its caption, a figure the one behind it, and neither stands in the text again", () => {
    const table = annexHtml("**Table E.1** — Of `a` by clause 10\n\n<!-- generated: a -->\n\n| a |\n| --- |\n| 1 |\n");
    expect(table).toContain(
      '<div class="table" id="table-e-1">\n<table>\n<caption><a class="number" href="#table-e-1">',
    );
    expect(table).toContain('Table E.1</a> — Of <code>a</code> by <a href="#10-ten">clause 10</a></caption>');
    expect(table).not.toContain("<strong>Table");
    const figure = annexHtml("![Figure](figures/a.svg)\n\n**Figure E.1** — What is seen\n");
    expect(figure).toContain(
      '<figcaption><a class="number" href="#figure-e-1">Figure E.1</a> — What is seen</figcaption>',
    );
    expect(figure).not.toContain("<strong>Figure");
  });

  test("a line break beside a reference is a space", () => {
    expect(annexHtml("see\nclause 10\nand more")).toContain('see <a href="#10-ten">clause 10</a> and more');
  });

  test("an anchor that two files have is told apart by the second file's name", () => {
    expect(targets.linkId("conformance.md", "#1-one")).toBe("conformance--1-one");
    expect(targets.linkId("mctp-lpc.md", "#1-one")).toBe("1-one");
    expect(targets.linkId("annex-e.md", "conformance.md#1-one")).toBe("conformance--1-one");
  });
});

describe("a drawing in the page", () => {
  const svg = drawing(
    { title: "T", description: "D" },
    { width: 10, height: 20 },
    [
      element("marker", { id: "arrow" }),
      element("path", { "marker-end": "url(#arrow)" }),
      element("use", { href: "#arrow" }),
      element("g", { "aria-labelledby": "arrow b" }),
    ],
    [".mctp-lpc-drawing text.own { fill: red; }"],
  );
  const inline = inlineDrawing(svg, "figure-7");

  test("has identifiers of its own", () => {
    expect(inline).toContain('<marker id="figure-7-arrow"/>');
    expect(inline).toContain("url(#figure-7-arrow)");
    expect(inline).toContain('href="#figure-7-arrow"');
    expect(inline).toContain('aria-labelledby="figure-7-arrow figure-7-b"');
  });

  test("that is missing is named", () => {
    expect(() => readDrawing("/nowhere/a.svg", "figures/a.svg")).toThrow(
      "figures/a.svg shows the figure /nowhere/a.svg, which is not there",
    );
  });
});

describe("search", () => {
  const entry = (kind: string, name: string, text: string): SearchEntry => ({ id: name, kind, name, text });
  const entries = [
    entry("clause", "7 Versions and packet buffers", "what a buffer holds"),
    entry("clause", "7.2 Packet buffers", "a buffer holds one packet"),
    entry("requirement", made("BUF", 4), "A receiver shall answer a length by Rx Complete"),
    entry("requirement", made("BUF", 41), "Another"),
    entry("step", "H2.4", "read length; Rx Complete is owed"),
    entry("figure", "Figure 1 A length", "too large"),
  ];
  const found = (query: string): readonly string[] => rank(entries, query).map(({ name }) => name);

  test.each([
    [made("BUF", 4).toLowerCase(), [made("BUF", 4), made("BUF", 41)]],
    ["buf-4", [made("BUF", 4), made("BUF", 41)]],
    ["7.2", ["7.2 Packet buffers"]],
    ["7", ["7 Versions and packet buffers", "7.2 Packet buffers"]],
    ["packet  buffers", ["7 Versions and packet buffers", "7.2 Packet buffers"]],
    ["h2.4", ["H2.4"]],
    ["rx complete", [made("BUF", 4), "H2.4"]],
    ["complete length", [made("BUF", 4), "H2.4"]],
    ["length", ["Figure 1 A length", made("BUF", 4), "H2.4"]],
    ["nothing of this", []],
    ["  ", []],
  ])("%j", (query, names) => {
    expect(found(query)).toEqual(names);
  });
});
