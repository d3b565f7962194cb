import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Router } from "../../../../src/core/mctp/bridge/router.ts";
import type { RouterPort } from "../../../../src/core/mctp/bridge/router-port.ts";
import type { TransitLimits } from "../../../../src/core/mctp/bridge/transit-queue.ts";
import { Control } from "../../../../src/core/mctp/control/codec.ts";
import { EndpointCore } from "../../../../src/core/mctp/endpoint.ts";
import type { RequestOutcome } from "../../../../src/core/mctp/request-terms.ts";
import type { Message } from "../../../../src/core/mctp/message.ts";
import { toHex } from "../../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { endpointConfig, hostIdentity, testMessage, TEST_TYPE } from "../../../support/endpoints.ts";
import { MemoryLink as Wire, packetBytes, settle } from "../../../support/memory-link.ts";
import { packet, packetsOf, type PacketFields } from "../../../support/packets.ts";

const NOW = millis(0);
const OWN = 9;

function endpointOf(own: number): EndpointCore {
  return new EndpointCore(endpointConfig(hostIdentity({ eid: eid(own) })));
}

/** A bridge, EID 9, with the bus owner, EID 8, on port 0, EIDs 20 to 29 on port 1 and 30 to 39 on port 2. */
class Bench {
  readonly router: Router;
  readonly ports: RouterPort[];

  constructor(limits?: TransitLimits) {
    this.router = new Router(endpointOf(OWN), limits);
    this.ports = ["upstream", "one", "two"].map((name) => this.router.addPort(name));
    this.route(8, 1, 0);
    this.route(20, 10, 1);
    this.route(30, 10, 2);
    for (const port of this.ports) port.linkUp(NOW);
  }

  route(first: number, count: number, port: number): void {
    this.router.routes.add({ first: eid(first), count, port, isStatic: false, bridge: undefined });
  }

  take(port: number, bytes: Uint8Array): void {
    this.ports[port]!.receivePacket(bytes, 0, bytes.length, NOW);
  }

  /** All that a port sends, each packet in hexadecimal. */
  sent(port: number, unit = 64): string[] {
    const found: string[] = [];
    for (;;) {
      const parts = this.ports[port]!.nextPacket(unit);
      if (parts === undefined) return found;
      found.push(toHex(packetBytes(parts)));
      this.ports[port]!.packetDone(NOW);
    }
  }

  get counted(): Partial<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.router.counters).filter(([, count]) => count > 0));
  }
}

function from(source: number, destination: number, changes: PacketFields = {}, length = 10): Uint8Array {
  return packet(testMessage(length), { source, destination, ...changes });
}

describe("LPC-MCTP-15 handing on", () => {
  test("a packet goes out of the port that leads to its destination, unchanged, and out of no other", () => {
    const bench = new Bench();
    const there = from(8, 25, { tag: 3, sequence: 2, start: false, end: false, version: 0xf1 });
    const back = from(25, 8, { tagOwner: false, tag: 3 });
    bench.take(0, there);
    bench.take(1, back);
    bench.take(1, from(25, 30));
    expect([bench.sent(0), bench.sent(1), bench.sent(2)]).toEqual([
      [toHex(back)],
      [toHex(there)],
      [toHex(from(25, 30))],
    ]);
    expect(bench.counted).toEqual({ packetsForwarded: 3, bytesForwarded: 30 });
  });

  test("the packets of a message go on one by one: nothing is put together, missing ones are not missed", () => {
    const bench = new Bench();
    const packets = packetsOf(testMessage(300), 64, { source: 8, destination: 20 });
    for (const [index, one] of packets.entries()) {
      if (index === 2) continue;
      bench.take(0, one);
      expect(bench.sent(1)).toEqual([toHex(one)]);
    }
    expect(bench.router.endpoint.usage).toMatchObject({ assemblies: 0, assemblyBytes: 0 });
  });

  test("a link with something to hand on is woken", () => {
    const bench = new Bench();
    let woken = 0;
    bench.ports[1]!.onWork = () => woken++;
    bench.take(0, from(8, 20));
    expect(woken).toBe(1);
  });

  test("the bridge's own messages and those of the other ports take turns", () => {
    const bench = new Bench();
    for (let index = 0; index < 3; index++) {
      bench.take(0, from(8, 20, { tag: index }));
      bench.take(2, from(30, 20, { tag: index }));
      bench.router.endpoint.send(eid(20), testMessage(10), NOW);
    }
    const sources = bench.sent(1).map((text) => Number.parseInt(text.slice(4, 6), 16));
    for (const three of [sources.slice(0, 3), sources.slice(3, 6), sources.slice(6)]) {
      expect([...three].sort((a, b) => a - b)).toEqual([8, 9, 30]);
    }
  });

  test("a long message of the bridge's own does not hold up what it hands on", () => {
    const bench = new Bench();
    bench.router.endpoint.send(eid(20), testMessage(64 * 100), NOW);
    bench.take(0, from(8, 20));
    const sources = bench.sent(1).map((text) => Number.parseInt(text.slice(4, 6), 16));
    expect(sources.indexOf(8)).toBeLessThanOrEqual(1);
    expect(sources.length).toBe(101);
  });
});

