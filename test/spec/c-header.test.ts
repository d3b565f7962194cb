/** The C header: it compiles alone, every constant is the code's, and its functions give what the code gives. */
import { LONGEST_SLEEP } from "../../src/node/runner.ts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 as zlibCrc32 } from "node:zlib";
import { ANNOUNCEMENTS } from "../../bmc/role/start.ts";
import { BMC_DEFAULTS } from "../../bmc/role/state.ts";
import { ATTEMPTS_BEFORE_REST } from "../../host/role/start-up.ts";
import { HOST_DEFAULTS } from "../../host/role/state.ts";
import { ENDPOINT_DEFAULTS } from "../../src/core/mctp/endpoint-defaults.ts";
import {
  Operation,
  VendorStatus,
  encodeVendorRequest,
  encodeVendorResponse,
} from "../../src/agent/files/vendor-messages.ts";
import { Field, decodeControlRegion, encodeControlRegion } from "../../src/core/binding/control-region.ts";
import {
  BTU,
  askedSize,
  bufferBytes,
  judgeLayout,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
} from "../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { negotiateVersion, type Version } from "../../src/core/binding/versions.ts";
import { afterIdrTaken, afterIdrWrite, afterOdrWrite, afterStatusWrite } from "../../src/core/binding/kcs-word.ts";
import {
  BOARD_MAGIC,
  BYTE_ORDER_MARK,
  BlockField,
  BoardField,
  bellPath,
} from "../../src/platform/shared-file/layout.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { cellOf, numberIn, readSpecification, tableOf } from "../project/tables.ts";
import { C11, compile, linesOf } from "../support/c-program.ts";
import { frameOf, packetOf } from "../support/frames.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";

const testWithGcc = needsTool("gcc");
const testWithCxx = needsTool("g++");
const MORE_WARNINGS = ["-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wundef", "-Wcast-align"];
const VERSIONS: readonly Version[] = [1, 2, 3];
const MEBIBYTE = 1024 * 1024;

