/** Titles in the conformance list: nothing of how a test is written is left in them. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { titleText } from "../../spec/generator/conformance/title-text.ts";
import { PROJECT } from "../project/requirements.ts";

/** Written so that no linter takes it for a template. */
const filled = (name: string): string => `\${${name}}`;

describe("the title of a test", () => {
  test.each([
    ["plain words, 5 % of $ 3", "plain words, 5 % of $ 3"],
    ["all %p of %s, %i and %#", "all … of …, … and …"],
    ["BMC %p-%p: 100 %%", "BMC …-…: 100 %"],
    ["$title: $one.two.", "…: …."],
    [`\`a ${filled("kind")}\n   on ${filled('names.join(", ")')}\``, "a … on …"],
  ])("%j", (title, shown) => {
    expect(titleText(title)).toBe(shown);
  });

  test("in the committed list has no placeholder", () => {
    const list = readFileSync(join(PROJECT, "spec", "conformance.md"), "utf8");
    expect(list.split("\n").filter((line) => /%[a-z#]|\$[\w{]/.test(line))).toEqual([]);
  });
});
