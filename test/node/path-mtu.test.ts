import { beforeEach, describe, expect, test } from "@jest/globals";
import { PathMtus } from "../../src/node/path-mtu.ts";
import { QueryHop } from "../../src/core/mctp/control/commands/query-hop.ts";
import { Control, encodeResponse } from "../../src/core/mctp/control/codec.ts";
import { messageHeader, packetHeader } from "../../src/core/mctp/packet.ts";
import { writeU32be } from "../../src/core/wire/bytes.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { hostEndpoint, testMessage } from "../support/endpoints.ts";

const OWN = eid(9);
const BRIDGE = eid(8);
const FAR = eid(30);
const LINK_UNIT = 4096;
const TIMING = { attemptTimeout: millis(100), retries: 1 };

let now = millis(0);
/** What the bridge says of the way; undefined: nothing. */
let unit: number | undefined;
let asked = 0;

/** An endpoint behind a bridge, and the payload lengths of the packets that it sends to the far endpoint. */
class Bench {
  readonly endpoint = hostEndpoint();
  readonly paths = new PathMtus({
    endpoint: this.endpoint,
    firstStep: (destination) => (destination === FAR ? { firstHop: BRIDGE } : undefined),
    linkUnit: () => LINK_UNIT,
    clock: { now: () => now },
  });
  readonly outcomes: string[] = [];

  constructor() {
    this.endpoint.linkUp(now);
  }

  request(bytes: number): void {
    this.endpoint.request(
      FAR,
      testMessage(bytes),
      now,
      (outcome) => this.outcomes.push(outcome.ok ? "ok" : outcome.reject),
      TIMING,
    );
  }

  /** Sends what waits; the bridge answers at once. */
  sent(): readonly number[] {
    const lengths: number[] = [];
    for (;;) {
      const parts = this.endpoint.nextPacket(LINK_UNIT);
      if (parts === undefined) return lengths;
      const { header, message, start, end } = parts;
      const question = message.slice(start, end);
      this.endpoint.packetDone(now);
      if (((header >>> 16) & 0xff) === FAR) lengths.push(end - start);
      else if (question[2] === Control.QUERY_HOP) this.#answer(question, header & 7);
    }
  }

  #answer(question: Uint8Array, tag: number): void {
    asked++;
    if (unit === undefined) return;
    const data = QueryHop.response.encode({ next: FAR, messageType: 0, incomingUnit: LINK_UNIT, outgoingUnit: unit });
    const response = encodeResponse(question[1]! & 0x1f, Control.QUERY_HOP, 0, data);
    const packet = new Uint8Array(4 + response.length);
    writeU32be(packet, 0, packetHeader(messageHeader(OWN, BRIDGE, false, tag), true, true, 0));
    packet.set(response, 4);
    this.endpoint.receivePacket(packet, 0, packet.length, now);
  }

  pass(milliseconds: number): void {
    now = millis(now + milliseconds);
    this.endpoint.expire(now);
  }
}

beforeEach(() => {
  now = millis(1000);
  unit = 1024;
  asked = 0;
});

describe("packets to an endpoint behind a bridge", () => {
  test("are as small as every link takes them until the way is known, then as large as it takes them", () => {
    const bench = new Bench();
    bench.request(200);
    expect(bench.sent()).toEqual([64, 64, 64, 8]);
    bench.request(1500);
    expect(bench.sent()).toEqual([1024, 476]);
    expect(bench.paths.known).toEqual([{ eid: FAR, unit: 1024, bridges: [BRIDGE] }]);
  });

  test("are small again once an attempt stays unanswered: a link on the way may take less now", () => {
    const bench = new Bench();
    bench.request(1);
    bench.sent();
    bench.request(1000);
    expect(bench.sent()).toEqual([1000]);
    unit = 256;
    bench.pass(100);
    expect(bench.sent().slice(0, 3)).toEqual([1, 64, 64]);
    bench.request(1000);
    expect(bench.sent()).toEqual([256, 256, 256, 232]);
  });

  test("a way is asked for again after a while, and nothing waits for that", () => {
    const bench = new Bench();
    bench.request(1);
    bench.sent();
    now = millis(now + 29_999);
    bench.request(300);
    expect(bench.sent()).toContain(300);
    expect(asked).toBe(1);
    now = millis(now + 1);
    unit = 128;
    bench.request(300);
    expect(bench.sent()).toContain(300);
    expect(asked).toBe(2);
    bench.request(300);
    expect(bench.sent().slice(0, 3)).toEqual([128, 128, 44]);
  });

  test("a way that nobody tells is asked for again ten seconds later", () => {
    const bench = new Bench();
    unit = undefined;
    bench.request(100);
    expect(bench.sent()).toEqual([64, 36]);
    for (let round = 0; round < 20; round++) bench.pass(300);
    bench.sent();
    const before = asked;
    bench.request(100);
    bench.sent();
    expect(asked).toBe(before);
    bench.pass(10_000);
    bench.request(100);
    bench.sent();
    expect(asked).toBe(before + 1);
  });
});
