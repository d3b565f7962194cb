/** The vectors of CRC, STR and packets: true of this program, and by independent means. */
import { describe, expect, test } from "@jest/globals";
import { crc32 as zlibCrc32 } from "node:zlib";
import { frameOf } from "../../spec/generator/vectors/packets.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { receiver } from "../support/vectors/receivers.ts";
import { bytesOf, type CrcVector, type PacketVector, type RejectedPacket } from "../support/vectors/vector-types.ts";
import { vectors } from "./vector-files.ts";

describe("crc.json", () => {
  const rules: Readonly<Record<string, (index: number) => number>> = {
    zeros: () => 0,
    ones: () => 255,
    count: (index) => index % 256,
    mixed: (index) => (7 * index + Math.floor(index / 256)) % 256,
  };

  test("LPC-BUF-3: zlib gives the same, of the bytes and of the pattern, whole and in pieces", () => {
    const all = vectors("crc") as readonly CrcVector[];
    expect(all.map(({ length }) => length)).toEqual(expect.arrayContaining([0, 1, 68, 4096]));
    for (const { name, length, pattern, bytes, crc } of all) {
      const given = bytes === undefined ? [] : [bytesOf(bytes)];
      const made = pattern === undefined ? [] : [Uint8Array.from({ length }, (_, index) => rules[pattern]!(index))];
      for (const input of [...given, ...made]) {
        const half = length >> 1;
        const inPieces = zlibCrc32(input.subarray(half), zlibCrc32(input.subarray(0, half)));
        expect({ name, length: input.length, crc: [zlibCrc32(input), inPieces] }).toEqual({
          name,
          length,
          crc: [Number.parseInt(crc, 16), Number.parseInt(crc, 16)],
        });
      }
    }
  });
});

describe("str-writes.json", () => {
  const formula = (s: number, v: number): string => toHex(Uint8Array.of((v & 0xf4) | (s & 0x0a) | (s & v & 0x01)));

  test("clause 5.2: the formula gives every value of the table and of the examples", () => {
    const table = vectors("str-writes", "table") as readonly string[];
    const values = Array.from({ length: 256 }, (_, value) => value);
    expect(table).toEqual(values.map((s) => values.map((v) => formula(s, v)).join("")));
    const examples = vectors("str-writes") as readonly { s: string; v: string; after: string }[];
    const hex = (text: string): number => Number.parseInt(text, 16);
    expect(examples.map(({ s, v }) => formula(hex(s), hex(v)))).toEqual(examples.map(({ after }) => after));
  });
});

describe("packets.json", () => {
  const good = (vectors("packets") as readonly PacketVector[]).map((vector) => [vector.name, vector] as const);
  const bad = (vectors("packets", "rejected") as readonly RejectedPacket[]).map(
    (vector) => [vector.name, vector] as const,
  );

  test.each(good)("LPC-BUF-1: %s: fields and bytes say the same", (_name, { packet, length, crc, buffer, version }) => {
    const flags =
      (packet.startOfMessage ? 0x80 : 0) +
      (packet.endOfMessage ? 0x40 : 0) +
      0x10 * packet.sequence +
      (packet.tagOwner ? 0x08 : 0) +
      packet.tag;
    const header = [packet.headerVersion, packet.destination, packet.source, flags];
    const bytes = Uint8Array.of(...header, ...bytesOf(packet.payload));
    const lengthField = Buffer.alloc(4);
    lengthField.writeUInt32BE(bytes.length);
    const trailer = version === 3 ? zlibCrc32(bytes).toString(16).padStart(8, "0") : "";
    expect(length).toBe(bytes.length);
    expect(crc ?? "").toBe(trailer);
    expect(buffer).toBe(lengthField.toString("hex") + toHex(bytes) + trailer);
    expect(toHex(frameOf(version, bytes))).toBe(buffer);
  });

  test.each(good)("LPC-BUF-6: %s: both sides take it", (_name, { version, mtu, buffer, length }) => {
    for (const role of ["bmc", "host"] as const) {
      const { packet, answer, counted } = receiver(role, version, mtu)(bytesOf(buffer));
      expect(packet).toBe(buffer.slice(8, 8 + 2 * length));
      expect({ answer, counted }).toEqual({ answer: "02", counted: ["packetsReceived"] });
    }
  });

  test.each(bad)("LPC-BUF-4, LPC-BUF-5, LPC-MCTP-1: %s: both sides drop it for this reason", (_name, vector) => {
    const { version, mtu, buffer, reason, requirement, reads, answer } = vector;
    for (const role of ["bmc", "host"] as const) {
      const receive = receiver(role, version, mtu);
      const outcome = receive(bytesOf(buffer));
      expect(outcome).toMatchObject({ reads, answer });
      if (reason === "headerVersion") {
        expect([requirement, outcome.headerVersion]).toEqual(["LPC-MCTP-1", 1]);
      } else {
        expect(outcome).toMatchObject({ packet: undefined, counted: [reason] });
        expect(BINDING_COUNTERS[reason].clause).toBe(requirement);
      }
      // The next one arrives.
      const next = receive(frameOf(version, bytesOf("010809c8008002")));
      expect(next).toMatchObject({ packet: "010809c8008002", answer: "02", counted: ["packetsReceived"] });
    }
  });
});
