/** Each message as a little-endian machine has it; `mctp` sends the same for the same work. */
import { describe, expect, test } from "@jest/globals";
import { endianness } from "node:os";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { eid } from "../../../src/core/wire/units.ts";
import { acknowledged, changeAddress, changeRoute, setNetwork } from "../../../src/platform/tun/route-messages.ts";

const littleEndianTest = endianness() === "LE" ? test : test.skip;

function words(bytes: Uint8Array): string {
  return toHex(bytes)
    .replaceAll(" ", "")
    .replace(/(.{8})(?!$)/g, "$1 ");
}

describe("requests to rtnetlink", () => {
  littleEndianTest("a network: RTM_NEWLINK with AF_MCTP's part, nested", () => {
    expect(words(setNetwork(7, 10))).toBe(
      "30000000 10000500 00000000 00000000 00000000 07000000 00000000 00000000 10001a80 0c002d80 08000100 0a000000",
    );
  });

  littleEndianTest("an address: RTM_NEWADDR and RTM_DELADDR with one byte, filled up to four", () => {
    expect(words(changeAddress("add", 7, eid(8)))).toBe(
      "20000000 14000500 00000000 00000000 2d000000 07000000 05000200 08000000",
    );
    expect(words(changeAddress("remove", 7, eid(8)))).toMatch(/^20000000 15000500 /);
  });

  littleEndianTest("a route: how many EIDs follow the first, in place of a prefix's length", () => {
    expect(words(changeRoute("add", 7, { first: 11, last: 254 }))).toBe(
      "2c000000 18000500 00000000 00000000 2df30000 00000001 00000000 05000100 0b000000 08000400 07000000",
    );
    expect(words(changeRoute("remove", 7, { first: 11, last: 11 }))).toMatch(/^2c000000 19000500 .{17} 2d000000 /);
  });
});

describe("answers of rtnetlink", () => {
  function answer(type: number, code: number): Uint8Array {
    const bytes = new Uint8Array(36);
    const view = new DataView(bytes.buffer);
    const isLittle = endianness() === "LE";
    view.setUint32(0, 36, isLittle);
    view.setUint16(4, type, isLittle);
    view.setInt32(16, code, isLittle);
    return bytes;
  }

  test("0 where it was done, and the error's number where it was not", () => {
    expect(acknowledged(answer(2, 0))).toBe(0);
    expect(acknowledged(answer(2, -17))).toBe(17);
  });

  test("another message, a short one and none are no answers", () => {
    expect(acknowledged(answer(16, 0))).toBeUndefined();
    expect(acknowledged(answer(2, 0).subarray(0, 19))).toBeUndefined();
    expect(acknowledged(new Uint8Array(0))).toBeUndefined();
  });
});
