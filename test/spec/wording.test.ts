/** Where the words of requirements may stand in the body. */
import { describe, expect, test } from "@jest/globals";
import { readDocument } from "../../src/core/spec/document.ts";
import { wordingFaults } from "../../src/core/spec/wording.ts";
import { specification } from "../project/requirements.ts";
import { made, requirementLine } from "./made.ts";

function faults(...lines: readonly string[]): readonly string[] {
  const document = readDocument("mctp-lpc.md", ["# The binding", "", ...lines].join("\n"));
  return wordingFaults(document).map(({ line, text }) => `${String(line - 1)}: ${text}`);
}

describe("a normative word", () => {
  test("stands in a requirement, and in the clause that says what it means", () => {
    expect(
      faults("## 3 Terms", "### 3.2 Requirements", "shall, should and may", "## 4 More", requirementLine(made("A", 1))),
    ).toEqual([]);
  });

  test.each([
    "A host shall wait.",
    "| a cell | may be so |",
    "SHOULD it?",
    "It must.",
    "### 4.1 What may be",
    "In May.",
  ])("stands nowhere else: %s", (line) => {
    const [fault, ...others] = faults("## 4 More", line);
    expect(fault).toMatch(/^2: ".*" stands outside a requirement/);
    expect(others).toEqual([]);
  });

  test("is not looked for in code, in comments and in longer words", () => {
    expect(faults("## 4 More", "```", "it may", "```", "<!-- it may -->", "Mayor, shallow, dismay")).toEqual([]);
  });

  test("is written small in a requirement, which has at least one", () => {
    expect(faults("## 4 More", `- **${made("A", 1)}** (Host): A host SHALL and shall.`)).toEqual([
      '2: "SHALL" is in capitals: write it small',
    ]);
    expect(faults("## 4 More", `- **${made("A", 1)}** (Host): A host waits.`)).toEqual([
      "2: the requirement says neither shall, should nor may",
    ]);
  });
});

describe("the body speaks of the binding alone", () => {
  test.each([
    ["as RFC 2119 has it", '"RFC 2119" is named'],
    ["see `src/core/judge`", '"src/core" is a path of the program'],
    ["see host/role and `bmc/role`", '"host/role" is a path of the program'],
    ["computed by the reference implementation", '"reference implementation" is spoken of'],
  ])("%s", (text, fault) => {
    expect(faults("## 4 More", text)[0]).toContain(fault);
  });

  test("but for what introduces it, links, and words like these", () => {
    expect(faults("The reference implementation keeps it true: src/core.", "", "## 4 More")).toEqual([]);
    expect(faults("## 4 More", "host/BMC, [x](../docs/guides/x.md), https://a.org/src/b")).toEqual([]);
  });
});

test("the body keeps these rules", () => {
  const [body] = specification.documents;
  if (body === undefined) throw new Error("there is no body");
  const found = wordingFaults(body).map(({ line, text }) => `line ${String(line + 1)}: ${text}`);
  expect(found).toEqual([]);
});
