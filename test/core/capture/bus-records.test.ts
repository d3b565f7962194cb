/** Records of the bus: what is written is read again, and nothing that is no record is taken for one (Annex G.8). */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeBusRecord, type BusRecordReject } from "../../../src/core/capture/bus-record-reader.ts";
import { encodeBusRecord, encodeHeadRecord } from "../../../src/core/capture/bus-record.ts";
import { encodeFindingRecord } from "../../../src/core/capture/finding-record.ts";
import type { Finding } from "../../../src/core/judge/finding.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { traceHead } from "../../../src/core/trace/head.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/wire/utf8.ts";

const ALL = 1_000_000;
const step = fc.string({ unit: fc.constantFrom("H", "B", "0", "7", ".", "a", " "), minLength: 1, maxLength: 20 });
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => toHex(value));
const headOfRow = fc.record(
  { n: fc.nat(2 ** 31), t: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), step },
  { requiredKeys: ["n"] },
);
const register = fc.record({
  side: fc.constantFrom("host" as const, "bmc" as const),
  op: fc.constantFrom("kcs_read" as const, "kcs_write" as const),
  reg: fc.constantFrom("STR" as const, "IDR" as const, "ODR" as const),
  value: hex(1),
});
const windowAccess = fc
  .record({
    side: fc.constantFrom("host" as const, "bmc" as const),
    op: fc.constantFrom("lpc_read" as const, "lpc_write" as const),
    offset: fc.nat(2 ** 24),
    value: fc.uint8Array({ maxLength: 40 }).map((value) => toHex(value)),
    missing: fc.nat(3),
  })
  .map(({ missing, ...row }) => ({
    ...row,
    len: row.value.length / 2 + missing,
    ...(missing > 0 ? { cut: true as const } : {}),
  }));
const poke = fc.record({
  side: fc.constant("lab" as const),
  op: fc.constant("poke" as const),
  offset: fc.nat(2 ** 24),
  len: fc.constant(3),
  value: hex(3),
});
const life = fc.record({
  side: fc.constantFrom("host" as const, "bmc" as const),
  op: fc.constant("life" as const),
  event: fc.constantFrom("started" as const, "stopAsked" as const, "ended" as const),
});
const anyRow = fc
  .tuple(headOfRow, fc.oneof(register, windowAccess, poke, life))
  .map(([head, rest]): TraceEntry => ({ ...head, ...rest }));

const FINDING: Finding = {
  requirement: "LPC-BUF-3",
  side: "host",
  kind: "wire",
  access: 25,
  step: "H2.7",
  seen: "a trailer of 0x2f91593c",
  expected: "0x3c59912f — “computed”",
  bytes: Uint8Array.of(0x2f, 0x91, 0x59, 0x3c),
  offset: 0x194,
  cause: { name: "crcOrder", text: "the trailer is little-endian" },
};

describe("a record that is read again", () => {
  test("is the row that was written, whatever row it is", () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        const { bytes, originalBytes } = encodeBusRecord(row, ALL);
        const read = decodeBusRecord(bytes, originalBytes, row.t === undefined ? undefined : BigInt(row.t));
        expect(read).toEqual({ ok: true, value: { kind: "row", row } });
      }),
    );
  });

  test("has the bytes that were recorded and says that there were more", () => {
    const row: TraceEntry = { n: 1, side: "host", op: "lpc_write", offset: 4, len: 5, value: "0102030405" };
    const { bytes, originalBytes } = encodeBusRecord(row, 2);
    expect([bytes.length, originalBytes]).toEqual([17 + 2, 17 + 5]);
    const read = decodeBusRecord(bytes, originalBytes, 0n);
    expect(read).toEqual({ ok: true, value: { kind: "row", row: { ...row, value: "0102", cut: true } } });
  });

  test("is the head of the trace", () => {
    const head = traceHead({ sides: ["host", "bmc"], depth: 1, windowBytes: 65536, lives: true, times: { stop: 500 } });
    const { bytes, originalBytes } = encodeHeadRecord(head);
    expect(decodeBusRecord(bytes, originalBytes, 7n)).toEqual({ ok: true, value: { kind: "head", head } });
  });

  test("is a finding, with all that it says", () => {
    const { bytes, originalBytes } = encodeFindingRecord(FINDING, 2 ** 32 + 26);
    const { cause, access: _, ...said } = FINDING;
    const finding = { ...said, row: 26, guess: cause?.text };
    expect(decodeBusRecord(bytes, originalBytes, 7n)).toEqual({ ok: true, value: { kind: "finding", finding } });
  });

  test("is a finding about no bytes, without a guess and with texts of bounded length", () => {
    const bare = { ...FINDING, bytes: undefined, offset: undefined, cause: undefined, seen: "x".repeat(5000) };
    const { bytes, originalBytes } = encodeFindingRecord(bare, 0);
    const read = decodeBusRecord(bytes, originalBytes, 7n);
    const finding = read.ok && read.value.kind === "finding" ? read.value.finding : undefined;
    expect(finding).toMatchObject({ bytes: new Uint8Array(0), offset: undefined, guess: undefined });
    expect(finding?.seen).toHaveLength(1024);
  });
});

