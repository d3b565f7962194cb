import { describe, expect, test } from "@jest/globals";
import { Field, type Layout } from "../../../src/core/binding/control-region.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { hostRows, packetRead, put, str } from "../../support/bench.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import {
  CLOSE,
  DOWN,
  DOWN_OBF,
  FENCE,
  HostBench,
  IDLE,
  IDLE_BOTH,
  IDLE_IBF,
  IDLE_OBF,
  READ_MAGIC,
  READ_REGION,
  RX_AT,
  TX_AT,
  type StartUpPhase,
} from "../../support/host-steps.ts";

const { odr, idr } = hostRows;

const BEFORE_SESSION: readonly StartUpPhase[] = [
  "awaitingBmc",
  "closing",
  "fencingClose",
  "opening",
  "fencingOpen",
  "judging",
];
/** The phases that wait for the BMC to read IDR. */
const FENCED = BEFORE_SESSION.slice(1);

function layoutOf(rxOffset: number, rxSize: number, txOffset: number, txSize: number): Layout {
  return { bmcToHost: { offset: rxOffset, size: rxSize }, hostToBmc: { offset: txOffset, size: txSize } };
}

describe("LPC-HOST start-up, step by step", () => {
  test("LPC-HOST-1 to LPC-HOST-7: from nothing to a session", () => {
    const bench = new HostBench();
    expect(bench.round(str(DOWN))).toBe("waiting");
    expect(bench.round(str(IDLE), READ_MAGIC, put(8, "00000000"), idr(0x00))).toBe("waiting");
    expect(bench.round(str(IDLE), idr(0xff))).toBe("waiting");
    expect(bench.round(str(IDLE), idr(0xff))).toBe("waiting");
    expect(bench.round(str(IDLE), READ_REGION, put(8, "00010003"), put(0x14, "0000004c"), idr(0x00))).toBe("waiting");
    expect(bench.round(str(IDLE), idr(0xff))).toBe("waiting");
    expect(bench.round(str(IDLE), idr(0xff))).toBe("waiting");
    bench.answer(3);
    expect(bench.round(str(0xc0), READ_REGION, str(0xc0))).toBe("again");
    expect(bench.phase).toBe("active");
    expect(bench.host.session).toEqual({
      version: 3,
      layout: layoutOf(RX_AT, 76, TX_AT, 76),
      mtu: { hostToBmc: 64, bmcToHost: 64 },
      receiveLimit: { hostToBmc: 64, bmcToHost: 64 },
    });
    expect(bench.host.state.counters.sessionsOpened).toBe(1);
  });

  test.each([DOWN, 0x40, 0x3c])(
    "LPC-HOST-1: STR %p without BMC Active: the host waits and touches nothing",
    (status) => {
      const bench = new HostBench();
      expect(bench.round(str(status))).toBe("waiting");
      expect([bench.phase, bench.host.state.closeReason]).toEqual(["awaitingBmc", "bmcInactive"]);
      expect(bench.host.nextDeadline()).toBeUndefined();
    },
  );

  test("LPC-HOST-1: announcements are read while the BMC is not active yet", () => {
    const bench = new HostBench();
    expect(bench.round(str(DOWN_OBF), READ_MAGIC, odr(0xff), str(DOWN))).toBe("waiting");
    expect(bench.round(str(DOWN_OBF), READ_MAGIC, odr(0xff), str(DOWN_OBF))).toBe("again");
  });

  test("LPC-KCS-1: the status read after a byte is the one that counts", () => {
    const bench = new HostBench();
    bench.round(str(IDLE_OBF), READ_MAGIC, odr(0xff), str(DOWN));
    expect(bench.phase).toBe("awaitingBmc");
    bench.round(str(DOWN_OBF), READ_MAGIC, odr(0xff), str(IDLE_IBF));
    expect(bench.phase).toBe("closing");
  });

  test("LPC-REG-2: without the magic nothing is written; the host does not rest, and looks at every round", () => {
    const bench = new HostBench();
    bench.set(0, "4d435451");
    for (let look = 1; look <= 3; look++) {
      expect(bench.round(str(IDLE), READ_MAGIC)).toBe("waiting");
      expect([bench.phase, bench.host.state.closeReason]).toEqual(["awaitingBmc", "magicMismatch"]);
      expect(bench.host.state.counters.magicMismatch).toBe(look);
      expect(bench.host.nextDeadline()).toBeUndefined();
    }
    expect(bench.touches.filter(({ write }) => write)).toEqual([]);
    bench.set(0, "4d435450");
    bench.round(str(IDLE), READ_MAGIC, ...CLOSE);
    expect(bench.phase).toBe("fencingClose");
  });

  test.each(FENCED)("LPC-KCS-2: %s: IDR is not written while IBF is set, but ODR is read on", (phase) => {
    const bench = new HostBench().to(phase);
    expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    expect(bench.round(str(IDLE_BOTH), odr(0xff), str(IDLE_IBF))).toBe("waiting");
    expect(bench.round(str(IDLE_BOTH), odr(0x02), str(IDLE_BOTH))).toBe("again");
    expect(bench.phase).toBe(phase);
  });

  test("LPC-HOST-13: a channel that is active after the close and its fences: the host closes again, then rests", () => {
    const bench = new HostBench({ refusedDelay: millis(1000) });
    for (let start = 1; start <= 9; start++) {
      bench.to("opening");
      expect(bench.round(str(0xc0))).toBe("again");
      expect(bench.host.state.counters.closeLost).toBe(start);
      expect(bench.phase).toBe(start <= 8 ? "awaitingBmc" : "resting");
    }
    expect(bench.host.nextDeadline()).toBe(1000);
    expect(bench.host.state.closeReason).toBe("declined");
  });

  test.each(FENCED)("LPC-HOST-1: %s: BMC Active gone leads back to the first step", (phase) => {
    const bench = new HostBench().to(phase);
    expect(bench.round(str(DOWN))).toBe("waiting");
    expect([bench.phase, bench.host.state.closeReason]).toEqual(["awaitingBmc", "bmcInactive"]);
    expect(bench.round(str(IDLE), READ_MAGIC, ...CLOSE)).toBe("waiting");
  });

  test.each(FENCED)("LPC-HOST-1: %s: so does BMC Active gone when ODR was read", (phase) => {
    const bench = new HostBench().to(phase);
    bench.round(str(IDLE_OBF), odr(0xff), str(DOWN));
    expect(bench.phase).toBe("awaitingBmc");
  });

  test.each([IDLE, 0xc0])("LPC-HOST-3: the versions are zeroed before the closing Initialise, STR %p", (status) => {
    const bench = new HostBench().to("closing");
    bench.set(8, "00010003");
    bench.round(str(status), put(8, "00000000"), idr(0x00));
    expect(bench.phase).toBe("fencingClose");
  });

  test("LPC-HOST-2: the magic is read before anything is written, and again at every start-up", () => {
    const bench = new HostBench().to("active");
    expect(bench.touches[0]).toEqual({ write: false, offset: 0, length: 4 });
    bench.set(0, "00000000");
    const writes = bench.touches.filter(({ write }) => write).length;
    bench.round(str(IDLE));
    bench.round(str(IDLE), READ_MAGIC);
    expect(bench.phase).toBe("awaitingBmc");
    expect(bench.touches.filter(({ write }) => write)).toHaveLength(writes);
  });

  test("LPC-HOST-4: the second fence waits until the first is seen taken, the proposal until the second is", () => {
    const bench = new HostBench().to("fencingClose");
    bench.round(str(IDLE), FENCE);
    expect(bench.host.state.phase).toEqual({ name: "fencingClose", fences: 1 });
    for (let round = 0; round < 3; round++) expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    // ODR may hold bytes meanwhile: they keep no fence back.
    bench.round(str(IDLE_OBF), odr(0xff), str(IDLE), FENCE);
    expect(bench.phase).toBe("opening");
    for (let round = 0; round < 3; round++) expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    bench.round(str(IDLE), READ_REGION, put(8, "00010003"), put(0x14, "0000004c"), idr(0x00));
  });

  test("LPC-HOST-4: no proposal before the fences are seen read and ODR seen empty", () => {
    const bench = new HostBench().to("fencingClose");
    bench.round(str(IDLE), FENCE);
    bench.round(str(IDLE), FENCE);
    for (let round = 0; round < 3; round++) expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    bench.round(str(IDLE_BOTH), odr(0x02), str(IDLE_OBF));
    bench.round(str(IDLE_OBF), odr(0xff), str(IDLE_IBF));
    bench.round(str(IDLE), READ_REGION, put(8, "00010003"), put(0x14, "0000004c"), idr(0x00));
  });

  test("LPC-HOST-6: whatever STR says, nothing is judged before both fences behind the proposal were taken", () => {
    const bench = new HostBench().to("fencingOpen");
    bench.answer(3);
    bench.round(str(0xc2));
    bench.round(str(0xc0), FENCE);
    expect(bench.host.state.phase).toEqual({ name: "fencingOpen", fences: 1, askedBytes: 76 });
    bench.round(str(0xc2));
    bench.round(str(0xc0), FENCE);
    expect(bench.host.state.phase).toEqual({ name: "judging", askedBytes: 76 });
    bench.round(str(0xc2));
    bench.round(str(IDLE_IBF));
    expect(bench.phase).toBe("judging");
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    expect(bench.phase).toBe("active");
  });

  test("LPC-KCS-8: bits 5, 4, 3 and 2 of STR change nothing", () => {
    for (const noise of [0x04, 0x08, 0x10, 0x20, 0x3c]) {
      const bench = new HostBench();
      bench.round(str(DOWN | noise));
      bench.round(str(IDLE_IBF | noise), READ_MAGIC);
      bench.round(str(IDLE_IBF | noise));
      bench.round(str(IDLE | noise), ...CLOSE);
      bench.round(str(IDLE_OBF | noise), odr(0xff), str(IDLE | noise), FENCE);
      bench.round(str(IDLE | noise), FENCE);
      bench.round(str(IDLE | noise), READ_REGION, put(8, "00010003"), put(0x14, "0000004c"), idr(0x00));
      bench.round(str(IDLE | noise), FENCE);
      bench.round(str(IDLE | noise), FENCE);
      bench.answer(3);
      bench.round(str(0xc0 | noise), READ_REGION, str(0xc0 | noise));
      expect(bench.phase).toBe("active");
      bench.round(str(0xc0 | noise));
    }
  });

  test("LPC-REG-4: pad and reserved bytes change nothing", () => {
    const bench = new HostBench();
    bench.set(Field.pad, "ffff");
    bench.window.fill(0xff, 0x20, 0x100);
    bench.to("judging");
    bench.answer(3);
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    expect(bench.host.session).toMatchObject({ version: 3, layout: layoutOf(RX_AT, 76, TX_AT, 76) });
  });

  test("LPC-HOST-5: nothing is proposed while ODR holds a byte of an older session", () => {
    const bench = new HostBench().to("opening");
    expect(bench.round(str(IDLE_OBF), odr(0x01), str(IDLE_OBF))).toBe("again");
    expect(bench.phase).toBe("opening");
    bench.round(str(IDLE_OBF), odr(0xff), str(IDLE), READ_REGION, put(8, "00010003"), put(0x14, "0000004c"), idr(0x00));
    expect(bench.phase).toBe("fencingOpen");
  });

  test.each([
    [{ min: 1, cur: 2 }, { min: 1, cur: 3 }, "00010002", "00000048"],
    [{ min: 2, cur: 3 }, { min: 1, cur: 3 }, "00020003", "0000004c"],
    [{ min: 1, cur: 3 }, { min: 1, cur: 2 }, "00010003", "00000048"],
    [{ min: 3, cur: 3 }, { min: 1, cur: 9 }, "00030003", "0000004c"],
  ])("LPC-HOST-5, LPC-MTU-3: host %p before BMC %p: rx_size comes last", (versions, bmcVersions, fields, rxSize) => {
    const bench = new HostBench({ versions }).to("opening");
    bench.offerRegion(bmcVersions);
    bench.round(str(IDLE), READ_REGION, put(8, fields), put(0x14, rxSize), idr(0x00));
  });

  test.each([
    [{ min: 1, cur: 1 }, { min: 1, cur: 3 }, "00010001"],
    [{ min: 1, cur: 3 }, { min: 1, cur: 1 }, "00010003"],
    [{ min: 3, cur: 3 }, { min: 1, cur: 2 }, "00030003"],
  ])("LPC-HOST-5: host %p before BMC %p: version 1, or none in common, has no rx_size to write", (...given) => {
    const [versions, bmcVersions, fields] = given;
    const bench = new HostBench({ versions }).to("opening");
    bench.offerRegion(bmcVersions);
    bench.round(str(IDLE), READ_REGION, put(8, fields), idr(0x00));
  });

  test("LPC-MTU-3: a host without an MTU of its own asks for all the room there is", () => {
    const bench = new HostBench({ mtu: undefined }).to("opening");
    bench.round(str(IDLE), READ_REGION, put(8, "00010003"), put(0x14, "00000700"), idr(0x00));
  });
});

