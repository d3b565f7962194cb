import { describe, expect, test } from "@jest/globals";
import {
  Command,
  commandName,
  KEEP_OBF,
  SESSION_BITS,
  Status,
  STATUS_BITS,
  statusText,
} from "../../../src/core/binding/registers.ts";
import { BINDING_COUNTERS } from "../../../src/core/binding/counters.ts";
import { CLOSE_REASON_TEXT } from "../../../src/core/binding/channel.ts";
import { LAYOUT_REJECT_TEXT } from "../../../src/core/binding/layout.ts";
import { Pair } from "../../support/pair.ts";

describe("LPC-KCS registers and commands", () => {
  test("the status bits are those of the field", () => {
    expect(Status).toEqual({ OBF: 0x01, IBF: 0x02, CD: 0x08, CHANNEL_ACTIVE: 0x40, BMC_ACTIVE: 0x80 });
    expect(SESSION_BITS).toBe(0xc0);
  });

  test("the table has every bit of STR that has a name, from bit 7 down", () => {
    const masks = Object.values(Status).sort((one, other) => other - one);
    expect(STATUS_BITS.map(({ mask }) => mask)).toEqual(masks);
  });

  test("LPC-KCS-7: the bits that the table gives to the BMC are those that it ever writes as 1, OBF kept beside", () => {
    const written = new Set<number>();
    const pair = new Pair({
      beforeAccess: (_role, access) => {
        if (access.kind === "writeStatus") written.add(access.value);
      },
    }).bringUp();
    pair.end("bmc", "orderly");
    const owned = STATUS_BITS.filter(({ owner }) => owner === "bmc").reduce((sum, { mask }) => sum | mask, 0);
    expect([...written].reduce((sum, value) => sum | value, 0)).toBe(owned | KEEP_OBF);
    expect([...written].sort((one, other) => one - other)).toEqual([0x01, 0x81, 0xc1]);
  });

  test("LPC-KCS-3: a status write keeps OBF by writing it as 1", () => {
    expect(KEEP_OBF).toBe(0x01);
  });

  test("the command bytes are those of the field", () => {
    expect(Command).toEqual({ INITIALISE: 0x00, TX_BEGIN: 0x01, RX_COMPLETE: 0x02, DUMMY: 0xff });
  });

  test.each([
    [0x00, "Initialise"],
    [0x01, "Tx Begin"],
    [0x02, "Rx Complete"],
    [0xff, "Dummy"],
    [0x03, "unknown 0x03"],
    [0xfe, "unknown 0xfe"],
  ])("byte %p is called %p", (byte, name) => {
    expect(commandName(byte)).toBe(name);
  });

  test.each([
    [0x00, "none"],
    [0x34, "none"],
    [0xc1, "BMC Active, Channel Active, OBF"],
    [0x82, "BMC Active, IBF"],
    [0xcb, "BMC Active, Channel Active, C/D, IBF, OBF"],
  ])("STR %p reads %p", (status, text) => {
    expect(statusText(status)).toBe(text);
  });
});

describe("texts for people", () => {
  test("every counter cites a requirement and says what it counts", () => {
    for (const { clause, text } of Object.values(BINDING_COUNTERS)) {
      expect(clause).toMatch(/^LPC-[A-Z]+-[1-9][0-9]*$/);
      expect(text.length).toBeGreaterThan(10);
    }
  });

  test("every close reason but this side's own wish cites a requirement, every unusable layout, too", () => {
    const { notStarted, stopped, ...others } = CLOSE_REASON_TEXT;
    expect([notStarted, stopped].join()).not.toContain("LPC");
    const texts = [...Object.values(others), ...Object.values(LAYOUT_REJECT_TEXT)];
    expect(texts.filter((text) => !/ \(LPC-[A-Z]+-\d+(, -\d+)*\)$/.test(text))).toEqual([]);
  });

  test("no two close reasons read alike", () => {
    const texts = Object.values(CLOSE_REASON_TEXT);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
