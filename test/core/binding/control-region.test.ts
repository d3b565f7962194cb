import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  CONTROL_FIELDS,
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  decodeControlRegion,
  decodeHostVersions,
  decodeLayout,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeU32,
  encodeVersionRange,
  Field,
  MAGIC,
  type ControlRegion,
} from "../../../src/core/binding/control-region.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { Pair } from "../../support/pair.ts";

/** A BMC's region at start, and after a host of versions 1 to 3 with MTU 64 has its session. */
const AT_START = "4d435450000100030000000000000000000001000000004c0000014c0000004c";
const IN_SESSION = "4d435450000100030001000300030000000001000000004c0000014c0000004c";

const SESSION_REGION: ControlRegion = {
  magic: MAGIC,
  bmcVersions: { min: 1, cur: 3 },
  hostVersions: { min: 1, cur: 3 },
  negotiatedVersion: 3,
  layout: { bmcToHost: { offset: 0x100, size: 76 }, hostToBmc: { offset: 0x14c, size: 76 } },
};

describe("LPC-REG control region", () => {
  test("LPC-REG-1: the fields lie where the field has them", () => {
    expect(Field).toEqual({
      magic: 0x00,
      bmcVersionMin: 0x04,
      bmcVersionCur: 0x06,
      hostVersionMin: 0x08,
      hostVersionCur: 0x0a,
      negotiatedVersion: 0x0c,
      pad: 0x0e,
      rxOffset: 0x10,
      rxSize: 0x14,
      txOffset: 0x18,
      txSize: 0x1c,
    });
    expect([CONTROL_FIELDS_BYTES, CONTROL_REGION_BYTES]).toEqual([0x20, 0x100]);
  });

  test("LPC-REG-1: the fields of the table lie one behind the other, each where the codec has it", () => {
    expect(CONTROL_FIELDS.map(({ offset }) => offset)).toEqual(Object.values(Field).sort((one, other) => one - other));
    const ends = CONTROL_FIELDS.map(({ offset, bytes }) => offset + bytes);
    expect(ends).toEqual([...CONTROL_FIELDS.slice(1).map(({ offset }) => offset), CONTROL_FIELDS_BYTES]);
  });

  test("LPC-REG-3: a run from start to stop writes each field by those whom the table names", () => {
    const writers = new Map(CONTROL_FIELDS.map(({ name }) => [name, new Set<RoleName>()]));
    const pair = new Pair({
      beforeAccess: (role, access) => {
        if (access.kind !== "writeWindow") return;
        const { offset, bytes, start, end } = access;
        for (const field of CONTROL_FIELDS) {
          const from = Math.max(field.offset, offset);
          const to = Math.min(field.offset + field.bytes, offset + end - start);
          if (from >= to) continue;
          const written = bytes.subarray(start + from - offset, start + to - offset);
          const isZeroing = field.writer === "host" && role === "bmc" && written.every((byte) => byte === 0);
          if (!isZeroing) writers.get(field.name)?.add(role);
        }
      },
    }).bringUp();
    pair.restart("bmc", "orderly");
    pair.bringUp();
    pair.restart("host", "orderly");
    pair.bringUp();
    const found = CONTROL_FIELDS.map(({ name }) => [name, [...writers.get(name)!].sort().join(" ")]);
    const table = CONTROL_FIELDS.map(({ name, writer }) => [name, writer === "both" ? "bmc host" : writer]);
    expect(found).toEqual(table);
  });

  test("LPC-REG-2: the magic is MCTP in ASCII", () => {
    expect(toHex(encodeU32(MAGIC))).toBe(Buffer.from("MCTP").toString("hex"));
  });

  test("LPC-REG-1: recorded regions are read", () => {
    expect(decodeControlRegion(fromHex(IN_SESSION)!)).toEqual(SESSION_REGION);
    expect(decodeControlRegion(fromHex(AT_START)!)).toEqual({
      ...SESSION_REGION,
      hostVersions: { min: 0, cur: 0 },
      negotiatedVersion: 0,
    });
  });

  test("LPC-REG-1: rx_ is the host's receive buffer: BMC to host", () => {
    const bytes = fromHex(AT_START)!;
    bytes.set([0x11, 0x22, 0x33, 0x44], Field.rxOffset);
    bytes.set([0x55, 0x66, 0x77, 0x88], Field.txSize);
    const { layout } = decodeControlRegion(bytes);
    expect(layout.bmcToHost).toEqual({ offset: 0x11223344, size: 76 });
    expect(layout.hostToBmc).toEqual({ offset: 0x14c, size: 0x55667788 });
  });

  test("LPC-REG-1: the recorded region is written, the pad 0", () => {
    expect(toHex(encodeControlRegion(SESSION_REGION))).toBe(IN_SESSION);
  });

  test("LPC-REG-1: parts are written as they lie in the whole", () => {
    expect(toHex(encodeVersionRange({ min: 1, cur: 3 }))).toBe("00010003");
    expect(toHex(encodeLayout(SESSION_REGION.layout))).toBe(IN_SESSION.slice(0x20));
    expect(toHex(encodeU16(3))).toBe("0003");
    expect(decodeHostVersions(fromHex("00020003")!)).toEqual({ min: 2, cur: 3 });
    expect(decodeLayout(fromHex(IN_SESSION.slice(0x20))!)).toEqual(SESSION_REGION.layout);
  });

  test("LPC-REG-1: any region survives writing and reading", () => {
    const range = fc.record({ min: fc.nat(0xffff), cur: fc.nat(0xffff) });
    const buffer = fc.record({ offset: fc.nat(0xffff_ffff), size: fc.nat(0xffff_ffff) });
    const regions = fc.record({
      magic: fc.nat(0xffff_ffff),
      bmcVersions: range,
      hostVersions: range,
      negotiatedVersion: fc.nat(0xffff),
      layout: fc.record({ bmcToHost: buffer, hostToBmc: buffer }),
    });
    fc.assert(
      fc.property(regions, (region) => {
        expect(decodeControlRegion(encodeControlRegion(region))).toEqual(region);
      }),
    );
  });

  test("LPC-REG-1: any bytes are read without complaint, and written back the same but for the pad", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const expected = Uint8Array.from(bytes);
        expected.fill(0, Field.pad, Field.rxOffset);
        expect(encodeControlRegion(decodeControlRegion(bytes))).toEqual(expected);
      }),
    );
  });
});
