import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MCTP_COUNTERS } from "../../../src/core/mctp/counters.ts";
import { decodeHeader, messageHeader } from "../../../src/core/mctp/packet.ts";
import { TransmitQueue, type QueueLimits } from "../../../src/core/mctp/transmit-queue.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import { testMessage } from "../../support/endpoints.ts";

const NOW = millis(7);
const HEADER = messageHeader(eid(8), eid(9), true, 1);
const OTHER_TAG = messageHeader(eid(8), eid(9), true, 2);

class Bench {
  readonly counters = zeroCounters(MCTP_COUNTERS);
  readonly queue: TransmitQueue;
  readonly outcomes: string[] = [];

  constructor(limits: Partial<QueueLimits> = {}) {
    this.queue = new TransmitQueue({ messages: 8, bytes: 4096, ...limits }, this.counters);
  }

  add(name: string, bytes: Uint8Array, header: number = HEADER): boolean {
    return this.queue.add(header, bytes, (outcome) => this.outcomes.push(`${name} ${outcome}`));
  }

  /** The next packet's flags and payload. */
  next(unit: number): { som: boolean; eom: boolean; sequence: number; payload: Uint8Array } | undefined {
    const parts = this.queue.next(unit);
    if (parts === undefined) return undefined;
    const { startOfMessage: som, endOfMessage: eom, sequence } = decodeHeader(parts.header);
    return { som, eom, sequence, payload: parts.message.slice(parts.start, parts.end) };
  }
}

const control = (length: number): Uint8Array => testMessage(length).fill(0, 0, 1);

describe("LPC-MCTP-7 who has how much of a queue", () => {
  const fill = (bench: Bench, sender: "peer" | "own" | "duty"): number => {
    let taken = 0;
    while (bench.queue.add(HEADER, control(3), undefined, undefined, sender)) taken++;
    return taken;
  };

  test("answers that are not fetched have a quarter of it, the agent's own messages all, and duties 16 places more", () => {
    const bench = new Bench({ messages: 100 });
    expect([fill(bench, "peer"), fill(bench, "own"), fill(bench, "peer"), fill(bench, "duty")]).toEqual([
      25, 75, 0, 16,
    ]);
  });

  test("the same of its bytes; an empty queue takes a message however long it is", () => {
    const bench = new Bench({ bytes: 4096 });
    expect(bench.queue.add(HEADER, testMessage(4500), undefined, undefined, "peer")).toBe(true);
    expect(bench.queue.add(HEADER, testMessage(1), undefined, undefined, "own")).toBe(false);
    expect(bench.queue.add(HEADER, control(3), undefined, undefined, "duty")).toBe(true);
  });
});

describe("DSP0236 8.1 cutting messages into packets", () => {
  test.each([
    [1, 64, [1]],
    [64, 64, [64]],
    [65, 64, [64, 1]],
    [200, 64, [64, 64, 64, 8]],
    [192, 64, [64, 64, 64]],
    [1000, 4096, [1000]],
  ])("%p bytes for a unit of %p", (length, unit, sizes) => {
    const bench = new Bench();
    bench.add("message", testMessage(length));
    const packets = sizes.map(() => bench.next(unit)!);
    expect(packets.map(({ payload }) => payload.length)).toEqual(sizes);
    expect(packets.map(({ som }) => som)).toEqual(sizes.map((_, index) => index === 0));
    expect(packets.map(({ eom }) => eom)).toEqual(sizes.map((_, index) => index === sizes.length - 1));
    expect(packets.map(({ sequence }) => sequence)).toEqual(sizes.map((_, index) => index % 4));
    expect(Uint8Array.from(packets.flatMap(({ payload }) => [...payload]))).toEqual(testMessage(length));
    expect(bench.next(unit)).toBeUndefined();
  });

  test("a message is cut only when it goes, for the unit of that moment", () => {
    const bench = new Bench();
    bench.add("first", testMessage(200));
    bench.add("second", testMessage(200));
    expect([bench.next(256)?.payload.length, bench.next(64)?.payload.length]).toEqual([200, 64]);
  });

  test("a message is done when the peer has taken its last packet, and not before", () => {
    const bench = new Bench();
    bench.add("long", testMessage(130));
    bench.add("short", testMessage(10));
    for (let packet = 0; packet < 4; packet++) bench.next(64);
    bench.queue.packetDone(NOW);
    bench.queue.packetDone(NOW);
    expect(bench.outcomes).toEqual([]);
    bench.queue.packetDone(NOW);
    expect(bench.outcomes).toEqual(["long sent"]);
    bench.queue.packetDone(NOW);
    expect(bench.outcomes).toEqual(["long sent", "short sent"]);
    expect(bench.counters).toMatchObject({ messagesSent: 2, bytesSent: 140 });
  });

  test("more packets done than were given mean nothing", () => {
    const bench = new Bench();
    bench.queue.packetDone(NOW);
    expect(bench.counters.messagesSent).toBe(0);
  });
});

