import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SERIAL_COUNTERS, type SerialCounters } from "../../../src/core/serial/counters.ts";
import { FrameReceiver } from "../../../src/core/serial/receiver.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { bitwiseFcs, frameOf } from "./fcs-bitwise.ts";

const PACKET = [0x01, 0x08, 0x09, 0xc8, 0x00, 0x80, 0x02];
const SPECIAL = [0x01, 0x7e, 0x7d, 0xc8, 0x7d, 0x5d, 0x7e, 0x5e, 0x7e];

interface Bench {
  readonly receiver: FrameReceiver;
  readonly packets: number[][];
  readonly counters: SerialCounters;
  lost: number;
}

function bench(largest = 255): Bench {
  const counters = zeroCounters(SERIAL_COUNTERS);
  const packets: number[][] = [];
  const made: Bench = {
    packets,
    counters,
    lost: 0,
    receiver: new FrameReceiver(
      largest,
      counters,
      (bytes) => packets.push([...bytes]),
      () => made.lost++,
    ),
  };
  return made;
}

function receive(bytes: readonly number[], largest?: number): Bench {
  const made = bench(largest);
  made.receiver.push(Uint8Array.from(bytes));
  return made;
}

/** The counters that are not zero. */
function counted({ counters }: Bench): Partial<SerialCounters> {
  return Object.fromEntries(Object.entries(counters).filter(([, count]) => count > 0));
}

/** Packets whose check sequence has a flag or an escape as its high, its low, or both its bytes. */
function packetsWithSpecialFcs(): number[][] {
  const special = (byte: number): boolean => byte === 0x7e || byte === 0x7d;
  const found: number[][] = [];
  for (let value = 0; value < 0x40000; value++) {
    const packet = [0x01, 0x08, 0x09, 0xc8, value >> 16, (value >> 8) & 0xff, value & 0xff];
    const fcs = bitwiseFcs([1, packet.length, ...packet]);
    if (special(fcs >> 8) && special(fcs & 0xff)) found.push(packet);
    else if (found.length < 200 && (special(fcs >> 8) || special(fcs & 0xff))) found.push(packet);
  }
  return found;
}

describe("whole frames", () => {
  test("wherever the stream is cut, the packets come out", () => {
    const stream = [...frameOf(PACKET), ...frameOf(SPECIAL), ...frameOf(PACKET)];
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const made = bench();
        for (const part of [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]) {
          made.receiver.push(Uint8Array.from(part));
        }
        expect(made.packets).toEqual([PACKET, SPECIAL, PACKET]);
      }
    }
  });

  test("one flag may close a frame and open the next", () => {
    const made = receive([...frameOf(PACKET), ...frameOf(SPECIAL).slice(1)]);
    expect(made.packets).toEqual([PACKET, SPECIAL]);
    expect(counted(made)).toEqual({ framesReceived: 2 });
  });

  test("a check sequence with a flag or an escape is taken as it is and escaped, wherever the stream is cut", () => {
    const packets = packetsWithSpecialFcs();
    expect(packets.length).toBeGreaterThan(200);
    for (const packet of packets) {
      for (const escaped of [false, true]) {
        const stream = [...frameOf(packet, escaped), ...frameOf(PACKET)];
        for (let cut = 10; cut < 16; cut++) {
          const made = bench();
          made.receiver.push(Uint8Array.from(stream.slice(0, cut)));
          made.receiver.push(Uint8Array.from(stream.slice(cut)));
          expect(made.packets).toEqual([packet, PACKET]);
          expect(counted(made)).toEqual({ framesReceived: 2 });
        }
      }
    }
  });

  test("byte counts that look like an escape or a flag arrive; of an escape also where the sender left it as it is", () => {
    for (const length of [0x7d, 0x7e]) {
      const packet = Array.from({ length }, (_, index) => (index === 0 ? 1 : index));
      expect(receive(frameOf(packet)).packets).toEqual([packet]);
    }
    const packet = Array.from({ length: 0x7d }, (_, index) => (index === 0 ? 1 : index));
    const frame = frameOf(packet);
    expect(receive([...frame.slice(0, 2), 0x7d, ...frame.slice(4)]).packets).toEqual([packet]);
  });

  test("any packets, cut anywhere, whether their check sequences are escaped or not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uint8Array({ minLength: 5, maxLength: 255 }), fc.boolean()), { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        (packets, step) => {
          const made = bench();
          const stream = Uint8Array.from(packets.flatMap(([packet, all]) => frameOf([...packet], all)));
          for (let at = 0; at < stream.length; at += step) made.receiver.push(stream.subarray(at, at + step));
          expect(made.packets).toEqual(packets.map(([packet]) => [...packet]));
        },
      ),
    );
  });
});

