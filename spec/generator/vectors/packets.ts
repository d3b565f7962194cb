/** spec/vectors/packets.json: packets as they lie in their buffers, and what a receiver makes of damaged ones. */
import type { WindowBus } from "../../../src/core/binding/bus.ts";
import { newChannel, openSession } from "../../../src/core/binding/channel.ts";
import { PacketBufferTools, sendPacket } from "../../../src/core/binding/packet-buffer.ts";
import { framingOf, type Version } from "../../../src/core/binding/versions.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { HEADER_BYTES, decodeHeader, messageHeader, packetHeader } from "../../../src/core/mctp/packet.ts";
import { readU32be, toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import type { Artefact } from "../artefact.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

const VERSIONS: readonly Version[] = [1, 2, 3];
const LENGTH_BYTES = 4;
const MEBIBYTE = 1024 * 1024;

/* ---- Frames ---- */

/** What a sender puts into its buffer for a packet, by the procedure that does it. */
export function frameOf(version: Version, packet: Uint8Array): Uint8Array {
  const trailerBytes = framingOf(version).trailerBytes;
  const buffer = { offset: 0, size: LENGTH_BYTES + packet.length + trailerBytes };
  const channel = newChannel(openSession(version, { bmcToHost: buffer, hostToBmc: buffer }, buffer.size), millis(0));
  const parts = { header: readU32be(packet, 0), message: packet, start: HEADER_BYTES, end: packet.length };
  const tools = new PacketBufferTools(createPacketMemory());
  const frame = new Uint8Array(buffer.size);
  const bus: WindowBus<"head" | "payload" | "trailer"> = {
    readWindow: () => {
      throw new Error("a sender reads nothing of its buffer");
    },
    writeWindow: (_step, offset, source, start, end) => {
      frame.set(source.subarray(start, end), offset);
    },
  };
  sendPacket(bus, "head", "payload", "trailer", channel, parts, buffer, tools, millis(0));
  return frame;
}

interface PacketWish {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly destination?: number;
  readonly source?: number;
  readonly tagOwner?: boolean;
  readonly tag?: number;
  readonly sequence?: number;
  readonly first?: boolean;
  readonly last?: boolean;
  /** No endpoint sends it, but a receiver of the binding takes it. */
  readonly receiveOnly?: boolean;
}

function packetBytes(wish: PacketWish): Uint8Array {
  const { destination = 8, source = 9, tagOwner = true, tag = 0, sequence = 0, first = true, last = true } = wish;
  const header = packetHeader(messageHeader(eid(destination), eid(source), tagOwner, tag), first, last, sequence);
  const packet = new Uint8Array(HEADER_BYTES + wish.payload.length);
  writeU32be(packet, 0, header);
  packet.set(wish.payload, HEADER_BYTES);
  return packet;
}

/** A message of type 0x7d, which nobody has defined, that counts up. */
function countingMessage(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (0x7d + index) & 0xff);
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

function wishes(mtu: number): readonly PacketWish[] {
  const message = countingMessage(2 * mtu + 22);
  return [
    { name: "Get Endpoint ID request", payload: bytes("008002") },
    {
      name: "Get Endpoint ID response",
      payload: bytes("00000200081100"),
      ...{ destination: 9, source: 8, tagOwner: false },
    },
    // Every message has a type: no sender has a packet without payload.
    { name: "header only", payload: new Uint8Array(0), receiveOnly: true },
    { name: "one payload byte", payload: countingMessage(1), tag: 7 },
    { name: "a full packet", payload: countingMessage(mtu), tag: 3 },
    { name: "first of three", payload: message.subarray(0, mtu), tag: 5, last: false },
    {
      name: "second of three",
      payload: message.subarray(mtu, 2 * mtu),
      tag: 5,
      sequence: 1,
      first: false,
      last: false,
    },
    { name: "last of three", payload: message.subarray(2 * mtu), tag: 5, sequence: 2, first: false },
    {
      name: "every EID, tag and sequence at its largest",
      payload: countingMessage(5),
      ...{ destination: 254, source: 254, tag: 7, sequence: 3, receiveOnly: true },
    },
    { name: "to the null EID", payload: bytes("00810400"), destination: 0, source: 8 },
  ];
}

function frameVectors(): readonly Json[] {
  return [64, 4096]
    .flatMap((mtu) =>
      VERSIONS.filter((version) => mtu === 64 || !framingOf(version).fixedMtu).map((v) => [mtu, v] as const),
    )
    .flatMap(([mtu, version]) =>
      wishes(mtu)
        .filter(({ payload }) => mtu === 64 || payload.length > 64)
        .map((wish) => frameVector(wish, mtu, version)),
    );
}

function frameVector(wish: PacketWish, mtu: number, version: Version): Json {
  const packet = packetBytes(wish);
  const frame = frameOf(version, packet);
  const { startOfMessage, endOfMessage, ...header } = decodeHeader(readU32be(packet, 0));
  return {
    name: `${wish.name}, version ${String(version)}, MTU ${String(mtu)}`,
    version,
    mtu,
    receiveOnly: wish.receiveOnly ?? false,
    packet: { headerVersion: packet[0]!, ...header, startOfMessage, endOfMessage, payload: toHex(wish.payload) },
    length: packet.length,
    crc: version === 3 ? toHex(frame.subarray(-4)) : null,
    buffer: toHex(frame),
  };
}

/* ---- Damaged ones ---- */

/** How a receiver of this binding comes to drop a packet. */
export type PacketReject = "lengthOutOfBounds" | "crcMismatch" | "headerVersion";

const REQUIREMENTS: Readonly<Record<PacketReject, string>> = {
  lengthOutOfBounds: "LPC-BUF-4",
  crcMismatch: "LPC-BUF-5",
  headerVersion: "LPC-MCTP-1",
};

/** A frame of this packet that says another length. */
function withLength(version: Version, length: number): Uint8Array {
  const frame = frameOf(version, packetBytes({ name: "", payload: countingMessage(64) }));
  writeU32be(frame, 0, length);
  return frame;
}

/** A frame with one bit turned over, counted from its first byte. */
function withFlip(frame: Uint8Array, at: number): Uint8Array {
  const flipped = frame.slice();
  flipped[at]! ^= 0x10;
  return flipped;
}

function withHeaderVersion(version: Version, headerVersion: number): Uint8Array {
  const packet = packetBytes({ name: "", payload: bytes("008002") });
  packet[0] = headerVersion;
  return frameOf(version, packet);
}

/** In version 1 the size says nothing: what a receiver takes depends on what lies behind the buffer (LPC-BUF-4). */
function damaged(version: Version): readonly (readonly [name: string, reason: PacketReject, frame: Uint8Array])[] {
  const lengths: readonly (readonly [string, number])[] = [
    ["length 0", 0],
    ["length 3", 3],
    ...(framingOf(version).fixedMtu
      ? ([["length of all of a window", MEBIBYTE]] as const)
      : ([
          ["length one above the largest", HEADER_BYTES + 64 + 1],
          ["length that counts itself", HEADER_BYTES + 64 + LENGTH_BYTES],
        ] as const)),
    ["length with the highest bit set", 0x8000_0044],
    ["length of all ones", 0xffff_ffff],
    ["length in the wrong byte order", 0x4400_0000],
  ];
  const request = frameOf(3, packetBytes({ name: "", payload: bytes("008002") }));
  const crcs: readonly (readonly [string, Uint8Array])[] = [
    ["a bit turned over in the header", withFlip(request, LENGTH_BYTES + 1)],
    ["a bit turned over in the payload", withFlip(request, LENGTH_BYTES + 5)],
    ["a bit turned over in the CRC", withFlip(request, request.length - 1)],
    ["a length one too small, within bounds", withLengthOf(request, 6)],
    ["a CRC of zeros", zeroTrailer(request)],
    ["a CRC in the wrong byte order", reversedTrailer(request)],
  ];
  return [
    ...lengths.map(([name, length]) => [name, "lengthOutOfBounds", withLength(version, length)] as const),
    ...(version === 3 ? crcs.map(([name, frame]) => [name, "crcMismatch", frame] as const) : []),
    ["MCTP header version 0", "headerVersion", withHeaderVersion(version, 0)],
    ["MCTP header version 2", "headerVersion", withHeaderVersion(version, 2)],
  ];
}

function withLengthOf(frame: Uint8Array, length: number): Uint8Array {
  const changed = frame.slice();
  writeU32be(changed, 0, length);
  return changed;
}

function zeroTrailer(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([...frame.subarray(0, -4), 0, 0, 0, 0]);
}

function reversedTrailer(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([...frame.subarray(0, -4), ...frame.slice(-4).reverse()]);
}

function rejectVectors(): readonly Json[] {
  return VERSIONS.flatMap((version) =>
    damaged(version).map(([name, reason, frame]) => {
      const length = readU32be(frame, 0);
      const packet = { offset: LENGTH_BYTES, bytes: length + framingOf(version).trailerBytes };
      return {
        name: `${name}, version ${String(version)}`,
        version,
        mtu: 64,
        receiveOnly: true,
        buffer: toHex(frame),
        reason,
        requirement: REQUIREMENTS[reason],
        reads: [{ offset: 0, bytes: LENGTH_BYTES }, ...(reason === "lengthOutOfBounds" ? [] : [packet])],
        answer: "02",
      };
    }),
  );
}

export function packetsArtefact(): Artefact {
  return vectorArtefact({
    name: "packets",
    schema: "packets",
    title: "Packets in their buffers",
    description:
      "Packets with the fields of their MCTP header, and the bytes that a sender writes from the start of its buffer (clause 7.2). Then buffers that a receiver drops, each with the reason.",
    units: {
      mtu: "payload bytes that a packet may carry in this session",
      receiveOnly:
        "true: no host and no BMC of this document sends this packet; put it into the buffer of the side that receives, and do not have the other one send it",
      length: "bytes of header and payload: the length field",
      payload: "hexadecimal, two digits a byte",
      crc: "the trailer of version 3, hexadecimal; null in versions 1 and 2",
      buffer: "the bytes of the buffer from its first on, hexadecimal; what lies behind them means nothing",
      reads: "all that a receiver reads of the buffer: offset from its start, bytes",
      answer: "the byte that it writes to its outbound register then, hexadecimal: Rx Complete",
      reason: "lengthOutOfBounds, crcMismatch: dropped by the binding; headerVersion: by MCTP above it",
    },
    use: "vectors: send each packet that is not receiveOnly in a session of this version and compare the buffer at Tx Begin; put each buffer there, write Tx Begin and compare what arrives. rejected: put each buffer there and write Tx Begin: nothing arrives, Rx Complete comes, the session goes on.",
    generator: "packets.ts",
    contents: { vectors: frameVectors(), rejected: rejectVectors() },
  });
}
