import { describe, expect, test } from "@jest/globals";
import { BusField, BusOperation, BusPlace, encodeBusRecord } from "../../../src/core/capture/bus-record.ts";
import { CaptureReader } from "../../../src/core/capture/capture-reader.ts";
import { LinkType, mctpPacketIn, sll2Header } from "../../../src/core/capture/link-types.ts";
import { PacketTap } from "../../../src/core/capture/packet-tap.ts";
import { TraceCapture } from "../../../src/core/capture/trace-capture.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { bytesOf, isRegisterRow, type TraceEntry } from "../../../src/core/trace/format.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { recording } from "../../interop/recorded-traces.ts";

const RECORDINGS = ["04a-msg64-host-to-bmc-v3", "04b-msg64-bmc-to-host-v3"];

/** The packets that a tap finds, as "hostToBmc 0108…". */
function tapped(rows: readonly TraceEntry[]): readonly string[] {
  const tap = new PacketTap();
  return rows.flatMap((row) => {
    const packet = tap.take(row);
    return packet === undefined ? [] : [`${packet.direction} ${toHex(packet.bytes)}`];
  });
}

describe.each(RECORDINGS)("packets of the recorded run %s", (name) => {
  const { rows } = recording(name);
  const both = tapped(rows);

  test("one for each Tx Begin, with what the writer wrote", () => {
    const begins = rows.filter(
      (row) => isRegisterRow(row) && row.op === "kcs_write" && row.reg !== "STR" && row.value === "01",
    );
    expect(begins.length).toBeGreaterThan(0);
    expect(both).toHaveLength(begins.length);
    for (const packet of both) {
      const bytes = packet.split(" ")[1]!;
      expect(rows.some((row) => row.op === "lpc_write" && toHex(bytesOf(row)).includes(bytes.slice(8)))).toBe(true);
    }
  });

  test.each<RoleName>(["host", "bmc"])("the %s's accesses alone show the same packets", (side) => {
    expect(tapped(rows.filter((row) => row.side === side))).toEqual(both);
  });
});

describe("a packet whose access is shown in part", () => {
  const { rows } = recording(RECORDINGS[0]!);
  const cut = rows.map((row) =>
    row.op === "lpc_write" && row.len > 60 ? { ...row, value: row.value.slice(0, 80), cut: true as const } : row,
  );

  test("has its beginning, and its length", () => {
    const tap = new PacketTap();
    const found = cut.filter((row) => row.side === "host").flatMap((row) => tap.take(row) ?? []);
    expect(found.some(({ bytes, length }) => bytes.length < length)).toBe(true);
    for (const { bytes } of found) expect(tapped(rows).join()).toContain(toHex(bytes));
  });
});

describe("a tap of any rows", () => {
  test.each<readonly [string, readonly TraceEntry[]]>([
    ["Tx Begin before a region was seen", [{ n: 0, side: "host", op: "kcs_write", reg: "IDR", value: "01" }]],
    [
      "a region whose buffers lie in it",
      [
        { n: 0, side: "bmc", op: "lpc_write", offset: 0, len: 28, value: "ff".repeat(28) },
        { n: 1, side: "host", op: "lpc_write", offset: 0, len: 8, value: "0000000401080900" },
        { n: 2, side: "host", op: "kcs_write", reg: "IDR", value: "01" },
        { n: 3, side: "lab", op: "poke", reg: "IDR", value: "01" },
      ],
    ],
  ])("%s: no packet, and nothing is thrown", (_, rows) => {
    expect(tapped(rows)).toEqual([]);
  });
});

