/** Generated parts of pages: markers, errors, and that nothing else of a page changes. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FragmentError, fragmentArtefacts, renewFragments } from "../../spec/generator/fragments.ts";
import { markdownTable } from "../../spec/generator/tables/markdown-table.ts";

const FRAGMENTS = new Map([
  ["sizes", markdownTable(["name", "bytes"], [["b | c", "1024"]])],
  ["sentence", "One sentence.\n"],
]);

/** A page with these generated parts; in its fence is no marker. */
const page = (sizes: string, sentence: string): string => `# Page

<!-- generated: sizes -->
${sizes}
<!-- end -->

\`\`\`md
<!-- generated: nothing -->
\`\`\`

<!-- generated: sentence -->
${sentence}
<!-- end -->

After.
`;

const OLD = page("\n| old |\n", "");
const RENEWED = page("\n| name   | bytes |\n| ------ | ----- |\n| b \\| c | 1024  |\n", "\nOne sentence.\n");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-fragments-"));
  mkdirSync(join(folder, "spec"));
  writeFileSync(join(folder, ".prettierrc.json"), '{ "printWidth": 120 }');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ["out of date", OLD],
  ["as it was made", RENEWED],
])(
  "a page %s: what is between the markers is made anew, and nothing else; other pages are left alone",
  async (_what, text) => {
    writeFileSync(join(folder, "spec", "page.md"), text);
    writeFileSync(join(folder, "spec", "plain.md"), "*not   formatted*\n");
    expect(await fragmentArtefacts(folder, FRAGMENTS)).toEqual([{ path: "spec/page.md", text: RENEWED }]);
  },
);

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