describe("LPC-MCTP-15 what stays on its bus", () => {
  test.each([
    ["the null EID", 0],
    ["the broadcast EID", 255],
    ["the bridge itself", OWN],
  ])("a message to %s is the bridge's, and goes nowhere else", (_, destination) => {
    const bench = new Bench();
    const received: Message[] = [];
    bench.router.endpoint.handle(TEST_TYPE, (message) => received.push(message));
    bench.take(1, from(25, destination));
    expect(received.map(({ bytes }) => bytes)).toEqual([testMessage(10)]);
    expect([bench.sent(0), bench.sent(1), bench.sent(2)]).toEqual([[], [], []]);
    expect(bench.counted).toEqual({});
  });

  test.each<[string, number, Uint8Array, string]>([
    ["for an EID without a route", 0, from(8, 100), "unroutable"],
    ["for a reserved EID", 0, from(8, 5), "unroutable"],
    ["whose route leads back to its link", 1, from(25, 26), "loops"],
    ["from the null EID", 0, from(0, 25), "badBridgedSource"],
    ["from a reserved EID", 0, from(3, 25), "badBridgedSource"],
    ["from the broadcast EID", 0, from(255, 25), "badBridgedSource"],
    ["from the bridge's own EID, which has come back", 0, from(OWN, 25), "badBridgedSource"],
    ["whose source is on another link", 1, from(8, 30), "sourceElsewhere"],
    ["of another header version", 0, from(8, 25, { version: 2 }), "bridgedVersion"],
  ])("a packet %s is dropped and counted", (_, port, bytes, counter) => {
    const bench = new Bench();
    bench.take(port, bytes);
    expect([bench.sent(0), bench.sent(1), bench.sent(2)]).toEqual([[], [], []]);
    expect(bench.counted).toEqual({ [counter]: 1 });
    expect(bench.ports[port]!.wasted).toBe(1);
  });

  test("a packet without payload, or without a whole header, is dropped by the bridge's endpoint", () => {
    const bench = new Bench();
    for (let length = 0; length <= 4; length++) bench.take(0, from(8, 25).subarray(0, length));
    expect(bench.sent(1)).toEqual([]);
    expect(bench.router.endpoint.counters.emptyPayload).toBe(5);
  });

  test("a source that no route knows may be anywhere: it is handed on", () => {
    const bench = new Bench();
    bench.take(2, from(77, 8));
    expect(bench.sent(0)).toEqual([toHex(from(77, 8))]);
  });
});

