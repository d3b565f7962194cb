import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MessageType } from "../../../src/core/mctp/message.ts";
import { EndpointCore } from "../../../src/core/mctp/endpoint.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { endpointConfig, bmcIdentity, HOST_EID, testMessage, TEST_TYPE } from "../../support/endpoints.ts";
import { packet, packetsOf, type PacketFields } from "../../support/packets.ts";

import { EndpointBench as Bench } from "../../support/endpoint-bench.ts";

describe("DSP0236 8.6 which packets an endpoint takes", () => {
  test.each<[string, PacketFields]>([
    ["for its EID", {}],
    ["for the null EID", { destination: 0 }],
    ["for the broadcast EID", { destination: 255 }],
    ["from the null EID", { source: 0 }],
    ["with reserved header bits set", { version: 0xf1 }],
  ])("LPC-MCTP-10: a packet %s is taken", (_, fields) => {
    const bench = new Bench();
    bench.take(packet(testMessage(10), fields));
    expect(bench.received.map(({ bytes }) => bytes)).toEqual([testMessage(10)]);
    expect(bench.endpoint.counters).toMatchObject({ messagesReceived: 1, bytesReceived: 10 });
  });

  test.each<[string, PacketFields, string]>([
    ["for another EID", { destination: 9 }, "foreignDestination"],
    ["LPC-MCTP-10: from the broadcast EID", { source: 255 }, "badSource"],
    ["a response to nothing", { tagOwner: false }, "unexpectedTag"],
  ])("LPC-MCTP-10, DSP0236 8.6: a packet %s is dropped", (_, fields, counter) => {
    const bench = new Bench();
    bench.take(packet(testMessage(10), fields));
    expect([bench.received, bench.counted]).toEqual([[], { [counter]: 1 }]);
  });

  test("LPC-MCTP-1: packets of any other header version are dropped", () => {
    const bench = new Bench();
    for (let version = 0; version < 16; version++) {
      if (version !== 1) bench.take(packet(testMessage(10), { version }));
    }
    expect([bench.received, bench.counted]).toEqual([[], { headerVersion: 15 }]);
  });

  test.each([0, 1, 3, 4])("DSP0236 8.6: a packet of %p bytes has no payload", (length) => {
    const bench = new Bench();
    bench.take(packet(testMessage(10)).subarray(0, length));
    expect(bench.counted).toEqual({ emptyPayload: 1 });
  });

  test("DSP0236 8.6: a message of a type that nobody takes is dropped and counted", () => {
    const bench = new Bench();
    bench.take(packet(Uint8Array.of(0x05, 1, 2)));
    expect([bench.received, bench.counted]).toEqual([[], { unsupportedType: 1 }]);
  });

  test("whoever asked is shown what nobody takes, but no responses", () => {
    const bench = new Bench();
    const shown: Uint8Array[] = [];
    bench.endpoint.onUnsupported = ({ bytes }) => shown.push(bytes);
    bench.take(packet(Uint8Array.of(0x05, 1, 2)));
    bench.take(packet(testMessage(3)));
    bench.take(packet(Uint8Array.of(0x05, 1, 2), { tagOwner: false }));
    expect(shown).toEqual([Uint8Array.of(0x05, 1, 2)]);
  });

  test("LPC-ERR-3: a packet that is sound and dropped here neither ends nor extends an assembly", () => {
    const bench = new Bench();
    const packets = packetsOf(testMessage(300), 64);
    const middle = packets[2]!;
    for (const bytes of packets.slice(0, 2)) bench.take(bytes);
    for (const [at, value] of [
      [0, 0x02],
      [1, 0x09],
    ] as const) {
      const spoilt = Uint8Array.from(middle);
      spoilt[at] = value;
      bench.take(spoilt);
    }
    for (const bytes of packets.slice(2)) bench.take(bytes);
    expect(bench.received.map(({ bytes }) => bytes)).toEqual([testMessage(300)]);
  });

  test("a type is handled once, control by nobody else", () => {
    const bench = new Bench();
    expect(() => {
      bench.endpoint.handle(TEST_TYPE, () => undefined);
    }).toThrow("taken");
    expect(() => {
      bench.endpoint.handle(0, () => undefined);
    }).toThrow("taken");
  });
});