describe("what is no record", () => {
  const access = `01000102${"0".repeat(8)}0000000100000000`;
  test.each<readonly [string, string, number, BusRecordReject]>([
    ["no bytes", "", 0, "notARecord"],
    ["the bytes of another program", "4500003c1c4640004006b1e6ac100a63ac100a0c", 0, "notARecord"],
    ["a later version", `02${access.slice(2)}0001`, 0, "unknownVersion"],
    ["a step that is longer than the record", `${access}2031`, 0, "notARecord"],
    ["a step of other characters", `${access}011b01`, 0, "notARecord"],
    ["a register without its byte", `${access}00`, 0, "badAccess"],
    ["a register whose byte the capture has not", `${access}00`, 1, "cut"],
    ["a register that there is not", `01000109${"0".repeat(8)}00000001000000000001`, 0, "badAccess"],
    ["more bytes than were accessed", `01000100${"0".repeat(8)}000000010000000000aabb`, 0, "badAccess"],
    ["a read from outside both sides", `01020000${"0".repeat(8)}000000010000000000aa`, 0, "badAccess"],
    ["a life from outside both sides", `010210ff${"0".repeat(8)}000000000000000000`, 0, "badAccess"],
    ["a head that is no JSON", `010020ff${"0".repeat(8)}0000000100000000007b`, 0, "badHead"],
    ["a finding that ends in a text", `010030ff${"0".repeat(8)}00000000000000000000000541`, 0, "badFinding"],
    ["a finding that the capture has in part", `010030ff${"0".repeat(8)}00000000000000000000000541`, 4, "cut"],
  ])("%s is refused", (_what, digits, missing, why) => {
    const bytes = fromHex(digits)!;
    expect(decodeBusRecord(bytes, bytes.length + missing, 1n)).toEqual({ ok: false, reject: why });
  });

  test("a kind that a later release may add is passed over", () => {
    const bytes = fromHex(`010063ff${"0".repeat(8)}00000000000000000041`)!;
    expect(decodeBusRecord(bytes, bytes.length, 1n)).toEqual({ ok: true, value: { kind: "other" } });
  });

  test("any bytes, and any change of a record, are read or refused", () => {
    const records = [
      encodeBusRecord({ n: 0, side: "bmc", op: "lpc_read", offset: 0, len: 4, value: "4d435450" }, ALL).bytes,
      encodeHeadRecord(traceHead({ sides: ["host"], lives: true })).bytes,
      encodeFindingRecord(FINDING, 1).bytes,
      Uint8Array.of(1),
    ];
    const changed = fc
      .tuple(fc.constantFrom(...records), fc.uint8Array({ maxLength: 60 }), fc.nat(80), fc.nat(90))
      .map(([record, more, at, end]) => {
        const bytes = Buffer.concat([record, more]);
        bytes.set(more.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
        return bytes.subarray(0, end);
      });
    fc.assert(
      fc.property(changed, fc.nat(100), fc.bigInt({ min: 0n, max: 2n ** 64n }), (bytes, missing, time) => {
        expect(typeof decodeBusRecord(bytes, bytes.length + missing, time).ok).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("UTF-8", () => {
  test("is that of Node for any text, and any bytes are some text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
        expect(Buffer.from(encodeUtf8(text, 1000)).equals(Buffer.from(text))).toBe(true);
        expect(decodeUtf8(Buffer.from(text))).toBe(Buffer.from(text).toString());
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const text = decodeUtf8(bytes);
        // Of what is UTF-8 to Node it is the same text.
        const isUtf8 = Buffer.from(Buffer.from(bytes).toString()).equals(Buffer.from(bytes));
        expect(text).toBe(isUtf8 ? Buffer.from(bytes).toString() : text);
        if (!isUtf8) expect(text).toContain("\ufffd");
      }),
    );
  });

  test("is cut between two characters", () => {
    expect(toHex(encodeUtf8("a—b", 3))).toBe("61");
    expect(toHex(encodeUtf8("a—b", 4))).toBe("61e28094");
  });
});
