/** A wrong marker of a generated part is an error that names page and line; what stands between them --check compares. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FragmentError, fragmentArtefacts, renewFragments } from "../../spec/generator/fragments.ts";

const FRAGMENTS = new Map([
  ["sizes", "1024"],
  ["sentence", "One sentence."],
]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-fragments-"));
  mkdirSync(join(folder, "spec"));
  writeFileSync(join(folder, ".prettierrc.json"), "{}");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("an error names page and line:", () => {
  const begin = "<!-- generated: sizes -->\n";
  test.each([
    ["an unknown name", "a\n\n<!-- generated: lost -->\n<!-- end -->\n", 3, 'no fragment "lost"'],
    ["no end", `${begin}\nrest\n`, 1, '"sizes" has no "<!-- end -->"'],
    ["an end of nothing", "a\n<!-- end -->\n", 2, "ends nothing"],
    ["one inside another", `${begin}<!-- generated: sentence -->\n<!-- end -->\n`, 2, 'before "sizes" has ended'],
    ["a marker that is not alone on its line", `text ${begin}<!-- end -->\n`, 1, "no marker"],
    ["a marker without a name", "<!-- generated: -->\n<!-- end -->\n", 1, "no marker"],
    ["an end that is indented", `${begin}  <!-- end -->\n`, 2, "no marker"],
  ])("%s", async (_what, text, line, message) => {
    const renew = (): string => renewFragments(text, FRAGMENTS);
    expect(renew).toThrow(FragmentError);
    expect(renew).toThrow(message);
    writeFileSync(join(folder, "spec", "page.md"), text);
    await expect(fragmentArtefacts(folder, FRAGMENTS)).rejects.toThrow(`spec/page.md, line ${line}:`);
  });
});
