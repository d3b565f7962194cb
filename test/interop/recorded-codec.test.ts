import { describe, expect, test } from "@jest/globals";
import type { Procedure } from "../../src/core/binding/bus.ts";
import {
  CONTROL_FIELDS_BYTES,
  CONTROL_REGION_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeLayout,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeU32,
} from "../../src/core/binding/control-region.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { bufferBytes, judgeLayout, mtuOfBuffer } from "../../src/core/binding/layout.ts";
import {
  PacketBufferTools,
  frameAccess,
  judgePacket,
  lengthAccess,
  packetAccess,
  writeInPieces,
} from "../../src/core/binding/packet-buffer.ts";
import { framingOf, isVersion } from "../../src/core/binding/versions.ts";
import { performForBmc } from "../../src/drive/executor.ts";
import { createPacketMemory } from "../../src/drive/packet-memory.ts";
import { HEADER_BYTES, HEADER_VERSION, decodeHeader, messageHeader, packetHeader } from "../../src/core/mctp/packet.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import {
  bytesOf,
  decodeTraceRow,
  encodeTraceRow,
  isRegisterRow,
  type TraceRow,
  type WindowRow,
} from "../../src/core/trace/format.ts";
import { readU16be, readU32be, toHex } from "../../src/core/wire/bytes.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { ORDINARY_NAMES, TRACE_NAMES, framesOf, recording, type Frame } from "./recorded-traces.ts";

describe("recorded traces as text", () => {
  test("there are 38 of them, each with accesses of its BMC", () => {
    expect(TRACE_NAMES).toHaveLength(38);
    for (const name of TRACE_NAMES) expect(recording(name).rows.some((row) => row.side === "bmc")).toBe(true);
  });

  test.each(TRACE_NAMES)("%s: every line is decoded and encoded to the same JSON object", (name) => {
    for (const line of recording(name).lines) {
      const row = decodeTraceRow(line);
      expect(row.ok && JSON.parse(encodeTraceRow(row.value))).toEqual(JSON.parse(line));
    }
  });
});

/* ---- Control region ---- */

/** What our codec makes of a recorded write of the control region; undefined for a write of another kind. */
function reencoded(row: WindowRow): Uint8Array | undefined {
  const bytes = bytesOf(row);
  const place = `${String(row.offset)}+${String(row.len)}`;
  switch (place) {
    case `0+${String(CONTROL_FIELDS_BYTES)}`:
      return encodeControlRegion(decodeControlRegion(bytes));
    case `${String(Field.rxOffset)}+16`:
      return encodeLayout(decodeLayout(bytes));
    case `${String(Field.hostVersionMin)}+2`:
    case `${String(Field.hostVersionCur)}+2`:
    case `${String(Field.negotiatedVersion)}+2`:
      return encodeU16(readU16be(bytes, 0));
    case `${String(Field.rxSize)}+4`:
      return encodeU32(readU32be(bytes, 0));
    default:
      return undefined;
  }
}

function windowWrites(rows: readonly TraceRow[]): readonly WindowRow[] {
  return rows.filter((row): row is WindowRow => !isRegisterRow(row) && row.op === "lpc_write");
}

describe("LPC-REG control region", () => {
  test.each(ORDINARY_NAMES)("LPC-REG-1: %s: every write below the buffers is decoded and encoded to itself", (name) => {
    const { rows } = recording(name);
    const writes = windowWrites(rows).filter((row) => row.offset < CONTROL_REGION_BYTES);
    expect(writes.length).toBeGreaterThan(0);
    for (const row of writes) expect([row.n, reencoded(row)]).toEqual([row.n, bytesOf(row)]);
  });

  test.each(ORDINARY_NAMES)("LPC-REG-1: %s: the fields at the end mean the recorded session", (name) => {
    const { meta } = recording(name);
    const region = decodeControlRegion(Buffer.from(meta.final.control_region_hex, "hex"));
    expect(region.magic).toBe(MAGIC);
    const version = region.negotiatedVersion;
    if (!isVersion(version)) {
      expect([name, version]).toEqual(["03b-mtu-host4096-bmc192", 0]);
      return;
    }
    const { bmcToHost, hostToBmc } = region.layout;
    expect(judgeLayout(region.layout, version, meta.window_size).ok).toBe(true);
    expect(bmcToHost.size).toBe(hostToBmc.size);
    // LPC-MTU-1 and LPC-MTU-2 are each other's inverse.
    expect(bufferBytes(version, mtuOfBuffer(version, bmcToHost.size))).toBe(bmcToHost.size);
  });
});

