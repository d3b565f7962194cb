import { describe, expect, test } from "@jest/globals";
import { LadderContext } from "../../src/cli/judge/ladder-context.ts";
import { isRegisterRow, type TraceEntry } from "../../src/core/trace/format.ts";
import { recording } from "../interop/recorded-traces.ts";

const WIDTH = 80;
const { rows } = recording("04a-msg64-host-to-bmc-v3");

function told(part: readonly TraceEntry[]): LadderContext {
  const context = new LadderContext(WIDTH);
  for (const row of part) context.push(row);
  return context;
}

/** The lines without lifelines and arrows, the marked one with a star. */
function linesRound(context: LadderContext, n: number): readonly string[] {
  return context.round(n).map(({ text, isMarked }) => {
    const words = text.replace(/[─▶◀│├┤ ]+/gu, " ").trim();
    return isMarked ? `* ${words}` : words;
  });
}

/** STR as the host reads it while nothing happens. */
function polls(count: number, from: number): readonly TraceEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    n: from + index,
    side: "host",
    op: "kcs_read",
    reg: "STR",
    value: "81",
  }));
}

describe("the ladder round an access", () => {
  test("two lines before it, its own with a mark, two behind", () => {
    const context = told(rows);
    context.flush();
    const write = rows.find((row) => row.n > 20 && isRegisterRow(row) && row.op === "kcs_write" && row.reg === "IDR");
    expect(linesRound(context, write?.n ?? -1)).toEqual([
      "reads the control region",
      "packet of 68 bytes · 9 -> 8 SOM EOM seq 0 TO tag 1 · type 0x7d",
      "* host IDR = 01 Tx Begin BMC",
      "reads the packet of 68 bytes",
      "host ODR = 02 Rx Complete BMC",
    ]);
  });

  test("no line is wider than asked for", () => {
    const context = told(rows);
    context.flush();
    const lines = rows.flatMap(({ n }) => context.round(n));
    expect(lines.length).toBeGreaterThan(rows.length);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBe(WIDTH);
  });

  test("an access that a ladder leaves out gets a line of its own", () => {
    const start = told([...rows, ...polls(3, rows.length)]);
    start.flush();
    const marked = linesRound(start, rows.length + 1).filter((line) => line.startsWith("*"));
    expect(marked).toEqual(["* sees STR = 81 BMC Active"]);
  });

  test("is complete with two lines behind it, or when a poll brings none", () => {
    const write = rows.findIndex((row) => row.n > 20 && isRegisterRow(row) && row.op === "kcs_write");
    const n = rows[write]!.n;
    expect(told(rows.slice(0, write + 1)).isComplete(n)).toBe(false);
    expect(told(rows).isComplete(n)).toBe(true);
    expect(told([...rows.slice(0, write + 1), ...polls(900, write + 1)]).isComplete(n)).toBe(false);
    expect(told([...rows.slice(0, write + 1), ...polls(1100, write + 1)]).isComplete(n)).toBe(true);
  });

  test("has nothing for an access that is too far back", () => {
    const late = told([...rows, ...rows, ...rows, ...rows, ...rows, ...rows].map((row, n) => ({ ...row, n })));
    expect(late.round(0)).toEqual([]);
    expect(late.round(6 * rows.length - 1).length).toBeGreaterThan(0);
  });
});