const header = readFileSync(join(PROJECT, "spec", "mctp_lpc.h"), "utf8");
const macros = [...header.matchAll(/^#define MCTP_LPC_(\w+) +(\S+) +\/\* (.+) \*\/$/gm)].map(
  ([, name = "", value = "", comment = ""]) => ({ name, value, comment }),
);

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

function source(name: string, ...lines: readonly string[]): string {
  writeFileSync(sandbox.path(name), `${lines.join("\n")}\n`);
  return sandbox.path(name);
}

describe("the header by itself", () => {
  const lines = ['#include "mctp_lpc.h"', '#include "mctp_lpc.h"', "int main(void) { return 0; }"];

  testWithGcc("compiles as C11 without a warning, with its own CRC or the firmware's", async () => {
    const alone = source("alone.c", ...lines);
    await compile(sandbox, "alone", [alone], C11, ...MORE_WARNINGS);
    const crc = "uint32_t mctp_lpc_crc32(uint32_t p, const uint8_t *b, size_t n) { return p + b[0] + (uint32_t)n; }";
    await compile(sandbox, "alone", [source("own.c", ...lines, crc)], C11, "-DMCTP_LPC_OWN_CRC32");
  });

  testWithCxx("compiles as C++11 without a warning", async () => {
    const alone = source("alone.cpp", ...lines);
    await compile(sandbox, "alone", [alone], ["g++", "-std=c++11"], ...MORE_WARNINGS);
  });

  test("every constant says in its line where the specification has it", () => {
    expect(macros.length).toBeGreaterThan(100);
    const place = /^(LPC-[A-Z]+-\d+|\d+(\.\d)?|[EG]\.\d|DSP0236): ./;
    expect(macros.filter(({ comment }) => !place.test(comment))).toEqual([]);
    const defined = [...header.matchAll(/^#define (\w+)/gm)].map(([, name]) => name);
    const others = ["MCTP_LPC_H", "MCTP_LPC_ASSERT", "MCTP_LPC_ASSERT", "MCTP_LPC_LARGEST_MTU"];
    expect(defined.sort()).toEqual([...macros.map(({ name }) => `MCTP_LPC_${name}`), ...others].sort());
  });
});

/* ---- Constants ---- */

/** "bmcVersionMin" is BMC_VER_MIN, "hostBlock" HOST_BLOCK. */
const upper = (name: string): string =>
  name
    .replace("negotiatedVersion", "negotiatedVer")
    .replace(/(bmc|host)Version/, "$1Ver")
    .replace(/[A-Z]/g, "_$&")
    .toUpperCase();

function named(prefix: string, values: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(values).map(([name, value]) => [`${prefix}${upper(name)}`, value] as const);
}

/** A table of the text whose rows "item | value" begin so. */
function clause14(item: string): number {
  const rows = tableOf(readSpecification("mctp-lpc.md"), "item", "value");
  const value = cellOf(rows.find((row) => cellOf(row, "item").startsWith(item)) ?? {}, "value");
  return numberIn(value.replace("at most ", "").replace(/ \(.*$/, ""));
}

/** Offsets at which two encoded messages differ from each other. */
function differing(one: Uint8Array, other: Uint8Array): readonly number[] {
  return [...one.keys()].filter((at) => one[at] !== other[at]);
}

function expectedConstants(): ReadonlyMap<string, number | string> {
  const { timing } = ENDPOINT_DEFAULTS;
  const offsets = Object.values(Field);
  const fieldBytes = Object.keys(Field).map((name, index) => [name, (offsets[index + 1] ?? 0x20) - offsets[index]!]);
  const echo = encodeVendorRequest({ operation: Operation.ECHO, data: new Uint8Array(0) });
  const close = encodeVendorRequest({ operation: Operation.FILE_CLOSE, handle: 0xffff_ffff });
  const response = encodeVendorResponse(echo, 0xee, Uint8Array.of(0xee));
  const { CD, IBF, OBF, BMC_ACTIVE, CHANNEL_ACTIVE } = Status;
  const { INITIALISE, TX_BEGIN, RX_COMPLETE, DUMMY } = Command;
  return new Map<string, number | string>([
    ...Object.entries({ WINDOW_LEAST: 4096, WINDOW_USUAL: MEBIBYTE, WINDOW_MOST: 16 * MEBIBYTE }),
    ...Object.entries({ REGION_BYTES: offeredLayout(3, BTU).bmcToHost.offset, FIELDS_BYTES: 0x20 }),
    ["MAGIC", Buffer.from("MCTP").readUInt32BE()],
    ...named("AT_", Field),
    ...named("LEN_", Object.fromEntries(fieldBytes) as Record<string, number>),

    ...Object.entries({ VERSION_OLDEST: 1, VERSION_NEWEST: 3, VERSION_CLOSE: 0, VERSION_REFUSED: 0 }),
    ...Object.entries({ LENGTH_BYTES: 4, HEADER_BYTES: 4, V3_TRAILER_BYTES: bufferBytes(3, 0) - bufferBytes(2, 0) }),
    ...VERSIONS.map((version) => [`V${version}_OVERHEAD`, bufferBytes(version, 0)] as const),
    ...Object.entries({ BTU, MTU_STEP: 16, CRC32_CHECK: zlibCrc32("123456789") }),
    ...Object.entries({ CRC32_POLYNOMIAL: 0xedb88320, CRC32_INITIAL: 0xffffffff, CRC32_FINAL_XOR: 0xffffffff }),

    ...Object.entries({ STR_CD: CD, STR_IBF: IBF, STR_OBF: OBF }),
    ...Object.entries({ STR_BMC_ACTIVE: BMC_ACTIVE, STR_CHANNEL_ACTIVE: CHANNEL_ACTIVE }),
    ...Object.entries({ STR_IN_SESSION: SESSION_BITS, STR_DOWN: 0x01, STR_ACTIVE: 0x81, STR_SESSION: 0xc1 }),
    ["STR_STORED", afterStatusWrite(0, 0xff)],
    ["STR_KEPT", afterStatusWrite(0xff, 0)],
    ...Object.entries({ INITIALISE, TX_BEGIN, RX_COMPLETE, FENCE: DUMMY, DUMMY }),

    ["T_ANN_MS", BMC_DEFAULTS.announceLimit],
    ["T_REFUSED_MS", HOST_DEFAULTS.refusedDelay],
    ["T_POLL_MS", LONGEST_SLEEP],
    ["T_STALL_MS", HOST_DEFAULTS.stallDelay],
    ["T_STOP_MS", HOST_DEFAULTS.stopLimit],
    ...Object.entries({ ANNOUNCEMENTS, STARTS_IN_A_ROW: ATTEMPTS_BEFORE_REST }),

    ["BINDING_ID", clause14("binding identifier")],
    ["MEDIUM_ID", clause14("physical medium identifier")],
    ["HEADER_VERSION", packetOf(0)[0]!],
    ...Object.entries({ EID_NULL: 0, EID_BMC: 8, EID_HOST: 9, EID_FIRST: 8, EID_LAST: 254, EID_BROADCAST: 255 }),
    ["MT1_MS", clause14("MT1, ")],
    ...Object.entries({ MT2_MS: timing.attemptTimeout, MT4_MS: timing.tagHoldOff, MN1: timing.retries }),

    ["BOARD_MAGIC", BOARD_MAGIC],
    ["BOARD_LAYOUT_VERSION", 2],
    ["BOARD_LAYOUT_VERSION_OLDEST", 1],
    ["BOARD_BYTE_ORDER_MARK", BYTE_ORDER_MARK],
    ...Object.entries({ BOARD_HEADER_BYTES: 4096, BOARD_PAGE_BYTES: 4096 }),
    ...named("BOARD_AT_", BoardField),
    ...named("BLOCK_AT_", BlockField),
    ["WORD_STR_SHIFT", 0],
    ["WORD_IDR_SHIFT", Math.log2(afterIdrWrite(0, 1) & ~0xff)],
    ["WORD_ODR_SHIFT", Math.log2(afterOdrWrite(0, 1) & ~0xff)],
    ["WORD_SHADOW_SHIFT", Math.log2(afterIdrTaken(afterIdrWrite(0, 1)) & ~0xffff)],
    ["WORD_SHADOW_FULL", afterIdrTaken(afterIdrWrite(0, 0))],
    ["HOST_BELL", bellPath("", "host")],
    ["BMC_BELL", bellPath("", "bmc")],

    ["VENDOR_TYPE", echo[0]!],
    ["VENDOR_NUMBER", Buffer.from(echo).readUInt32BE(1)],
    ["VENDOR_FORMAT", echo[5]!],
    ["VENDOR_AT_OPERATION", differing(echo, close)[0]!],
    ["VENDOR_AT_REQUEST_FIELDS", close.indexOf(0xff)],
    ["VENDOR_AT_STATUS", response.indexOf(0xee)],
    ["VENDOR_AT_RESPONSE_FIELDS", response.lastIndexOf(0xee)],
    ["VENDOR_RESPONSE_BIT", response[6]! & ~echo[6]!],
    ...Object.entries(Operation).map(([name, value]) => [`VENDOR_${name}`, value] as const),
    ...Object.entries(VendorStatus).map(([name, value]) => [`VENDOR_STATUS_${name}`, value] as const),
  ]);
}

describe("the header's constants", () => {
  testWithGcc("are, as a C program prints them, those of the code and the text", async () => {
    const prints = macros.map(({ name, value }) =>
      value.startsWith('"')
        ? `    printf("${name} %s\\n", MCTP_LPC_${name});`
        : `    printf("${name} %lu\\n", (unsigned long)(MCTP_LPC_${name}));`,
    );
    const printer = source(
      "constants.c",
      ...['#include "mctp_lpc.h"', "#include <stdio.h>", "int main(void)", "{", ...prints, "    return 0;", "}"],
    );
    const lines = await linesOf(sandbox, await compile(sandbox, "constants", [printer]));
    const printed = lines.map((line) => line.split(" ") as [string, string]);
    const expected = [...expectedConstants()].map(([name, value]) => [name, String(value)]);
    expect(printed).toHaveLength(macros.length);
    expect(Object.fromEntries(printed)).toEqual(Object.fromEntries(expected));
  });
});

/* ---- Functions ---- */

/** What the probe is asked, and what it has to answer. */
type Probe = readonly [question: string, answer: string | number];

let probe: Promise<string> | undefined;

async function expectAnswers(probes: readonly Probe[]): Promise<void> {
  probe ??= compile(sandbox, "probe", [join(PROJECT, "test", "spec", "header-probe.c")], C11, ...MORE_WARNINGS);
  const answers = await linesOf(sandbox, await probe, `${probes.map(([question]) => question).join("\n")}\n`);
  const found = probes.map(([question], index) => `${question} -> ${answers[index]}`);
  expect(found).toEqual(probes.map(([question, answer]) => `${question} -> ${answer}`));
}

function pairs<One, Other>(ones: readonly One[], others: readonly Other[]): readonly (readonly [One, Other])[] {
  return ones.flatMap((one) => others.map((other) => [one, other] as const));
}

describe("the header's functions give what the code gives", () => {
  testWithGcc("LPC-VER-1, LPC-VER-2: the common version", async () => {
    const numbers = [0, 1, 2, 3, 4, 0xffff];
    const ranges = pairs(numbers, numbers).map(([min, cur]) => ({ min, cur }));
    await expectAnswers(
      pairs(ranges, ranges).map(([bmc, host]) => [
        `common ${bmc.min} ${bmc.cur} ${host.min} ${host.cur}`,
        negotiateVersion(bmc, host),
      ]),
    );
  });

  testWithGcc("LPC-MTU-1, LPC-MTU-2: sizes and MTUs", async () => {
    const mtus = [64, 65, 100, 4096, 32768, 524144];
    const windows = [4096, 8192, 65536, MEBIBYTE, 16 * MEBIBYTE];
    await expectAnswers([
      ...pairs(VERSIONS, mtus).map(([version, mtu]): Probe => [`buffer ${version} ${mtu}`, bufferBytes(version, mtu)]),
      ...pairs(VERSIONS, [72, 76, 4108, 524156]).map(([version, size]): Probe => [
        `mtu ${version} ${size}`,
        mtuOfBuffer(version, size),
      ]),
      ...windows.flatMap((window): readonly Probe[] => [
        [`largest 1 ${window}`, BTU],
        ...([2, 3] as const).map((version): Probe => [`largest ${version} ${window}`, largestMtu(version, window)]),
      ]),
    ]);
  });

  testWithGcc("LPC-MTU-3: what a host asks for", async () => {
    const places = [0, 0x100, 0x14c, 0x110c, 4095, 4096, 0xffff_ff00];
    const mtus = [undefined, 64, 65, 1000, 4096, 0xffff_0000];
    await expectAnswers(
      pairs(pairs(places, places), pairs([2, 3] as const, mtus)).map(([[rx, tx], [version, mtu]]): Probe => {
        const offered = { bmcToHost: { offset: rx, size: 0 }, hostToBmc: { offset: tx, size: 0 } };
        return [`asked ${rx} ${tx} ${version} ${mtu ?? 0} 4096`, askedSize(offered, version, mtu, 4096)];
      }),
    );
  });

  testWithGcc("LPC-MTU-5: which layouts are usable", async () => {
    const offsets = [0, 0xff, 0x100, 0x148, 0x14c, 4019, 4020, 4021, 4096, 0xffff_ffff];
    const sizes = [0, 71, 72, 75, 76, 77, 4096 - 0x100, 0xffff_ffff];
    const buffers = pairs(offsets, sizes).map(([offset, size]) => ({ offset, size }));
    const layouts = pairs(buffers, buffers).map(([bmcToHost, hostToBmc]) => ({ bmcToHost, hostToBmc }));
    const usable = (version: Version): readonly Probe[] =>
      layouts.map((layout) => [
        `layout ${[layout.bmcToHost, layout.hostToBmc].flatMap(({ offset, size }) => [offset, size]).join(" ")} ${version} 4096`,
        Number(judgeLayout(layout, version, 4096).ok),
      ]);
    const probes = [...usable(2), ...usable(3)];
    expect(new Set(probes.map(([, answer]) => answer))).toEqual(new Set([0, 1]));
    await expectAnswers(probes);
  });

  testWithGcc("LPC-BUF-4, clauses 5.2 and 8.1: lengths, STR writes and sessions, all of them", async () => {
    const all = Array.from({ length: 256 }, (_, value) => value);
    const lengths = [0, 3, 4, 5, 67, 68, 69, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    await expectAnswers([
      ...lengths.map((length): Probe => [`valid ${length} 64`, Number(length >= 4 && length <= 68)]),
      ...pairs(all, all).map(([s, v]): Probe => [`str ${s} ${v}`, afterStatusWrite(s, v) & 0xff]),
      ...all.map((str): Probe => [`session ${str}`, Number((str & SESSION_BITS) === SESSION_BITS)]),
    ]);
  });

  testWithGcc("LPC-BUF-3: the CRC, whole and in pieces", async () => {
    const lengths = [0, 1, 4, 7, 68, 255, 4096];
    const inputs = lengths.map((length) => packetOf(length, length).subarray(4));
    await expectAnswers([
      [`crc 0 :${Buffer.from("123456789").toString("hex")}`, 0xcbf43926],
      ...inputs.map((bytes): Probe => [`crc 0 :${toHex(bytes)}`, zlibCrc32(bytes)]),
      ...inputs.map((bytes): Probe => [
        `crc ${zlibCrc32("before")} :${toHex(bytes)}`,
        zlibCrc32(bytes, zlibCrc32("before")),
      ]),
    ]);
  });

  testWithGcc("LPC-BUF-1: a packet in its buffer", async () => {
    const request = "010809c8008002";
    await expectAnswers([
      [`frame 1 :${request}`, `00000007${request}`],
      [`frame 2 :${request}`, `00000007${request}`],
      [`frame 3 :${request}`, `00000007${request}bc2c0b58`],
      ...pairs(VERSIONS, [0, 1, 64, 4096]).map(([version, payload]): Probe => {
        const packet = packetOf(payload, version);
        return [`frame ${version} :${toHex(packet)}`, toHex(frameOf(version, packet))];
      }),
    ]);
  });

  testWithGcc("LPC-BUF-5: whether a packet is intact", async () => {
    const frame = frameOf(3, packetOf(64)).subarray(4);
    const damaged = [...frame.keys()].map((at) => frame.map((byte, index) => (index === at ? byte ^ 0x10 : byte)));
    await expectAnswers([
      [`intact 3 :${toHex(frame)}`, 1],
      ...damaged.map((bytes): Probe => [`intact 3 :${toHex(bytes)}`, 0]),
      ...damaged.map((bytes): Probe => [`intact 2 :${toHex(bytes)}`, 1]),
    ]);
  });

  testWithGcc("LPC-REG-1: the fields of the control region, and unaligned fields as such", async () => {
    const distinct = Uint8Array.from({ length: 32 }, (_, index) => 0x81 + 3 * index);
    const regions = [distinct, encodeControlRegion(decodeControlRegion(distinct)), new Uint8Array(32)];
    await expectAnswers([
      ...regions.map((bytes): Probe => {
        const { magic, bmcVersions, hostVersions, negotiatedVersion, layout } = decodeControlRegion(bytes);
        const { bmcToHost, hostToBmc } = layout;
        const versions = [bmcVersions.min, bmcVersions.cur, hostVersions.min, hostVersions.cur, negotiatedVersion];
        const places = [bmcToHost.offset, bmcToHost.size, hostToBmc.offset, hostToBmc.size];
        return [`region :${toHex(bytes)}`, [magic, ...versions, ...places].join(" ")];
      }),
      ["fields :00fe1280706050", "00807060" + "50" + "fe12" + "00"],
    ]);
  });
});
