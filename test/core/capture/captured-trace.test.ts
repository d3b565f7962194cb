/** Captures read as traces: what this program wrote, what libmctp writes, and what a stranger may give. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CapturedTrace, type CapturedItem, type CapturedMctp } from "../../../src/core/capture/captured-trace.ts";
import { enhancedPacket, interfaceDescription, sectionHeader } from "../../../src/core/capture/pcapng.ts";
import { LONGEST_CAPTURED_BYTES, TraceCapture } from "../../../src/core/capture/trace-capture.ts";
import { sll2Header } from "../../../src/core/capture/link-types.ts";
import { PacketLadder, PacketTexts } from "../../../src/core/decode/packet-ladder.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { traceHead } from "../../../src/core/trace/head.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { recording } from "../../interop/recorded-traces.ts";

const { rows } = recording("04a-msg64-host-to-bmc-v3");
const TIMED = rows.map((row, index): TraceEntry => ({ ...row, t: 1000 * (index + 1) }));
const HEAD = traceHead({ sides: ["host", "bmc"], depth: 0, windowBytes: 65536, lives: false });

interface Read {
  readonly items: readonly CapturedItem[];
  readonly capture: CapturedTrace;
  readonly refused?: string;
}

function read(bytes: Uint8Array, piece = bytes.length || 1): Read {
  const capture = new CapturedTrace();
  const items: CapturedItem[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    const pushed = capture.push(bytes.slice(at, at + piece));
    if (!pushed.ok) return { items, capture, refused: pushed.reject };
    items.push(...pushed.value);
  }
  const end = capture.end();
  return end.ok ? { items, capture } : { items, capture, refused: end.reject.isCut ? "cutAtEnd" : end.reject.text };
}

const rowsOf = ({ items }: Read): readonly TraceEntry[] =>
  items.flatMap((item) => (item.kind === "row" ? [item.row] : []));

function captureOf(given: readonly TraceEntry[], head?: typeof HEAD): Buffer {
  const capture = new TraceCapture({ application: "test", source: "board", side: "bmc", head });
  return Buffer.concat([...capture.head(), ...given.flatMap((row) => capture.row(row))]);
}

describe("a capture of this program", () => {
  test("gives the rows of the trace and its head, in pieces of any size; packets are no items beside them", () => {
    const bytes = captureOf(TIMED, HEAD);
    for (const piece of [1, 100, bytes.length]) {
      const found = read(bytes, piece);
      expect(found.refused).toBeUndefined();
      expect(rowsOf(found)).toEqual(TIMED);
      expect(found.capture.head).toEqual(HEAD);
      expect(found.items.every(({ kind }) => kind === "row")).toBe(true);
    }
  });

  test("keeps a trace without times as one, and numbers that come round", () => {
    expect(rowsOf(read(captureOf(rows)))).toEqual(rows);
    const late = rows.slice(0, 4).map((row, index): TraceEntry => ({ ...row, n: 2 ** 32 - 2 + index }));
    // The first number is not known to have come round.
    expect(rowsOf(read(captureOf(late))).map(({ n }) => n)).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1]);
  });

  test("cut anywhere gives the rows before the cut, and says that it is cut", () => {
    const bytes = captureOf(TIMED, HEAD);
    const whole = rowsOf(read(bytes));
    fc.assert(
      fc.property(fc.integer({ min: 4, max: bytes.length - 1 }), (end) => {
        const found = read(bytes.subarray(0, end));
        const some = rowsOf(found);
        expect(some).toEqual(whole.slice(0, some.length));
        expect([undefined, "cutAtEnd"]).toContain(found.refused);
      }),
    );
  });

  test("of two traces in one, as mergecap makes it, is refused", () => {
    const other = { ...HEAD, sides: ["host"] as const };
    const { refused } = read(Buffer.concat([captureOf(TIMED, HEAD), captureOf(TIMED, other)]));
    expect(refused).toMatch(/accesses of two traces/);
  });

  test("has no record that Wireshark would not read", () => {
    const long: TraceEntry = {
      n: 0,
      side: "bmc",
      op: "lpc_write",
      offset: 0,
      len: 400_000,
      value: "ab".repeat(400_000),
    };
    const [found] = rowsOf(read(captureOf([long])));
    expect(found).toMatchObject({ len: 400_000, cut: true });
    const capture = new TraceCapture({
      application: "test",
      source: "board",
      side: "bmc",
      links: ["serial:/dev/ttyS1"],
    });
    const packet = capture.linkPacket(0, "in", new Uint8Array(400_000), 5n);
    expect(packet.length).toBeLessThan(LONGEST_CAPTURED_BYTES + 100);
  });
});

const packet = (way: "in" | "out", hex: string, more = 0): { frame: Buffer; originalBytes: number } => {
  const frame = Buffer.concat([sll2Header(way, 1), fromHex(hex)!]);
  return { frame, originalBytes: frame.length + more };
};

function packetsAlone(...given: readonly ReturnType<typeof packet>[]): Buffer {
  return Buffer.concat([
    sectionHeader("test"),
    interfaceDescription({ linkType: 276, name: "mctpserial0", description: "" }),
    ...given.map(({ frame, originalBytes }, index) =>
      enhancedPacket({ interface: 0, nanoseconds: BigInt(1_000_000 * index), bytes: frame, originalBytes }),
    ),
  ]);
}

const packetsOf = ({ items }: Read): readonly CapturedMctp[] =>
  items.flatMap((item) => (item.kind === "packet" ? [item.packet] : []));

describe("a capture of packets alone", () => {
  const GIVEN = [
    packet("out", "010908c8008004ff"),
    packet("in", "010809c00000040001f1f3f100"),
    packet("out", `010908887f00007ed90101${"41".repeat(57)}`),
    packet("out", "01090858" + "4243"),
    packet("in", "010809c8" + "7d00", 60),
    packet("in", "0108"),
  ];

  test("gives packets with way, time and interface; a ladder has an arrow for each with its message", () => {
    const found = packetsOf(read(packetsAlone(...GIVEN), 7));
    expect(found.map(({ way, nanoseconds, link }) => [way, nanoseconds, link])).toEqual(
      GIVEN.map(({ frame }, index) => [frame[10] === 0 ? "in" : "out", BigInt(1_000_000 * index), "mctpserial0"]),
    );
    const texts = new PacketTexts();
    const ladder = new PacketLadder({ width: 120, since: "0" });
    const lines = found.map((one) => ladder.line(one, texts.of({ ...one, link: undefined })).text);
    expect(lines.map((line) => line.replaceAll("─", "").replace(/ +/g, " "))).toEqual([
      " 0.000000 captured 8 -> 9 SOM EOM seq 0 TO tag 0 · Get MCTP Version Support request · 4 bytes ▶ peer",
      " 0.001000 captured ◀ 9 -> 8 SOM EOM seq 0 tag 0 · Get MCTP Version Support response, success · 9 bytes peer",
      " 0.002000 captured 8 -> 9 SOM seq 0 TO tag 0 · begins a message · 64 bytes ▶ peer",
      " 0.003000 captured 8 -> 9 EOM seq 1 TO tag 0 · Echo request, 2 packets · 66 bytes ▶ peer",
      " 0.004000 captured ◀ 9 -> 8 SOM EOM seq 0 TO tag 0 · 66 bytes, of which the capture has 6 peer",
      " 0.005000 captured ◀ 2 bytes, less than a header peer",
    ]);
    expect(new Set([ladder.header, ...lines].map((line) => line.length))).toEqual(new Set([120]));
  });

  test("a line fits its columns, whatever a packet says", () => {
    const [one] = packetsOf(read(packetsAlone(GIVEN[0]!)));
    for (const width of [20, 60, 75, 300]) {
      const { text } = new PacketLadder({ width }).line(one!, ["x".repeat(500)]);
      expect(text).toHaveLength(Math.max(60, width));
    }
  });

  test("packets of other protocols are counted", () => {
    const ether = { frame: Buffer.alloc(30), originalBytes: 30 };
    const found = read(packetsAlone(ether, ...GIVEN));
    expect([packetsOf(found).length, found.capture.others]).toEqual([GIVEN.length, 1]);
  });
});

test("any change of a capture is read or refused, in whatever pieces it comes, and its packets are told", () => {
  const captures = [
    captureOf(TIMED.slice(0, 12), HEAD),
    packetsAlone(packet("out", "010908c8008004"), packet("in", "0108")),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...captures),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
      fc.integer({ min: 1, max: 400 }),
      (capture, changes, piece) => {
        const bytes = Buffer.from(capture);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const found = read(bytes, piece);
        const whole = read(bytes);
        expect(found.refused).toEqual(whole.refused);
        const texts = new PacketTexts();
        const ladder = new PacketLadder();
        for (const one of packetsOf(found)) expect(ladder.line(one, texts.of(one)).text).toHaveLength(100);
      },
    ),
    { numRuns: 1000 },
  );
});
