/** Rows of what a recorder holds: cut, with the CRC that the protocol computed, and with marks where some are missing. */
import { describe, expect, test } from "@jest/globals";
import { RecordedRows, joined } from "../../../src/core/judge/recorded-rows.ts";
import { Recorder } from "../../../src/core/judge/recorder.ts";
import { SessionMemory } from "../../../src/core/judge/session-memory.ts";
import { decodeTraceRow, encodeTraceRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";

const rowsOf = (shownBytes = 64): RecordedRows =>
  new RecordedRows({ side: "host", shownBytes, timeOf: (milliseconds) => milliseconds * 1000 });

/** Length, a packet of so many bytes and its CRC-32, or none. */
function frame(length: number, crc: number | undefined): Uint8Array {
  const bytes = new Uint8Array(4 + length + (crc === undefined ? 0 : 4)).fill(0xaa, 4);
  writeU32be(bytes, 0, length);
  if (crc !== undefined) writeU32be(bytes, 4 + length, crc);
  return bytes;
}

function tell(recorder: Recorder, length: number, crc: number | undefined): void {
  const bytes = frame(length, crc);
  recorder.windowWritten(0x100, bytes.length, bytes, 0, bytes.length, "H2.6");
  recorder.windowRead(0x900, 4, bytes, 0, 4, "H2.7");
  recorder.windowRead(0x904, bytes.length - 4, bytes, 4, bytes.length, "H2.8");
}

describe("packets in rows", () => {
  // Kept by the recorder whole, and in part.
  test.each([100, 1000])("LPC-BUF-3: of %d bytes the first 64 and the CRC-32 are shown, written and read", (length) => {
    const recorder = new Recorder({ entries: 16 });
    tell(recorder, length, 0x3589_7f50);
    const [written, lengthRead, packetRead] = rowsOf().of(recorder, 0, recorder.made);
    expect(written).toMatchObject({ op: "lpc_write", len: length + 8, cut: true, crc: "35897f50" });
    expect(lengthRead).not.toHaveProperty("crc");
    expect(packetRead).toMatchObject({ op: "lpc_read", len: length + 4, cut: true, crc: "35897f50" });
    for (const row of [written!, packetRead!]) {
      expect("value" in row && row.value.length).toBe(128);
      expect(decodeTraceRow(encodeTraceRow(row))).toEqual({ ok: true, value: row });
    }
  });

  test("of versions 1 and 2 there is no CRC-32, and none is shown", () => {
    const recorder = new Recorder({ entries: 16 });
    tell(recorder, 1000, undefined);
    const rows = rowsOf().of(recorder, 0, recorder.made);
    expect(rows.filter((row) => "cut" in row)).toHaveLength(2);
    expect(rows.filter((row) => "crc" in row)).toEqual([]);
  });

  test("that are shown whole have it in their bytes alone", () => {
    const recorder = new Recorder({ entries: 16 });
    tell(recorder, 20, 0x3589_7f50);
    const rows = rowsOf().of(recorder, 0, recorder.made);
    expect(rows.filter((row) => "crc" in row || "cut" in row)).toEqual([]);
    expect(rows[0]).toMatchObject({ value: expect.stringMatching(/35897f50$/) });
  });
});

describe("rows that are missing", () => {
  const row = (n: number): TraceEntry => ({ n, side: "host", op: "kcs_read", reg: "STR", value: "c1" });

  test("between two runs are told by the first row behind them", () => {
    expect(joined([row(0), row(1)], [row(5), row(6)])).toEqual([row(0), row(1), { ...row(5), gap: 3 }, row(6)]);
    expect(joined([row(0)], [row(1)])).toEqual([row(0), row(1)]);
    expect(joined([], [row(9)])).toEqual([row(9)]);
  });

  test("the opening of a session that the recorder no longer holds is told again with its own numbers", () => {
    const recorder = new Recorder({ entries: 16 });
    const memory = new SessionMemory(recorder);
    for (let value = 0; value < 3; value++) recorder.statusRead(0xc0, "H1.1");
    recorder.dataWritten(0, "H1.6");
    memory.quiet(true);
    for (let value = 0; value < 40; value++) {
      recorder.dataRead(value, "H2.4");
      memory.quiet(false);
    }
    const { made } = recorder;
    const maker = rowsOf();
    const rows = maker.context(memory.context("latest"), recorder, made);
    // Of three equal polls the first and the last.
    expect(rows.slice(0, 3).map(({ n }) => n)).toEqual([0, 2, 3]);
    expect(rows.every(({ again }) => again)).toBe(true);
    expect(rows[3]?.gap).toBe(rows[3]!.n - 4);
    expect(rows.at(-1)?.n).toBe(recorder.told - 1);
    const copied = rowsOf().context(memory.copy(recorder.copy()).context("latest"), recorder, made);
    expect(copied).toEqual(rows);
  });

  test("none are, while the recorder holds the opening itself", () => {
    const recorder = new Recorder({ entries: 64 });
    const memory = new SessionMemory(recorder);
    recorder.started();
    recorder.dataWritten(0, "H1.6");
    memory.quiet(true);
    recorder.dataRead(1, "H2.4");
    const rows = rowsOf().context(memory.context("latest"), recorder, recorder.made);
    expect(rows.map(({ n, gap }) => [n, gap])).toEqual([
      [0, undefined],
      [1, undefined],
      [2, undefined],
    ]);
  });
});
