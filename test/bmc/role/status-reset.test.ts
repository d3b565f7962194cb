import { describe, expect, test } from "@jest/globals";
import { millis } from "../../../src/core/wire/units.ts";
import { bmcRows, packetRead, packetWrite, setStr, str, type Row } from "../../support/bench.ts";
import {
  ANNOUNCE,
  BmcBench,
  initialiseRows,
  OFFER,
  TO_BMC_AT,
  TO_HOST_AT,
  WRITE_MAGIC,
  WRITE_REGION,
} from "../../support/bmc-steps.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { countedBy, OPEN, OPEN_IBF } from "../../support/in-session.ts";

const { idr, odr } = bmcRows;

/** The whole start, the host reading along, as a fresh BMC makes it; then a dummy and nothing else. */
function startsAnew(bench: BmcBench): void {
  expect(bench.phase).toBe("starting");
  expect(bench.round(setStr(0x01), WRITE_MAGIC, str(0x00), ANNOUNCE)).toBe("waiting");
  expect(bench.round(str(0x00), ANNOUNCE)).toBe("waiting");
  expect(bench.round(str(0x00), ...WRITE_REGION, setStr(0x81))).toBe("again");
  expect(bench.round(str(0x80), odr(0xff))).toBe("waiting");
  expect(bench.round(str(0x80))).toBe("waiting");
  expect(bench.bmc.canOffer).toBe(false);
}

/** STR values whose session bits are not those, with every combination of flags. */
function otherThan(sessionBits: number): number[] {
  const flags = [0, 1, 2, 3];
  return [0x00, 0x40, 0x80, 0xc0].filter((bits) => bits !== sessionBits).flatMap((bits) => flags.map((f) => bits | f));
}

