/** Captures given to the commands that read traces: this program's own, libmctp's, and what is neither. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { enhancedPacket, interfaceDescription, sectionHeader } from "../../src/core/capture/pcapng.ts";
import { sll2Header } from "../../src/core/capture/link-types.ts";
import { encodeTrace, type TraceEntry } from "../../src/core/trace/format.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { recording } from "../interop/recorded-traces.ts";
import { MAIN, Sandbox, finish, type Finished } from "../support/processes.ts";
import { runHere, runIn } from "./run-here.ts";

const { rows } = recording("04b-msg64-bmc-to-host-v3");
const TIMED = rows.map((row, index): TraceEntry => ({ ...row, t: 1_000_000 * (index + 1) }));

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

const shown = async (...words: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await runHere(sandbox, ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

/** Runs the program in a shell: $0 and $1 are the program, $2 is the file. */
function inShell(script: string, file: string): Promise<Finished> {
  return finish(sandbox.start("bash", ["-c", script, process.execPath, MAIN, file]));
}

/** A trace and the capture of it. */
async function capturedAs(
  name: string,
  given: readonly TraceEntry[],
): Promise<readonly [trace: string, capture: string]> {
  const [trace, capture] = [sandbox.path(`${name}.jsonl`), sandbox.path(`${name}.pcapng`)];
  writeFileSync(trace, encodeTrace(given));
  await shown("trace", "pcap", trace, "--output", capture);
  return [trace, capture];
}

