import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FrameEncoder, LARGEST_SERIAL_UNIT, LONGEST_FRAME } from "../../../src/core/serial/framing.ts";
import { FCS_START, fcsOf } from "../../../src/core/serial/fcs.ts";
import { bitwiseFcs, frameOf } from "./fcs-bitwise.ts";

function parts(header: number, payload: readonly number[]) {
  return { header, message: Uint8Array.from(payload), start: 0, end: payload.length };
}

describe("the check sequence", () => {
  test("of the nine digits is that of CRC-16/MCRF4XX", () => {
    const digits = new TextEncoder().encode("123456789");
    expect(fcsOf(FCS_START, digits, 0, digits.length)).toBe(0x6f91);
    expect(bitwiseFcs([...digits])).toBe(0x6f91);
  });

  test("by table is that bit by bit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(fcsOf(FCS_START, bytes, 0, bytes.length)).toBe(bitwiseFcs([...bytes]));
      }),
    );
  });
});

describe("frames", () => {
  test("Get Endpoint ID, from 9 to 8, byte by byte", () => {
    const frame = new FrameEncoder("data").encode(parts(0x010809c8, [0x00, 0x80, 0x02]));
    expect([...frame.subarray(0, 10)]).toEqual([0x7e, 0x01, 0x07, 0x01, 0x08, 0x09, 0xc8, 0x00, 0x80, 0x02]);
    const fcs = bitwiseFcs([0x01, 0x07, 0x01, 0x08, 0x09, 0xc8, 0x00, 0x80, 0x02]);
    expect([...frame.subarray(10)]).toEqual([fcs >> 8, fcs & 0xff, 0x7e]);
  });

  test("flags and escapes inside are sent as two bytes, the check sequence is of the bytes as they were", () => {
    const frame = new FrameEncoder("data").encode(parts(0x017e7dc8, [0x7e, 0x7d, 0x5e, 0x5d]));
    const head = [0x7e, 0x01, 0x08, 0x01, 0x7d, 0x5e, 0x7d, 0x5d, 0xc8, 0x7d, 0x5e, 0x7d, 0x5d, 0x5e, 0x5d];
    expect([...frame.subarray(0, head.length)]).toEqual(head);
    const fcs = bitwiseFcs([1, 8, 0x01, 0x7e, 0x7d, 0xc8, 0x7e, 0x7d, 0x5e, 0x5d]);
    expect([...frame.subarray(head.length)]).toEqual([fcs >> 8, fcs & 0xff, 0x7e]);
  });

  test("a check sequence with a flag or an escape in it goes as it is, or escaped, as asked", () => {
    let seen = 0;
    for (let byte = 0; byte < 0x10000; byte++) {
      const payload = [byte >> 8, byte & 0xff];
      const fcs = bitwiseFcs([1, 6, 0x01, 0x08, 0x09, 0xc8, ...payload]);
      if (![fcs >> 8, fcs & 0xff].some((part) => part === 0x7e || part === 0x7d)) continue;
      seen++;
      const packet = [0x01, 0x08, 0x09, 0xc8, ...payload];
      expect([...new FrameEncoder("data").encode(parts(0x010809c8, payload))]).toEqual(frameOf(packet));
      expect([...new FrameEncoder("all").encode(parts(0x010809c8, payload))]).toEqual(frameOf(packet, true));
    }
    expect(seen).toBeGreaterThan(500);
  });

  test("any packet becomes the frame that the rule makes of it", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.uint8Array({ minLength: 1, maxLength: LARGEST_SERIAL_UNIT }),
        fc.boolean(),
        (header, payload, all) => {
          const packet = [header >>> 24, (header >>> 16) & 0xff, (header >>> 8) & 0xff, header & 0xff, ...payload];
          const encoded = new FrameEncoder(all ? "all" : "data").encode(parts(header, [...payload]));
          expect([...encoded]).toEqual(frameOf(packet, all));
        },
      ),
    );
  });

  test("the longest packet, all of it to be escaped, fits; a longer one is misuse", () => {
    const payload = new Array<number>(LARGEST_SERIAL_UNIT).fill(0x7e);
    const frame = new FrameEncoder("all").encode(parts(0x7e7e7e7e, payload));
    expect(frame.length).toBeLessThanOrEqual(LONGEST_FRAME);
    expect([...frame]).toEqual(frameOf([0x7e, 0x7e, 0x7e, 0x7e, ...payload], true));
    expect(() => new FrameEncoder("data").encode(parts(0x01080900, [...payload, 0]))).toThrow("fits no frame");
  });
});
