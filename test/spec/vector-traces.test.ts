/** The trace vectors: either side of this program does in the recorded one's place what was recorded. */
import { describe, expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../src/binding/side.ts";
import { decodeTraceRow, encodeTraceRow } from "../../src/trace/format.ts";
import { framesOf } from "../interop/recorded-traces.ts";
import { deedsOf, replayTrace, type TraceVector } from "./trace-replay.ts";
import { VECTORS, readJson } from "./vector-files.ts";

const traces = readdirSync(join(VECTORS, "traces")).map(
  (name) => [name, readJson(join(VECTORS, "traces", name)) as unknown as TraceVector] as const,
);
const sides = traces.flatMap(([name, trace]) =>
  (["host", "bmc"] as const).filter((role) => !trace[role].byHand).map((role) => [name, role, trace] as const),
);

function peerOf(role: RoleName): RoleName {
  return role === "host" ? "bmc" : "host";
}

describe("traces", () => {
  test("there is a whole session in each version", () => {
    const names = traces.map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining([1, 2, 3].map((version) => `session-v${version}.json`)));
  });

  test.each(traces)("%s: every row is a row of a trace, numbered from 0", (_name, { rows }) => {
    expect(rows.map(({ n }) => n)).toEqual(rows.map((_row, index) => index));
    expect(rows.map((row) => decodeTraceRow(encodeTraceRow(row)))).toEqual(rows.map((value) => ({ ok: true, value })));
  });

  test.each(sides)("LPC-HOST-5, LPC-BMC-3, LPC-BUF-1: %s, our %s in its place does the same", (_name, role, trace) => {
    const { rows, mismatches } = replayTrace(trace, role);
    expect(deedsOf(rows, role)).toEqual(deedsOf(trace.rows, role));
    expect(mismatches).toEqual([]);
  });

  test.each(sides)("LPC-BUF-6: %s, our %s takes the packets of the other", (_name, role, trace) => {
    const { received } = replayTrace(trace, role);
    const sent = framesOf(trace.rows, peerOf(role)).map(({ packet }) => Buffer.from(packet).toString("hex"));
    expect(received).toEqual(sent);
  });
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