describe("what is dropped", () => {
  test("bytes outside frames", () => {
    const made = receive([0x00, 0x41, ...frameOf(PACKET)]);
    expect(made.packets).toEqual([PACKET]);
    expect(counted(made)).toEqual({ framesReceived: 1, strayBytes: 2 });
    expect(made.lost).toBe(0);
  });

  test("another revision", () => {
    const made = receive([0x7e, 0x02, 0x05, 1, 2, 3, 4, 5, 0, 0, ...frameOf(PACKET)]);
    expect(made.packets).toEqual([PACKET]);
    expect(made.counters.revisionUnknown).toBe(1);
  });

  test.each([0, 1, 4])("a byte count of %i, shorter than any packet", (length) => {
    const short = PACKET.slice(0, length);
    const made = receive([...frameOf(short), ...frameOf(PACKET)]);
    expect(made.packets).toEqual([PACKET]);
    expect(made.counters.frameTooShort).toBe(1);
    expect(made.lost).toBe(1);
  });

  test("a byte count above the largest packet, which itself is taken", () => {
    const fits = Array.from({ length: 68 }, () => 1);
    const made = receive([...frameOf([...fits, 1]), ...frameOf(fits)], 68);
    expect(made.packets).toEqual([fits]);
    expect(made.counters.frameTooLong).toBe(1);
    expect(made.lost).toBe(1);
  });

  test("a frame cut short anywhere, by the next one", () => {
    const frame = frameOf(SPECIAL);
    for (let length = 1; length < frame.length; length++) {
      const made = receive([...frame.slice(0, length), ...frameOf(PACKET)]);
      expect(made.packets.at(-1)).toEqual(PACKET);
      // Without its closing flag alone it is whole: the next frame's opening flag closes it.
      expect(made.packets.length).toBe(length === frame.length - 1 ? 2 : 1);
      if (length > 2 && length < frame.length - 1) expect(made.lost).toBe(1);
    }
  });

  test("a frame with any one bit of its packet or check sequence wrong", () => {
    const frame = frameOf(PACKET);
    for (let at = 3; at < frame.length - 1; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const wrong = frame.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte));
        const made = receive([...wrong, ...frameOf(SPECIAL)]);
        expect(made.packets).toEqual([SPECIAL]);
        expect(made.counters.fcsMismatch + made.counters.frameTruncated).toBeGreaterThan(0);
      }
    }
  });

  test("an escape and then a flag", () => {
    const made = receive([0x7e, 0x01, 0x07, 0x01, 0x7d, ...frameOf(PACKET)]);
    expect(made.packets).toEqual([PACKET]);
    expect(counted(made)).toEqual({ framesReceived: 1, frameTruncated: 1 });
  });

  test("the rest of a frame whose line was closed", () => {
    const made = bench();
    made.receiver.push(Uint8Array.from(frameOf(PACKET).slice(0, 5)));
    made.receiver.reset();
    made.receiver.push(Uint8Array.from(frameOf(SPECIAL)));
    expect(made.packets).toEqual([SPECIAL]);
    expect(counted(made)).toEqual({ framesReceived: 1 });
  });
});

describe("after any noise", () => {
  /** Bytes of which frames are made are more likely than others. */
  const noise = fc.array(fc.oneof(fc.constantFrom(0x7e, 0x7d, 0x01, 0x05, 0x06, 0x5e, 0x5d), fc.nat(255)), {
    maxLength: 60,
  });

  test("a good frame arrives", () => {
    fc.assert(
      fc.property(noise, fc.uint8Array({ minLength: 5, maxLength: 60 }), fc.boolean(), (before, packet, all) => {
        const made = receive([...before, ...frameOf([...packet], all)]);
        expect(made.packets.at(-1)).toEqual([...packet]);
      }),
      { numRuns: 3000 },
    );
  });

  test("a good frame arrives after a frame cut short whose check sequence would hold flags", () => {
    for (const cut of packetsWithSpecialFcs()) {
      const whole = frameOf(cut);
      for (let length = whole.length - 4; length < whole.length; length++) {
        const made = receive([...whole.slice(0, length), ...frameOf(PACKET)]);
        expect(made.packets.at(-1)).toEqual(PACKET);
      }
    }
  });

  test("nothing longer than its frame's byte count comes out, and nothing is kept", () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        const made = receive(bytes, 68);
        for (const packet of made.packets) {
          expect(packet.length).toBeGreaterThanOrEqual(5);
          expect(packet.length).toBeLessThanOrEqual(68);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
