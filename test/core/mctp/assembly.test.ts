import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Assembler, type AssemblyLimits } from "../../../src/core/mctp/assembly.ts";
import { MCTP_COUNTERS, type MctpCounters } from "../../../src/core/mctp/counters.ts";
import { ENDPOINT_DEFAULTS } from "../../../src/core/mctp/endpoint-defaults.ts";
import type { Message } from "../../../src/core/mctp/message.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { SeededRandom } from "../../../src/platform/faulty.ts";
import { testMessage } from "../../support/endpoints.ts";
import { headerOf, packet, packetsOf, type PacketFields } from "../../support/packets.ts";

const LIMITS: AssemblyLimits = { messageBytes: 4096, assemblies: 4, totalBytes: 16384, timeout: millis(1000) };

class Bench {
  readonly counters: MctpCounters = zeroCounters(MCTP_COUNTERS);
  readonly assembler: Assembler;

  constructor(limits: Partial<AssemblyLimits> = {}) {
    this.assembler = new Assembler({ ...LIMITS, ...limits }, this.counters);
  }

  take(bytes: Uint8Array, now = 0): Message | undefined {
    return this.assembler.accept(headerOf(bytes), bytes, 4, bytes.length, millis(now));
  }

  takeAll(packets: readonly Uint8Array[]): Message[] {
    return packets.flatMap((bytes) => this.take(bytes) ?? []);
  }

  get counted(): object {
    return Object.fromEntries(Object.entries(this.counters).filter(([, count]) => count > 0));
  }
}

describe("DSP0236 8.1 messages put together", () => {
  test("a single packet is a message, of any size, and costs no copy", () => {
    const bench = new Bench();
    for (const length of [1, 63, 64, 65, 4000]) {
      const bytes = packet(testMessage(length), { tag: 3 });
      const message = bench.take(bytes);
      expect(message).toMatchObject({ source: 9, destination: 8, tagOwner: true, tag: 3 });
      expect(message?.bytes).toEqual(testMessage(length));
      expect(message?.bytes.buffer).toBe(bytes.buffer);
    }
    expect(bench.assembler.unfinished).toBe(0);
  });

  test.each([65, 128, 129, 200, 1000, 4096])("a message of %p bytes, the sequence beginning anywhere", (length) => {
    for (const unit of [64, 100]) {
      for (const sequence of [0, 1, 2, 3]) {
        const bench = new Bench();
        const messages = bench.takeAll(packetsOf(testMessage(length), unit, { sequence }));
        expect(messages.map(({ bytes }) => bytes)).toEqual([testMessage(length)]);
        expect([bench.counted, bench.assembler.unfinished]).toEqual([{}, 0]);
      }
    }
  });

  test("LPC-MCTP-25: an agent takes messages of 64 KiB, in packets of 64", () => {
    const bench = new Bench(ENDPOINT_DEFAULTS.assembly);
    const message = testMessage(64 * 1024);
    expect(bench.takeAll(packetsOf(message, 64)).map(({ bytes }) => bytes)).toEqual([message]);
  });

  test("source, TO and tag tell messages apart: all mixtures are put together right", () => {
    const kinds: PacketFields[] = [
      { source: 9, tag: 0, tagOwner: true },
      { source: 10, tag: 0, tagOwner: true },
      { source: 9, tag: 1, tagOwner: true },
      { source: 9, tag: 0, tagOwner: false },
    ];
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 4, maxLength: 4 }),
        (seed, sizes) => {
          const random = new SeededRandom(seed);
          const bench = new Bench();
          const queues = kinds.map((fields, index) => packetsOf(testMessage(sizes[index]!, index), 64, fields));
          const got = new Map<string, Uint8Array>();
          while (queues.some((queue) => queue.length > 0)) {
            const bytes = queues[random.below(queues.length)]!.shift();
            const message = bytes === undefined ? undefined : bench.take(bytes);
            if (message !== undefined) got.set(`${message.source} ${message.tag} ${message.tagOwner}`, message.bytes);
          }
          expect(kinds.map((kind) => got.get(`${kind.source} ${kind.tag} ${kind.tagOwner}`))).toEqual(
            sizes.map((size, index) => testMessage(size, index)),
          );
        },
      ),
    );
  });

  test("a message is its taker's: what follows does not change it", () => {
    const bench = new Bench();
    const [first] = bench.takeAll(packetsOf(testMessage(300, 1), 64));
    bench.takeAll(packetsOf(testMessage(300, 2), 64));
    expect(first?.bytes).toEqual(testMessage(300, 1));
  });
});