describe("LINKTYPE_LINUX_SLL2", () => {
  test("the header as libmctp writes it", () => {
    expect(toHex(sll2Header("in", 1))).toBe("00fa000000000001012200000000000000000000");
    expect(toHex(sll2Header("out", 1))).toBe("00fa000000000001012204000000000000000000");
  });

  test.each([
    [LinkType.LINUX_SLL2, "00fa000000000001012200000000000000000000" + "01080900", "01080900"],
    [LinkType.LINUX_SLL, "000001220000000000000000000000fa" + "01080900", "01080900"],
    [LinkType.LINUX_SLL2, "0800000000000001012200000000000000000000" + "01080900", "otherProtocol"],
    [LinkType.LINUX_SLL2, "00fa0000", "truncatedHeader"],
    [LinkType.USER0, "00", "linkType"],
  ])("type %p: %s", (linkType, frame, expected) => {
    const packet = mctpPacketIn(linkType, fromHex(frame)!);
    expect(packet.ok ? toHex(packet.value) : packet.reject).toBe(expected);
  });
});

describe("the record of an access (Annex G.8)", () => {
  test("a window access that is cut, with its step", () => {
    const row: TraceEntry = {
      n: 7,
      t: 5,
      step: "H2.5",
      side: "host",
      op: "lpc_write",
      offset: 0x1000,
      len: 300,
      value: "0102",
      cut: true,
    };
    const { bytes, originalBytes } = encodeBusRecord(row, 1000);
    expect(toHex(bytes)).toBe("01000100" + "00001000" + "0000012c" + "00000007" + "04" + "48322e35" + "0102");
    expect(originalBytes).toBe(21 + 300);
  });

  test.each<readonly [TraceEntry, string]>([
    [
      { n: 0, side: "bmc", op: "kcs_read", reg: "STR", value: "c1" },
      `01010001${"0".repeat(8)}0000000100000000` + "00c1",
    ],
    [{ n: 1, side: "lab", op: "poke", reg: "ODR", value: "ff" }, `01020103${"0".repeat(8)}0000000100000001` + "00ff"],
    [{ n: 2, side: "host", op: "life", event: "ended" }, `010012ff${"0".repeat(8)}0000000000000002` + "00"],
  ])("%j", (row, expected) => {
    expect(toHex(encodeBusRecord(row, 1000).bytes)).toBe(expected);
  });

  test("a step from anywhere is ASCII of bounded length", () => {
    const row: TraceEntry = {
      n: 0,
      step: `\u001b[2J—${"x".repeat(500)}`,
      side: "bmc",
      op: "kcs_read",
      reg: "IDR",
      value: "00",
    };
    const { bytes } = encodeBusRecord(row, 1000);
    expect(bytes[BusField.STEP_BYTES]).toBe(64);
    expect(Buffer.from(bytes.subarray(BusField.STEP, BusField.STEP + 64)).toString("latin1")).toMatch(/^\?\[2J\?x+$/);
    expect([bytes[BusField.OPERATION], bytes[BusField.PLACE]]).toEqual([BusOperation.READ, BusPlace.IDR]);
  });
});

test.each<readonly [RoleName, string]>([
  ["bmc", "in"],
  ["host", "out"],
])("seen from the %s, packets of the host go %s", (side, way) => {
  const { rows } = recording(RECORDINGS[0]!);
  const capture = new TraceCapture({ application: "test", source: "board", side });
  const blocks = [...capture.head(), ...rows.flatMap((row) => capture.row(row))];
  const reader = new CaptureReader(100_000);
  const frames = blocks.flatMap((block) => {
    const read = reader.push(block);
    return read.ok ? read.value.map(({ linkType, bytes }) => ({ linkType, bytes: bytes.slice() })) : [];
  });
  expect(frames.filter(({ linkType }) => linkType === LinkType.USER0)).toHaveLength(rows.length);
  const packets = frames.filter(({ linkType }) => linkType === LinkType.LINUX_SLL2);
  expect(packets).toHaveLength(tapped(rows).length);
  const fromHost = packets
    .filter(({ bytes }) => bytes[10] === (way === "in" ? 0 : 4))
    .map(({ bytes }) => toHex(bytes.subarray(20)));
  const expected = tapped(rows)
    .filter((packet) => packet.startsWith("hostToBmc"))
    .map((packet) => packet.split(" ")[1]);
  expect(fromHost).toEqual(expected);
});
