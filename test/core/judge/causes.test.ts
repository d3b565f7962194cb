/** Mistakes that people make in firmware, and what the judge guesses of them. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeTrace, type TraceEntry } from "../../../src/core/trace/format.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { crc32 } from "../../../src/core/wire/crc.ts";
import { judged, shortly } from "../../support/judging.ts";

const INIT = join(__dirname, "../../vectors/bus/01-init-v3.jsonl");
const HOST_BUFFER = 332;
const BMC_BUFFER = 256;
const PACKET = "01080ac8" + "7e0102030405060708";

/** A session of version 3, MTU 64, opened by an older host and an older BMC. */
function opened(): readonly TraceEntry[] {
  const decoded = decodeTrace(readFileSync(INIT, "utf8"));
  if (!decoded.ok) throw new Error("the recording cannot be read");
  return decoded.value.rows;
}

type Act = readonly ["host" | "bmc", "read" | "write", "STR" | "IDR" | "ODR" | number, string];

function rows(acts: readonly Act[]): readonly TraceEntry[] {
  return acts.map(([side, verb, place, value], n) =>
    typeof place === "number"
      ? { n, side, op: verb === "read" ? "lpc_read" : "lpc_write", offset: place, len: value.length / 2, value }
      : { n, side, op: verb === "read" ? "kcs_read" : "kcs_write", reg: place, value },
  );
}

function foundIn(...acts: readonly Act[]): readonly string[] {
  return judged([...opened(), ...rows(acts)], { windowBytes: 1 << 20 }).findings.map(shortly);
}

/** The host sends what it wrote. */
function sent(...writes: readonly (readonly [number, string])[]): readonly string[] {
  return foundIn(
    ...writes.map(([offset, value]): Act => ["host", "write", offset, value]),
    ["host", "read", "STR", "c0"],
    ["host", "write", "IDR", "01"],
  );
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

function swapped(hex: string): string {
  return hex.match(/../g)!.reverse().join("");
}

function crcOf(hex: string): string {
  return word(crc32(fromHex(hex)!));
}

/** The CRC-32 bit by bit, with a beginning and an end of its own, reflected or not. */
function otherCrc(hex: string, seed: number, final: number, isReflected: boolean): string {
  let crc = seed;
  for (const byte of fromHex(hex)!) {
    crc ^= isReflected ? byte : byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      if (isReflected) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      else crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    }
  }
  return word(crc ^ final);
}

const LENGTH = word(PACKET.length / 2);

describe("a packet as it should be", () => {
  test("has no finding, in pieces of any size and order", () => {
    const whole = LENGTH + PACKET + crcOf(PACKET);
    expect(sent([HOST_BUFFER, whole])).toEqual([]);
    const bytes = whole.match(/../g)!.map((value, at) => [HOST_BUFFER + at, value] as const);
    expect(sent(...bytes)).toEqual([]);
    expect(sent(...[...bytes].reverse())).toEqual([]);
  });
});

describe("LPC-BUF-3: a trailer that is not the CRC-32 of the packet", () => {
  test.each([
    ["little-endian", swapped(crcOf(PACKET)), "byteOrder"],
    ["the length field counted in", crcOf(LENGTH + PACKET), "crcRange"],
    ["the MCTP header left out", crcOf(PACKET.slice(8)), "crcRange"],
    ["the last byte left out", crcOf(PACKET.slice(0, -2)), "crcRange"],
    ["no final exclusive or", otherCrc(PACKET, 0xffffffff, 0, true), "crcSeed"],
    ["seed 0", otherCrc(PACKET, 0, 0xffffffff, true), "crcSeed"],
    ["seed 0, no final exclusive or, little-endian", swapped(otherCrc(PACKET, 0, 0, true)), "crcSeed"],
    ["not reflected", otherCrc(PACKET, 0xffffffff, 0xffffffff, false), "crcOrder"],
    ["not reflected, seed 0", otherCrc(PACKET, 0, 0, false), "crcOrder"],
  ])("%s", (_, trailer, cause) => {
    expect(sent([HOST_BUFFER, LENGTH + PACKET + trailer])).toEqual([`LPC-BUF-3 host wire ${cause}`]);
  });

  test("anything else is named without a guess, with both values", () => {
    const { findings } = judged(
      [
        ...opened(),
        ...rows([
          ["host", "write", HOST_BUFFER, `${LENGTH}${PACKET}00000000`],
          ["host", "read", "STR", "c0"],
          ["host", "write", "IDR", "01"],
        ]),
      ],
      { windowBytes: 1 << 20 },
    );
    expect(findings.map(shortly)).toEqual(["LPC-BUF-3 host wire"]);
    expect(findings[0]?.seen).toContain("0x00000000");
    expect(findings[0]?.expected).toContain(`0x${crcOf(PACKET)}`);
    expect(toHex(findings[0]?.bytes ?? new Uint8Array(0))).toBe("00000000");
  });
});

describe("LPC-BUF-1, LPC-BUF-9: a length that is not the packet's", () => {
  const body = PACKET + crcOf(PACKET);
  const long = `01080ac8${"7e".repeat(65)}`;
  test.each([
    ["little-endian", swapped(LENGTH) + body, "LPC-BUF-1 host wire byteOrder"],
    ["the trailer counted", word(PACKET.length / 2 + 4) + body, "LPC-BUF-1 host wire lengthCountsTrailer"],
    ["itself and the trailer counted", word(PACKET.length / 2 + 8) + body, "LPC-BUF-1 host wire lengthCountsItself"],
    ["the header left out", word(PACKET.length / 2 - 4) + body, "LPC-BUF-1 host wire headerInMtu"],
    ["one byte more than the MTU", word(long.length / 2) + long + crcOf(long), "LPC-BUF-9 host wire"],
  ])("%s", (_, buffer, finding) => {
    expect(sent([HOST_BUFFER, buffer])).toEqual([finding]);
  });
});