describe("DSP0236 8.6 packets dropped without effect", () => {
  test("DSP0236 8.6: packets without a start leave other assemblies alone", () => {
    const bench = new Bench();
    const [start, ...rest] = packetsOf(testMessage(300, 1), 64);
    bench.take(start!);
    for (const other of [{ tag: 1 }, { source: 10 }, { tagOwner: false }]) {
      bench.take(packet(testMessage(64), { ...other, start: false, end: false, sequence: 1 }));
    }
    expect(bench.takeAll(rest).map(({ bytes }) => bytes)).toEqual([testMessage(300, 1)]);
    expect(bench.counted).toEqual({ noStart: 3 });
  });
});

describe("LPC-MCTP-18 packets below the baseline unit", () => {
  test.each([1, 2, 15, 60, 63])("LPC-MCTP-18: equal packets of %p bytes are put together and counted", (unit) => {
    for (const length of [unit + 1, 2 * unit, 7 * unit + 1]) {
      const bench = new Bench();
      const messages = bench.takeAll(packetsOf(testMessage(length), unit));
      expect(messages.map(({ bytes }) => bytes)).toEqual([testMessage(length)]);
      expect(bench.counted).toEqual({ unitBelowBaseline: 1 });
      expect(bench.assembler.unfinished).toBe(0);
    }
  });

  test("LPC-MCTP-18: packets of 64 bytes are not counted, nor is a small last one", () => {
    const bench = new Bench();
    expect(bench.takeAll(packetsOf(testMessage(65), 64))).toHaveLength(1);
    expect(bench.take(packet(testMessage(1)))).toBeDefined();
    expect(bench.counted).toEqual({});
  });
});