/** pcap as libmctp's --capture-binding writes it: big-endian here, microseconds, LINUX_SLL2. */
function libmctpCapture(...packets: readonly (readonly [way: "in" | "out", hex: string])[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(0xa1b2c3d4);
  head.writeUInt16BE(2, 4);
  head.writeUInt16BE(4, 6);
  head.writeUInt32BE(0xffff, 16);
  head.writeUInt32BE(276, 20);
  const records = packets.map(([way, hex], index) => {
    const frame = Buffer.concat([sll2Header(way, 1), fromHex(hex)!]);
    const record = Buffer.alloc(16);
    record.writeUInt32BE(1_700_000_000);
    record.writeUInt32BE(1500 * index, 4);
    record.writeUInt32BE(frame.length, 8);
    record.writeUInt32BE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([head, ...records]);
}

const PACKETS = libmctpCapture(
  ["out", "010908c8008004ff"],
  ["in", "010809c00000040001f1f3f100"],
  ["in", `01080988${"7d".padEnd(128, "0")}`],
  ["in", "010809587d00"],
);
const packetFile = (): string => {
  const path = sandbox.path("libmctp.pcap");
  writeFileSync(path, PACKETS);
  return path;
};

describe("a capture of this program", () => {
  test("is drawn and judged as the trace that it was made of", async () => {
    const [trace, capture] = await capturedAs("both", TIMED);
    for (const more of [[], ["--json"], ["--from", "20", "--to", "40"]]) {
      expect(await shown("trace", capture, ...more)).toBe(await shown("trace", trace, ...more));
    }
    const nameless = (text: string): string => text.replaceAll(/\S+\.(jsonl|pcapng)/g, "FILE").replaceAll(/\s+/g, " ");
    expect(nameless(await shown("trace", "judge", capture))).toBe(nameless(await shown("trace", "judge", trace)));
    await shown("trace", capture, "--svg", sandbox.path("ladder.svg"));
    expect(readFileSync(sandbox.path("ladder.svg"), "utf8")).toMatch(/^<svg/);
  });

  test("of each side are merged, and a capture is captured again", async () => {
    const sides = await Promise.all(
      (["host", "bmc"] as const).map((side) =>
        capturedAs(
          side,
          TIMED.filter((row) => row.side === side),
        ),
      ),
    );
    const [traces, captures] = [sides.map(([trace]) => trace), sides.map(([, capture]) => capture)];
    expect(await shown("trace", ...captures)).toBe(await shown("trace", ...traces));
    expect(await shown("trace", captures[0]!, traces[1]!)).toBe(await shown("trace", ...traces));
    const again = sandbox.path("again.pcapng");
    await shown("trace", "pcap", ...captures, "-o", again);
    expect(await shown("trace", again)).toBe(await shown("trace", ...traces));
  });

  test("that was cut short is read up to there, and the end is told", async () => {
    const [trace, capture] = await capturedAs("cut", TIMED);
    const bytes = readFileSync(capture);
    writeFileSync(capture, bytes.subarray(0, bytes.length - 5));
    const { code, stdout, stderr } = await runHere(sandbox, "trace", capture);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `mctp-lpc: ${capture} ends in the middle of a packet: it is left out\n`,
    });
    const whole = await shown("trace", trace);
    expect(whole.startsWith(stdout.slice(0, stdout.length / 2))).toBe(true);
  });

  test("comes from a pipe, too", async () => {
    const [trace, capture] = await capturedAs("piped", TIMED);
    const piped = await inShell('cat "$2" | "$0" "$1" trace -', capture);
    expect([piped.code, piped.stdout]).toEqual([0, await shown("trace", trace)]);
  });
});

describe("a capture of packets alone, as libmctp writes it", () => {
  test("is a ladder of packets: an arrow for each, with its message", async () => {
    const { stdout } = await runIn(sandbox, { columns: 110 }, "trace", packetFile());
    const lines = stripVTControlCharacters(stdout).trimEnd().split("\n");
    expect(lines.map((line) => line.replaceAll("─", "").replaceAll(/ +/g, " ").trim())).toEqual([
      "seconds captured MCTP packets peer",
      "0.000000 captured 8 -> 9 SOM EOM seq 0 TO tag 0 · Get MCTP Version Support request · 4 bytes ▶ peer",
      expect.stringMatching(/^0\.001500 captured ◀ 9 -> 8 SOM EOM seq 0 tag 0 · Get MCTP Version Support response/),
      "0.003000 captured ◀ 9 -> 8 SOM seq 0 TO tag 0 · begins a message · 64 bytes peer",
      expect.stringMatching(/^0\.004500 captured ◀ 9 -> 8 EOM seq 1 TO tag 0 · .*2 packets · 66 bytes peer$/),
    ]);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([110]));
  });

  test("--json prints an object for each packet, --from and --to choose some", async () => {
    const lines = (await shown("trace", packetFile(), "--json", "--from", "1", "--to", "2")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ kind: "packet", n: 1, way: "in", source: 9, destination: 8, length: 13 }),
      expect.objectContaining({ kind: "packet", n: 2, way: "in", t: "1700000000003000000" }),
    ]);
  });

  test.each<readonly [string, readonly string[], number, RegExp]>([
    [
      "judge says what is missing",
      ["trace", "judge"],
      2,
      /MCTP packets alone, and this needs the accesses .*--pcap or --trace/,
    ],
    ["pcap, likewise", ["trace", "pcap", "-o", "/dev/null"], 1, /MCTP packets alone/],
    ["--svg is of accesses", ["trace", "--svg", "x.svg"], 1, /--svg draws the accesses of a bus.*leave --svg out/],
    ["a part that there is not", ["trace", "--from", "9"], 64, /the capture has packets 0 to 3: none is asked for/],
  ])("%s", async (_what, words, status, why) => {
    const { code, stderr } = await runHere(sandbox, ...words, packetFile());
    expect(code).toBe(status);
    expect(stderr).toMatch(why);
  });

  test("decode explains its packets", async () => {
    const { code, stdout } = await inShell('exec "$0" "$1" decode < "$2"', packetFile());
    expect(code).toBe(0);
    expect(stdout).toMatch(/Get MCTP Version Support/);
  });
});

describe("what is no such capture", () => {
  const own = (frame: Uint8Array): Buffer =>
    Buffer.concat([
      sectionHeader("other"),
      interfaceDescription({ linkType: 147, name: "lpc", description: "" }),
      enhancedPacket({ interface: 0, nanoseconds: 1n, bytes: frame, originalBytes: frame.length }),
    ]);
  test.each<readonly [string, Buffer, RegExp]>([
    ["of another link type", libmctpCapture(["in", "0108"]).fill(1, 23, 24), /none of its 1 packets is MCTP/],
    ["of another program's USER0", own(Buffer.from("GET / HTTP/1.0\r\n\r\n12345")), /USER0 is no record of a bus/],
    [
      "of a later release",
      own(Uint8Array.of(2, ...new Array<number>(20).fill(0))),
      /it reads version 1; use the mctp-lpc that wrote/,
    ],
    ["of nothing", libmctpCapture(), /without accesses and without MCTP packets: it holds no packet/],
    [
      "damaged",
      Buffer.concat([libmctpCapture(), Buffer.alloc(40, 0xff)]),
      /cannot be read from here on: a block or packet is longer/,
    ],
  ])("%s: one line that says so", async (_what, bytes, why) => {
    const path = sandbox.path("other.pcap");
    writeFileSync(path, bytes);
    const { code, stdout, stderr } = await runHere(sandbox, "trace", path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(why);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
