/** The ring of last accesses: what a judge and a person look at after something went wrong. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { SideListener } from "../../../src/core/judge/listener.ts";
import { Recorder } from "../../../src/core/judge/recorder.ts";
import { RowListener } from "../../../src/core/judge/row-listener.ts";
import { tellRow } from "../../../src/core/judge/rows.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";

/** What a listener was told, a line an access. */
class Lines implements SideListener {
  readonly lines: string[] = [];

  statusRead(value: number, step: string | undefined): void {
    this.#say("statusRead", value, step);
  }

  dataRead(value: number, step: string | undefined): void {
    this.#say("dataRead", value, step);
  }

  dataWritten(value: number, step: string | undefined): void {
    this.#say("dataWritten", value, step);
  }

  statusWritten(value: number, step: string | undefined): void {
    this.#say("statusWritten", value, step);
  }

  windowRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number, step?: string): void {
    this.#say("windowRead", offset, length, toHex(bytes.subarray(start, end)), step);
  }

  windowWritten(offset: number, length: number, bytes: Uint8Array, start: number, end: number, step?: string): void {
    this.#say("windowWritten", offset, length, toHex(bytes.subarray(start, end)), step);
  }

  started(): void {
    this.#say("started");
  }

  stopAsked(): void {
    this.#say("stopAsked");
  }

  ended(): void {
    this.#say("ended");
  }

  #say(...words: readonly (string | number | undefined)[]): void {
    this.lines.push(words.join(" "));
  }
}

function replayed(recorder: Recorder): readonly string[] {
  const lines = new Lines();
  recorder.replay(lines);
  return lines.lines;
}

const STEPS = [undefined, "H2.2", "H2.4", "H2.6"];

const REGISTER_ACCESSES = ["statusRead", "dataRead", "dataWritten", "statusWritten"] as const;
const WINDOW_ACCESSES = ["windowRead", "windowWritten"] as const;
const LIFE = ["started", "stopAsked", "ended"] as const;

/** Tells one listener of an access that the numbers choose. */
function tell(to: SideListener, kind: number, value: number, bytes: Uint8Array, step: string | undefined): void {
  const padded = Uint8Array.from([0xee, ...bytes, 0xee]);
  if (kind < 4) to[REGISTER_ACCESSES[kind]!](value, step);
  else if (kind < 6) to[WINDOW_ACCESSES[kind - 4]!](value * 16, bytes.length, padded, 1, 1 + bytes.length, step);
  else to[LIFE[kind - 6]!]();
}

