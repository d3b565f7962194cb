import { describe, expect, test } from "@jest/globals";
import { millis } from "../../../src/core/wire/units.ts";
import { bmcRows, packetRead, packetWrite, str } from "../../support/bench.ts";
import { BmcBench, initialiseRows, OFFER, TO_BMC_AT, TO_HOST_AT } from "../../support/bmc-steps.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { countedBy, OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";
import { Pair } from "../../support/pair.ts";
import { testMessage } from "../../support/endpoints.ts";

const { idr, odr } = bmcRows;
const OPEN_BOTH = 0xc3;

function active(): BmcBench {
  const bench = new BmcBench({ stallDelay: millis(1000) }).active();
  bench.set(TO_BMC_AT, frameOf(3, packetOf(20)));
  return bench;
}

// What both sides do alike, test/core/binding/in-session.test.ts has.
describe("LPC-BMC service in a session", () => {
  test("LPC-BMC-3: a packet is read and answered with Rx Complete", () => {
    const bench = active();
    bench.round(str(OPEN_IBF), idr(0x01), packetRead(TO_BMC_AT), str(OPEN), odr(0x02));
    expect(bench.bmc.takeReceived()).toBeDefined();
  });

  test("LPC-KCS-6: a dummy before Rx Complete, Rx Complete before Tx Begin", () => {
    const bench = new BmcBench().started();
    bench.propose({ min: 1, cur: 3 }, 76);
    bench.round(str(0x83), idr(0x00), ...initialiseRows(OFFER, "0003", 0xc1));
    bench.set(TO_BMC_AT, frameOf(3, packetOf(20)));
    bench.bmc.offer(partsOf(packetOf(30)));
    bench.round(packetWrite(TO_HOST_AT), str(OPEN_BOTH), idr(0x01), packetRead(TO_BMC_AT), str(OPEN_OBF));
    // All three wait; each goes out alone.
    bench.round(str(OPEN), odr(0xff));
    bench.round(str(OPEN), odr(0x02));
    bench.round(str(OPEN), odr(0x01));
    bench.round(str(OPEN));
  });

  test("LPC-BMC-3: with a command in IDR nothing is written before it is handled", () => {
    const bench = active();
    bench.bmc.offer(partsOf(packetOf(30)));
    expect(bench.round(packetWrite(TO_HOST_AT), str(OPEN_IBF), idr(0xff))).toBe("again");
    bench.round(str(OPEN), odr(0x01));
  });

  test("LPC-BMC-3: fences are passed over, one a round, in and out of session", () => {
    const bench = active();
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(OPEN_IBF), idr(0xff))).toBe("again");
      expect(bench.round(str(OPEN_IBF), idr(0xff))).toBe("again");
      bench.initialised({ min: 0, cur: 0 }, undefined);
      expect(bench.round(str(0x82), idr(0xff))).toBe("again");
    });
    expect(counters).toMatchObject({ fencesReceived: 3 });
  });

  test("LPC-BUF-7: Rx Complete frees the buffer; the next packet is written then, not before", () => {
    const bench = active();
    bench.bmc.offer(partsOf(packetOf(30)));
    bench.round(packetWrite(TO_HOST_AT), str(OPEN), odr(0x01));
    bench.bmc.offer(partsOf(packetOf(31)));
    bench.round(str(OPEN));
    expect(bench.round(str(OPEN_IBF), idr(0x02))).toBe("again");
    bench.round(packetWrite(TO_HOST_AT), str(OPEN), odr(0x01));
    expect(bench.round(str(OPEN_IBF), idr(0x02))).toBe("waiting");
    expect(bench.bmc.state.counters.packetsSent).toBe(2);
  });
});

describe("LPC-BMC-5 outside a session", () => {
  test.each([
    [0x01, "txBeginUnexpected"],
    [0x02, "rxCompleteUnexpected"],
    [0x03, "unknownCommand"],
  ] as const)("LPC-BMC-5, LPC-ERR-1, LPC-ERR-2: byte %p is ignored: %s", (byte, counter) => {
    const bench = new BmcBench().started();
    bench.set(TO_BMC_AT, frameOf(3, packetOf(20)));
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(0x82), idr(byte))).toBe("again");
    });
    expect(counters).toEqual({ [counter]: 1 });
    bench.round(str(0x80));
    expect(bench.bmc.takeReceived()).toBeUndefined();
  });

  test("LPC-BMC-5, LPC-BMC-8: after a refusal no packet is taken", () => {
    const bench = active().initialised({ min: 9, cur: 9 }, 76);
    bench.round(str(0x82), idr(0x01));
    bench.round(str(0x80));
    expect(bench.bmc.takeReceived()).toBeUndefined();
    expect(() => {
      bench.bmc.offer(partsOf(packetOf(20)));
    }).toThrow("canOffer");
  });
});

