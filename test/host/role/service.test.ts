import { describe, expect, test } from "@jest/globals";
import { millis } from "../../../src/core/wire/units.ts";
import { hostRows, packetRead, packetWrite, str } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { HostBench, IDLE, READ_REGION, RX_AT, TX_AT } from "../../support/host-steps.ts";
import { countedBy, OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";

const { odr, idr } = hostRows;

function active(): HostBench {
  return new HostBench({ stallDelay: millis(1000) }).to("active");
}

/** A packet from the BMC lies in the buffer. */
function withPacket(bench: HostBench): HostBench {
  bench.set(RX_AT, frameOf(3, packetOf(20)));
  return bench;
}

/** A packet was offered, written and announced. */
function outstanding(): HostBench {
  const bench = active();
  bench.host.offer(partsOf(packetOf(20)));
  bench.round(packetWrite(TX_AT), str(OPEN), idr(0x01));
  return bench;
}

// What both sides do alike, test/core/binding/in-session.test.ts has.
describe("LPC-HOST service in a session", () => {
  test.each([
    [IDLE, "channelInactive"],
    [0x00, "bmcInactive"],
    [0x40, "bmcInactive"],
    [0x81, "channelInactive"],
  ])("LPC-HOST-9: STR %p ends the session: %s", (status, closeReason) => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(status))).toBe("again");
    });
    expect(counters).toEqual({ sessionsLost: 1 });
    expect(bench.host.session).toBeUndefined();
    expect([bench.phase, bench.host.state.closeReason]).toEqual(["awaitingBmc", closeReason]);
  });

  test.each(["pending", "outstanding"])("LPC-HOST-9: a packet %s is given up with the session", (kind) => {
    const bench = kind === "outstanding" ? outstanding() : active();
    if (kind === "pending") {
      bench.host.offer(partsOf(packetOf(20)));
      bench.round(packetWrite(TX_AT), str(OPEN_IBF));
    }
    const counters = countedBy(bench.host, () => {
      bench.round(str(IDLE));
    });
    expect(counters).toEqual({ sessionsLost: 1, packetsGivenUp: 1 });
    bench.to("active");
    // Nothing of it goes out in the next session.
    bench.round(str(OPEN));
    expect(bench.host.canOffer).toBe(true);
  });

  test("LPC-HOST-10: a dummy: the STR read behind it is judged", () => {
    const bench = active();
    expect(bench.round(str(OPEN_OBF), odr(0xff), str(OPEN))).toBe("waiting");
    expect(bench.round(str(OPEN_OBF), odr(0xff), str(OPEN_OBF))).toBe("again");
    expect(bench.round(str(OPEN_OBF), odr(0xff), str(IDLE))).toBe("again");
    expect(bench.host.session).toBeUndefined();
  });

  test.each([IDLE, 0x00])("LPC-HOST-10: STR %p behind a packet: it is not handed on, no Rx Complete", (status) => {
    const bench = withPacket(active());
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x01), packetRead(RX_AT), str(status));
    });
    expect(counters).toEqual({ sessionsLost: 1, receivedAtSessionEnd: 1 });
    expect(bench.host.takeReceived()).toBeUndefined();
    bench.to("active");
    bench.round(str(OPEN));
  });

  test("LPC-HOST-11: outside a session no packet is taken", () => {
    const bench = new HostBench();
    expect(bench.host.canOffer).toBe(false);
    expect(() => {
      bench.host.offer(partsOf(packetOf(20)));
    }).toThrow("canOffer");
  });

  test("LPC-BUF-4, LPC-MTU-2: a packet that only the other direction has room for is dropped", () => {
    const bench = new HostBench().to("judging");
    bench.answer(3, { bmcToHost: { offset: RX_AT, size: 76 }, hostToBmc: { offset: TX_AT, size: 176 } });
    bench.round(str(OPEN), READ_REGION, str(OPEN));
    bench.set(RX_AT, frameOf(3, packetOf(100)));
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x01), packetRead(RX_AT), str(OPEN), idr(0x02));
    });
    expect(counters).toEqual({ lengthOutOfBounds: 1 });
  });

  test("LPC-BUF-7: Rx Complete frees the buffer, and the next packet follows in the same round", () => {
    const bench = outstanding();
    bench.host.offer(partsOf(packetOf(30)));
    bench.round(str(OPEN));
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x02), packetWrite(TX_AT), str(OPEN), idr(0x01));
    });
    expect(counters).toEqual({ packetsSent: 1 });
  });

  test("LPC-KCS-5: Initialise read from ODR is ignored", () => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x00), str(OPEN));
    });
    expect(counters).toEqual({ initialiseAtHost: 1 });
    expect(bench.host.session).toBeDefined();
  });
});
