import { describe, expect, test } from "@jest/globals";
import { inlinePieces, markdownLines } from "../../src/cli/spec/markdown-text.ts";
import { painted, type Line, type Piece } from "../../src/cli/styled.ts";
import { longestWord, wrap } from "../../src/cli/spec/pieces.ts";
import { columnWidths } from "../../src/cli/spec/table-text.ts";

const ELEMENTS = { 1: "<b>", 22: "</b>", 3: "<i>", 23: "</i>", 36: "<c>", 39: "</c>" } as const;

/** A line with its escape sequences as elements. */
function marked(line: Line): string {
  return Object.entries(ELEMENTS).reduce<string>(
    (text, [code, element]) => text.replaceAll(`\u001b[${code}m`, element),
    painted(line, true),
  );
}

function bare(line: Line): string {
  return painted(line, false);
}

/** What a terminal of this width shows, without colours. */
function shown(markdown: string, width: number, paint: (line: Line) => string = bare): readonly string[] {
  return markdownLines(markdown, width).map(paint);
}

describe("lines of styled text", () => {
  const words = (text: string): readonly Piece[] => [{ text, style: "plain" }];

  test("are broken between words, never longer than the width", () => {
    const lines = wrap(words("one two  three\nfour"), 9).map(bare);
    expect(lines).toEqual(["one two", "three", "four"]);
  });

  test("break a word only where it is longer than a whole line", () => {
    expect(wrap(words("a bmc_ver_cur b"), 5).map(bare)).toEqual(["a", "bmc_v", "er_cu", "r b"]);
    expect(longestWord(words("a bmc_ver_cur b"))).toBe(11);
  });

  test("keep what stands without a space in between together, whatever its style", () => {
    const pieces = inlinePieces("see **LPC** x `y`: and [a _link_](to.md)");
    expect(wrap(pieces, 12).map(marked)).toEqual(["see <b>LPC</b> x <c>y</c>:", "and a <i>link</i>"]);
  });

  test("of nothing are none", () => {
    expect(wrap([], 10)).toEqual([]);
  });
});

describe("Markdown", () => {
  test("headings are bold, paragraphs are broken anew", () => {
    expect(shown("## 7.2 The `x`\n\nOne two\nthree four.", 13, marked)).toEqual([
      "<b>7.2 The x</b>",
      "",
      "One two three",
      "four.",
    ]);
  });

  test("code keeps its lines, however long, and stands indented", () => {
    expect(shown("a\n\n```\nlong    line of code\n\n  end\n```\n\nb", 10)).toEqual([
      ...["a", "", "    long    line of code", "", "      end", "", "b"],
    ]);
  });

  test("lists hang by their marks, and within each other", () => {
    const list = "- one two three\n- four\n  1. five six\n  2. seven\n";
    expect(shown(list, 13)).toEqual([...["- one two", "  three", "- four", "  1. five six", "  2. seven"]]);
    expect(shown("3. a\n\n4. b\n\n   c\n", 20)).toEqual(["3. a", "", "4. b", "", "   c"]);
  });

  test("of a figure with a caption there is the file alone", () => {
    expect(shown("![Figure](figures/a.svg)\n\n**Figure 1** — Start-up", 60)).toEqual([
      "[figure: figures/a.svg]",
      "",
      "Figure 1 — Start-up",
    ]);
  });

  test("figures are named, comments left out, quotes indented", () => {
    expect(shown("![Start-up](figures/a.svg)\n\n<!-- not for readers -->\n\n> said", 60)).toEqual([
      "[figure: Start-up; figures/a.svg]",
      "",
      "  said",
    ]);
  });

  test("tables have their columns fitted to the width", () => {
    const table = "| field | what it is |\n| --- | --- |\n| `a` | short |\n| b | somewhat longer text |\n";
    expect(shown(table, 40)).toEqual([
      "field  what it is",
      "─────  ────────────────────",
      "a      short",
      "b      somewhat longer text",
    ]);
    expect(shown(table, 18)).toEqual([
      "field  what it is",
      "─────  ───────────",
      "a      short",
      "b      somewhat",
      "       longer text",
    ]);
  });

  test("rows of several lines are set apart where the first column does not show them", () => {
    const table = "| step | then |\n| --- | --- |\n| H1 | one two |\n| | three |\n";
    expect(shown(table, 10)).toEqual([
      "step  then",
      "────  ────",
      "H1    one",
      "      two",
      "",
      "      thre",
      "      e",
    ]);
  });
});

describe("columns", () => {
  const cell = (text: string): readonly Piece[] => [{ text, style: "plain" }];
  const row = (...texts: readonly string[]) => texts.map(cell);

  test("get what they want where there is room", () => {
    expect(columnWidths([row("a", "long text here")], 30)).toEqual([1, 14]);
  });

  test("share what there is beyond their longest words by what they lack, and use all of it", () => {
    const widths = columnWidths([row("id", "one two three four", "a b c d e f g h i j k l m")], 27);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBe(27);
    expect(widths[0]).toBe(2);
    expect(widths[1]).toBeGreaterThanOrEqual(5);
  });

  test("break their longest words where even those do not fit", () => {
    expect(columnWidths([row("abcdefghij", "ab", "abcdefgh")], 14)).toEqual([6, 2, 6]);
  });
});