/* ---- Packet buffers ---- */

const FRAMES: readonly (readonly [string, Frame])[] = ORDINARY_NAMES.flatMap((name) => {
  const { rows } = recording(name);
  return [...framesOf(rows, "host"), ...framesOf(rows, "bmc")].map(
    (frame) => [`${name}, row ${String(frame.row.n)}`, frame] as const,
  );
});

function run<Result>(board: LoopbackBoard, procedure: Procedure<Result>): Result {
  let step = procedure.next(0);
  while (step.done !== true) step = procedure.next(performForBmc(board.bmc.port, board.bmc.window, step.value));
  return step.value;
}

describe("LPC-BUF packet buffers", () => {
  test("every recorded write of a buffer belongs to a frame below", () => {
    const written = ORDINARY_NAMES.map((name) =>
      windowWrites(recording(name).rows)
        .filter((row) => row.offset >= CONTROL_REGION_BYTES)
        .reduce((sum, row) => sum + row.len, 0),
    ).reduce((sum, bytes) => sum + bytes, 0);
    expect(FRAMES.reduce((sum, [, frame]) => sum + frame.hex.length / 2, 0)).toBe(written);
    expect(FRAMES.length).toBeGreaterThan(40);
  });

  test.each(FRAMES)("LPC-BUF-1: %s: length, header, payload and trailer are what they should be", (_where, frame) => {
    const bytes = Buffer.from(frame.hex, "hex");
    const { trailerBytes } = framingOf(frame.version);
    const length = readU32be(bytes, 0);
    expect(bytes.length).toBe(4 + length + trailerBytes);
    const header = readU32be(bytes, 4);
    const { destination, source, startOfMessage, endOfMessage, sequence, tagOwner, tag } = decodeHeader(header);
    expect(header >>> 24).toBe(HEADER_VERSION);
    const message = messageHeader(destination, source, tagOwner, tag);
    expect(packetHeader(message, startOfMessage, endOfMessage, sequence)).toBe(header);
    if (trailerBytes > 0) expect(crc32(bytes, 4, 4 + length)).toBe(readU32be(bytes, 4 + length));
  });

  test.each(FRAMES)("LPC-BUF-3: %s: our sender writes the same bytes, whole or in pieces", (_where, frame) => {
    const { version, packet } = frame;
    const buffer = { offset: frame.offset, size: frame.hex.length / 2 };
    const tools = new PacketBufferTools(createPacketMemory());
    const parts = {
      header: readU32be(packet, 0),
      message: packet,
      start: HEADER_BYTES,
      end: packet.length,
    };
    const inPieces = new LoopbackBoard();
    run(inPieces, writeInPieces(tools, buffer, version, parts));
    expect(toHex(inPieces.window.subarray(buffer.offset, buffer.offset + buffer.size))).toBe(frame.hex);

    const whole = frameAccess(tools, buffer, version, parts);
    if (whole === undefined) {
      expect(buffer.size).toBeGreaterThan(512);
      return;
    }
    expect(whole.offset).toBe(buffer.offset);
    expect(toHex(whole.bytes.subarray(whole.start, whole.end))).toBe(frame.hex);
  });

  test.each(FRAMES)("LPC-BUF-6: %s: our receiver takes the packet out of the buffer", (_where, frame) => {
    const { version, offset, packet } = frame;
    const buffer = { offset, size: frame.hex.length / 2 };
    const board = new LoopbackBoard();
    board.window.set(Buffer.from(frame.hex, "hex"), offset);
    const tools = new PacketBufferTools(createPacketMemory());
    const counters = zeroCounters(BINDING_COUNTERS);
    const { port, window } = board.bmc;
    performForBmc(port, window, lengthAccess(tools, buffer));
    const access = packetAccess(tools, buffer, version, mtuOfBuffer(version, buffer.size), counters);
    if (access === undefined) throw new Error("the length is within bounds");
    performForBmc(port, window, access);
    expect(judgePacket(tools, version, counters)).toBe(true);
    const received = tools.takeReceived()!;
    expect(toHex(received.bytes.subarray(received.start, received.end))).toBe(toHex(packet));
    expect(counters).toEqual(zeroCounters(BINDING_COUNTERS));
  });
});
