/** Generated parts of pages: markers, errors, and output that prettier leaves alone. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FragmentError, formatMarkdown, fragmentArtefacts, renewFragments } from "../../spec/generator/fragments.ts";
import { allFragments } from "../../spec/generator/artefacts.ts";
import { SPEED_FRAGMENTS } from "../../spec/generator/tables/comparison.ts";
import { markdownTable } from "../../spec/generator/tables/markdown-table.ts";
import { PROJECT } from "../project/requirements.ts";

const FRAGMENTS = new Map([
  [
    "sizes",
    markdownTable(
      ["name", "bytes"],
      [
        ["a long name", "1"],
        ["b | c", "1024"],
      ],
    ),
  ],
  ["sentence", "One sentence.\n"],
]);

/** A page as an author keeps it, its generated part out of date. */
const PAGE = `# Page

Before.

<!-- generated: sizes -->

| old |
| --- |
| x   |

<!-- end -->

Between, and \`\`\` that is no fence.

\`\`\`md
<!-- generated: nothing -->
\`\`\`

<!-- generated: sentence -->
<!-- end -->

After.
`;

const RENEWED = `# Page

Before.

<!-- generated: sizes -->

| name        | bytes |
| ----------- | ----- |
| a long name | 1     |
| b \\| c      | 1024  |

<!-- end -->

Between, and \`\`\` that is no fence.

\`\`\`md
<!-- generated: nothing -->
\`\`\`

<!-- generated: sentence -->

One sentence.

<!-- end -->

After.
`;

const OPTIONS = JSON.parse(readFileSync(join(PROJECT, ".prettierrc.json"), "utf8")) as { printWidth: number };

describe("renewing a page", () => {
  test("replaces what is between the markers, and nothing else", async () => {
    expect(await formatMarkdown(renewFragments(PAGE, FRAGMENTS), OPTIONS)).toBe(RENEWED);
  });

  test("a renewed page stays as it is", async () => {
    expect(await formatMarkdown(renewFragments(RENEWED, FRAGMENTS), OPTIONS)).toBe(RENEWED);
  });

  test.each([
    ["an unknown name", "a\n\n<!-- generated: lost -->\n<!-- end -->\n", 3, 'no fragment "lost"'],
    ["no end", "<!-- generated: sizes -->\n\nrest\n", 1, '"sizes" has no "<!-- end -->"'],
    ["an end of nothing", "a\n<!-- end -->\n", 2, "ends nothing"],
    [
      "one inside another",
      "<!-- generated: sizes -->\n<!-- generated: sentence -->\n<!-- end -->\n",
      2,
      'before "sizes" has ended',
    ],
    ["a marker that is not alone on its line", "text <!-- generated: sizes -->\n<!-- end -->\n", 1, "no marker"],
    ["a marker without a name", "<!-- generated: -->\n<!-- end -->\n", 1, "no marker"],
    ["an end that is indented", "<!-- generated: sizes -->\n  <!-- end -->\n", 2, "no marker"],
  ])("%s is an error that names the line", (_what, page, line, message) => {
    const renew = (): string => renewFragments(page, FRAGMENTS);
    expect(renew).toThrow(FragmentError);
    expect(renew).toThrow(message);
    expect(renew).toThrow(`line ${line}:`);
  });

  test("a table's rows have as many cells as its head", () => {
    expect(() => markdownTable(["a", "b"], [["1"]])).toThrow("a row of 1 cells under 2 heads");
  });
});

describe("the pages of a project", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mctp-lpc-fragments-"));
    mkdirSync(join(folder, "spec"));
    writeFileSync(join(folder, ".prettierrc.json"), JSON.stringify(OPTIONS));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test("those with fragments are artefacts, the others are left alone", async () => {
    writeFileSync(join(folder, "spec", "page.md"), PAGE);
    writeFileSync(join(folder, "spec", "plain.md"), "*not   formatted*\n");
    expect(await fragmentArtefacts(folder, FRAGMENTS)).toEqual([{ path: "spec/page.md", text: RENEWED }]);
  });

  test("an error names the page", async () => {
    writeFileSync(join(folder, "spec", "page.md"), "<!-- generated: lost -->\n<!-- end -->\n");
    await expect(fragmentArtefacts(folder, FRAGMENTS)).rejects.toThrow("spec/page.md, line 1: ");
  });

  test("what the program's own fragments give is what prettier's command leaves alone", async () => {
    const blocks = [...SPEED_FRAGMENTS.keys()].map((name) => `<!-- generated: ${name} -->\n<!-- end -->\n`);
    const path = join(folder, "spec", "page.md");
    writeFileSync(path, `# Speed\n\n${blocks.join("\n")}`);
    const [artefact] = await fragmentArtefacts(folder, SPEED_FRAGMENTS);
    writeFileSync(path, artefact!.text);
    const prettier = join(PROJECT, "node_modules", "prettier", "bin", "prettier.cjs");
    const { status, stderr } = spawnSync(process.execPath, [prettier, "--check", path], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  }, 30_000);
});

test("the pages of this project hold their fragments as they are now", async () => {
  const artefacts = await fragmentArtefacts(PROJECT, allFragments(PROJECT));
  const differing = artefacts.filter(({ path, text }) => readFileSync(join(PROJECT, path), "utf8") !== text);
  expect(differing.map(({ path }) => path)).toEqual([]);
});
