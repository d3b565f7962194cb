import { describe, expect, test } from "@jest/globals";
import { millis } from "../../../src/core/wire/units.ts";
import { bmcRows, meanwhile, packetWrite, setStr, str } from "../../support/bench.ts";
import {
  ANNOUNCE,
  BmcBench,
  initialiseRows,
  OFFER,
  READ_INITIALISE,
  TO_HOST_AT,
  WRITE_MAGIC,
  WRITE_REGION,
} from "../../support/bmc-steps.ts";
import { partsOf, packetOf } from "../../support/frames.ts";
import { countedBy } from "../../support/in-session.ts";

const { idr, odr } = bmcRows;

describe("LPC-BMC start", () => {
  test("LPC-BMC-1, LPC-BMC-2: from nothing to BMC Active, the host reading along", () => {
    const bench = new BmcBench();
    expect(bench.round(setStr(0x01), WRITE_MAGIC, str(0x00), ANNOUNCE)).toBe("waiting");
    expect(bench.round(str(0x01))).toBe("waiting");
    expect(bench.round(str(0x00), ANNOUNCE)).toBe("waiting");
    expect(bench.round(str(0x01))).toBe("waiting");
    expect(bench.round(str(0x00), ...WRITE_REGION, setStr(0x81))).toBe("again");
    expect(bench.round(str(0x80), odr(0xff))).toBe("waiting");
    expect(bench.round(str(0x81))).toBe("waiting");
    expect(bench.round(str(0x80))).toBe("waiting");
    expect([bench.phase, bench.bmc.session]).toEqual(["inactive", undefined]);
    expect(bench.hexAt(0, 0x20)).toBe(`4d435450000100030000000000000000${OFFER}`);
  });

  test("LPC-BMC-1, LPC-KCS-2: a byte that nobody has read yet is not overwritten", () => {
    const bench = new BmcBench();
    expect(bench.round(setStr(0x01), WRITE_MAGIC, str(0x01))).toBe("waiting");
    expect(bench.round(str(0x01))).toBe("waiting");
    expect(bench.round(str(0x00), ANNOUNCE)).toBe("waiting");
  });

  test("LPC-BMC-1: IDR is not read before the start is done", () => {
    const bench = new BmcBench();
    bench.round(setStr(0x01), WRITE_MAGIC, str(0x02), ANNOUNCE);
    bench.round(str(0x03));
    bench.round(str(0x02), ANNOUNCE);
    bench.round(str(0x02), ...WRITE_REGION, setStr(0x81));
    // An Initialise of an older session finds zeroed versions: a close.
    const counters = countedBy(bench.bmc, () => {
      bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0000", 0x81));
    });
    expect(counters).toEqual({ closingInitialises: 1 });
  });

  test.each([0, 1, 2])("LPC-TIME-1: nobody reads announcement %p: the start goes on after T_ann", (read) => {
    const bench = new BmcBench({ announceLimit: millis(500) });
    bench.now = millis(10);
    if (read === 0) bench.round(setStr(0x01), WRITE_MAGIC, str(0x01));
    else bench.round(setStr(0x01), WRITE_MAGIC, str(0x00), ANNOUNCE);
    if (read === 2) bench.round(str(0x00), ANNOUNCE);
    bench.now = millis(509);
    expect(bench.round(str(0x01))).toBe("waiting");
    expect(bench.bmc.nextDeadline()).toBe(510);
    bench.now = millis(510);
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(str(0x01), ...WRITE_REGION, setStr(0x81))).toBe("again");
    });
    expect(counters).toEqual({ announceTimeout: 1 });
    expect(bench.bmc.nextDeadline()).toBeUndefined();
    // The dummy waits its turn.
    expect(bench.round(str(0x81))).toBe("waiting");
    expect(bench.round(str(0x80), odr(0xff))).toBe("waiting");
  });

  test("LPC-BMC-2: the host's versions are zeroed last, whatever they were", () => {
    const bench = new BmcBench();
    bench.set(0, "ff".repeat(0x20));
    bench.round(setStr(0x01), WRITE_MAGIC, str(0x00), ANNOUNCE);
    bench.round(str(0x00), ANNOUNCE);
    bench.round(
      str(0x00),
      ...WRITE_REGION.slice(0, 2),
      meanwhile(() => {
        expect(bench.hexAt(8, 4)).toBe("ffffffff");
      }),
      WRITE_REGION[2]!,
      setStr(0x81),
    );
    expect(bench.hexAt(0x0c, 4)).toBe("00000000");
  });

  test.each([
    [{ min: 1, cur: 2 }, 64, "00010002", "00000100000000480000014800000048"],
    [{ min: 1, cur: 1 }, 4096, "00010001", "00000100000000480000014800000048"],
    [{ min: 2, cur: 3 }, 256, "00020003", "000001000000010c0000020c0000010c"],
    [{ min: 1, cur: 3 }, undefined, "00010003", "000001000000077c0000087c0000077c"],
  ])("LPC-MTU-1: versions %p, MTU %p: the offer", (versions, mtu, fields, layout) => {
    const bench = new BmcBench({ versions, mtu }).started();
    expect(bench.hexAt(4, 4)).toBe(fields);
    expect(bench.hexAt(0x10, 16)).toBe(layout);
  });

  test("LPC-MTU-1: in 1 MiB the offer is 524156 bytes each way", () => {
    const bench = new BmcBench({ windowBytes: 1024 * 1024, mtu: undefined }).started();
    expect(bench.hexAt(0x10, 16)).toBe("000001000007ff7c0008007c0007ff7c");
  });
});

