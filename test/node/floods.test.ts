/** Peers that flood an agent in many ways: what they cost, and that the endpoint of another port notices nothing. */
import { describe, expect, test } from "@jest/globals";
import type { BridgeCounter } from "../../src/core/mctp/bridge/counters.ts";
import type { MctpCounter } from "../../src/core/mctp/counters.ts";
import { MOST_BYTES_OF_PEERS } from "../../src/core/mctp/endpoint-defaults.ts";
import { eid } from "../../src/core/wire/units.ts";
import { ANSWER_BURST } from "../../src/node/processor-share.ts";
import { TEST_TYPE } from "../support/endpoints.ts";
import { FloodBench, UNIT, type Attack, type Hostile } from "../support/flood-bench.ts";
import { packet, type PacketFields } from "../support/packets.ts";

const SECONDS = 6;
/** Milliseconds: a turn of each port, and what the answer itself costs. */
const SERVED_WITHIN = 8;
/** The one beside a single attacker, which is the first endpoint of the pool. */
const HONEST_EID = 21;

const control = (...bytes: readonly number[]): Uint8Array => Uint8Array.of(0, ...bytes);
/** The same control command in every packet, under the next instance id each time. */
const command =
  (code: number, data: readonly number[] = [], fields: PacketFields = {}): Attack =>
  (step) =>
    packet(control(0x80 | (step & 0x1f), code, ...data), { tag: step & 7, ...fields });
const message = (length: number, type: number = TEST_TYPE): Uint8Array => new Uint8Array(length).fill(type, 0, 1);
const echo: Attack = (step) => packet(message(UNIT), { tag: step & 7 });
const UUID = Array.from({ length: 16 }, () => 0x21);

type Counted = MctpCounter | BridgeCounter;

/** Floods of what is answered, and the answers fetched, may have a burst. */
const ANSWERED = /^(echoes that are fetched|packets of every size)$/;

