/** The trace vectors: either side of this program does in the recorded one's place what was recorded. */
import { describe, expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../src/core/binding/side.ts";
import { decodeTraceRow, encodeTraceRow, type RegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { framesOf } from "../interop/recorded-traces.ts";
import { deedsOf, packetsTaken, replayTrace, type TraceVector, type VectorRow } from "./trace-replay.ts";
import { VECTORS, readJson } from "./vector-files.ts";

const traces = readdirSync(join(VECTORS, "traces")).map(
  (name) => [name, readJson(join(VECTORS, "traces", name)) as unknown as TraceVector] as const,
);
const sides = traces.flatMap(([name, trace]) =>
  (["host", "bmc"] as const).filter((role) => !trace[role].byHand).map((role) => [name, role, trace] as const),
);

/** The packets that this side's peer has put into its buffer and announced. */
function sentTo(rows: readonly TraceRow[], role: RoleName): readonly string[] {
  return framesOf(rows, role === "host" ? "bmc" : "host").map(({ packet }) => toHex(packet));
}

describe("traces", () => {
  test("there is a whole session in each version", () => {
    const names = traces.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining([1, 2, 3].map((version) => `session-v${version}.json`)));
  });

  test.each(traces)("%s: every row is a row of a trace, numbered from 0", (_name, { rows }) => {
    expect(rows.map(({ n }) => n)).toEqual(rows.map((_row, index) => index));
    const plain = rows.map(({ byHand: _byHand, ...row }) => row);
    expect(plain.map((row) => decodeTraceRow(encodeTraceRow(row)))).toEqual(
      plain.map((value) => ({ ok: true, value })),
    );
  });

  test.each(sides)("LPC-HOST-5, LPC-BMC-3, LPC-BUF-1: %s, our %s in its place does the same", (_name, role, trace) => {
    const { rows, mismatches } = replayTrace(trace, role);
    expect(deedsOf(rows, role)).toEqual(deedsOf(trace.rows, role));
    expect(mismatches).toEqual([]);
  });

  test.each(sides)("LPC-BUF-6: %s, our %s hands on what was taken then", (_name, role, trace) => {
    expect(replayTrace(trace, role).received).toEqual(packetsTaken(trace.rows, role));
  });

  test("LPC-BUF-6: most packets are taken, and those that are were sent", () => {
    const roles = sides.map(([, role, { rows }]) => ({ taken: packetsTaken(rows, role), sent: sentTo(rows, role) }));
    expect(roles.flatMap(({ taken, sent }) => taken.filter((packet) => !sent.includes(packet)))).toEqual([]);
    const count = (lists: readonly (readonly string[])[]): number => lists.flat().length;
    expect(count(roles.map(({ taken }) => taken))).toBeGreaterThan(0.8 * count(roles.map(({ sent }) => sent)));
  });
});

describe("a row made by hand", () => {
  const HOST_BYTE = "55";
  const session = readJson(join(VECTORS, "traces", "session-v3.json")) as unknown as TraceVector;

  /** The session with an unknown byte that the host's program did not write, before the first message is sent. */
  function withHandMadeByte(): TraceVector {
    const at = session.marks.find(({ text }) => text.startsWith("is to send"))!.before;
    const added: readonly Omit<RegisterRow, "n">[] = [
      { side: "host", op: "kcs_write", reg: "IDR", value: HOST_BYTE },
      { side: "bmc", op: "kcs_read", reg: "STR", value: "c2" },
      { side: "bmc", op: "kcs_read", reg: "IDR", value: HOST_BYTE },
      { side: "bmc", op: "kcs_read", reg: "STR", value: "c0" },
    ];
    const [byHand, ...others] = added;
    const rows = [...session.rows.slice(0, at), { ...byHand, byHand: true }, ...others, ...session.rows.slice(at)];
    return {
      ...session,
      rows: rows.map((row, n) => ({ ...row, n }) as VectorRow),
      marks: session.marks.map((mark) => (mark.before < at ? mark : { ...mark, before: mark.before + added.length })),
    };
  }

  test.each(["host", "bmc"] as const)(
    "LPC-KCS-4: is carried out for our %s, and nothing is the worse for it",
    (role) => {
      const trace = withHandMadeByte();
      const { rows, mismatches, side } = replayTrace(trace, role);
      expect(deedsOf(rows, role)).toEqual(deedsOf(trace.rows, role));
      expect(mismatches).toEqual([]);
      expect(side.state.counters.unknownCommand).toBe(role === "bmc" ? 1 : 0);
    },
  );
});

describe("a replay notices", () => {
  const [, session] = traces.find(([name]) => name === "session-v3.json") ?? [];

  test("a packet that differs by a bit, and a side that asks for another version", () => {
    if (session === undefined) throw new Error("there is no session-v3.json");
    const changed = session.rows.map((row) =>
      row.side === "host" && row.op === "lpc_write" && row.len > 60
        ? { ...row, value: `${row.value.slice(0, -1)}0` }
        : row,
    );
    expect(deedsOf(changed, "host")).not.toEqual(deedsOf(session.rows, "host"));
    const other = { ...session, host: { ...session.host, cur: 2 } };
    expect(() => replayTrace(other, "host")).toThrow(/nothing comes of row/);
  });
});
