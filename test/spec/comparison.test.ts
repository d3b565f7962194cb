/** The models of other transports, and the tables, against figures computed by hand. */
import { describe, expect, test } from "@jest/globals";
import { comparisonTable, cycleTable, throughputTable } from "../../spec/generator/tables/comparison.ts";
import { bothWays, rateText, threeDigits, timeText } from "../../spec/generator/tables/markdown-table.ts";
import { TRANSPORTS, messageCost, transportRate, type Transport } from "../../spec/generator/tables/transports.ts";
import type { Direction } from "../../src/core/binding/side.ts";

function transport(start: string): Transport {
  const found = TRANSPORTS.filter(({ name }) => name.startsWith(start));
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** Bytes and microseconds of a packet with 64 payload bytes. */
function aPacket(start: string, direction: Direction): readonly [bytes: number, microseconds: number] {
  const { bytes, seconds } = transport(start).packet(64, direction);
  return [bytes, seconds * 1e6];
}

const IO_MICROSECONDS = 13 / 33;

describe("a packet of 64 payload bytes", () => {
  test("KCS: 72 bytes, each a write and a status read, between WRITE_START and WRITE_END", () => {
    const toBmc = 1 + 2 * (72 + 2);
    const toHost = 3 * 72 + 2;
    expect(aPacket("KCS alone", "hostToBmc")).toEqual([toBmc, expect.closeTo(toBmc * IO_MICROSECONDS)]);
    expect(aPacket("KCS alone", "bmcToHost")).toEqual([toHost, expect.closeTo(toHost * IO_MICROSECONDS)]);
  });

  test("block transfer: 68 bytes in two transfers of at most 60", () => {
    const toBmc = 68 + 2 * (4 + 3);
    expect(aPacket("IPMI BT", "hostToBmc")).toEqual([toBmc, expect.closeTo(toBmc * IO_MICROSECONDS)]);
    expect(aPacket("IPMI BT", "bmcToHost")[0]).toBe(68 + 2 * (4 + 5));
  });

  test("mailbox: 68 bytes in seven transfers of at most 11", () => {
    expect(aPacket("SuperIO", "hostToBmc")).toEqual([68 + 7 * 4, expect.closeTo(96 * IO_MICROSECONDS)]);
  });

  test("serial: 74 bytes and the escapes of 68, ten bits each", () => {
    const bytes = 6 + 68 + (68 * 2) / 256;
    expect(aPacket("serial (DSP0253), 115200", "hostToBmc")).toEqual([bytes, expect.closeTo((bytes / 11_520) * 1e6)]);
    expect(aPacket("serial (DSP0253), 3 M", "bmcToHost")).toEqual([bytes, expect.closeTo((bytes / 300_000) * 1e6)]);
  });

  test("PCIe: 88 bytes at 250 MB/s", () => {
    expect(aPacket("PCIe", "hostToBmc")).toEqual([88, expect.closeTo(0.352)]);
    expect((transportRate(transport("PCIe"), "hostToBmc") / 1e6).toFixed(0)).toBe("182");
  });

  test("MMBI: 72 bytes and two pointers by 4 bytes, and one doorbell", () => {
    const clocks = (18 + 2) * 23 + 13;
    const name = "MMBI (DSP0284) in the same window, packets of 64";
    expect(aPacket(name, "hostToBmc")).toEqual([72 + 8 + 1, expect.closeTo(clocks / 33)]);
    expect(aPacket(name, "bmcToHost")[1]).toBeCloseTo(clocks / 33);
  });

  test("this binding: 76 bytes and four registers", () => {
    expect(aPacket("this binding, version 3, MTU 64", "hostToBmc")).toEqual([
      80,
      expect.closeTo((19 * 23 + 4 * 13) / 33),
    ]);
  });
});

test("a message is as many packets as it needs, the last one shorter", () => {
  const serial = transport("serial (DSP0253), 921600");
  const parts = [64, 64, 22].map((payload) => serial.packet(payload, "hostToBmc").bytes);
  expect(messageCost(serial, 150, "hostToBmc").bytes).toBeCloseTo(parts.reduce((sum, bytes) => sum + bytes));
  const whole = transport("this binding, version 3, MTU 4096");
  expect(messageCost(whole, 4096, "hostToBmc")).toEqual(whole.packet(4096, "hostToBmc"));
});

describe("tables", () => {
  const cells = (table: string): readonly (readonly string[])[] =>
    table.split("\n").map((line) => line.replace(/^\| | \|$/g, "").split(" | "));

  test("one row a transport, with both directions where they differ", () => {
    const [, , ...rows] = cells(comparisonTable());
    expect(rows.map(([name]) => name)).toEqual(TRANSPORTS.map(({ name }) => name));
    const row = (start: string): readonly string[] => rows.find(([name]) => name!.startsWith(start))!.slice(3);
    expect(row("this binding, version 1")).toEqual(["64", "76", "14.1 µs", "4864", "904 µs", "4.53 MB/s"]);
    expect(row("this binding, version 3, MTU 4096").slice(3)).toEqual([
      "4112",
      "717 µs / 281 µs",
      "5.71 MB/s / 14.6 MB/s",
    ]);
    expect(row("serial (DSP0253), 115200").slice(1)).toEqual(["75", "6.47 ms", "4770", "414 ms", "9.89 kB/s"]);
  });

  test("the cycles of the bus", () => {
    expect(cells(cycleTable()).slice(2)).toEqual([
      ["I/O read or write (KCS register)", "1", "13", "0.394", "2.54"],
      ["firmware read or write", "1", "17", "0.515", "1.94"],
      ["firmware read or write", "2", "19", "0.576", "3.47"],
      ["firmware read or write", "4", "23", "0.697", "5.74"],
      ["firmware read", "128", "271", "8.21", "15.6"],
    ]);
  });

  test("version 1 has one MTU, the others all", () => {
    const rows = cells(throughputTable()).slice(2);
    expect(rows.map(([version, mtu]) => [version, mtu])).toEqual([
      ["1", "64"],
      ...["2", "3"].flatMap((version) => ["64", "4096", "32768", "524144"].map((mtu) => [version, mtu])),
    ]);
    expect(rows[0]).toEqual(["1", "64", "14.1 µs, 4.53 MB/s (79.0 %)", "14.1 µs, 4.53 MB/s (29.1 %)", rows[0]![2]]);
  });

  test.each([
    [0.352, "0.352"],
    [14.82, "14.8"],
    [717.4, "717"],
    [999.6, "1000"],
    [33_249, "33200"],
  ])("%p with three digits is %p", (value, text) => {
    expect(threeDigits(value)).toBe(text);
  });

  test("times and rates choose their units", () => {
    expect([1.5e-6, 999.4e-6, 999.6e-6, 0.0153, 2].map(timeText)).toEqual([
      "1.50 µs",
      "999 µs",
      "1.00 ms",
      "15.3 ms",
      "2.00 s",
    ]);
    expect([9_890, 999_600, 15.57e6].map(rateText)).toEqual(["9.89 kB/s", "1.00 MB/s", "15.6 MB/s"]);
    expect([bothWays("a", "a"), bothWays("a", "b")]).toEqual(["a", "a / b"]);
  });
});
