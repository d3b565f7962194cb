import { describe, expect, test } from "@jest/globals";
import type { WindowBus } from "../../src/core/binding/bus.ts";
import { newChannel, openSession, type OpenChannel } from "../../src/core/binding/channel.ts";
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
  WHOLE_FRAME_LIMIT,
  receivePacket,
  sendPacket,
} from "../../src/core/binding/packet-buffer.ts";
import { framingOf, isVersion } from "../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { BmcPortBus } from "../../src/node/port-bus.ts";
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
import { millis } from "../../src/core/wire/units.ts";
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

/** A channel whose buffers both are as large as the frame. */
function channelFor({ version, offset, hex }: Frame): OpenChannel {
  const buffer = { offset, size: hex.length / 2 };
  return newChannel(openSession(version, { hostToBmc: buffer, bmcToHost: buffer }, 1 << 20), millis(0));
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
    const { packet } = frame;
    const channel = channelFor(frame);
    const buffer = channel.session.layout.hostToBmc;
    const parts = { header: readU32be(packet, 0), message: packet, start: HEADER_BYTES, end: packet.length };
    const board = new LoopbackBoard();
    const portBus = new BmcPortBus(board.bmc);
    const steps: string[] = [];
    const bus: WindowBus = {
      readWindow: (step) => {
        throw new Error(`${step}: a sender reads nothing`);
      },
      writeWindow: (step, offset, bytes, start, end) => {
        steps.push(step);
        portBus.writeWindow(step, offset, bytes, start, end);
      },
    };
    const tools = new PacketBufferTools(createPacketMemory());
    channel.outgoing = parts;
    sendPacket(bus, "B5.1", "B5.2", "B5.3", channel, parts, buffer, tools, millis(0));
    expect(toHex(board.window.subarray(buffer.offset, buffer.offset + buffer.size))).toBe(frame.hex);
    const { trailerBytes } = framingOf(frame.version);
    const inPieces = trailerBytes > 0 ? ["B5.1", "B5.2", "B5.3"] : ["B5.1", "B5.2"];
    expect(steps).toEqual(buffer.size <= WHOLE_FRAME_LIMIT ? ["B5.1"] : inPieces);
    expect([channel.transmit, channel.outgoing]).toEqual(["beginPending", undefined]);
  });

  test.each(FRAMES)("LPC-BUF-6: %s: our receiver takes the packet out of the buffer", (_where, frame) => {
    const channel = channelFor(frame);
    const { layout, mtu } = channel.session;
    const board = new LoopbackBoard();
    board.window.set(Buffer.from(frame.hex, "hex"), frame.offset);
    const tools = new PacketBufferTools(createPacketMemory());
    const counters = zeroCounters(BINDING_COUNTERS);
    const bus = new BmcPortBus(board.bmc);
    const taken = receivePacket(bus, "B2.6", "B2.7", channel, layout.hostToBmc, mtu.hostToBmc, tools, counters);
    expect(taken).toBe(true);
    const received = tools.takeReceived()!;
    expect(toHex(received.bytes.subarray(received.start, received.end))).toBe(toHex(frame.packet));
    expect(channel.rxCompleteOwed).toBe(true);
    expect(counters).toEqual(zeroCounters(BINDING_COUNTERS));
  });
});
