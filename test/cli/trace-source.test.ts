import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileSource, MergedSource, type RowSource } from "../../src/cli/trace/trace-source.ts";
import { encodeTrace, encodeTraceRow, type TraceEntry, type TraceRow } from "../../src/core/trace/format.ts";
import { mergeByTime } from "../../src/core/trace/merge.ts";
import { recording } from "../interop/recorded-traces.ts";

const { rows } = recording("12-request-response");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-source-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function allOf(source: RowSource): Promise<readonly TraceEntry[]> {
  const taken: TraceEntry[] = [];
  do {
    for (let row = source.take(); row !== undefined; row = source.take()) taken.push(row);
  } while (await source.fill());
  return taken;
}

const noWarning = (text: string): void => {
  throw new Error(text);
};

describe("the rows of a file", () => {
  test("are those that were written, wherever its pieces are cut", async () => {
    const many = Array.from({ length: 60 }, () => rows).flat();
    const text = encodeTrace(many);
    expect(text.length).toBeGreaterThan(4 * 64 * 1024);
    expect(await allOf(new FileSource(fileOf("many.jsonl", text), noWarning))).toEqual(many);
    expect(await allOf(new FileSource(fileOf("no-end.jsonl", text.trimEnd()), noWarning))).toEqual(many);
  });

  test("a row of the largest window is read; a longer line is refused", async () => {
    const bytes = 16 * 1024 * 1024;
    const row: TraceRow = { n: 0, side: "host", op: "lpc_write", offset: 0, len: bytes, value: "ab".repeat(bytes) };
    const [read] = await allOf(new FileSource(fileOf("large.jsonl", `${encodeTraceRow(row)}\n`), noWarning));
    expect(read?.op).toBe("lpc_write");
    const endless = new FileSource(fileOf("endless.jsonl", `{"n":0,${" ".repeat(2 * bytes + 8192)}`), noWarning);
    await expect(allOf(endless)).rejects.toThrow(/line 1: the line has more than \d+ characters/);
  });

  test("a last row that was not written to its end is left out, and told", async () => {
    const told: string[] = [];
    const text = encodeTrace(rows).trimEnd().slice(0, -5);
    const source = new FileSource(fileOf("cut.jsonl", text), (line) => told.push(line));
    expect(await allOf(source)).toEqual(rows.slice(0, -1));
    expect(told).toEqual([expect.stringMatching(/cut\.jsonl, line \d+ ends in the middle: it is left out$/)]);
  });

  test("a step without end is cut", async () => {
    const [first] = rows;
    const steps = ["H1.1", "y".repeat(10_000)];
    const text = encodeTrace(steps.map((step) => ({ ...first!, step })));
    const read = await allOf(new FileSource(fileOf("steps.jsonl", text), noWarning));
    expect(read.map(({ step }) => step)).toEqual(["H1.1", `${"y".repeat(60)}…`]);
  });
});

describe("two traces merged", () => {
  const stamped = rows.map((row, index) => ({ ...row, t: 1000 * Math.floor(index / 3) }));
  const host = stamped.filter(({ side }) => side === "host");
  const bmc = stamped.filter(({ side }) => side === "bmc");

  async function merged(one: readonly TraceEntry[], other: readonly TraceEntry[]): Promise<readonly TraceEntry[]> {
    const named = (file: string): { file: string; rows: FileSource } => ({
      file,
      rows: new FileSource(file, noWarning),
    });
    const [first, second] = [fileOf("one.jsonl", encodeTrace(one)), fileOf("other.jsonl", encodeTrace(other))];
    return allOf(new MergedSource(named(first), named(second)));
  }

  test("are in the order that the ladder draws them in", async () => {
    expect(await merged(host, bmc)).toEqual(mergeByTime(host, bmc));
    expect(await merged(bmc, host)).toEqual(mergeByTime(bmc, host));
    expect(await merged(host, [])).toEqual(mergeByTime(host, []));
  });

  test("every row needs its time", async () => {
    await expect(merged(host, [rows[0]!])).rejects.toThrow(/other\.jsonl, row 0 has no time/);
  });
});