describe("DSP0236 11.2 control requests", () => {
  const control = (hex: string, fields: PacketFields = {}): Uint8Array => packet(fromHex(hex)!, fields);

  test("DSP0236 11.2: a Get Endpoint ID request is answered with its tag, TO clear", () => {
    const bench = new Bench();
    bench.take(control("009102", { tag: 6 }));
    expect(bench.sent()).toBe("010908c6" + "00110200" + "081100");
    expect(bench.sent()).toBeUndefined();
  });

  test("DSP0236 11.2: a request to the null EID is answered from the endpoint's own", () => {
    const bench = new Bench();
    bench.take(control("008002", { destination: 0, source: 20 }));
    expect(bench.sent()?.slice(0, 8)).toBe("011408c0");
  });

  test("LPC-MCTP-11, DSP0236 12.3: the answer to Set Endpoint ID goes out under the new EID, and upper layers are told", () => {
    const endpoint = new EndpointCore(endpointConfig({ ...bmcIdentity(), kind: "endpoint" }));
    const bench = new Bench();
    Object.assign(bench, { endpoint });
    endpoint.linkUp(bench.now);
    const told: unknown[] = [];
    endpoint.onEidAssigned = (own, by) => told.push([own, by]);
    bench.take(control("00800100" + "14", { destination: 0 }));
    expect(bench.sent()).toBe("010914c0" + "00000100" + "001400");
    expect(told).toEqual([[20, 9]]);
    bench.take(control("008002", { destination: 8 }));
    expect(bench.counted).toEqual({ foreignDestination: 1 });
    bench.take(control("008002", { destination: 20 }));
    expect(bench.sent()).toBe("010914c0" + "00000200" + "140300");
  });

  test("LPC-MCTP-8: the answer is there as soon as the request is", () => {
    const bench = new Bench();
    bench.endpoint.send(HOST_EID, testMessage(1000), bench.now);
    bench.take(control("008002"));
    // Before everything that was queued already.
    expect(bench.sent()).toBe("010908c0" + "00000200" + "081100");
  });
});

describe("sending", () => {
  test("DSP0236 8.1: a message goes out from the endpoint's EID with TO set", () => {
    const bench = new Bench();
    bench.endpoint.send(HOST_EID, testMessage(3), bench.now);
    expect(bench.sent()).toBe("010908c8" + toHex(testMessage(3)));
    bench.endpoint.send(HOST_EID, testMessage(3), bench.now);
    expect(bench.sent()).toBe("010908c9" + toHex(testMessage(3)));
  });

  test("a response goes to the source of its request, with its tag, TO clear", () => {
    const bench = new Bench();
    bench.take(packet(testMessage(10), { source: 33, tag: 5 }));
    bench.endpoint.respond(bench.received[0]!, testMessage(2));
    expect(bench.sent()?.slice(0, 8)).toBe("012108c5");
  });

  test("without a link, and with a full queue, the outcome is known at once", () => {
    const bench = new Bench({ queue: { messages: 1, bytes: 1000 } }, false);
    const outcomes: string[] = [];
    const send = (): void => {
      bench.endpoint.send(HOST_EID, testMessage(3), bench.now, (outcome) => outcomes.push(outcome));
    };
    send();
    bench.endpoint.linkUp(bench.now);
    send();
    send();
    bench.sent();
    expect(outcomes).toEqual(["linkDown", "queueFull", "sent"]);
  });

  test("whoever drives the link is told that there is work", () => {
    const bench = new Bench();
    let kicks = 0;
    bench.endpoint.onWork = () => kicks++;
    bench.endpoint.send(HOST_EID, testMessage(3), bench.now);
    expect(kicks).toBe(1);
    bench.endpoint.request(HOST_EID, testMessage(3), bench.now, () => undefined);
    expect(kicks).toBeGreaterThan(1);
  });

  test("LPC-MCTP-6: a lost link ends what was under way; nothing of it goes on in the next session", () => {
    const bench = new Bench();
    const changes: boolean[] = [];
    bench.endpoint.onLinkChange = (up) => changes.push(up);
    const outcomes: string[] = [];
    bench.endpoint.send(HOST_EID, testMessage(200), bench.now, (outcome) => outcomes.push(outcome));
    bench.sent();
    for (const bytes of packetsOf(testMessage(200), 64).slice(0, 2)) bench.take(bytes);
    bench.endpoint.linkDown(bench.now);
    expect([outcomes, bench.endpoint.isUp]).toEqual([["linkDown"], false]);
    bench.endpoint.linkUp(bench.now);
    expect(bench.sent()).toBeUndefined();
    for (const bytes of packetsOf(testMessage(200), 64).slice(2)) bench.take(bytes);
    expect(bench.received).toEqual([]);
    expect(bench.counted).toEqual({ sendAborted: 1, channelLost: 1, noStart: 2 });
    expect(changes).toEqual([false, true]);
  });
});