/** What each flood is, the peer, and what of it is counted as dropped or refused; undefined: all of it is answered. */
const FLOODS: readonly (readonly [string, Hostile, Counted | undefined])[] = [
  ["echoes that are fetched", { attack: echo }, undefined],
  ["echoes whose answers are never fetched", { attack: echo, fetches: false }, "answersNotFetched"],
  ["Get Endpoint ID without end", { attack: command(0x02) }, undefined],
  ["Get Endpoint ID, never fetched", { attack: command(0x02), fetches: false }, "answersNotFetched"],
  ["sessions that open and close for ever", { attack: () => "newSession" }, undefined],
  [
    "a Get Endpoint ID in each session",
    { attack: (step) => (step % 2 === 0 ? "newSession" : command(0x02)(step)) },
    undefined,
  ],
  ["one echo in each session", { attack: (step) => (step % 2 === 0 ? "newSession" : echo(step)) }, undefined],
  ["packets of every size", { attack: (step) => packet(message(1 + (step % UNIT)), { tag: step & 7 }) }, undefined],
  ["messages of unknown types", { attack: (step) => packet(message(UNIT, 2 + (step % 60))) }, "unsupportedType"],
  ["broadcasts", { attack: command(0x02, [], { destination: 0xff }) }, undefined],
  ["broadcasts of unknown types", { attack: () => packet(message(9, 5), { destination: 0xff }) }, "unsupportedType"],
  ["requests from and to the null EID", { attack: command(0x02, [], { source: 0, destination: 0 }) }, undefined],
  ["packets from the broadcast EID", { attack: command(0x02, [], { source: 0xff }) }, "badSource"],
  [
    "responses without requests",
    { attack: (step) => packet(control(step & 0x1f, 2, 0, 9, 0, 0), { tagOwner: false, tag: step & 7 }) },
    "unexpectedTag",
  ],
  [
    "starts of messages under tags in rotation",
    { attack: (step) => packet(message(UNIT), { tag: step & 7, tagOwner: true, end: false }) },
    "restarted",
  ],
  [
    "starts of messages from sources in rotation",
    { attack: (step) => packet(message(UNIT), { source: 60 + (step % 190), tag: (step >>> 8) & 7, end: false }) },
    "restarted",
  ],
  [
    "messages that never end",
    { attack: (step) => packet(message(UNIT), { start: step % 40_000 === 0, end: false, sequence: step & 3 }) },
    "messageTooLong",
  ],
  [
    "packets out of sequence",
    { attack: (step) => packet(message(UNIT), { start: step % 2 === 0, end: false }) },
    "outOfSequence",
  ],
  ["ends without starts", { attack: () => packet(message(UNIT), { start: false }) }, "noStart"],
  ["packets without payload", { attack: () => packet(new Uint8Array(0)) }, "emptyPayload"],
  ["packets of another header version", { attack: () => packet(message(9), { version: 2 }) }, "headerVersion"],
  [
    "control messages of 65 bytes, in two packets",
    {
      attack: (step) =>
        packet(step % 2 === 0 ? new Uint8Array(UNIT) : message(1, 0), {
          start: step % 2 === 0,
          end: step % 2 === 1,
          sequence: step & 1,
        }),
    },
    "controlTooLong",
  ],
  ["control messages without header", { attack: () => packet(control(0x80)) }, "controlDiscarded"],
  ["datagrams", { attack: (step) => packet(control(0xc0 | (step & 0x1f), 0x02)) }, "controlDiscarded"],
  ["pages of the routing table without end", { attack: command(0x0a, [0]) }, undefined],
  ["Discovery Notify", { attack: command(0x0d) }, undefined],
  ["Discovery Notify, answering nothing", { attack: command(0x0d), fetches: false }, "answersNotFetched"],
  ["Prepare for Endpoint Discovery", { attack: command(0x0b, [], { destination: 0xff }) }, undefined],
  ["Endpoint Discovery", { attack: command(0x0c, [], { destination: 0xff }) }, undefined],
  ["Query Hop", { attack: (step) => command(0x0f, [step & 0xff, 0])(step) }, undefined],
  ["Resolve UUID", { attack: command(0x10, [...UUID, 0]) }, undefined],
  ["Resolve Endpoint ID", { attack: (step) => command(0x07, [step & 0xff])(step) }, undefined],
  ["Set Endpoint ID", { attack: (step) => command(0x01, [0, 9 + (step % 200)])(step) }, undefined],
  ["Set Endpoint ID again and again", { attack: () => packet(control(0x80, 0x01, 1, 30)) }, undefined],
  ["unknown commands", { attack: (step) => command(0x20 + (step % 200))(step) }, undefined],
  [
    "packets from the EID of the honest endpoint",
    { attack: (step) => packet(message(UNIT), { source: HONEST_EID, tag: step & 7 }) },
    "forgedSource",
  ],
  [
    "packets for EIDs that nobody has",
    { attack: (step) => packet(message(9), { source: 99, destination: 100 + (step % 100) }) },
    "unroutable",
  ],
];

/** The honest endpoint was served and stayed where it was, whatever happened beside it. */
function expectUnnoticed(bench: FloodBench): void {
  const { honestPort, node } = bench;
  // The last question may be under way.
  expect(bench.asked - bench.roundTrips.length).toBeLessThanOrEqual(1);
  expect(Math.max(...bench.roundTrips)).toBeLessThanOrEqual(SERVED_WITHIN);
  expect(bench.pacedOf(honestPort)).toBe(0);
  const honest = node.bridge.owner.at(honestPort);
  expect([honest?.presence, honest?.misses]).toEqual(["present", 0]);
  expect(bench.told.filter((line) => line.includes(`on line ${String(honestPort)}`))).toHaveLength(1);
}

function countersOf({ node }: FloodBench): Readonly<Record<string, number>> {
  return { ...node.endpoint.counters, ...node.router.counters };
}

