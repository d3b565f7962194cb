import { describe, expect, test } from "@jest/globals";
import { MCTP_COUNTERS } from "../../../src/core/mctp/counters.ts";
import { hasIntegrityCheck, isAssignable, messageTypeName, typeOf } from "../../../src/core/mctp/message.ts";

describe("DSP0236 8.1 the first byte of a message", () => {
  test("DSP0236 8.1: seven bits of type, one that says an integrity check follows", () => {
    expect([0x00, 0x7f, 0x80, 0xff].map((byte) => typeOf(Uint8Array.of(byte)))).toEqual([0x00, 0x7f, 0x00, 0x7f]);
    expect([0x00, 0x7f, 0x80, 0xff].map((byte) => hasIntegrityCheck(Uint8Array.of(byte)))).toEqual([
      ...[false, false],
      ...[true, true],
    ]);
    expect([typeOf(new Uint8Array(0)), hasIntegrityCheck(new Uint8Array(0))]).toEqual([0, false]);
  });

  test("types have names, unknown ones their number", () => {
    expect([0x00, 0x01, 0x05, 0x7e, 0x7f, 0x42].map(messageTypeName)).toEqual([
      ...["MCTP control", "PLDM", "SPDM", "vendor (PCI)", "vendor (IANA)", "type 0x42"],
    ]);
  });
});

test("DSP0236 8.2: EIDs 8 to 254 may be assigned", () => {
  const assignable = Array.from({ length: 300 }, (_, value) => value).filter(isAssignable);
  expect([assignable[0], assignable.at(-1), assignable.length]).toEqual([8, 254, 247]);
  expect([-8, 8.5, Number.NaN].some(isAssignable)).toBe(false);
});

test("every counter cites a clause and says what it counts", () => {
  for (const { clause, text } of Object.values(MCTP_COUNTERS)) {
    expect(clause).toMatch(/^(DSP0236 \d|LPC-(BUF|MCTP|ERR)-\d)/);
    expect(text.length).toBeGreaterThan(10);
  }
});
