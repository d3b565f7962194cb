import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { versionNumber } from "../../../src/core/mctp/control/version-number.ts";
import { PldmCommand, PldmType, decodePldm, readBitmap, writeBitmap } from "../../../src/core/pldm/codec.ts";
import { PLDM_COUNTERS, baseTerminus, respondPldm, type PldmTerminus } from "../../../src/core/pldm/responder.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";

/** The response to a message, as hexadecimal digits in the groups that the fields make. */
function answer(hex: string, terminus: PldmTerminus = baseTerminus()): string | undefined {
  const response = respondPldm(fromHex(hex)!, terminus, zeroCounters(PLDM_COUNTERS));
  return response === undefined ? undefined : toHex(response);
}

const plain = (hex: string): string => hex.replaceAll(" ", "");

describe("commands of the base type (DSP0240)", () => {
  test("SetTID is remembered for GetTID, which gives 0 before", () => {
    const terminus = baseTerminus();
    expect(answer("01 81 00 02", terminus)).toBe(plain("01 01 00 02 00 00"));
    expect(answer("01 82 00 01 2a", terminus)).toBe(plain("01 02 00 01 00"));
    expect(answer("01 83 00 02", terminus)).toBe(plain("01 03 00 02 00 2a"));
  });

  test.each(["00", "ff"])("SetTID of the reserved 0x%s is invalid data", (tid) => {
    expect(answer(`01 80 00 01 ${tid}`)).toBe(plain("01 00 00 01 02"));
  });

  test("GetPLDMVersion gives 1.0.0 and its CRC-32 in one part", () => {
    expect(answer("01 9f 00 03 00000000 01 00")).toBe(plain("01 1f 00 03 00 00000000 05 00f0f0f1 fb8f864a"));
  });

  test("GetPLDMTypes: type 0 alone; GetPLDMCommands of it: 1 to 5", () => {
    expect(answer("01 80 00 04")).toBe(plain(`01 00 00 04 00 01${"00".repeat(7)}`));
    expect(answer("01 80 00 05 00 00f0f0f1")).toBe(plain(`01 00 00 05 00 3e${"00".repeat(31)}`));
  });

  test("GetPLDMCommands: the version 0xffffffff stands for none in particular (DSP0240 1.2.0)", () => {
    expect(answer("01 80 00 05 00 ffffffff")).toBe(plain(`01 00 00 05 00 3e${"00".repeat(31)}`));
    expect(answer("01 80 00 05 05 ffffffff")).toBe(plain("01 00 00 05 83"));
  });

  test.each([
    ["a PLDM type that is not spoken", "01 80 02 11 01 00", "01 00 02 11 20"],
    ["a command that is not known", "01 80 00 06", "01 00 00 06 05"],
    ["too little data", "01 80 00 01", "01 00 00 01 03"],
    ["too much data", "01 80 00 02 00", "01 00 00 02 03"],
    ["GetPLDMVersion: too little data", "01 80 00 03 00000000 01", "01 00 00 03 03"],
    ["GetPLDMVersion: an operation that is none", "01 80 00 03 00000000 02 00", "01 00 00 03 81"],
    ["GetPLDMVersion: a type that is not spoken", "01 80 00 03 00000000 01 05", "01 00 00 03 83"],
    ["GetPLDMVersion: the next part of no transfer", "01 80 00 03 04000000 00 00", "01 00 00 03 80"],
    ["GetPLDMCommands: a type that is not spoken", "01 80 00 05 05 00f0f0f1", "01 00 00 05 83"],
    ["GetPLDMCommands: a version that is not spoken", "01 80 00 05 00 00f0f1f1", "01 00 00 05 84"],
  ])("%s: its completion code", (_name, request, response) => {
    expect(answer(request)).toBe(plain(response));
  });

  test.each([
    ["a response", "01 00 00 02 00 01"],
    ["a notification", "01 c0 00 02"],
    ["D without Rq", "01 40 00 02"],
    ["another header version", "01 80 40 02"],
    ["an integrity check", "81 80 00 02"],
    ["too few bytes", "01 80 00"],
  ])("%s is discarded and counted", (_name, hex) => {
    const counters = zeroCounters(PLDM_COUNTERS);
    expect(respondPldm(fromHex(hex)!, baseTerminus(), counters)).toBeUndefined();
    expect(counters).toEqual({ pldmAnswered: 0, pldmDiscarded: 1 });
  });

  test("a list of several versions in parts of 4 bytes: start, middle, end", () => {
    const versions = [versionNumber(1, 0, 0), versionNumber(1, 1, 0), versionNumber(1, 2, 0)];
    const types = new Map([[PldmType.BASE, { versions, commands: Object.values(PldmCommand) }]]);
    const terminus: PldmTerminus = { tid: 0, types, partBytes: 4 };
    expect(answer("01 80 00 03 00000000 01 00", terminus)).toBe(plain("01 00 00 03 00 04000000 01 00f0f0f1"));
    expect(answer("01 81 00 03 04000000 00 00", terminus)).toBe(plain("01 01 00 03 00 08000000 02 00f0f1f1"));
    expect(answer("01 82 00 03 0c000000 00 00", terminus)).toBe(plain("01 02 00 03 00 00000000 04 ae41c7f5"));
    // A handle that no response has named.
    expect(answer("01 83 00 03 03000000 00 00", terminus)).toBe(plain("01 03 00 03 80"));
    expect(answer("01 84 00 03 10000000 00 00", terminus)).toBe(plain("01 04 00 03 80"));
  });

  test("any bytes get a response of their own command, or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), (tail) => {
        const request = Uint8Array.of(1, ...tail);
        const response = respondPldm(request, baseTerminus(), zeroCounters(PLDM_COUNTERS));
        if (response === undefined) return;
        const [asked, answered] = [decodePldm(request)!, decodePldm(response)!];
        expect(answered).toMatchObject({ kind: "response", instance: asked.instance, type: asked.type });
        expect(answered.command).toBe(asked.command);
        if (answered.completion !== 0) expect(answered.data).toHaveLength(0);
      }),
    );
  });

  test("bitmaps: what is written is read", () => {
    expect([...writeBitmap(2, [0, 3, 15, 16])]).toEqual([0x09, 0x80]);
    expect(readBitmap(Uint8Array.of(0x09, 0x80))).toEqual([0, 3, 15]);
  });
});