describe("DSP0236 8.8 assemblies ended", () => {
  test.each([
    ["left out", [0, 2, 3, 4]],
    ["twice", [0, 1, 1, 2, 3, 4]],
    ["exchanged", [0, 2, 1, 3, 4]],
    ["one late", [0, 1, 3, 2, 4]],
  ])("DSP0236 8.8: a packet %s", (_, order) => {
    const bench = new Bench();
    const packets = packetsOf(testMessage(320), 64);
    expect(bench.takeAll(order.map((index) => packets[index]!))).toEqual([]);
    expect(bench.counters.outOfSequence).toBe(1);
    expect(bench.assembler.unfinished).toBe(0);
    // Whole again: the next message with this tag is put together.
    expect(bench.takeAll(packets)).toHaveLength(1);
  });

  test("DSP0236 8.8: a new start with the same source, TO and tag: the old message is dropped", () => {
    const bench = new Bench();
    bench.takeAll(packetsOf(testMessage(300, 1), 64).slice(0, 3));
    expect(bench.takeAll(packetsOf(testMessage(200, 2), 64)).map(({ bytes }) => bytes)).toEqual([testMessage(200, 2)]);
    bench.takeAll(packetsOf(testMessage(300, 3), 64).slice(0, 2));
    expect(bench.take(packet(testMessage(10, 4)))?.bytes).toEqual(testMessage(10, 4));
    expect(bench.counted).toEqual({ restarted: 2 });
    expect(bench.assembler.unfinished).toBe(0);
  });

  test.each([
    ["a smaller middle", [64, 63], false],
    ["a larger middle", [64, 65], false],
    ["a larger end", [64, 65], true],
    ["a smaller middle below the unit", [60, 59], false],
    ["a larger middle below the unit", [60, 61], false],
    ["a larger end below the unit", [60, 61], true],
  ] as const)("LPC-MCTP-18, DSP0236 8.8: %s packet", (_, [first, second], end) => {
    const bench = new Bench();
    bench.take(packet(testMessage(first), { end: false }));
    expect(bench.take(packet(testMessage(second), { start: false, end, sequence: 1 }))).toBeUndefined();
    expect(bench.counted).toEqual({ unequalSize: 1, ...(first < 64 ? { unitBelowBaseline: 1 } : {}) });
    expect(bench.assembler.unfinished).toBe(0);
  });

  test("DSP0236 8.8: the end may be smaller, down to one byte", () => {
    for (const last of [1, 63, 64]) {
      const bench = new Bench();
      bench.take(packet(testMessage(64), { end: false }));
      const message = bench.take(packet(testMessage(last), { start: false, sequence: 1 }));
      expect(message?.bytes).toHaveLength(64 + last);
    }
  });

  test("DSP0236 8.8, LPC-MCTP-26: timeout: each packet gives the next one its time", () => {
    const bench = new Bench({ timeout: millis(1000) });
    const packets = packetsOf(testMessage(300), 64);
    bench.take(packets[0]!, 0);
    expect(bench.assembler.nextDeadline()).toBe(1000);
    bench.assembler.expire(millis(999));
    bench.take(packets[1]!, 999);
    expect(bench.assembler.nextDeadline()).toBe(1999);
    bench.assembler.expire(millis(1998));
    expect(bench.assembler.unfinished).toBe(1);
    bench.assembler.expire(millis(1999));
    expect([bench.assembler.unfinished, bench.assembler.nextDeadline()]).toEqual([0, undefined]);
    bench.take(packets[2]!, 2000);
    expect(bench.counted).toEqual({ assemblyTimeout: 1, noStart: 1 });
  });

  test("DSP0236 8.8: the deadline is that of the assembly that has waited longest", () => {
    const bench = new Bench({ timeout: millis(1000) });
    const [first, second] = [packetsOf(testMessage(300), 64), packetsOf(testMessage(300), 64, { tag: 1 })];
    bench.take(first[0]!, 0);
    bench.take(second[0]!, 100);
    bench.take(first[1]!, 200);
    expect(bench.assembler.nextDeadline()).toBe(1100);
    bench.assembler.expire(millis(1150));
    expect(bench.assembler.nextDeadline()).toBe(1200);
    expect(bench.counted).toEqual({ assemblyTimeout: 1 });
  });

  test.each([
    ["the channel is lost", "channelLost"],
    ["a packet is lost", "packetLost"],
  ] as const)("LPC-MCTP-6, LPC-ERR-5: all end when %s", (_, why) => {
    const bench = new Bench();
    bench.take(packetsOf(testMessage(300), 64)[0]!);
    bench.take(packetsOf(testMessage(300), 64, { tag: 1 })[0]!);
    bench.assembler.clear(why);
    expect([bench.assembler.unfinished, bench.assembler.nextDeadline()]).toEqual([0, undefined]);
    expect(bench.counted).toEqual({ [why]: 2 });
    expect(bench.take(packetsOf(testMessage(300), 64)[1]!)).toBeUndefined();
  });

  test("LPC-ERR-5: a message ended so leaves its memory to others", () => {
    const bench = new Bench({ totalBytes: 2048 });
    for (let count = 0; count < 50; count++) {
      for (const bytes of packetsOf(testMessage(300), 64).slice(0, 4)) bench.take(bytes);
      bench.assembler.clear("packetLost");
    }
    expect(bench.takeAll(packetsOf(testMessage(300), 64)).map(({ bytes }) => bytes)).toEqual([testMessage(300)]);
    expect(bench.counted).toEqual({ packetLost: 50 });
  });
});