describe("the recorder", () => {
  test("tells again what it was told, with steps, numbers and times", () => {
    const recorder = new Recorder({ entries: 16 });
    const direct = new Lines();
    for (let kind = 0; kind < 9; kind++) {
      recorder.time = 100 + kind;
      for (const listener of [recorder, direct]) tell(listener, kind, kind, Uint8Array.of(1, 2, 3), STEPS[kind % 4]);
    }
    const moments: string[] = [];
    recorder.replay(new Lines(), (access, time) => moments.push(`${String(access)}@${String(time)}`));
    expect(replayed(recorder)).toEqual(direct.lines);
    expect(moments).toEqual(Array.from({ length: 9 }, (_, index) => `${String(index)}@${String(100 + index)}`));
  });

  test("of more accesses than it has entries it keeps the last", () => {
    const recorder = new Recorder({ entries: 4 });
    for (let value = 0; value < 11; value++) recorder.dataRead(value, "H2.4");
    expect(replayed(recorder)).toEqual([7, 8, 9, 10].map((value) => `dataRead ${String(value)} H2.4`));
    expect(recorder).toMatchObject({ told: 11, held: 4 });
  });

  test("a poll that reads the same again is one entry, of which the first and the last are told", () => {
    const recorder = new Recorder({ entries: 4 });
    recorder.dataRead(1, "H2.4");
    for (let time = 0; time < 1000; time++) {
      recorder.time = time;
      recorder.statusRead(0xc0, "H2.2");
    }
    recorder.statusRead(0xc0, "H2.11");
    recorder.statusRead(0xc1, "H2.11");
    const moments: number[][] = [];
    recorder.replay(new Lines(), (...moment) => moments.push(moment));
    expect(replayed(recorder)).toEqual([
      "dataRead 1 H2.4",
      "statusRead 192 H2.2",
      "statusRead 192 H2.2",
      "statusRead 192 H2.11",
      "statusRead 193 H2.11",
    ]);
    expect(moments.slice(1, 3)).toEqual([
      [1, 0],
      [1000, 999],
    ]);
    expect(recorder).toMatchObject({ told: 1003, held: 4 });
  });

  test("another access between two reads of the same STR keeps them apart", () => {
    const recorder = new Recorder();
    recorder.statusRead(0xc0, "H0.1");
    recorder.windowRead(0, 0, new Uint8Array(0), 0, 0, "H0.2");
    recorder.statusRead(0xc0, "H0.1");
    expect(replayed(recorder)).toEqual(["statusRead 192 H0.1", "windowRead 0 0  H0.2", "statusRead 192 H0.1"]);
  });

  test("of a long window access it keeps the first bytes, and says how long it was", () => {
    const recorder = new Recorder({ shownBytes: 4 });
    recorder.windowWritten(256, 1000, new Uint8Array(1000).fill(7), 0, 1000, "H3.2");
    expect(replayed(recorder)).toEqual(["windowWritten 256 1000 07070707 H3.2"]);
  });

  test("its memory is the same before the first access and after the last", () => {
    const recorder = new Recorder();
    const before = recorder.memoryBytes;
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index);
    for (let count = 0; count < 20_000; count++) tell(recorder, count % 9, count % 256, bytes, `step ${String(count)}`);
    expect(recorder.memoryBytes).toBe(before);
    expect(before).toBeLessThan(2 * 1024 * 1024);
  });

  test("4096 accesses are held, however large they are", () => {
    const recorder = new Recorder();
    const bytes = new Uint8Array(100_000);
    for (let count = 0; count < 20_000; count++) recorder.windowRead(0, bytes.length, bytes, 0, bytes.length, "H2.8");
    expect(recorder.held).toBe(4096);
  });

  test("of an access that is kept in part it has the last four bytes, too, while it tells of it", () => {
    const recorder = new Recorder({ entries: 16, shownBytes: 8 });
    const bytes = Uint8Array.from({ length: 20 }, (_, index) => index);
    recorder.windowRead(0, 20, bytes, 0, 20, undefined);
    recorder.windowWritten(0, 8, bytes, 0, 8, undefined);
    const told: string[] = [];
    const listener = new RowListener("host", (row) => {
      told.push(`${"value" in row ? row.value : ""} ${toHex(recorder.lastBytes ?? new Uint8Array(0))}`);
    });
    recorder.replay(listener);
    expect(told).toEqual(["0001020304050607 10111213", "0001020304050607 "]);
    expect(recorder.lastBytes).toBeUndefined();
  });

  test("a copy keeps what it had, and tells a part of it", () => {
    const recorder = new Recorder({ entries: 16 });
    for (let value = 0; value < 20; value++) recorder.dataRead(value, "H2.4");
    const copy = recorder.copy();
    for (let value = 20; value < 40; value++) recorder.dataRead(value, "H2.4");
    const lines = new Lines();
    const numbers: number[] = [];
    copy.replay(lines, (access) => numbers.push(access), 10, 13);
    expect(lines.lines).toEqual(["dataRead 10 H2.4", "dataRead 11 H2.4", "dataRead 12 H2.4"]);
    expect(numbers).toEqual([10, 11, 12]);
    expect([copy.accessAt(10), copy.accessAt(20), copy.held, copy.told]).toEqual([10, 20, 16, 20]);
  });

  test("whatever it was told, it tells the end of that again, in order and with its bytes", () => {
    const access = fc.record({
      kind: fc.nat(8),
      value: fc.nat(255),
      bytes: fc.uint8Array({ maxLength: 40 }),
      step: fc.constantFrom(...STEPS),
    });
    fc.assert(
      fc.property(fc.array(access, { maxLength: 60 }), fc.constantFrom(1, 2, 8, 16), (accesses, entries) => {
        const recorder = new Recorder({ entries, slabBytes: 64 });
        const direct = new Lines();
        for (const [index, { kind, value, bytes, step }] of accesses.entries()) {
          // No two polls alike one behind the other: of those only the ends are told.
          const distinct = kind === 0 ? (value & 0xfe) | (index & 1) : value;
          for (const listener of [recorder, direct]) tell(listener, kind, distinct, bytes, step);
        }
        const told = replayed(recorder);
        expect(told).toEqual(direct.lines.slice(direct.lines.length - told.length));
        const fits = accesses.slice(-entries).every(({ kind, bytes }) => kind < 4 || kind > 5 || bytes.length === 0);
        if (fits) expect(told).toHaveLength(Math.min(entries, accesses.length));
        if (accesses.length > 0) expect(told.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("the recorder's rows", () => {
  test("rows of it tell a listener the same as the recorder does", () => {
    const recorder = new Recorder({ shownBytes: 4 });
    for (let kind = 0; kind < 9; kind++) tell(recorder, kind, kind, Uint8Array.of(1, 2, 3, 4, 5), STEPS[kind % 4]);
    const rows: TraceEntry[] = [];
    const writer = new RowListener("bmc", (row) => rows.push(row));
    recorder.replay(writer, (n) => {
      writer.moment.n = n;
    });
    const host = new Lines();
    const bmc = new Lines();
    const bus = { host, bmc, time: 0, registerPoked: () => undefined, windowPoked: () => undefined };
    for (const row of rows) tellRow(bus, row);
    expect(bmc.lines).toEqual(replayed(recorder));
    expect(host.lines).toEqual([]);
    expect(rows.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows[4]).toEqual({ n: 4, side: "bmc", op: "lpc_read", offset: 64, len: 5, value: "01020304", cut: true });
  });
});