describe("LPC-HOST-14 the magic before anything is consumed", () => {
  /** The session bits of a register that may be anything to another interface, as IPMI's state bits. */
  const STATES = [0x00, 0x40, 0x80, 0xc0];
  const FOREIGN: readonly (readonly [string, string])[] = [
    ["reads as 0xff: nothing decodes it", "ffffffff"],
    ["is zeroed", "00000000"],
    ["holds another magic", "4d435451"],
  ];

  test.each([0x00, 0x40, 0x02, 0x42])(
    "LPC-HOST-14: BMC Active = 0 and OBF = 0 (STR %p): not even the window is read",
    (status) => {
      const bench = new HostBench();
      for (let round = 0; round < 3; round++) expect(bench.round(str(status))).toBe("waiting");
      expect(bench.touches).toEqual([]);
      expect([bench.phase, bench.host.state.closeReason]).toEqual(["awaitingBmc", "bmcInactive"]);
      expect(bench.host.nextDeadline()).toBeUndefined();
    },
  );

  test.each(FOREIGN.flatMap((window) => STATES.map((state) => [...window, state] as const)))(
    "LPC-HOST-14: the window %s (%s), STR state bits %p: the byte in ODR stays there, IDR and window are not written",
    (_, magic, state) => {
      const bench = new HostBench();
      bench.set(0, magic);
      for (const flags of [0x01, 0x03]) {
        // The rows are all accesses: no ODR read, no IDR write.
        for (let round = 0; round < 3; round++) expect(bench.round(str(state | flags), READ_MAGIC)).toBe("waiting");
      }
      expect(bench.touches.every(({ write }) => !write)).toBe(true);
      const isActive = (state & 0x80) !== 0;
      expect(bench.host.state).toMatchObject({
        phase: { name: "awaitingBmc" },
        txBeginSeen: false,
        closeReason: isActive ? "magicMismatch" : "bmcInactive",
        counters: { magicMismatch: isActive ? 6 : 0 },
      });
      expect(bench.host.nextDeadline()).toBeUndefined();
    },
  );

  test.each([IDLE_OBF, DOWN_OBF])("LPC-HOST-14: with the magic the byte in ODR is read, STR %p", (status) => {
    const bench = new HostBench();
    bench.round(str(status), READ_MAGIC, odr(0xff), str(DOWN));
    expect(bench.phase).toBe("awaitingBmc");
  });

  test("LPC-HOST-14: a window that goes away while a host waits: what stands in ODR is not its byte", () => {
    const bench = new HostBench().to("active");
    bench.round(str(DOWN));
    bench.set(0, "ffffffff");
    bench.round(str(DOWN_OBF), READ_MAGIC);
    bench.round(str(0xc1), READ_MAGIC);
    bench.offerRegion();
    bench.round(str(DOWN_OBF), READ_MAGIC, odr(0xff), str(DOWN));
  });
});