describe("LPC-BMC-10 looks while announcing", () => {
  test("LPC-BMC-10: STR is looked at every 1 ms, woken or not, from the first step on", () => {
    const bench = new BmcBench();
    bench.now = millis(10);
    bench.round(setStr(0x01), WRITE_MAGIC, str(0x01));
    expect(bench.bmc.nextDeadline()).toBe(11);
    for (let now = 11; now < 20; now++) {
      bench.now = millis(now);
      bench.round(str(0x01));
      expect(bench.bmc.nextDeadline()).toBe(now + 1);
    }
    bench.now = millis(20);
    bench.round(str(0x00), ANNOUNCE);
    expect(bench.bmc.nextDeadline()).toBe(21);
    bench.round(str(0x00), ANNOUNCE);
    bench.now = millis(21);
    bench.round(str(0x00), ...WRITE_REGION, setStr(0x81));
    expect(bench.bmc.nextDeadline()).toBeUndefined();
  });

  test("LPC-BMC-10: a host that reads without an interrupt has both announcements and BMC Active within 5 ms", () => {
    const bench = new BmcBench();
    let odrFull = false;
    let readAt = 0;
    for (let now = 0; bench.phase !== "inactive"; now++) {
      expect(now).toBeLessThanOrEqual(5);
      bench.now = millis(now);
      bench.run({ odrFull });
      // The host reads just behind each look.
      odrFull = false;
      readAt = now;
    }
    expect(readAt).toBeLessThanOrEqual(5);
  });
});

describe("LPC-BMC-11 the magic before the first byte in ODR", () => {
  test("LPC-BMC-11: STR cleared, then the magic, then the first announcement", () => {
    const bench = new BmcBench();
    bench.set(0, "ff".repeat(0x20));
    bench.round(
      setStr(0x01),
      WRITE_MAGIC,
      str(0x00),
      meanwhile(() => {
        expect(bench.hexAt(0, 8)).toBe("4d435450ffffffff");
      }),
      ANNOUNCE,
    );
  });
});

describe("LPC-BMC-7 stop", () => {
  test.each(["announcing", "inactive", "active"])("LPC-BMC-7: %s: STR down, then a dummy", (phase) => {
    const bench = benchIn(phase);
    bench.bmc.stop();
    expect(bench.bmc.canOffer).toBe(false);
    expect(bench.round(setStr(0x01), str(0x00), odr(0xff))).toBe("waiting");
    expect([bench.bmc.stopped, bench.bmc.session]).toEqual([true, undefined]);
    expect(bench.round()).toBe("waiting");
    expect(bench.bmc.nextDeadline()).toBeUndefined();
  });

  test.each(["starting", "announcing", "inactive", "active"])("LPC-BMC-7: %s: no dummy into a full ODR", (phase) => {
    const bench = benchIn(phase);
    bench.bmc.stop();
    expect(bench.round(setStr(0x01), str(0x03))).toBe("waiting");
    expect(bench.bmc.stopped).toBe(true);
  });

  test("LPC-BMC-11: a stop before the magic was written sends no dummy: no host would read it", () => {
    const bench = benchIn("starting");
    bench.bmc.stop();
    expect(bench.round(setStr(0x01), str(0x00))).toBe("waiting");
    expect([bench.bmc.stopped, bench.hexAt(0, 4)]).toEqual([true, "00000000"]);
  });

  test("LPC-BMC-7: a packet under way is given up", () => {
    const bench = benchIn("active");
    bench.bmc.offer(partsOf(packetOf(3)));
    bench.round(packetWrite(TO_HOST_AT), str(0xc1));
    bench.bmc.stop();
    bench.round(setStr(0x01), str(0x01));
    expect(bench.bmc.state.counters.packetsGivenUp).toBe(1);
    expect(bench.bmc.state.closeReason).toBe("stopped");
  });

  function benchIn(phase: string): BmcBench {
    const bench = new BmcBench();
    if (phase === "announcing") bench.round(setStr(0x01), WRITE_MAGIC, str(0x00), ANNOUNCE);
    else if (phase === "inactive") bench.started();
    else if (phase === "active") bench.active();
    expect(bench.phase).toBe(phase);
    return bench;
  }
});

test("LPC-BMC-4: an Initialise that waited in IDR during the start is handled after it", () => {
  const bench = new BmcBench().started();
  bench.propose({ min: 1, cur: 3 }, 76);
  bench.round(str(0x82), idr(0x00), ...initialiseRows(OFFER, "0003", 0xc1));
  expect(bench.phase).toBe("active");
});