describe("LPC-MCTP-21 packets for the node whose source is behind another link", () => {
  const outcome: RequestOutcome[] = [];
  const ask = (bench: Bench, destination: number, via?: RouterPort): number => {
    outcome.length = 0;
    const done = (one: RequestOutcome): unknown => outcome.push(one);
    bench.router.endpoint.request(eid(destination), testMessage(4), NOW, done, undefined, via?.local);
    const port = via ?? bench.ports[bench.router.routes.portOf(eid(destination))]!;
    return Number.parseInt(bench.sent(port.number)[0]!.slice(6, 8), 16) & 7;
  };

  test.each<[string, Uint8Array]>([
    ["a request", from(8, OWN)],
    ["a request to the null EID", from(8, 0)],
    ["a datagram to all", from(8, 255)],
    ["the first of several packets", packet(testMessage(64), { source: 8, destination: OWN, end: false })],
    ["a control request", packet(Uint8Array.of(0x00, 0x80, 0x02), { source: 8, destination: OWN })],
    ["the node's own EID", from(OWN, OWN)],
  ])("%s is dropped and counted, whatever the destination", (_, bytes) => {
    const bench = new Bench();
    bench.take(1, bytes);
    expect(bench.router.endpoint.counters).toMatchObject({ forgedSource: 1, messagesReceived: 0 });
    expect([bench.router.endpoint.usage.assemblies, bench.ports[1]!.wasted]).toEqual([0, 1]);
  });

  test("a control message to the null EID is answered: an endpoint there may have the same EID", () => {
    const bench = new Bench();
    bench.take(1, packet(Uint8Array.of(0x00, 0x80, 0x02), { source: 8, destination: 0 }));
    expect([bench.sent(0), bench.sent(1).length]).toEqual([[], 1]);
  });

  test.each([0, 1, 2])("a response is taken from the port of its request alone: port %i", (port) => {
    const bench = new Bench();
    const tag = ask(bench, 8);
    bench.take(port, from(8, OWN, { tagOwner: false, tag }));
    expect(outcome.map(({ ok }) => ok)).toEqual(port === 0 ? [true] : []);
  });

  test("so is one of an endpoint that no route knows, and of the null EID", () => {
    for (const destination of [77, 0]) {
      const bench = new Bench();
      const tag = ask(bench, destination, bench.ports[2]);
      bench.take(1, from(77, OWN, { tagOwner: false, tag }));
      bench.take(0, from(77, OWN, { tagOwner: false, tag }));
      expect(outcome).toEqual([]);
      bench.take(2, from(77, OWN, { tagOwner: false, tag }));
      expect(outcome).toMatchObject([{ ok: true, response: { source: 77 } }]);
    }
  });

  test("asked on a port, the endpoint there may answer with an EID that is behind another", () => {
    const bench = new Bench();
    const tag = ask(bench, 0, bench.ports[2]);
    bench.take(2, from(8, OWN, { tagOwner: false, tag }));
    expect(outcome).toMatchObject([{ ok: true }]);
  });
});

describe("LPC-MCTP-15, LPC-MCTP-16 what a link cannot carry", () => {
  test("a packet larger than the next link's unit is dropped; the next smaller one goes on", () => {
    const bench = new Bench();
    bench.take(0, from(8, 20, {}, 65));
    bench.take(0, from(8, 20, {}, 64));
    expect(bench.sent(1, 64)).toEqual([toHex(from(8, 20, {}, 64))]);
    expect(bench.counted).toMatchObject({ unitTooLarge: 1, packetsForwarded: 1 });
    bench.take(0, from(8, 30, {}, 65));
    expect(bench.sent(2, 65)).toEqual([toHex(from(8, 30, {}, 65))]);
  });

  test("more packets than there is room for are dropped, of one port only", () => {
    const bench = new Bench({ packets: 3, bytes: 1000 });
    for (let index = 0; index < 5; index++) bench.take(0, from(8, 20, { tag: index }));
    bench.take(2, from(30, 20));
    expect(bench.sent(1).length).toBe(4);
    expect(bench.counted).toMatchObject({ transitFull: 2, packetsForwarded: 4 });
  });

  test("the room is one of bytes, too; a single packet always has some", () => {
    const bench = new Bench({ packets: 100, bytes: 50 });
    bench.take(0, from(8, 20, {}, 64));
    bench.take(0, from(8, 20));
    expect(bench.router.inTransit).toEqual({ packets: 1, bytes: 68 });
    expect(bench.sent(1).length).toBe(1);
    expect(bench.router.counters.transitFull).toBe(1);
    expect(bench.router.inTransit).toEqual({ packets: 0, bytes: 0 });
  });

  test("a link that is lost takes what waited for it with it, and nothing waits for it until it is up", () => {
    const bench = new Bench();
    bench.take(0, from(8, 20));
    bench.take(2, from(30, 20));
    bench.ports[1]!.linkDown(NOW);
    bench.take(0, from(8, 21));
    expect(bench.counted).toEqual({ outgoingLinkDown: 3 });
    expect(bench.router.inTransit).toEqual({ packets: 0, bytes: 0 });
    bench.ports[1]!.linkUp(NOW);
    expect(bench.sent(1)).toEqual([]);
    bench.take(0, from(8, 22));
    expect(bench.sent(1)).toEqual([toHex(from(8, 22))]);
  });

  test("what came in on a link that is lost still goes on", () => {
    const bench = new Bench();
    bench.take(1, from(25, 8));
    bench.ports[1]!.linkDown(NOW);
    expect(bench.sent(0)).toEqual([toHex(from(25, 8))]);
  });
});

