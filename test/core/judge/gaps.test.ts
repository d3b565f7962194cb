/** Traces with rows missing: a monitor that lost some, a recorder that no longer held them. */
import { describe, expect, test } from "@jest/globals";
import { isRegisterRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import { Ladder } from "../../../src/core/trace/ladder.ts";
import { judgeTrace, type BusFacts, type TraceVerdict } from "../../../src/core/judge/report.ts";
import { recording } from "../../interop/recorded-traces.ts";

const { rows, meta } = recording("05a-msg200-host-to-bmc-v3");
const SIDE = "bmc";
const own: readonly TraceEntry[] = rows.filter(({ side }) => side === SIDE).map((row, n) => ({ ...row, n }));
const FACTS: BusFacts = {
  version: 2,
  sides: [SIDE],
  depth: 0,
  windowBytes: meta.window_size,
  lives: false,
  times: undefined,
};

const isWrite = (row: TraceEntry, value: string): boolean =>
  row.op === "kcs_write" && isRegisterRow(row) && row.reg === "ODR" && row.value === value;
/** The session is open behind this row. */
const OPENED = own.findIndex((row) => row.op === "kcs_write" && isRegisterRow(row) && row.value === "c1");
const COMPLETES = own.flatMap((row, index) => (index > OPENED && isWrite(row, "02") ? [index] : []));

function judged(trace: readonly TraceEntry[]): TraceVerdict {
  return judgeTrace(trace, FACTS);
}

describe("a trace with a hole in it", () => {
  // From the end of one packet to the middle of another, whose Tx Begin is missing.
  const [from, to] = [COMPLETES[0]! + 1, COMPLETES[2]! - 3];
  const before = own.slice(0, from);
  const behind = own.slice(to);

  test("is judged wrongly, unless it says so", () => {
    expect(judged(own).breaks).toBe(0);
    expect(judged([...before, ...behind]).breaks).toBeGreaterThan(0);
    const [first, ...others] = behind;
    expect(judged([...before, { ...first!, gap: to - from }, ...others]).breaks).toBe(0);
  });

  test("is judged on by what was told again before it goes on", () => {
    const opening = own.slice(0, OPENED + 1).map((row): TraceEntry => ({ ...row, again: true }));
    const [first, ...others] = behind;
    const resumed = [...before, ...opening, { ...first!, gap: to - from }, ...others];
    const verdict = judged(resumed);
    expect(verdict).toMatchObject({ breaks: 0, findings: [], sessions: 1, sessionVersions: [3] });
    expect(verdict.accesses).toBe(resumed.length);
  });

  test("a mistake of the peer behind it is found where the opening was told again; its place is that of the access", () => {
    const opening = own.slice(0, OPENED + 1).map((row): TraceEntry => ({ ...row, again: true }));
    const received = own.findIndex((row, index) => index > to && row.op === "lpc_read" && row.len > 8);
    const spoilt = own.map((row, index): TraceEntry => {
      if (index !== received || !("offset" in row)) return row;
      return { ...row, value: `${row.value.slice(0, -8)}00000000` };
    });
    // STR, Tx Begin and the length are read before the packet.
    const resumeAt = received - 3;
    const [first, ...others] = spoilt.slice(resumeAt);
    const { findings, breaks } = judged([...opening, { ...first!, gap: resumeAt - opening.length }, ...others]);
    expect(findings[0]).toMatchObject({ requirement: "LPC-BUF-3", side: "host", access: opening.length + 3 });
    expect(breaks).toBe(findings.length);
  });

  test("what is told again once more is no second finding, and the ladder does not draw it twice", () => {
    const opening = own.slice(0, OPENED + 1).map((row): TraceEntry => ({ ...row, again: true }));
    const twice = [...own.slice(0, OPENED + 1), ...opening, ...own.slice(OPENED + 1)];
    expect(judged(twice).findings).toEqual(judged(own).findings);
    const drawn = (trace: readonly TraceEntry[]): readonly string[] => {
      const ladder = new Ladder();
      return [...trace.flatMap((row) => ladder.push(row)), ...ladder.end()].map(({ text }) => text);
    };
    expect(drawn(twice)).toEqual(drawn(own));
  });

  test("the ladder says how many are missing", () => {
    const ladder = new Ladder();
    const lines = own.slice(0, 9).flatMap((row, n) => ladder.push(n === 5 ? { ...row, n: 17, gap: 12 } : row));
    expect(lines.some(({ side, text }) => side === "lab" && text.includes("12 accesses are missing"))).toBe(true);
  });
});
