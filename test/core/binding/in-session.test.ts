/** What both sides do alike in a session: the one reads the register that the other writes, the rows are the same. */
import { describe, expect, test } from "@jest/globals";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { bmcRows, hostRows, meanwhile, packetRead, packetWrite, str, type Row } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { bmcInSession, countedBy, hostInSession, OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";

/** STR with both registers full. */
const BOTH = 0xc3;

/** A side in session, in whose inbound buffer a packet lies. */
function sideOf(role: RoleName) {
  const { side, bench, sendsAt, receivesAt } = role === "host" ? hostInSession() : bmcInSession();
  bench.set(receivesAt, frameOf(3, packetOf(20)));
  const clock = { now: 0 };
  return {
    side,
    bench,
    clock,
    counters: side.state.counters,
    ...(role === "host"
      ? { inboundFull: OPEN_OBF, outboundFull: OPEN_IBF, take: hostRows.odr, give: hostRows.idr }
      : { inboundFull: OPEN_IBF, outboundFull: OPEN_OBF, take: bmcRows.idr, give: bmcRows.odr }),
    read: packetRead(receivesAt),
    write: packetWrite(sendsAt),
    offer: () => {
      side.offer(partsOf(packetOf(20)));
    },
    round: (...rows: readonly Row[]) => bench.play((bus) => side.service(bus, millis(clock.now)), rows),
  };
}

describe.each<RoleName>(["host", "bmc"])("the %s in a session", (role) => {
  /** A byte that is no packet's; the host looks at STR behind it, the BMC in its next round. */
  const byteRows = (before: number, value: number, after: number): readonly Row[] =>
    role === "host" ? [str(before), hostRows.odr(value), str(after)] : [str(before), bmcRows.idr(value)];

  test("reads STR and nothing else while it is idle", () => {
    expect(sideOf(role).round(str(OPEN))).toBe("waiting");
  });

  test("LPC-KCS-2: Rx Complete waits until the outbound register is empty", () => {
    const { round, outboundFull, take, give, read } = sideOf(role);
    round(str(BOTH), take(0x01), read, str(outboundFull));
    round(str(outboundFull));
    round(str(OPEN), give(0x02));
    round(str(OPEN));
  });

  test("LPC-KCS-2: the buffer is written at once, Tx Begin when the outbound register is empty", () => {
    const { round, offer, outboundFull, give, write } = sideOf(role);
    offer();
    expect(round(write, str(outboundFull))).toBe("waiting");
    expect(round(str(outboundFull))).toBe("waiting");
    expect(round(str(OPEN), give(0x01))).toBe("waiting");
    expect(round(str(OPEN))).toBe("waiting");
  });

  test("LPC-KCS-6: Rx Complete goes before Tx Begin", () => {
    const { round, offer, outboundFull, take, give, read, write } = sideOf(role);
    offer();
    round(write, str(BOTH), take(0x01), read, str(outboundFull));
    round(str(OPEN), give(0x02));
    round(str(OPEN), give(0x01));
  });

  test("LPC-BUF-8: Rx Complete goes out in the round that read the packet, taken or not", () => {
    const { round, inboundFull, take, give, read, counters } = sideOf(role);
    // Nobody has taken the first packet; the second is read all the same.
    for (let packet = 0; packet < 2; packet++) round(str(inboundFull), take(0x01), read, str(OPEN), give(0x02));
    expect(counters.packetsReceived).toBe(2);
  });

  test("LPC-BUF-7: the last Rx Complete leaves nothing to do", () => {
    const { side, round, offer, inboundFull, take, give, write, counters } = sideOf(role);
    offer();
    round(write, str(OPEN), give(0x01));
    expect(round(str(inboundFull), take(0x02))).toBe("waiting");
    expect([counters.packetsSent, side.nextDeadline()]).toEqual([1, undefined]);
  });

  test("LPC-ERR-1: Tx Begin while Rx Complete is owed is ignored: nothing is read, one Rx Complete goes out", () => {
    const { side, round, outboundFull, take, give, read } = sideOf(role);
    round(str(BOTH), take(0x01), read, str(outboundFull));
    expect(countedBy(side, () => round(...byteRows(BOTH, 0x01, outboundFull)))).toEqual({ txBeginUnexpected: 1 });
    round(str(OPEN), give(0x02));
    round(str(OPEN));
  });

  test("LPC-ERR-2: Rx Complete with nothing outstanding, or before Tx Begin was written, frees nothing", () => {
    const { side, round, offer, inboundFull, outboundFull, give, write } = sideOf(role);
    const counters = countedBy(side, () => {
      round(...byteRows(inboundFull, 0x02, OPEN));
      offer();
      round(write, ...byteRows(BOTH, 0x02, outboundFull));
    });
    expect(counters).toEqual({ rxCompleteUnexpected: 2 });
    round(str(OPEN), give(0x01));
  });

  test("LPC-KCS-4, LPC-ERR-3: every unknown byte is ignored and counted, and the session goes on", () => {
    const { side, round, inboundFull } = sideOf(role);
    const counters = countedBy(side, () => {
      for (let byte = 0x03; byte < 0xff; byte++) round(...byteRows(inboundFull, byte, OPEN));
    });
    expect(counters).toEqual({ unknownCommand: 0xff - 0x03 });
    expect(side.session).toBeDefined();
  });

  test("LPC-KCS-8: bits 5, 4, 3 and 2 of STR change nothing", () => {
    const { round, inboundFull, take, give, read } = sideOf(role);
    for (const noise of [0x04, 0x08, 0x10, 0x20, 0x3c]) {
      round(str(OPEN | noise));
      round(str(inboundFull | noise), take(0x01), read, str(OPEN | noise), give(0x02));
    }
  });

  test("LPC-BUF-6: a session that ends between length and packet bounds the reading all the same", () => {
    const { round, bench, inboundFull, take, give, read, counters } = sideOf(role);
    const spoil = meanwhile(() => {
      bench.window.fill(0xff);
    });
    round(str(inboundFull), take(0x01), spoil, read, str(OPEN), give(0x02));
    expect(counters.lengthOutOfBounds).toBe(1);
  });

  test.each(["pending", "outstanding"])("LPC-TIME-3: a packet %s for T_stall is reported once", (kind) => {
    const { side, round, offer, clock, inboundFull, outboundFull, take, give, write, counters } = sideOf(role);
    offer();
    const isPending = kind === "pending";
    if (isPending) round(write, str(outboundFull));
    else round(write, str(OPEN), give(0x01));
    const waiting = isPending ? outboundFull : OPEN;
    expect(side.nextDeadline()).toBe(1000);
    for (const [now, stalled] of [
      [999, 0],
      [1000, 1],
      [5000, 1],
    ] as const) {
      clock.now = now;
      round(str(waiting));
      expect(counters.transmitStalled).toBe(stalled);
    }
    expect(side.nextDeadline()).toBeUndefined();
    // Neither sent again nor given up: the session stands, and Rx Complete still counts.
    if (isPending) round(str(OPEN), give(0x01));
    round(str(inboundFull), take(0x02));
    expect(counters.packetsSent).toBe(1);
    // The next packet has a T_stall of its own.
    offer();
    round(write, str(OPEN), give(0x01));
    expect(side.nextDeadline()).toBe(6000);
  });
});