describe("LPC-ERR-5 a packet that arrived damaged", () => {
  test("LPC-ERR-5: the end of one message and the start of the next lost under one tag: their parts do not join", () => {
    const bench = new Bench();
    const [first, second] = [packetsOf(testMessage(100, 1), 64), packetsOf(testMessage(100, 2), 64)];
    bench.take(first[0]!);
    bench.endpoint.packetLost();
    bench.endpoint.packetLost();
    bench.take(second[1]!);
    expect(bench.received).toEqual([]);
    expect(bench.counted).toEqual({ packetLost: 1, noStart: 1 });
  });

  test("LPC-ERR-5: every message under way ends, whatever its tag and source; what begins afterwards is whole", () => {
    const bench = new Bench();
    const kinds: PacketFields[] = [{ tag: 0 }, { tag: 1 }, { tag: 0, source: 20 }];
    for (const kind of kinds) for (const bytes of packetsOf(testMessage(200), 64, kind).slice(0, 2)) bench.take(bytes);
    bench.endpoint.packetLost();
    for (const kind of kinds) for (const bytes of packetsOf(testMessage(200), 64, kind).slice(2)) bench.take(bytes);
    expect(bench.received).toEqual([]);
    expect(bench.counted).toEqual({ packetLost: 3, noStart: 6 });
    for (const kind of kinds) for (const bytes of packetsOf(testMessage(200), 64, kind)) bench.take(bytes);
    expect(bench.received).toHaveLength(3);
  });

  test("LPC-ERR-5, LPC-MCTP-5: a request whose response was hit is sent again, and answered", () => {
    const bench = new Bench();
    const outcomes: unknown[] = [];
    bench.endpoint.request(HOST_EID, testMessage(5), bench.now, (outcome) => outcomes.push(outcome));
    expect(bench.sent()).toBeDefined();
    const response = packetsOf(testMessage(100), 64, { tagOwner: false });
    bench.take(response[0]!);
    bench.endpoint.packetLost();
    bench.now = millis(300);
    bench.endpoint.expire(bench.now);
    expect(bench.sent()).toBeDefined();
    for (const bytes of response) bench.take(bytes);
    expect(outcomes).toMatchObject([{ ok: true, response: { bytes: testMessage(100) } }]);
  });
});

describe("LPC-MCTP-7 any packets", () => {
  test("LPC-MCTP-7: arbitrary bytes never throw, answer nothing that was not asked, and finish in bounded memory", () => {
    const anyPacket = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .tuple(fc.constantFrom(0, 8, 255, 9), fc.constantFrom(0, 9, 10), fc.nat(255), fc.uint8Array({ maxLength: 90 }))
        .map(([destination, source, flags, payload]) => Uint8Array.of(1, destination, source, flags, ...payload)),
      fc
        .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 10 }))
        .map(([flags, command, data]) => packet(Uint8Array.of(0, flags, command, ...data))),
    );
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 80 }), (packets) => {
        const bench = new Bench({ queue: { messages: 10, bytes: 2000 } });
        bench.endpoint.request(HOST_EID, testMessage(5), bench.now, () => undefined);
        for (const bytes of packets) bench.take(bytes);
        expect(bench.endpoint.queued).toBeLessThanOrEqual(10);
        expect(bench.endpoint.identity).toEqual(bmcIdentity());
        bench.endpoint.expire(millis(100_000));
        const { received } = bench;
        for (const message of received) expect(message.bytes[0]! & 0x7f).toBe(TEST_TYPE);
      }),
      { numRuns: 300 },
    );
  });

  test("LPC-MCTP-7: a peer that never ends its messages cannot make the endpoint keep more than the limits", () => {
    const bench = new Bench({
      assembly: { messageBytes: 1024, assemblies: 2, totalBytes: 1 << 16, timeout: millis(1000) },
    });
    for (let round = 0; round < 100; round++) {
      for (let source = 8; source < 40; source++) {
        const tag = round % 8;
        bench.take(packet(testMessage(64), { source, tag, end: false }));
        bench.take(packet(testMessage(64), { source, tag, start: false, end: false, sequence: 1 }));
      }
    }
    expect(bench.endpoint.counters.assemblyEvicted).toBe((100 - 2) * 32);
    bench.endpoint.expire(millis(1000));
    expect(bench.endpoint.counters.assemblyTimeout).toBe(2 * 32);
    expect(bench.endpoint.nextDeadline()).toBeUndefined();
  });
});

