/** The host's announcement, on a link that the test holds in its hands. */
import { describe, expect, test } from "@jest/globals";
import { Announcement } from "../../host/announcement.ts";
import type { Endpoint } from "../../src/core/mctp/endpoint.ts";
import { monotonicClock } from "../../src/node/clock.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { later, millis } from "../../src/core/wire/units.ts";
import { hostEndpoint } from "../support/endpoints.ts";
import { packet } from "../support/packets.ts";

class Bench {
  readonly endpoint: Endpoint = hostEndpoint();
  readonly told: string[] = [];
  readonly announcement = new Announcement(this.endpoint, (line) => this.told.push(line));

  up(): void {
    this.endpoint.linkUp(monotonicClock.now());
    this.announcement.linkChanged(true);
  }

  down(): void {
    this.endpoint.linkDown(monotonicClock.now());
    this.announcement.linkChanged(false);
  }

  /** Destination EID, source EID, tag and bytes of the next packet. */
  sent(): readonly [number, number, number, string] | undefined {
    const parts = this.endpoint.nextPacket(64);
    if (parts === undefined) return undefined;
    const { header } = parts;
    const bytes = toHex(parts.message.subarray(parts.start, parts.end));
    this.endpoint.packetDone(monotonicClock.now());
    return [(header >>> 16) & 0xff, (header >>> 8) & 0xff, header & 7, bytes];
  }

  answer(tag: number, hex: string): void {
    const bytes = packet(fromHex(hex)!, { source: 8, destination: 9, tagOwner: false, tag });
    this.endpoint.receivePacket(bytes, 0, bytes.length, monotonicClock.now());
  }

  /** Lets all attempts pass without an answer; gives what was sent in them. */
  silence(): readonly string[] {
    const all: string[] = [];
    for (let round = 0; round < 20; round++) {
      const one = this.sent();
      if (one !== undefined) all.push(one[3]);
      this.endpoint.expire(later(monotonicClock.now(), millis(400 * (round + 1))));
    }
    return all;
  }
}

describe("LPC-MCTP-20 the host announces itself", () => {
  test("LPC-MCTP-20: Discovery Notify to the null EID in every session, under its own EID", () => {
    const bench = new Bench();
    bench.up();
    const [destination, source, tag, bytes] = bench.sent()!;
    expect([destination, source, bytes]).toEqual([0, 9, "00800d"]);
    bench.answer(tag, "00000d00");
    expect(bench.sent()).toBeUndefined();
    bench.down();
    bench.up();
    expect(bench.sent()).toMatchObject([0, 9, expect.any(Number), "00810d"]);
    expect(bench.told).toEqual([]);
  });

  test("LPC-MCTP-20: sent again as other control requests are, then given up, told of once", () => {
    const bench = new Bench();
    for (let session = 0; session < 3; session++) {
      bench.up();
      expect(bench.silence()).toHaveLength(3);
      bench.down();
    }
    expect(bench.told).toEqual([
      "BMC did not accept the announcement (Discovery Notify: no response; LPC-MCTP-20): this host goes on with EID 9.",
    ]);
  });

  test("LPC-MCTP-20: a bus owner that does not know the command leaves the host at work", () => {
    const bench = new Bench();
    bench.up();
    bench.answer(bench.sent()![2], "00000d05");
    expect(bench.told).toEqual([
      "BMC did not accept the announcement (Discovery Notify: unsupported command; LPC-MCTP-20): this host goes on with EID 9.",
    ]);
    expect([bench.endpoint.identity.eid, bench.endpoint.isUp, bench.sent()]).toEqual([9, true, undefined]);
  });

  test("LPC-MCTP-20: a session that ends takes its announcement along", () => {
    const bench = new Bench();
    bench.up();
    bench.down();
    bench.up();
    expect([bench.sent()?.[3], bench.sent()]).toEqual(["00810d", undefined]);
  });
});