/** The bus owner 8 - bridge 9 - endpoints 20 and 30 on links of their own. */
function network() {
  const bench = new Bench();
  const [owner, one, two] = [endpointOf(8), endpointOf(20), endpointOf(30)];
  const ends = [owner, one, two];
  const wires = ends.map((end, index) => new Wire(bench.ports[index]!, end).up());
  return { bench, router: bench.router, owner, one, two, wires };
}

function ask(network: { wires: readonly Wire[] }, start: (done: (outcome: RequestOutcome) => void) => void) {
  let found: RequestOutcome | undefined;
  start((outcome) => (found = outcome));
  settle(network.wires);
  return found;
}

describe("the bridge's own endpoint", () => {
  test("asks and is asked on every link", () => {
    const made = network();
    for (const [asker, destination] of [
      [made.router.endpoint, 8],
      [made.router.endpoint, 20],
      [made.router.endpoint, 30],
      [made.owner, OWN],
      [made.one, OWN],
      [made.two, OWN],
    ] as const) {
      const outcome = ask(made, (done) => {
        asker.requestControl(eid(destination), Control.GET_ENDPOINT_ID, new Uint8Array(0), NOW, done);
      });
      expect(outcome?.ok === true && outcome.response.bytes[4]).toBe(destination);
    }
    expect(made.bench.counted).toEqual({});
  });

  test("answers where the question came from, though it is from the null EID", () => {
    const made = network();
    made.two.identity.eid = eid(0);
    const outcome = ask(made, (done) => {
      made.two.requestControl(eid(0), Control.GET_ENDPOINT_ID, new Uint8Array(0), NOW, done);
    });
    expect(outcome?.ok === true && outcome.response.source).toBe(OWN);
  });

  test("asks whoever is at the other end of one link, and hears no other's answer", () => {
    const made = network();
    const outcome = ask(made, (done) => {
      made.router.endpoint.requestControl(
        eid(0),
        Control.GET_ENDPOINT_ID,
        new Uint8Array(0),
        NOW,
        done,
        undefined,
        made.bench.ports[2]!.local,
      );
      const forged = packet(Uint8Array.of(0, 0, Control.GET_ENDPOINT_ID, 0, 66, 0, 0), {
        source: 20,
        destination: OWN,
        tagOwner: false,
      });
      made.bench.take(1, forged);
    });
    expect(outcome?.ok === true && outcome.response.source).toBe(30);
    expect(made.router.endpoint.counters.unexpectedTag).toBe(1);
  });

  test("endpoints on different links ask each other through it, with messages of many packets", () => {
    const made = network();
    made.two.handle(TEST_TYPE, (message) => {
      made.two.respond(message, message.bytes);
    });
    const outcome = ask(made, (done) => made.one.request(eid(30), testMessage(5000), NOW, done));
    expect(outcome?.ok === true && outcome.response.bytes).toEqual(testMessage(5000));
    expect(made.router.counters.packetsForwarded).toBe(2 * Math.ceil(5000 / 64));
    expect(made.router.endpoint.usage).toMatchObject({ assemblies: 0, queuedMessages: 0 });
  });

  test("messages to one link wait for no other, and end with their own link only", () => {
    const made = network();
    const outcomes: string[] = [];
    made.router.endpoint.send(eid(20), testMessage(10), NOW, (outcome) => outcomes.push(`20 ${outcome}`));
    made.router.endpoint.send(eid(30), testMessage(10), NOW, (outcome) => outcomes.push(`30 ${outcome}`));
    made.bench.ports[1]!.linkDown(NOW);
    expect(outcomes).toEqual(["20 linkDown"]);
    made.wires[2]!.step();
    expect(outcomes).toEqual(["20 linkDown", "30 sent"]);
  });

  test("half a message ends with its own link only", () => {
    const made = network();
    const received: Message[] = [];
    made.router.endpoint.handle(TEST_TYPE, (message) => received.push(message));
    const [first, second] = packetsOf(testMessage(100), 64, { source: 20, destination: OWN });
    made.bench.take(1, first!);
    made.bench.ports[2]!.linkDown(NOW);
    made.bench.ports[2]!.packetLost();
    made.bench.take(1, second!);
    expect(received.map(({ bytes }) => bytes)).toEqual([testMessage(100)]);
    made.bench.take(1, first!);
    made.bench.ports[1]!.linkDown(NOW);
    expect(made.router.endpoint.counters.channelLost).toBe(1);
  });

  test("half a message ends by its deadline on whichever link it came", () => {
    const made = network();
    made.bench.take(2, packetsOf(testMessage(100), 64, { source: 30, destination: OWN })[0]!);
    const deadline = made.bench.ports[0]!.nextDeadline();
    expect(deadline).toBe(1000);
    made.bench.ports[0]!.expire(deadline!);
    expect(made.router.endpoint.counters.assemblyTimeout).toBe(1);
  });
});