describe("LPC-BUF-8 a handler that throws", () => {
  test("LPC-BUF-8: is counted each time, told once by its name, and keeps no other message from its handler", () => {
    const bench = new Bench();
    const told: unknown[] = [];
    bench.endpoint.onHandlerFailure = ({ type, handler, error }) =>
      told.push([type, handler, (error as Error).message]);
    const taken: number[] = [];
    bench.endpoint.handle(
      MessageType.PLDM,
      ({ bytes }) => {
        taken.push(bytes[1]!);
        if (bytes[1] !== 3) throw new Error(`no ${String(bytes[1])}`);
      },
      "takesThree",
    );
    for (const seed of [1, 2, 3]) bench.take(packet(Uint8Array.of(MessageType.PLDM, seed)));
    bench.take(packet(testMessage(5)));
    expect([taken, told]).toEqual([[1, 2, 3], [[MessageType.PLDM, "takesThree", "no 1"]]]);
    expect(bench.received).toHaveLength(1);
    expect(bench.counted).toEqual({ handlerFailed: 2 });
  });
});

describe("LPC-SEC-3 packets that carry payload", () => {
  test("LPC-SEC-3: those that a handler takes count; control, what nobody takes and what ends unfinished do not", () => {
    const bench = new Bench();
    const count = (): number => bench.endpoint.payloadPackets;
    bench.take(packet(testMessage(60)));
    expect(count()).toBe(1);
    for (const one of packetsOf(testMessage(300), 64)) bench.take(one);
    expect(count()).toBe(6);
    bench.take(packet(Uint8Array.of(0x00, 0x81, 0x02)));
    expect([bench.sent() !== undefined, count()]).toEqual([true, 6]);
    bench.take(packet(Uint8Array.of(0x05, 1, 2)));
    bench.take(packet(testMessage(60), { tagOwner: false }));
    expect(count()).toBe(6);
    for (const one of packetsOf(testMessage(300), 64).slice(0, 3)) bench.take(one);
    expect(count()).toBe(9);
    bench.endpoint.linkDown(bench.now);
    expect(count()).toBe(6);
  });

  test("LPC-SEC-3: answers that the peer takes count; of requests whose answers it never fetches no more than a quarter of the queue has room for", () => {
    const bench = new Bench({ queue: { messages: 4, bytes: 4096 } });
    bench.endpoint.handle(0x7e, (message) => {
      bench.endpoint.respond(message, message.bytes);
    });
    const request = packet(Uint8Array.of(0x7e, 1, 2, 3));
    bench.take(request);
    bench.sent();
    expect(bench.endpoint.payloadPackets).toBe(2);
    for (let flood = 0; flood < 1000; flood++) bench.take(request);
    expect(bench.endpoint.payloadPackets).toBe(2 + 1);
    expect(bench.endpoint.counters).toMatchObject({ answersNotFetched: 999, queueFull: 0 });
  });

  test("LPC-MCTP-7: the first refusal of each kind is told, further ones are counted", () => {
    const assembly = { messageBytes: 4096, assemblies: 2, totalBytes: 8192, timeout: millis(1000) };
    const bench = new Bench({ assembly, queue: { messages: 4, bytes: 4096 } });
    const told: string[] = [];
    bench.endpoint.ownPort.onFirstRefusal = (what) => told.push(what);
    for (let count = 0; count < 30; count++) {
      bench.take(packet(testMessage(64), { tag: count & 7, end: false }));
      bench.take(packet(Uint8Array.of(0x00, 0x80, 0x02), { tag: 0 }));
    }
    expect(told.sort()).toEqual(["answersNotFetched", "assemblyEvicted"]);
    expect(bench.endpoint.counters.assemblyEvicted).toBeGreaterThan(1);
    expect(bench.endpoint.counters.answersNotFetched).toBeGreaterThan(1);
  });

  test("LPC-SEC-3: requests of which a service keeps nothing are told apart, and their answers as they are fetched", () => {
    const bench = new Bench();
    const { ownPort } = bench.endpoint;
    const counts = (): readonly number[] => [ownPort.payloadPackets, ownPort.answeredPackets];
    bench.endpoint.handle(0x7e, (message) => {
      if (message.bytes.length > 1) bench.endpoint.respond(message, message.bytes, undefined, true);
      else bench.endpoint.discard(message);
    });
    for (const one of packetsOf(new Uint8Array(150).fill(0x7e), 64)) bench.take(one);
    expect(counts()).toEqual([3, 3]);
    while (bench.sent() !== undefined);
    expect(counts()).toEqual([6, 6]);
    bench.take(packet(Uint8Array.of(0x7e)));
    expect(counts()).toEqual([6, 6]);
    // One that is kept.
    bench.take(packet(testMessage(60)));
    expect(counts()).toEqual([7, 6]);
  });
});
