import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  decodeHeader,
  destinationOf,
  Flag,
  HEADER_FIELDS,
  headerText,
  headerVersion,
  HEADER_VERSION,
  messageHeader,
  packetHeader,
  sequenceOf,
  sourceOf,
  tagOf,
} from "../../../src/core/mctp/packet.ts";
import { eid } from "../../../src/core/wire/units.ts";

describe("DSP0236 8.1 packet header", () => {
  test.each([
    [0x010809c9, { destination: 8, source: 9, sequence: 0, tag: 1 }, "SOM EOM TO", "9 -> 8 SOM EOM seq 0 TO tag 1"],
    [0x010809cd, { destination: 8, source: 9, sequence: 0, tag: 5 }, "SOM EOM TO", "9 -> 8 SOM EOM seq 0 TO tag 5"],
    [0x010908c5, { destination: 9, source: 8, sequence: 0, tag: 5 }, "SOM EOM", "8 -> 9 SOM EOM seq 0 tag 5"],
    [0x01080988, { destination: 8, source: 9, sequence: 0, tag: 0 }, "SOM TO", "9 -> 8 SOM seq 0 TO tag 0"],
    [0x01080918, { destination: 8, source: 9, sequence: 1, tag: 0 }, "TO", "9 -> 8 seq 1 TO tag 0"],
    [0x01080977, { destination: 8, source: 9, sequence: 3, tag: 7 }, "EOM", "9 -> 8 EOM seq 3 tag 7"],
    [0x0100ff80, { destination: 0, source: 255, sequence: 0, tag: 0 }, "SOM", "255 -> 0 SOM seq 0 tag 0"],
  ])("DSP0236 8.1: header %p is read", (header, numbers, marks, text) => {
    expect(decodeHeader(header)).toEqual({
      ...numbers,
      startOfMessage: marks.includes("SOM"),
      endOfMessage: marks.includes("EOM"),
      tagOwner: marks.includes("TO"),
    });
    expect(headerText(header)).toBe(text);
  });

  test("DSP0236 8.1: the table of fields covers the header, and each field lies where it is packed and read", () => {
    const widths = HEADER_FIELDS.map(({ shift, bits }) => [shift + bits, shift]);
    expect(widths.flat().filter((edge, index, edges) => index === 0 || edge !== edges[index - 1])).toEqual([
      32, 28, 24, 16, 8, 7, 6, 4, 3, 0,
    ]);
    const placed = (name: string, value: number): number => {
      const { shift, bits } = HEADER_FIELDS.find((field) => field.name === name)!;
      expect(value).toBeLessThan(2 ** bits);
      return value * 2 ** shift;
    };
    fc.assert(
      fc.property(
        fc.record({
          destination: fc.nat(255),
          source: fc.nat(255),
          start: fc.boolean(),
          end: fc.boolean(),
          sequence: fc.nat(3),
          owner: fc.boolean(),
          tag: fc.nat(7),
        }),
        ({ destination, source, start, end, sequence, owner, tag }) => {
          const message = messageHeader(eid(destination), eid(source), owner, tag);
          const wanted =
            placed("header version", HEADER_VERSION) +
            placed("destination EID", destination) +
            placed("source EID", source) +
            placed("SOM", start ? 1 : 0) +
            placed("EOM", end ? 1 : 0) +
            placed("sequence", sequence) +
            placed("TO", owner ? 1 : 0) +
            placed("tag", tag);
          expect(packetHeader(message, start, end, sequence)).toBe(wanted);
        },
      ),
    );
  });

  test("DSP0236 8.1: a message's packets differ in SOM, EOM and sequence only", () => {
    const message = messageHeader(eid(8), eid(9), true, 1);
    expect(packetHeader(message, true, true, 0)).toBe(0x010809c9);
    expect([0, 1, 2, 3, 4].map((sequence) => packetHeader(message, sequence === 0, sequence === 4, sequence))).toEqual([
      0x01080989, 0x01080919, 0x01080929, 0x01080939, 0x01080949,
    ]);
  });

  test("LPC-MCTP-1: every header carries version 1; the reserved bits above it do not count", () => {
    expect(HEADER_VERSION).toBe(1);
    expect(headerVersion(messageHeader(eid(255), eid(255), false, 7))).toBe(1);
    expect(headerVersion(0xf10809c8)).toBe(1);
    expect(headerVersion(0x020809c8)).toBe(2);
    expect(headerVersion(0x000809c8)).toBe(0);
  });

  test("any fields survive writing and reading, and no header is negative", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(255),
        fc.boolean(),
        fc.nat(7),
        fc.boolean(),
        fc.boolean(),
        fc.nat(1000),
        (destination, source, tagOwner, tag, start, end, sequence) => {
          const header = packetHeader(
            messageHeader(eid(destination), eid(source), tagOwner, tag),
            start,
            end,
            sequence,
          );
          expect(header).toBeGreaterThanOrEqual(0);
          expect(decodeHeader(header)).toEqual({
            destination,
            source,
            tagOwner,
            tag,
            startOfMessage: start,
            endOfMessage: end,
            sequence: sequence % 4,
          });
          expect([destinationOf(header), sourceOf(header), tagOf(header), sequenceOf(header)]).toEqual([
            destination,
            source,
            tag,
            sequence % 4,
          ]);
          expect((header & Flag.TO) !== 0).toBe(tagOwner);
        },
      ),
    );
  });
});
