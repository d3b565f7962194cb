/** What bytes of IDR say of a host's fences: too few and too many are told, an older host's none are not. */
import { expect, test } from "@jest/globals";
import { StartUpsRead } from "../../src/conform/start-ups-read.ts";

/** c: an Initialise that closes, p: one that proposes, f: a fence. */
function wrong(bytes: string, isUsed = true): string | undefined {
  const read = new StartUpsRead();
  for (const byte of bytes) {
    read.byte(byte === "f" ? 0xff : 0x00);
    if (byte !== "f") read.proposed(byte === "c");
  }
  return read.wrong(isUsed)?.requirement;
}

test.each([
  ["cffpff", undefined],
  ["cffcffpff", undefined],
  ["ccffpff", undefined],
  ["p", undefined],
  ["cfpff", "LPC-HOST-4"],
  ["cffpf", "LPC-HOST-6"],
  ["cffpfcffpff", "LPC-HOST-6"],
  ["cfffpff", "LPC-HOST-16"],
  ["pp", "LPC-HOST-4"],
  ["cp", "LPC-HOST-4"],
] as const)("LPC-HOST-4, LPC-HOST-6: %s is %s", (bytes, requirement) => {
  expect(wrong(bytes)).toBe(requirement);
});

test("fences behind an Initialise whose session is not used may not be read yet", () => {
  expect(wrong("cffpf", false)).toBeUndefined();
});
