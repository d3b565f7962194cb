/** A router as the way between two ends of one link: a channel and a kernel that owns its bus. */
import { describe, expect, test } from "@jest/globals";
import { Router } from "../../../../src/core/mctp/bridge/router.ts";
import type { Message } from "../../../../src/core/mctp/message.ts";
import { EndpointCore } from "../../../../src/core/mctp/endpoint.ts";
import { toHex } from "../../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { TEST_TYPE, endpointConfig, hostIdentity, testMessage } from "../../../support/endpoints.ts";
import { packetBytes } from "../../../support/memory-link.ts";
import { packet, packetsOf, type PacketFields } from "../../../support/packets.ts";

const NOW = millis(0);
const NONE = 0;
const OWN = 30;

class Bench {
  readonly router: Router;

  constructor(own: number) {
    this.router = new Router(new EndpointCore(endpointConfig(hostIdentity({ eid: eid(own) }))));
    for (const name of ["the channel", "tun:lpc0"]) this.router.addPort(name);
    this.router.makePassage();
    for (const port of this.router.ports) port.linkUp(NOW);
  }

  take(port: number, bytes: Uint8Array): boolean {
    return this.router.ports[port]!.receivePacket(bytes, 0, bytes.length, NOW);
  }

  sent(port: number, unit = 64): string[] {
    const found: string[] = [];
    for (;;) {
      const parts = this.router.ports[port]!.nextPacket(unit);
      if (parts === undefined) return found;
      found.push(toHex(packetBytes(parts)));
      this.router.ports[port]!.packetDone(NOW);
    }
  }

  get counted(): Partial<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.router.counters).filter(([, count]) => count > 0));
  }
}

function from(source: number, destination: number, changes: PacketFields = {}): Uint8Array {
  return packet(testMessage(10), { source, destination, ...changes });
}

describe("a passage without an EID of its own", () => {
  test.each([
    ["an EID", 9, 8],
    ["the null EID", 9, 0],
    ["from the null EID, as from an endpoint that has none yet", 0, 8],
    ["the broadcast EID", 9, 255],
    ["an EID that nothing is known of", 200, 100],
  ])("a packet for %s goes through unchanged, either way", (_what, source, destination) => {
    const bench = new Bench(NONE);
    const bytes = from(source, destination, { tag: 5, sequence: 2, start: false });
    for (const [port, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      expect(bench.take(port, bytes)).toBe(true);
      expect([bench.sent(port), bench.sent(other)]).toEqual([[], [toHex(bytes)]]);
    }
    expect(bench.counted).toEqual({ packetsForwarded: 2, bytesForwarded: 20 });
  });

  test("the packets of a message keep their order", () => {
    const bench = new Bench(NONE);
    const packets = packetsOf(testMessage(640), 64, { source: 9, destination: 8 });
    for (const one of packets) bench.take(0, one);
    expect(bench.sent(1)).toEqual(packets.map(toHex));
  });

  test("what cannot go through is dropped and counted", () => {
    const bench = new Bench(NONE);
    bench.take(0, from(9, 8, { version: 2 }));
    bench.take(0, packet(testMessage(65), { source: 9, destination: 8 }));
    expect(bench.sent(1)).toEqual([]);
    bench.router.ports[1]!.linkDown(NOW);
    expect(bench.take(0, from(9, 8))).toBe(false);
    expect(bench.counted).toEqual({ bridgedVersion: 1, unitTooLarge: 1, outgoingLinkDown: 1 });
  });

  test("a full queue is seen before a packet is taken from the kernel", () => {
    const bench = new Bench(NONE);
    const [, tun] = bench.router.ports;
    expect(tun!.isCrowded).toBe(false);
    const large = packet(new Uint8Array(60_000), { source: 8, destination: 9 });
    let taken = 0;
    while (!tun!.isCrowded && taken < 100) if (bench.take(1, large)) taken++;
    expect(tun!.isCrowded).toBe(true);
    expect(bench.counted).toEqual({});
    expect(bench.sent(0, 65_531)).toHaveLength(taken);
    expect(tun!.isCrowded).toBe(false);
  });
});

describe("a passage with an EID of its own", () => {
  test("takes what is for that EID from either end, and nothing else", () => {
    const bench = new Bench(OWN);
    const received: Message[] = [];
    bench.router.endpoint.handle(TEST_TYPE, (message) => received.push(message));
    bench.take(0, from(9, OWN));
    bench.take(1, from(8, OWN));
    bench.take(0, from(9, 255));
    bench.take(0, from(9, 0));
    expect(received.map(({ source }) => source)).toEqual([9, 8]);
    expect(bench.sent(0)).toEqual([]);
    expect(bench.sent(1)).toHaveLength(2);
  });

  test("sends to where an EID was seen last, and to the channel what it has not seen", () => {
    const bench = new Bench(OWN);
    bench.take(1, from(8, 9));
    bench.sent(0);
    const { endpoint } = bench.router;
    for (const to of [8, 9, 50]) endpoint.send(eid(to), testMessage(10), NOW);
    const to = (port: number): readonly string[] => bench.sent(port).map((text) => text.slice(2, 4));
    expect([to(0), to(1)]).toEqual([["09", "32"], ["08"]]);
  });

  test("a packet that claims to be its own is dropped and counted (LPC-MCTP-21)", () => {
    const bench = new Bench(OWN);
    bench.take(0, from(OWN, 8));
    bench.take(1, from(OWN, 9));
    expect([bench.sent(0), bench.sent(1)]).toEqual([[], []]);
    expect(bench.router.endpoint.counters.forgedSource).toBe(2);
  });
});