describe("LPC-BMC-6 a command that comes while a packet is read", () => {
  test("LPC-BMC-6: an Initialise drops the packet and is handled", () => {
    const bench = active();
    bench.propose({ min: 1, cur: 3 }, 76);
    const counters = countedBy(bench.bmc, () => {
      bench.round(
        str(OPEN_IBF),
        idr(0x01),
        packetRead(TO_BMC_AT),
        str(OPEN_IBF),
        idr(0x00),
        ...initialiseRows(OFFER, "0003", 0xc1, OPEN),
      );
    });
    expect(counters).toEqual({ receivedAtSessionEnd: 1, reinitialised: 1, sessionsOpened: 1 });
    expect(bench.bmc.takeReceived()).toBeUndefined();
    bench.round(str(OPEN), odr(0xff));
    bench.round(str(OPEN));
  });

  test("LPC-BMC-6: so does one behind a packet that was bad anyway", () => {
    const bench = active();
    bench.window[TO_BMC_AT + 6]! ^= 1;
    bench.propose({ min: 0, cur: 0 }, undefined);
    const counters = countedBy(bench.bmc, () => {
      const answer = initialiseRows(OFFER, "0000", 0x81, OPEN);
      bench.round(str(OPEN_IBF), idr(0x01), packetRead(TO_BMC_AT), str(OPEN_IBF), idr(0x00), ...answer);
    });
    expect(counters).toEqual({ crcMismatch: 1, reinitialised: 1, closingInitialises: 1 });
  });

  test("LPC-BMC-6: Rx Complete is the next command; the packet is handed on", () => {
    const bench = active();
    bench.bmc.offer(partsOf(packetOf(30)));
    bench.round(packetWrite(TO_HOST_AT), str(OPEN), odr(0x01));
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(OPEN_IBF), idr(0x01), packetRead(TO_BMC_AT), str(OPEN_IBF), idr(0x02))).toBe("again");
    });
    expect(counters).toEqual({ packetsReceived: 1, packetsSent: 1 });
    expect(bench.bmc.takeReceived()).toBeDefined();
    bench.round(str(OPEN), odr(0x02));
  });

  test.each([
    [0x01, { packetsReceived: 1, txBeginUnexpected: 1 }],
    [0xff, { packetsReceived: 1, fencesReceived: 1 }],
    [0x77, { packetsReceived: 1, unknownCommand: 1 }],
  ])("LPC-BMC-6: byte %p is the next command; the packet is handed on", (byte, expected) => {
    const bench = active();
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(OPEN_IBF), idr(0x01), packetRead(TO_BMC_AT), str(OPEN_IBF), idr(byte))).toBe("again");
    });
    expect(counters).toEqual(expected);
    expect(bench.bmc.takeReceived()).toBeDefined();
    bench.round(str(OPEN), odr(0x02));
  });
});

describe("LPC-KCS-3 what the BMC writes to STR", () => {
  test("LPC-KCS-3, LPC-KCS-7: 0x01, 0x81 and 0xc1, nothing else", () => {
    const values = new Set<number>();
    const pair = new Pair({
      beforeAccess: (role, access) => {
        if (role === "bmc" && access.kind === "writeStatus") values.add(access.value);
      },
    });
    pair.bringUp();
    pair.deliver("bmcToHost", testMessage(200));
    pair.restart("host", "orderly");
    pair.bringUp();
    pair.end("bmc", "orderly");
    expect([...values].sort((one, other) => one - other)).toEqual([0x01, 0x81, 0xc1]);
  });

  test("LPC-KCS-2: ODR is only ever written after an STR read that showed it empty", () => {
    let empty = false;
    const pair = new Pair({
      beforeAccess: (role, access) => {
        if (role !== "bmc") return;
        if (access.kind === "writeData") {
          expect(empty && (pair.status & 0x01) === 0).toBe(true);
          empty = false;
        } else if (access.kind === "readStatus") empty = (pair.status & 0x01) === 0;
      },
    });
    pair.bringUp();
    for (let count = 0; count < 20; count++) {
      pair.send("bmcToHost", testMessage(500, count));
      pair.send("hostToBmc", testMessage(500, count));
    }
    pair.runUntil(() => pair.host.received.length === 20 && pair.bmc.received.length === 20, "all there");
  });
});
