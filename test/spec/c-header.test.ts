/** The C header: it compiles alone, its constants are valid, and its functions give what the code gives. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 as zlibCrc32 } from "node:zlib";
import { decodeControlRegion, encodeControlRegion } from "../../src/core/binding/control-region.ts";
import { afterStatusWrite } from "../../src/core/binding/kcs-word.ts";
import { BTU, askedSize, bufferBytes, judgeLayout, largestMtu, mtuOfBuffer } from "../../src/core/binding/layout.ts";
import { SESSION_BITS } from "../../src/core/binding/registers.ts";
import { negotiateVersion, type Version } from "../../src/core/binding/versions.ts";
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

describe("the header's constants", () => {
  testWithGcc("are valid in C and printed as they are written", async () => {
    const prints = macros.map(({ name, value }) =>
      value.startsWith('"')
        ? `    printf("${name} \\"%s\\"\\n", MCTP_LPC_${name});`
        : `    printf("${name} %lu\\n", (unsigned long)(MCTP_LPC_${name}));`,
    );
    const printer = source(
      "constants.c",
      ...['#include "mctp_lpc.h"', "#include <stdio.h>", "int main(void)", "{", ...prints, "    return 0;", "}"],
    );
    const printed = await linesOf(sandbox, await compile(sandbox, "constants", [printer]));
    const written = macros.map(({ name, value }) => {
      const plain = value.startsWith('"') ? value : String(Number(value.replace(/u$/, "")));
      return `${name} ${plain}`;
    });
    expect(printed).toEqual(written);
  });

  test.each([
    ["BINDING_ID", "binding identifier"],
    ["MEDIUM_ID", "medium identifier"],
    ["MT1_MS", "MT1, "],
  ])("%s is what clause 14 says", (name, item) => {
    const rows = tableOf(readSpecification("mctp-lpc.md"), "item", "value");
    const value = cellOf(rows.find((row) => cellOf(row, "item").startsWith(item)) ?? {}, "value");
    const macro = macros.find((one) => one.name === name)?.value ?? "";
    expect(Number(macro.replace(/u$/, ""))).toBe(numberIn(value.replace("at most ", "").replace(/ \(.*$/, "")));
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