describe("LPC-MCTP-15, LPC-MCTP-16 bridges in a ring", () => {
  test("with routes that lead round in a circle, every packet dies out and is counted", () => {
    const routers = [40, 41, 42].map((own) => new Router(endpointOf(own)));
    const ports = routers.map((router) => [router.addPort("left"), router.addPort("right")] as const);
    const wires = routers.map((_, index) => new Wire(ports[index]![1], ports[(index + 1) % 3]![0]).up());
    // Everybody sends what is for 100 to the right; nobody has it. The first knows that 50 is to its left.
    for (const { routes } of routers) {
      routes.add({ first: eid(100), count: 1, port: 1, isStatic: false, bridge: undefined });
    }
    routers[0]!.endpoint.send(eid(100), testMessage(10), NOW);
    settle(wires);
    expect(routers[0]!.counters.badBridgedSource).toBe(1);
    const stray = packet(testMessage(10), { source: 50, destination: 100 });
    const third = routers[0]!.addPort("third");
    third.linkUp(NOW);
    routers[0]!.routes.add({ first: eid(50), count: 1, port: 2, isStatic: false, bridge: undefined });
    third.receivePacket(stray, 0, stray.length, NOW);
    settle(wires);
    expect(routers[0]!.counters.sourceElsewhere).toBe(1);
    expect(routers.map(({ counters }) => counters.packetsForwarded)).toEqual([1, 2, 2]);
  });

  test("two bridges that send a packet to each other drop it", () => {
    const [one, other] = [new Router(endpointOf(40)), new Router(endpointOf(41))];
    const [source, left, right] = [one.addPort("source"), one.addPort("right"), other.addPort("left")];
    other.addPort("unused");
    const wire = new Wire(left, right).up();
    source.linkUp(NOW);
    one.routes.add({ first: eid(100), count: 1, port: 1, isStatic: false, bridge: undefined });
    other.routes.add({ first: eid(100), count: 1, port: 0, isStatic: false, bridge: undefined });
    const stray = packet(testMessage(10), { source: 50, destination: 100 });
    source.receivePacket(stray, 0, stray.length, NOW);
    settle([wire]);
    expect(other.counters.loops).toBe(1);
  });
});