describe("LPC-SEC-1, LPC-REG-3: writes to the wrong place", () => {
  test.each([
    ["the other direction's buffer", BMC_BUFFER, "LPC-SEC-1 host wire otherDirection"],
    ["counted from the end of the control region", HOST_BUFFER + 0x100, "LPC-SEC-1 host wire wrongBase"],
  ])("%s", (_, offset, finding) => {
    expect(foundIn(["host", "write", offset, LENGTH + PACKET])).toEqual([finding]);
  });

  test("a field of the BMC", () => {
    expect(foundIn(["host", "write", 0x0c, "0003"], ["host", "read", "STR", "c0"])).toEqual(["LPC-REG-3 host wire"]);
  });
});

describe("LPC-HOST-16, LPC-BMC-13: bytes that have no place", () => {
  test.each([
    ["an unknown byte", ["host", "write", "IDR", "42"], "LPC-HOST-16 host wire byteInvented"],
    ["an Rx Complete for nothing", ["host", "write", "IDR", "02"], "LPC-HOST-16 host wire byteInvented"],
    ["Initialise from the BMC", ["bmc", "write", "ODR", "00"], "LPC-BMC-13 bmc wire otherDirection"],
    ["an unknown byte from the BMC", ["bmc", "write", "ODR", "7f"], "LPC-BMC-13 bmc wire byteInvented"],
  ] as const)("%s", (_, act, finding) => {
    expect(foundIn([act[0], "read", "STR", "c0"], act)).toEqual([finding]);
  });

  test("LPC-KCS-2: a command over one that nobody has read", () => {
    const whole = LENGTH + PACKET + crcOf(PACKET);
    expect(
      foundIn(
        ["host", "write", HOST_BUFFER, whole],
        ["host", "read", "STR", "c0"],
        ["host", "write", "IDR", "01"],
        ["host", "read", "STR", "c2"],
        ["host", "write", "IDR", "02"],
      ),
    ).toEqual(["LPC-KCS-2 host wire byteOverwritten", "LPC-HOST-16 host wire byteInvented"]);
  });
});

describe("LPC-KCS-2: two bytes behind one look, and a driver that may hold the first", () => {
  const acts = rows([
    ["host", "read", "STR", "c0"],
    ["host", "write", "IDR", "02"],
    ["host", "write", "IDR", "ff"],
  ]);
  function causesAt(depth: 0 | 1): readonly string[] {
    const { findings } = judged([...opened(), ...acts], { windowBytes: 1 << 20, depth });
    return findings.filter(({ requirement }) => requirement === "LPC-KCS-2").map(shortly);
  }

  test("with registers alone a command is lost; a driver may have taken it", () => {
    expect(causesAt(0)).toEqual(["LPC-KCS-2 host wire byteOverwritten"]);
    expect(causesAt(1)).toEqual([]);
  });
});

describe("LPC-REG-1, LPC-HOST-5: a proposal that is not as it should be", () => {
  const region = "4d435450000100030000000000000000000001000000004c0000014c0000004c";
  function proposed(...acts: readonly Act[]): readonly string[] {
    const started: TraceEntry = { n: 0, side: "host", op: "life", event: "started" };
    const told = [started, ...rows([["host", "read", "STR", "80"], ["host", "read", 0, region], ...acts])];
    const options = { recorded: ["host"], windowBytes: 1 << 20, livesTold: true } as const;
    return judged(told, options).findings.map(shortly);
  }

  test.each<[string, string, string | undefined, string]>([
    ["little-endian versions", "01000300", "0000004c", "LPC-REG-1 host wire byteOrder"],
    ["little-endian rx_size", "00010003", "4c000000", "LPC-MTU-3 host wire byteOrder"],
    ["rx_size that is the MTU alone", "00010003", "00000040", "LPC-MTU-3 host wire headerInMtu"],
    ["no rx_size", "00010003", undefined, "LPC-HOST-5 host wire"],
  ])("%s", (_, versions, rxSize, finding) => {
    const sizes: readonly Act[] = rxSize === undefined ? [] : [["host", "write", 0x14, rxSize]];
    expect(proposed(["host", "write", 8, versions], ...sizes, ["host", "write", "IDR", "00"])).toContain(finding);
  });

  test("fields behind Initialise", () => {
    expect(
      proposed(
        ["host", "write", 8, "00000000"],
        ["host", "write", "IDR", "00"],
        ["host", "read", "STR", "80"],
        ["host", "write", "IDR", "ff"],
        ["host", "read", "STR", "80"],
        ["host", "write", "IDR", "ff"],
        ["host", "read", "STR", "80"],
        ["host", "write", "IDR", "00"],
        ["host", "write", 8, "00010003"],
        ["host", "write", 0x14, "0000004c"],
      ),
    ).toContain("LPC-HOST-5 host wire fieldsAfterInitialise");
  });
});

describe("a BMC seen by its host alone", () => {
  test("LPC-REG-1: the control region is little-endian", () => {
    const found = judged(
      rows([
        ["host", "read", "STR", "80"],
        ["host", "read", 0, "5054434d"],
      ]),
      { recorded: ["host"] },
    );
    // The magic is judged when the host does something else.
    expect(found.findings.map(shortly)).toEqual(["LPC-REG-1 bmc wire byteOrder"]);
  });

  test("LPC-KCS-7: bits of STR without meaning", () => {
    const { findings } = judged(rows([["host", "read", "STR", "90"]]), { recorded: ["host"] });
    expect(findings.map(shortly)).toEqual(["LPC-KCS-7 bmc wire"]);
  });
});