describe("LPC-HOST-8 the first Tx Begin, read early", () => {
  test.each(["fencingOpen", "judging"] as const)("LPC-HOST-8: read in %s, it opens the traffic", (phase) => {
    const bench = new HostBench().to(phase);
    bench.answer(3);
    bench.round(str(0xc3), odr(0xff), str(0xc2));
    bench.round(str(0xc3), odr(0x01), str(0xc2));
    if (phase === "fencingOpen") {
      bench.round(str(0xc0), FENCE);
      bench.round(str(0xc0), FENCE);
    }
    bench.round(str(0xc0), READ_REGION, str(0xc0));
    bench.set(RX_AT, frameOf(3, packetOf(20)));
    bench.round(str(0xc0), packetRead(RX_AT), str(0xc0), idr(0x02));
    expect(bench.host.takeReceived()).toBeDefined();
    // Once only.
    bench.round(str(0xc0));
  });

  test("LPC-HOST-8: read in the round that judges, it is not lost either", () => {
    const bench = new HostBench().to("judging");
    bench.answer(3);
    bench.round(str(0xc1), odr(0x01), str(0xc0), READ_REGION, str(0xc0));
    bench.set(RX_AT, frameOf(3, packetOf(20)));
    bench.round(str(0xc0), packetRead(RX_AT), str(0xc0), idr(0x02));
    expect(bench.host.takeReceived()).toBeDefined();
  });

  test.each(["awaitingBmc", "closing", "fencingClose", "opening"] as const)(
    "LPC-HOST-8: read in %s it belongs to an older session and is forgotten",
    (phase) => {
      const bench = new HostBench().to(phase);
      const magic = phase === "awaitingBmc" ? [READ_MAGIC] : [];
      bench.round(str(IDLE_BOTH), ...magic, odr(0x01), str(phase === "awaitingBmc" ? DOWN : IDLE_IBF));
      bench.to("active");
      bench.round(str(0xc0));
    },
  );

  test("LPC-HOST-8: a start-up that fails forgets it", () => {
    const bench = new HostBench().to("judging");
    bench.round(str(0xc1), odr(0x01), str(0xc0), READ_REGION, str(IDLE));
    bench.to("active");
    bench.round(str(0xc0));
  });

  test.each([0x00, 0x02, 0x03, 0xfe, 0xff])("LPC-HOST-8: byte %p before the session means nothing", (byte) => {
    const bench = new HostBench().to("judging");
    bench.answer(3);
    bench.round(str(0xc1), odr(byte), str(0xc0), READ_REGION, str(0xc0));
    bench.round(str(0xc0));
  });
});