describe("LPC-MCTP-7 bounds", () => {
  test("LPC-MCTP-7: a message may be as long as the limit, not a byte longer", () => {
    const bench = new Bench({ messageBytes: 1000 });
    expect(bench.takeAll(packetsOf(testMessage(1000), 64))).toHaveLength(1);
    expect(bench.takeAll(packetsOf(testMessage(1001), 64))).toEqual([]);
    expect(bench.counters.messageTooLong).toBe(1);
    expect(bench.assembler.unfinished).toBe(0);
    expect(bench.takeAll(packetsOf(testMessage(1000), 64))).toHaveLength(1);
  });

  test("LPC-MCTP-7: a single packet of 8 MiB is no message where the longest has 1000 bytes", () => {
    const bench = new Bench({ messageBytes: 1000 });
    expect(bench.take(packet(testMessage(8 * 1024 * 1024)))).toBeUndefined();
    expect(bench.take(packet(testMessage(1001)))).toBeUndefined();
    // The start of a longer one neither: nothing is kept of it.
    expect(bench.take(packet(testMessage(1001), { end: false }))).toBeUndefined();
    expect([bench.counted, bench.assembler.bytes]).toEqual([{ messageTooLong: 3 }, 0]);
    expect(bench.take(packet(testMessage(1000)))?.bytes).toHaveLength(1000);
  });

  test("LPC-MCTP-7: a control message has 64 bytes at most, in one packet or in several", () => {
    const bench = new Bench();
    const control = (length: number, firstByte = 0): Uint8Array =>
      Uint8Array.of(firstByte, ...new Uint8Array(length - 1));
    expect(bench.take(packet(control(64)))?.bytes).toHaveLength(64);
    expect(bench.takeAll(packetsOf(control(64), 32))).toHaveLength(1);
    expect(bench.take(packet(control(65)))).toBeUndefined();
    expect(bench.take(packet(control(65, 0x80)))).toBeUndefined();
    expect(bench.takeAll(packetsOf(control(65), 32))).toEqual([]);
    expect(bench.counters.controlTooLong).toBe(3);
    // Of an endless one no more than a packet is ever kept.
    bench.takeAll(packetsOf(control(4096), 64));
    expect([bench.counters.controlTooLong, bench.assembler.unfinished, bench.assembler.bytes]).toEqual([4, 0, 0]);
  });

  test("LPC-MCTP-7: one assembly too many ends the one that has waited longest", () => {
    const bench = new Bench({ assemblies: 4 });
    const messages = [0, 1, 2, 3, 4].map((tag) => packetsOf(testMessage(200, tag), 64, { tag }));
    for (const tag of [0, 1, 2, 3]) bench.take(messages[tag]![0]!);
    bench.take(messages[0]![1]!);
    bench.take(messages[4]![0]!);
    expect(bench.assembler.unfinished).toBe(4);
    expect(bench.counted).toEqual({ assemblyEvicted: 1 });
    const finished = [0, 1, 2, 3, 4].filter((tag) => bench.takeAll(messages[tag]!.slice(tag === 0 ? 2 : 1)).length > 0);
    expect(finished).toEqual([0, 2, 3, 4]);
  });

  test("LPC-MCTP-7: the memory of a source is bounded; its oldest make room", () => {
    // Each of these needs more than a third of the half that one source may have.
    const bench = new Bench({ assemblies: 8, messageBytes: 1024, totalBytes: 6000 });
    const messages = [0, 1, 2, 3, 4].map((tag) => packetsOf(testMessage(1024, tag), 64, { tag }));
    for (const packets of messages) bench.takeAll(packets.slice(0, -1));
    expect(bench.assembler.unfinished).toBe(2);
    expect(bench.counted).toMatchObject({ assemblyEvicted: 3 });
    expect(messages.flatMap((packets) => bench.takeAll(packets.slice(-1))).map(({ tag }) => tag)).toEqual([3, 4]);
    // And all of it is free again.
    for (const packets of messages) expect(bench.takeAll(packets)).toHaveLength(1);
  });

  test("LPC-MCTP-7: a message that alone needs more than all the memory ends itself, and stays ended", () => {
    const bench = new Bench({ messageBytes: 4096, totalBytes: 2000 });
    expect(bench.takeAll(packetsOf(testMessage(2000), 64))).toEqual([]);
    expect(bench.counters.assemblyEvicted).toBe(1);
    expect(bench.counters.noStart).toBeGreaterThan(0);
    expect(bench.assembler.unfinished).toBe(0);
    expect(bench.takeAll(packetsOf(testMessage(300), 64))).toHaveLength(1);
  });

  test("LPC-MCTP-7: the oldest that needs more memory does not take it from the younger", () => {
    const bench = new Bench({ messageBytes: 1024, totalBytes: 1200 });
    const [old, young] = [packetsOf(testMessage(1024), 64), packetsOf(testMessage(200, 1), 64, { tag: 1 })];
    bench.takeAll(old.slice(0, 4));
    bench.takeAll(young.slice(0, 1));
    expect(bench.takeAll(old.slice(4))).toEqual([]);
    expect(bench.takeAll(young.slice(1)).map(({ bytes }) => bytes)).toEqual([testMessage(200, 1)]);
    expect(bench.counters.assemblyEvicted).toBe(1);
  });

  test("LPC-MCTP-7: a source that is the only one may use half of the memory, and all of that", () => {
    const bench = new Bench({ messageBytes: 1024, totalBytes: 4096 });
    const messages = [0, 1].map((tag) => packetsOf(testMessage(1024, tag), 64, { tag }));
    for (const packets of messages) bench.takeAll(packets.slice(0, -1));
    expect(messages.flatMap((packets) => bench.takeAll(packets.slice(-1)))).toHaveLength(2);
  });

  test("LPC-MCTP-7: a source that leaves all its messages unfinished ends its own, and no other's", () => {
    const bench = new Bench({ assemblies: 4, messageBytes: 1024, totalBytes: 8192 });
    const honest = packetsOf(testMessage(1000), 64, { source: 20 });
    bench.takeAll(honest.slice(0, 3));
    for (let tag = 0; tag < 40; tag++) {
      for (const source of [30, 31, 32]) {
        bench.takeAll(packetsOf(testMessage(1024), 64, { source, tag: tag % 8, tagOwner: tag < 20 }).slice(0, -1));
      }
    }
    expect(bench.counters.assemblyEvicted).toBeGreaterThan(80);
    expect(bench.takeAll(honest.slice(3)).map(({ source }) => source)).toEqual([20]);
    // Nor does it keep a new one from beginning.
    expect(bench.takeAll(packetsOf(testMessage(1000), 64, { source: 21 }))).toHaveLength(1);
  });

  test("LPC-MCTP-7: no series of packets keeps more than the limits or throws", () => {
    const payload = fc.oneof(fc.constantFrom(1, 63, 64, 65, 200), fc.integer({ min: 1, max: 300 }));
    const anyPacket = fc.record({
      source: fc.constantFrom(9, 10),
      tag: fc.nat(7),
      tagOwner: fc.boolean(),
      start: fc.boolean(),
      end: fc.boolean(),
      sequence: fc.nat(3),
      size: payload,
    });
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 200 }), (series) => {
        const bench = new Bench({ messageBytes: 500, assemblies: 5, totalBytes: 1200 });
        for (const { size, ...fields } of series) {
          const message = bench.take(packet(testMessage(size), fields));
          if (message !== undefined && !fields.start) expect(message.bytes.length).toBeLessThanOrEqual(500);
          expect(bench.assembler.unfinished).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});
