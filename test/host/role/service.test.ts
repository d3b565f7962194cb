import { describe, expect, test } from "@jest/globals";
import { millis } from "../../../src/core/wire/units.ts";
import { hostRows, meanwhile, packetRead, packetWrite, str } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { HostBench, IDLE, READ_REGION, RX_AT, TX_AT } from "../../support/host-steps.ts";
import { countedBy, OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";

const { odr, idr } = hostRows;
const OPEN_BOTH = 0xc3;

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

describe("LPC-HOST service in a session", () => {
  test("an idle host reads STR and nothing else", () => {
    expect(active().round(str(OPEN))).toBe("waiting");
  });

  test.each([
    [IDLE, "channelInactive"],
    [0x00, "bmcInactive"],
    [0x40, "bmcInactive"],
    [0x81, "channelInactive"],
  ])("LPC-HOST-9: STR %p ends the session: %s", (status, closure) => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      expect(bench.round(str(status))).toBe("again");
    });
    expect(counters).toEqual({ sessionsLost: 1 });
    expect(bench.host.session).toBeUndefined();
    expect([bench.phase, bench.host.state.closure]).toEqual(["awaitingBmc", closure]);
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

  test("LPC-HOST-11, LPC-KCS-2: the buffer is written at once, Tx Begin when IBF = 0", () => {
    const bench = active();
    bench.host.offer(partsOf(packetOf(20)));
    expect(bench.round(packetWrite(TX_AT), str(OPEN_IBF))).toBe("waiting");
    expect(bench.round(str(OPEN_IBF))).toBe("waiting");
    expect(bench.round(str(OPEN), idr(0x01))).toBe("waiting");
    expect(bench.round(str(OPEN))).toBe("waiting");
  });

  test("LPC-HOST-11: outside a session no packet is taken", () => {
    const bench = new HostBench();
    expect(bench.host.canOffer).toBe(false);
    expect(() => {
      bench.host.offer(partsOf(packetOf(20)));
    }).toThrow("canOffer");
  });

  test("LPC-KCS-6: Rx Complete goes before Tx Begin", () => {
    const bench = withPacket(active());
    bench.host.offer(partsOf(packetOf(20)));
    bench.round(packetWrite(TX_AT), str(OPEN_BOTH), odr(0x01), packetRead(RX_AT), str(OPEN_IBF));
    expect(bench.round(str(OPEN), idr(0x02))).toBe("waiting");
    expect(bench.round(str(OPEN), idr(0x01))).toBe("waiting");
  });

  test("LPC-BUF-8: Rx Complete goes out in the round that read the packet, taken or not", () => {
    const bench = withPacket(active());
    bench.round(str(OPEN_OBF), odr(0x01), packetRead(RX_AT), str(OPEN), idr(0x02));
    // Nobody has taken the first packet; the second is read all the same.
    bench.round(str(OPEN_OBF), odr(0x01), packetRead(RX_AT), str(OPEN), idr(0x02));
    expect(bench.host.state.counters.packetsReceived).toBe(2);
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

  test("LPC-BUF-7: the last Rx Complete leaves nothing to do", () => {
    const bench = outstanding();
    expect(bench.round(str(OPEN_OBF), odr(0x02))).toBe("waiting");
    expect(bench.host.state.counters.packetsSent).toBe(1);
    expect(bench.host.nextDeadline()).toBeUndefined();
  });

  test("LPC-ERR-1: Tx Begin while Rx Complete is owed is ignored: nothing is read, one Rx Complete goes out", () => {
    const bench = withPacket(active());
    bench.round(str(OPEN_BOTH), odr(0x01), packetRead(RX_AT), str(OPEN_IBF));
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_BOTH), odr(0x01), str(OPEN_IBF));
    });
    expect(counters).toEqual({ txBeginUnexpected: 1 });
    bench.round(str(OPEN), idr(0x02));
    bench.round(str(OPEN));
  });

  test("LPC-ERR-2: Rx Complete without a packet outstanding is ignored", () => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x02), str(OPEN));
    });
    expect(counters).toEqual({ rxCompleteUnexpected: 1 });
  });

  test("LPC-ERR-2: Rx Complete before Tx Begin was written frees nothing", () => {
    const bench = active();
    bench.host.offer(partsOf(packetOf(20)));
    bench.round(packetWrite(TX_AT), str(OPEN_BOTH), odr(0x02), str(OPEN_IBF));
    expect(bench.host.state.counters).toMatchObject({ packetsSent: 0, rxCompleteUnexpected: 1 });
    bench.round(str(OPEN), idr(0x01));
  });

  test("LPC-KCS-5: Initialise read from ODR is ignored", () => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      bench.round(str(OPEN_OBF), odr(0x00), str(OPEN));
    });
    expect(counters).toEqual({ initialiseAtHost: 1 });
    expect(bench.host.session).toBeDefined();
  });

  test("LPC-KCS-4, LPC-ERR-3: every unknown byte is ignored and counted, and the session goes on", () => {
    const bench = active();
    const counters = countedBy(bench.host, () => {
      for (let byte = 0x03; byte < 0xff; byte++) bench.round(str(OPEN_OBF), odr(byte), str(OPEN));
    });
    expect(counters).toEqual({ unknownCommand: 0xff - 0x03 });
    expect(bench.host.session).toBeDefined();
  });

  test("LPC-KCS-8: bits 5, 4, 3 and 2 of STR change nothing", () => {
    const bench = withPacket(active());
    for (const noise of [0x04, 0x08, 0x10, 0x20, 0x3c]) {
      bench.round(str(OPEN | noise));
      bench.round(str(OPEN_OBF | noise), odr(0x01), packetRead(RX_AT), str(OPEN | noise), idr(0x02));
    }
  });

  test("LPC-BUF-6: a session that ends between length and packet bounds the reading all the same", () => {
    const bench = withPacket(active());
    bench.round(
      str(OPEN_OBF),
      odr(0x01),
      meanwhile(() => {
        bench.window.fill(0xff);
      }),
      packetRead(RX_AT),
      str(OPEN),
      idr(0x02),
    );
    expect(bench.host.state.counters.lengthOutOfBounds).toBe(1);
  });
});

