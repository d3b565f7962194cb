import { describe, expect, test } from "@jest/globals";
import { encodeLayout, encodeVersionRange, Field, type Layout } from "../../../src/core/binding/control-region.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { hostRows, packetRead, put, str } from "../../support/bench.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import {
  CLOSE,
  DOWN,
  FENCE,
  HostBench,
  IDLE,
  IDLE_OBF,
  READ_HOST_VERSIONS,
  READ_MAGIC,
  READ_REGION,
  RX_AT,
  TX_AT,
} from "../../support/host-steps.ts";
import { countedBy } from "../../support/in-session.ts";

const { odr, idr } = hostRows;

function layoutOf(rxOffset: number, rxSize: number, txOffset: number, txSize: number): Layout {
  return { bmcToHost: { offset: rxOffset, size: rxSize }, hostToBmc: { offset: txOffset, size: txSize } };
}

/** The start-up once, up to a BMC that refuses. */
function refusedOnce(bench: HostBench): HostBench {
  bench.to("judging");
  expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
  return bench;
}

describe("LPC-HOST-7 judging the answer", () => {
  test("LPC-HOST-15: the first refusal in a row is provisional: from the first step again, at once", () => {
    const bench = new HostBench().to("judging");
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
    });
    expect(counters).toEqual({});
    expect(bench.phase).toBe("awaitingBmc");
    expect(bench.host.nextDeadline()).toBeUndefined();
    // It was a reset that took Initialise and fences away: the next one is answered.
    bench.to("active");
    expect(bench.host.session).toBeDefined();
  });

  test("LPC-HOST-15: a session between two refusals makes the second provisional again", () => {
    const bench = refusedOnce(new HostBench()).to("active");
    bench.round(str(IDLE));
    refusedOnce(bench);
    expect(bench.phase).toBe("awaitingBmc");
    refusedOnce(bench);
    expect(bench.phase).toBe("resting");
  });

  test("LPC-HOST-15, LPC-TIME-2: after a rest one refusal rests again", () => {
    const bench = refusedOnce(refusedOnce(new HostBench({ refusedDelay: millis(1000) })));
    bench.now = millis(1000);
    bench.round(str(IDLE), READ_HOST_VERSIONS);
    refusedOnce(bench);
    expect([bench.phase, bench.host.state.counters.versionRefused]).toEqual(["resting", 2]);
    expect(bench.host.nextDeadline()).toBe(2000);
  });

  test("LPC-HOST-7, LPC-HOST-15, LPC-TIME-2: the second refusal in a row rests for T_refused, then the host asks again", () => {
    const bench = refusedOnce(new HostBench({ refusedDelay: millis(1000) })).to("judging");
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
    });
    expect(counters).toEqual({ versionRefused: 1 });
    expect([bench.phase, bench.host.state.closeReason]).toEqual(["resting", "versionRefused"]);
    expect(bench.host.nextDeadline()).toBe(1000);
    bench.now = millis(500);
    expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("waiting");
    // A second dummy is read and means nothing.
    expect(bench.round(str(IDLE_OBF), odr(0xff), str(IDLE), READ_HOST_VERSIONS)).toBe("waiting");
    bench.now = millis(1000);
    expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
    expect(bench.phase).toBe("awaitingBmc");
    bench.round(str(IDLE), READ_MAGIC, ...CLOSE);
  });

  test("LPC-TIME-2: a BMC that restarts during the rest, seen by its zeroed fields, ends it at once", () => {
    const bench = refusedOnce(refusedOnce(new HostBench()));
    bench.offerRegion();
    expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
    expect(bench.phase).toBe("awaitingBmc");
  });

  test.each(["00000000", "00010002", "00020003"])(
    "LPC-HOST-7: host versions found as %s are no refusal but a restart: again, at once",
    (fields) => {
      const bench = new HostBench().to("judging");
      bench.set(8, fields);
      const counters = countedBy(bench.host, () => {
        expect(bench.round(str(IDLE), READ_HOST_VERSIONS)).toBe("again");
      });
      expect(counters).toEqual({ bmcRestartSeen: 1 });
      expect(bench.phase).toBe("awaitingBmc");
    },
  );

  test.each([DOWN, IDLE, 0x40])("LPC-HOST-7: STR %p while the terms are read: from the first step again", (status) => {
    const bench = new HostBench().to("judging");
    bench.answer(3);
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(0xc0), READ_REGION, str(status))).toBe("again");
    });
    expect(counters).toEqual({ startupRestarted: 1 });
    expect([bench.phase, bench.host.session]).toEqual(["awaitingBmc", undefined]);
  });

  test.each(["00000000", "00010002"])(
    "LPC-HOST-7: host versions found as %s beside the STR of a session: the BMC restarts, again, at once",
    (fields) => {
      const bench = new HostBench().to("judging");
      bench.answer(0);
      bench.set(8, fields);
      const counters = countedBy(bench.host, () => {
        expect(bench.round(str(0xc0), READ_REGION, str(0xc0), READ_HOST_VERSIONS)).toBe("again");
      });
      expect(counters).toEqual({ bmcRestartSeen: 1 });
      expect([bench.phase, bench.host.session]).toEqual(["awaitingBmc", undefined]);
    },
  );

  /** Start-ups that fail until the host rests. */
  function failuresUntilRest(bench: HostBench): number {
    let failures = 0;
    while (bench.phase !== "resting" && failures < 100) {
      bench.to("judging");
      bench.round(str(0xc0), READ_REGION, str(IDLE));
      failures++;
    }
    return failures;
  }

  test("LPC-TIME-2: a session, or a rest, begins the count of failed start-ups anew", () => {
    const bench = new HostBench({ refusedDelay: millis(1000) });
    for (let failure = 0; failure < 5; failure++) {
      bench.to("judging");
      bench.round(str(0xc0), READ_REGION, str(IDLE));
    }
    bench.to("active");
    bench.round(str(IDLE));
    expect(failuresUntilRest(bench)).toBe(9);
    bench.now = millis(1000);
    bench.round(str(IDLE), READ_HOST_VERSIONS);
    expect(failuresUntilRest(bench)).toBe(9);
  });

  test("LPC-TIME-2: more than eight start-ups begun again in a row are followed by a rest", () => {
    const bench = new HostBench();
    expect(failuresUntilRest(bench)).toBe(9);
    expect(bench.host.state.closeReason).toBe("declined");
    expect(bench.host.nextDeadline()).toBeDefined();
  });

  test.each([
    [{ min: 1, cur: 3 }, 0],
    [{ min: 1, cur: 3 }, 4],
    [{ min: 1, cur: 3 }, 0xffff],
    [{ min: 2, cur: 3 }, 1],
    [{ min: 1, cur: 2 }, 3],
  ])("LPC-VER-3: a host of %p declines negotiated_ver %p with a closing Initialise", (versions, negotiated) => {
    const bench = new HostBench({ versions, refusedDelay: millis(1000) }).to("judging");
    bench.answer(negotiated);
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(0xc0), READ_REGION, str(0xc0), READ_HOST_VERSIONS)).toBe("again");
    });
    expect(counters).toEqual({ negotiatedVersionInvalid: 1 });
    expect(bench.host.session).toBeUndefined();
    bench.round(str(0xc0), ...CLOSE);
    expect([bench.phase, bench.host.state.closeReason]).toEqual(["resting", "versionRefused"]);
    expect(bench.host.nextDeadline()).toBe(1000);
  });

  test("LPC-MTU-6: an rx_size above what was asked comes from a restarted BMC: again, at once", () => {
    const bench = new HostBench().to("judging");
    bench.answer(3, layoutOf(RX_AT, 77, TX_AT, 77));
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(0xc0), READ_REGION, str(0xc0))).toBe("again");
    });
    expect(counters).toEqual({ rxSizeAboveAsked: 1 });
    expect([bench.phase, bench.host.session]).toEqual(["awaitingBmc", undefined]);
  });

  test.each([2, 3] as const)("LPC-MTU-6: version %i where no rx_size was asked for: again, at once", (version) => {
    const bench = new HostBench();
    bench.offerRegion({ min: 1, cur: 1 });
    bench.to("opening");
    bench.round(str(IDLE), READ_REGION, put(Field.hostVersionMin, "00010003"), idr(0x00));
    bench.round(str(IDLE), FENCE);
    bench.round(str(IDLE), FENCE);
    bench.answer(version);
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(0xc0), READ_REGION, str(0xc0))).toBe("again");
    });
    expect(counters).toEqual({ rxSizeAboveAsked: 1 });
    expect([bench.phase, bench.host.session]).toEqual(["awaitingBmc", undefined]);
  });

  test.each<[string, Layout]>([
    ["receive buffer too small", layoutOf(RX_AT, 75, TX_AT, 76)],
    ["transmit buffer too small", layoutOf(RX_AT, 76, TX_AT, 75)],
    ["receive buffer in the control region", layoutOf(0xfc, 76, TX_AT, 76)],
    ["transmit buffer in the control region", layoutOf(RX_AT, 76, 0, 76)],
    ["transmit buffer behind the window", layoutOf(RX_AT, 76, 4096, 76)],
    ["transmit buffer over the window's end", layoutOf(RX_AT, 76, TX_AT, 4096)],
    ["transmit buffer that wraps", layoutOf(RX_AT, 76, 0xffff_fff0, 76)],
    ["buffers that overlap", layoutOf(RX_AT, 76, RX_AT + 75, 76)],
  ])("LPC-MTU-5: %s: declined with a closing Initialise, then a rest", (_, layout) => {
    const bench = new HostBench().to("judging");
    bench.answer(3, layout);
    const counters = countedBy(bench.host, () => {
      bench.round(str(0xc0), READ_REGION, str(0xc0));
    });
    expect(counters).toEqual({ layoutInvalid: 1 });
    expect(bench.host.session).toBeUndefined();
    expect(bench.round(str(0xc2))).toBe("waiting");
    bench.round(str(0xc0), ...CLOSE);
    expect([bench.phase, bench.host.state.closeReason]).toEqual(["resting", "layoutInvalid"]);
  });

  test("LPC-MTU-5: buffers of different sizes are taken as they are, each with its own MTU", () => {
    const bench = new HostBench().to("judging");
    bench.answer(3, layoutOf(RX_AT, 76, TX_AT, 1012));
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    expect(bench.host.session?.mtu).toEqual({ hostToBmc: 1000, bmcToHost: 64 });
  });

  test("LPC-MTU-2: version 1 opens with the BTU whatever the sizes", () => {
    const bench = new HostBench({ versions: { min: 1, cur: 1 } }).to("judging");
    bench.answer(1, layoutOf(RX_AT, 1024, TX_AT, 1024));
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    expect(bench.host.session).toMatchObject({ version: 1, mtu: { hostToBmc: 64, bmcToHost: 64 } });
  });

  test("LPC-REG-5: the terms are kept privately: the region may change later", () => {
    const bench = new HostBench().to("active");
    const before = structuredClone(bench.host.session);
    bench.window.fill(0xff, 0, 0x100);
    bench.set(RX_AT, frameOf(3, packetOf(64)));
    bench.round(str(0xc1), odr(0x01), packetRead(RX_AT), str(0xc0), idr(0x02));
    expect(bench.host.session).toEqual(before);
    expect(bench.host.takeReceived()).toBeDefined();
  });

  test("LPC-REG-5: the region is read in one piece and judged from the copy", () => {
    const bench = new HostBench().to("judging");
    bench.answer(3);
    bench.afterTouch = () => {
      bench.set(Field.negotiatedVersion, "ffff");
      bench.set(Field.rxOffset, encodeLayout(layoutOf(0, 0xffff_ffff, 0, 0xffff_ffff)));
      bench.set(Field.hostVersionMin, encodeVersionRange({ min: 7, cur: 7 }));
    };
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    expect(bench.host.session).toMatchObject({ version: 3, layout: layoutOf(RX_AT, 76, TX_AT, 76) });
  });
});