describe("whatever arrives", () => {
  /** EIDs on and off the routes of the bench. */
  const anyEid = fc.oneof(fc.constantFrom(0, 255, 8, OWN, 20, 21, 29, 30, 39, 40, 5), fc.nat(255));
  const arrival = fc.record({
    port: fc.integer({ min: 0, max: 2 }),
    source: anyEid,
    destination: anyEid,
    tag: fc.nat(7),
    tagOwner: fc.boolean(),
    start: fc.boolean(),
    end: fc.boolean(),
    version: fc.constantFrom(1, 1, 1, 1, 0xf1, 0),
    length: fc.integer({ min: 1, max: 80 }),
  });
  /** Arrivals, with ports that send a packet in between, and links that go down and up. */
  const event = fc.oneof(
    { weight: 6, arbitrary: arrival },
    { weight: 4, arbitrary: fc.record({ send: fc.integer({ min: 0, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ toggle: fc.integer({ min: 0, max: 2 }) }) },
  );

  test("no packet is doubled, order is kept for each source, destination and tag, and nothing is bridged that must not be", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const bench = new Bench({ packets: 5, bytes: 200 });
        const arrived: { port: number; bytes: Uint8Array }[] = [];
        const sent: { port: number; number: number; bytes: Uint8Array }[] = [];
        const send = (port: number): boolean => {
          const parts = bench.ports[port]!.nextPacket(64);
          if (parts === undefined) return false;
          const bytes = packetBytes(parts);
          bench.ports[port]!.packetDone(NOW);
          // What the bridge says itself, its answers to control requests among it, is no packet handed on.
          if (bytes[2] !== OWN) sent.push({ port, number: (bytes[5]! << 8) | bytes[6]!, bytes });
          return true;
        };
        for (const one of events) {
          if ("send" in one) send(one.send);
          else if ("toggle" in one) {
            const port = bench.ports[one.toggle]!;
            if (port.isUp) port.linkDown(NOW);
            else port.linkUp(NOW);
          } else {
            // Each packet carries a number by which it is known again.
            const number = arrived.length;
            const payload = Uint8Array.of(TEST_TYPE, number >> 8, number, ...new Uint8Array(one.length));
            const bytes = packet(payload, one);
            arrived.push({ port: one.port, bytes });
            bench.take(one.port, bytes);
          }
        }
        for (const port of [0, 1, 2]) while (send(port));

        const lastOf = new Map<string, number>();
        const numbers = new Set<number>();
        for (const { port, number, bytes } of sent) {
          const original = arrived[number]!;
          expect(toHex(bytes)).toBe(toHex(original.bytes));
          expect(numbers.has(number)).toBe(false);
          numbers.add(number);
          const [version, destination, source] = bytes as unknown as [number, number, number];
          expect(version & 0x0f).toBe(1);
          expect(port).not.toBe(original.port);
          expect(bench.router.routes.portOf(eid(destination))).toBe(port);
          expect([0, 255, OWN]).not.toContain(destination);
          expect(source >= 8 && source !== 255 && source !== OWN).toBe(true);
          expect([original.port, -1]).toContain(bench.router.routes.portOf(eid(source)));
          expect(bytes.length).toBeLessThanOrEqual(4 + 64);
          const stream = `${original.port} ${source} ${destination} ${bytes[3]! & 0x0f}`;
          expect(lastOf.get(stream) ?? -1).toBeLessThan(number);
          lastOf.set(stream, number);
        }
        // Every packet for others was handed on or counted as dropped.
        const { packetsForwarded, bytesForwarded: _bytes, ...drops } = bench.router.counters;
        const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
        const forOthers = arrived.filter(({ bytes }) => ![0, 255, OWN].includes(bytes[1]!)).length;
        expect(packetsForwarded).toBe(sent.length);
        expect(packetsForwarded + dropped).toBe(forOthers);
        expect(bench.router.inTransit).toEqual({ packets: 0, bytes: 0 });
      }),
      { numRuns: 400 },
    );
  });
});