describe("LPC-TIME-3 a stalled transmitter", () => {
  test.each(["pending", "outstanding"])("LPC-TIME-3: a packet %s for T_stall is reported once", (kind) => {
    const bench = kind === "outstanding" ? outstanding() : active();
    if (kind === "pending") {
      bench.host.offer(partsOf(packetOf(20)));
      bench.round(packetWrite(TX_AT), str(OPEN_IBF));
    }
    const waiting = kind === "pending" ? OPEN_IBF : OPEN;
    expect(bench.host.nextDeadline()).toBe(1000);
    bench.now = millis(999);
    bench.round(str(waiting));
    expect(bench.host.state.counters.transmitStalled).toBe(0);
    bench.now = millis(1000);
    bench.round(str(waiting));
    expect(bench.host.state.counters.transmitStalled).toBe(1);
    expect(bench.host.nextDeadline()).toBeUndefined();
    bench.now = millis(5000);
    bench.round(str(waiting));
    expect(bench.host.state.counters.transmitStalled).toBe(1);
    // Neither sent again nor given up: the session stands, and Rx Complete still counts.
    expect(bench.host.session).toBeDefined();
    if (kind === "pending") bench.round(str(OPEN), idr(0x01));
    bench.round(str(OPEN_OBF), odr(0x02));
    expect(bench.host.state.counters.packetsSent).toBe(1);
  });

  test("LPC-TIME-3: the next packet has a T_stall of its own", () => {
    const bench = outstanding();
    bench.now = millis(2000);
    bench.round(str(OPEN));
    bench.host.offer(partsOf(packetOf(20)));
    bench.round(str(OPEN_OBF), odr(0x02), packetWrite(TX_AT), str(OPEN), idr(0x01));
    expect(bench.host.nextDeadline()).toBe(3000);
    bench.now = millis(3000);
    bench.round(str(OPEN));
    expect(bench.host.state.counters.transmitStalled).toBe(2);
  });
});