describe("LPC-BMC-9 STR shows other session bits than the BMC wrote", () => {
  test.each(otherThan(0xc0))("LPC-BMC-9: in a session, STR %p: back to B1.1 before anything else is done", (value) => {
    const bench = new BmcBench().active();
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(value))).toBe("again");
    });
    expect(counters).toEqual({ statusResetSeen: 1, sessionsLost: 1 });
    expect([bench.bmc.session, bench.bmc.state.closeReason]).toEqual([undefined, "statusReset"]);
    startsAnew(bench);
  });

  test.each(otherThan(0x80))("LPC-BMC-9: without a session, STR %p: back to B1.1 as well", (value) => {
    const bench = new BmcBench().started();
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(value))).toBe("again");
    });
    expect(counters).toEqual({ statusResetSeen: 1 });
    startsAnew(bench);
  });

  test("LPC-BMC-9: the other bits of STR say nothing of it", () => {
    for (const others of [0x04, 0x08, 0x10, 0x20, 0x3c]) {
      const active = new BmcBench().active();
      expect(active.round(str(0xc0 | others))).toBe("waiting");
      expect(active.phase).toBe("active");
      const inactive = new BmcBench().started();
      expect(inactive.round(str(0x80 | others))).toBe("waiting");
      expect(inactive.phase).toBe("inactive");
    }
  });

  test("LPC-BMC-9: until the start is done no STR value is held against it", () => {
    const bench = new BmcBench();
    bench.round(setStr(0x01), WRITE_MAGIC, str(0xc0), ANNOUNCE);
    bench.round(str(0xc1));
    bench.round(str(0x80), ANNOUNCE);
    bench.round(str(0x40), ...WRITE_REGION, setStr(0x81));
    expect(bench.bmc.state.counters.statusResetSeen).toBe(0);
  });

  test("LPC-BMC-9: a waiting dummy is forgotten: the announcements come first", () => {
    const bench = new BmcBench().started();
    bench.propose({ min: 1, cur: 3 }, 76);
    bench.round(str(0x83), idr(0x00), ...initialiseRows(OFFER, "0003", 0xc1));
    bench.round(str(0x00));
    startsAnew(bench);
  });

  test("LPC-BMC-9: Rx Complete owed and Tx Begin pending are forgotten, the packet under way is given up", () => {
    const bench = new BmcBench().active();
    bench.set(TO_BMC_AT, frameOf(3, packetOf(10)));
    bench.bmc.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TO_HOST_AT), str(0xc3), idr(0x01), packetRead(TO_BMC_AT), str(0xc1));
    expect(bench.bmc.state.channel).toMatchObject({ rxCompleteOwed: true, transmit: "beginPending" });
    const counters = countedBy(bench.bmc, () => {
      bench.round(str(0x00));
    });
    expect(counters).toEqual({ statusResetSeen: 1, sessionsLost: 1, packetsGivenUp: 1 });
    startsAnew(bench);
  });

  test("LPC-BMC-9: so is a packet that the host had not acknowledged; no Tx Begin goes out in the next session", () => {
    const bench = new BmcBench().active();
    bench.bmc.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TO_HOST_AT), str(OPEN), odr(0x01));
    bench.round(str(0x01));
    startsAnew(bench);
    expect(bench.bmc.state.counters.packetsGivenUp).toBe(1);
    bench.initialised({ min: 1, cur: 3 }, 76);
    bench.round(str(OPEN));
    bench.round(str(OPEN_IBF), idr(0x02));
    expect(bench.bmc.state.counters).toMatchObject({ packetsSent: 0, rxCompleteUnexpected: 1 });
  });

  const packets: [string, Uint8Array, object][] = [
    ["a good packet", frameOf(3, packetOf(20)), { receivedAtSessionEnd: 1 }],
    [
      "a packet with a wrong CRC",
      frameOf(3, packetOf(20)).map((byte, at) => byte ^ (at === 9 ? 1 : 0)),
      { crcMismatch: 1 },
    ],
    ["a length out of bounds", Uint8Array.of(0, 0, 1, 0), { lengthOutOfBounds: 1 }],
  ];

  test.each(packets)("LPC-BMC-9: in B2.8, behind %s: it is dropped, no Rx Complete goes out", (_, frame, dropped) => {
    for (const after of [0x00, 0x02, 0x80, 0x82]) {
      const bench = new BmcBench().active();
      bench.set(TO_BMC_AT, frame);
      const counters = countedBy(bench.bmc, () => {
        expect(bench.round(str(OPEN_IBF), idr(0x01), packetRead(TO_BMC_AT), str(after))).toBe("again");
      });
      expect(counters).toEqual({ statusResetSeen: 1, sessionsLost: 1, ...dropped });
      expect(bench.bmc.takeReceived()).toBeUndefined();
      startsAnew(bench);
    }
  });

  test.each([
    ["in a session", new BmcBench().active(), OPEN_IBF, [0x00, 0x80]],
    ["without one", new BmcBench().started(), 0x82, [0x00, 0xc0]],
  ] as const)(
    "LPC-BMC-9: %s, an Initialise is answered only if STR still stands: a reset leaves 0 in IDR as well",
    (_, bench, before, after) => {
      for (const value of after) {
        bench.propose({ min: 1, cur: 3 }, 76);
        const region = bench.hexAt(0, 0x100);
        expect(bench.round(str(before), idr(0x00), str(value))).toBe("again");
        expect(bench.hexAt(0, 0x100)).toBe(region);
        expect(bench.bmc.state.counters.reinitialised).toBe(0);
        startsAnew(bench);
        if (before === OPEN_IBF) bench.initialised({ min: 1, cur: 3 }, 76);
      }
    },
  );

  test("LPC-BMC-9, LPC-TIME-1: T_ann runs anew", () => {
    const bench = new BmcBench({ announceLimit: millis(500) }).active();
    bench.now = millis(7000);
    bench.round(str(0x00));
    const rows: readonly Row[] = [setStr(0x01), WRITE_MAGIC, str(0x01)];
    bench.round(...rows);
    expect(bench.bmc.state.phase).toMatchObject({ name: "announcing", until: 7500 });
  });

  test("LPC-BMC-9, LPC-BMC-11: a stop goes before the start, and sends no dummy", () => {
    const bench = new BmcBench().active();
    bench.round(str(0x00));
    bench.bmc.stop();
    expect(bench.round(setStr(0x01), str(0x00))).toBe("waiting");
    expect(bench.bmc.stopped).toBe(true);
  });
});