describe("LPC-SEC-3 a peer that floods one port", () => {
  test.each(FLOODS)(
    "with %s costs its share, and the endpoint of another port notices nothing",
    (name, hostile, counter) => {
      const bench = new FloodBench([hostile]);
      for (let second = 0; second < SECONDS; second++) {
        bench.run(1000);
        const { assemblyBytes, queuedBytes } = bench.node.endpoint.usage;
        expect(assemblyBytes + queuedBytes).toBeLessThanOrEqual(MOST_BYTES_OF_PEERS);
      }
      expectUnnoticed(bench);
      expect(bench.shareOf(0)).toBeLessThan(0.38 + (ANSWERED.test(name) ? ANSWER_BURST / (SECONDS * 1000) : 0));
      if (!ANSWERED.test(name)) expect(bench.pacedOf(0)).toBeGreaterThan(0);
      if (counter !== undefined) expect(countersOf(bench)[counter]).toBeGreaterThan(0);
      else expect(bench.node.endpoint.counters.messagesReceived).toBeGreaterThan(0);
      // What the agent itself asked was asked.
      expect(bench.node.endpoint.counters.requestsNotAsked).toBe(0);
    },
  );

  test.each<[string, Hostile, string]>([
    [
      "answers that it does not fetch",
      { attack: command(0x02), fetches: false },
      "On line 0: answers given up unsent: their peer asks for more than it fetches (LPC-MCTP-7); ",
    ],
    [
      "packets for a port that takes none of them",
      { attack: () => packet(message(UNIT), { source: 90, destination: 91 }) },
      "On line 0: packets dropped: more to be forwarded than memory is kept for (LPC-MCTP-16); ",
    ],
  ])("is told once of %s", (what, hostile, line) => {
    const isTransit = what.startsWith("packets");
    const stalled: Hostile = { attack: () => undefined, fetches: false };
    const bench = new FloodBench([hostile, ...(isTransit ? [stalled] : [])]);
    // Endpoints that join have routes made anew.
    bench.run(1000);
    if (isTransit) {
      bench.node.router.routes.add({ first: eid(91), count: 1, port: 1, isStatic: true, bridge: undefined });
    }
    bench.run(4000);
    expect(bench.told.filter((one) => one.startsWith("On line 0:"))).toEqual([
      `${line}"mctp-lpc status" counts further ones`,
    ]);
  });

  test("a peer that fetches nothing leaves room for what the agent has to ask it", () => {
    const bench = new FloodBench([{ attack: command(0x02), fetches: false }]).run(3000);
    const { queue } = bench.node.router.ports[0]!.local;
    // The queue is as full as answers may make it, and discovery's request is in it.
    expect(bench.node.endpoint.counters.answersNotFetched).toBeGreaterThan(0);
    expect(queue.length).toBeGreaterThan(256);
    expect(bench.node.endpoint.counters.requestsNotAsked).toBe(0);
  });
});

describe("LPC-SEC-3 peers that flood several ports at once", () => {
  const CROWD = 4;
  const crowds = Array.from({ length: Math.ceil(FLOODS.length / CROWD) }, (_, at) =>
    FLOODS.slice(CROWD * at, CROWD * (at + 1)),
  );

  test.each(crowds.map((crowd) => [crowd.map(([name]) => name).join("; "), crowd] as const))(
    "cost 60 %% of a processor together: %s",
    (_, crowd) => {
      const bench = new FloodBench(crowd.map(([, hostile]) => hostile)).run(SECONDS * 1000);
      expectUnnoticed(bench);
      const together = crowd.reduce((sum, _one, port) => sum + bench.shareOf(port), 0);
      const hasBurst = crowd.some(([name]) => ANSWERED.test(name));
      expect(together).toBeLessThan(hasBurst ? 1 : 0.75);
      expect(bench.node.endpoint.counters.requestsNotAsked).toBe(0);
    },
  );
});