describe("control messages", () => {
  test("LPC-MCTP-24: overtake others between two packets; packets of one message keep their order", () => {
    const bench = new Bench();
    bench.add("data", testMessage(200));
    const first = bench.next(64);
    bench.add("control", control(20), OTHER_TAG);
    const overtaking = bench.next(64);
    const rest = [bench.next(64), bench.next(64), bench.next(64)];
    expect(overtaking).toMatchObject({ som: true, eom: true, payload: control(20) });
    expect([first, ...rest].map((packet) => packet?.sequence)).toEqual([0, 1, 2, 3]);
    for (let packet = 0; packet < 5; packet++) bench.queue.packetDone(NOW);
    expect(bench.outcomes).toEqual(["control sent", "data sent"]);
  });

  test("LPC-MCTP-24: wait for the end of a message with the same tag: the receiver would take one for a new start of the other", () => {
    const bench = new Bench();
    bench.add("data", testMessage(100));
    const first = bench.next(64);
    bench.add("control", control(20));
    const [second, third] = [bench.next(64), bench.next(64)];
    expect([first, second, third].map((packet) => packet?.payload.length)).toEqual([64, 36, 20]);
  });

  test("keep their own order", () => {
    const bench = new Bench();
    bench.add("data", testMessage(10));
    bench.add("one", control(11));
    bench.add("two", control(12));
    expect([bench.next(64), bench.next(64), bench.next(64)].map((packet) => packet?.payload.length)).toEqual([
      11, 12, 10,
    ]);
  });
});

describe("bounds", () => {
  test("messages and bytes are limited; a refused message is not reported as done", () => {
    const bench = new Bench({ messages: 3, bytes: 1000 });
    expect([bench.add("a", testMessage(400)), bench.add("b", testMessage(400))]).toEqual([true, true]);
    expect(bench.add("too many bytes", testMessage(201))).toBe(false);
    expect(bench.add("c", testMessage(100))).toBe(true);
    expect(bench.add("too many messages", testMessage(1))).toBe(false);
    expect(bench.queue.length).toBe(3);
    expect(bench.outcomes).toEqual([]);
  });

  test("a single message may be larger than the limit, or nothing large could ever be sent", () => {
    const bench = new Bench({ bytes: 1000 });
    expect(bench.add("large", testMessage(5000))).toBe(true);
    expect(bench.add("next", testMessage(1))).toBe(false);
  });

  test("what was sent makes room", () => {
    const bench = new Bench({ messages: 8, bytes: 300 });
    bench.add("a", testMessage(150));
    bench.add("b", testMessage(150));
    expect(bench.add("c", testMessage(10))).toBe(false);
    bench.next(256);
    bench.queue.packetDone(NOW);
    expect(bench.add("c", testMessage(10))).toBe(true);
  });
});

describe("LPC-MCTP-6 a lost channel", () => {
  test("LPC-MCTP-6: everything queued, half sent or on its way ends, each once, and nothing of it goes on", () => {
    const bench = new Bench();
    bench.add("half", testMessage(200));
    bench.next(64);
    bench.add("control", control(10));
    bench.next(64);
    bench.add("waiting", testMessage(10));
    bench.queue.clear();
    expect([...bench.outcomes].sort()).toEqual(["control linkDown", "half linkDown", "waiting linkDown"]);
    expect(bench.counters.sendAborted).toBe(3);
    expect([bench.queue.length, bench.next(64)]).toEqual([0, undefined]);
    bench.queue.packetDone(NOW);
    expect(bench.counters.messagesSent).toBe(0);
    // And all of the room is there again.
    expect([bench.add("new", testMessage(2048)), bench.add("newer", testMessage(2048))]).toEqual([true, true]);
    expect(bench.next(64)).toMatchObject({ som: true, sequence: 0 });
  });

  test("LPC-MCTP-6: no schedule loses an outcome or reports one twice", () => {
    const action = fc.constantFrom("add", "control", "next", "done", "clear");
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const bench = new Bench({ messages: 1000, bytes: 1_000_000 });
        let names = 0;
        for (const what of actions) {
          if (what === "add") bench.add(String(names++), testMessage(150));
          else if (what === "control") bench.add(String(names++), control(20));
          else if (what === "next") bench.next(64);
          else if (what === "done") bench.queue.packetDone(NOW);
          else bench.queue.clear();
        }
        bench.queue.clear();
        const told = bench.outcomes.map((outcome) => Number(outcome.split(" ")[0])).sort((one, other) => one - other);
        expect(told).toEqual(Array.from({ length: names }, (_, name) => name));
      }),
    );
  });
});
