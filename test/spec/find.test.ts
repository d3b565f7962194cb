import { describe, expect, test } from "@jest/globals";
import { distance, find, sectionName, type Found } from "../../src/core/spec/find.ts";
import { readSpecification } from "../../src/core/spec/specification.ts";
import { made, requirementLine } from "./made.ts";

const BODY = [
  "# The binding",
  "## 7 Versions and packet buffers",
  "### 7.1 Versions",
  "### 7.2 Packet buffers",
  ...[1, 2, 3].map((number) => requirementLine(made("BUF", number))),
  "## 8 Commands",
  requirementLine(made("KCS", 1)),
  "| step | access | then |",
  "| --- | --- | --- |",
  "| H1.3 | write | |",
].join("\n");
const specification = readSpecification([
  { file: "mctp-lpc.md", text: BODY },
  { file: "annex-board.md", text: "# Annex E: virtual board (informative)\n\n## 1 Layout\n" },
]);

function named(found: Found): string | readonly string[] {
  switch (found.kind) {
    case "requirement":
      return found.requirement.id;
    case "area":
      return found.requirements.map(({ id }) => id);
    case "step":
      return found.step.id;
    case "section":
      return sectionName(found.section);
    case "several":
      return found.sections.map(sectionName);
    case "none":
      return [];
  }
}

describe("a name is found", () => {
  test.each<readonly [name: string, kind: Found["kind"], what: string | readonly string[]]>([
    [made("BUF", 2), "requirement", made("BUF", 2)],
    [" lpc-buf-2 ", "requirement", made("BUF", 2)],
    ["buf-2", "requirement", made("BUF", 2)],
    ["LPC-BUF", "area", [1, 2, 3].map((number) => made("BUF", number))],
    ["kcs", "area", [made("KCS", 1)]],
    ["h1.3", "step", "H1.3"],
    ["7.2", "section", "7.2 Packet buffers"],
    ["clause 7", "section", "7 Versions and packet buffers"],
    ["8.", "section", "8 Commands"],
    ["Annex E", "section", "Annex E virtual board (informative)"],
    ["e", "section", "Annex E virtual board (informative)"],
    ["annex e.1", "section", "E.1 Layout"],
    ["virtual  BOARD", "section", "Annex E virtual board (informative)"],
    ["layou", "section", "E.1 Layout"],
    ["versions", "section", "7.1 Versions"],
    ["packet buff", "several", ["7 Versions and packet buffers", "7.2 Packet buffers"]],
  ])('"%s": %s', (name, kind, what) => {
    const found = find(specification, name);
    expect({ kind: found.kind, what: named(found) }).toEqual({ kind, what });
  });
});

describe("a name that there is not suggests", () => {
  test.each([
    ["an area for a number too large", "BUF-99", [`${made("BUF", 1)} to ${made("BUF", 3)}`]],
    ["an area for one misspelt", made("BUFF", 2), [`${made("BUF", 1)} to ${made("BUF", 3)}`]],
    ["a step", "H1.4", ["H1.3"]],
    ["sections by their numbers", "7.3", ["7.1 Versions", "7.2 Packet buffers"]],
    ["a section by a word of its title", "comands", ["8 Commands"]],
    ["nothing for what resembles nothing", "frobnicate", []],
    ["nothing for no word at all", "?", []],
  ])("%s", (_what, name, near) => {
    const found = find(specification, name);
    if (found.kind !== "none") throw new Error(`found ${found.kind}`);
    expect(found.near).toEqual(expect.arrayContaining(near));
    if (near.length === 0) expect(found.near).toEqual([]);
  });

  test("letters put in, taken out or replaced are counted", () => {
    expect([distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")]).toEqual([3, 3, 0]);
  });
});
