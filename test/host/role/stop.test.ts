import { describe, expect, test } from "@jest/globals";
import { hostRows, packetWrite, str } from "../../support/bench.ts";
import { packetOf, partsOf } from "../../support/frames.ts";
import { millis } from "../../../src/core/wire/units.ts";
import {
  CLOSE,
  DOWN,
  HostBench,
  IDLE,
  IDLE_IBF,
  READ_HOST_VERSIONS,
  TX_AT,
  type StartUpPhase,
} from "../../support/host-steps.ts";

describe("LPC-HOST-12 orderly stop", () => {
  test.each(["awaitingBmc", "fencingClose", "opening"] as const)(
    "LPC-HOST-12: in %s nothing is open: the host just ends",
    (phase) => {
      const bench = new HostBench().to(phase);
      bench.host.stop();
      expect(bench.round()).toBe("waiting");
      expect(bench.host.stopped).toBe(true);
      expect(bench.round()).toBe("waiting");
    },
  );

  test.each(["closing", "fencingOpen", "judging", "active"] as const)(
    "LPC-HOST-12: in %s the host closes first, waiting for IBF",
    (phase) => {
      const bench = new HostBench().to(phase);
      bench.host.stop();
      expect(bench.host.canOffer).toBe(false);
      expect(bench.round(str(IDLE_IBF))).toBe("waiting");
      expect(bench.host.stopped).toBe(false);
      expect(bench.round(str(IDLE), ...CLOSE)).toBe("waiting");
      expect([bench.host.stopped, bench.host.session]).toEqual([true, undefined]);
      expect(bench.round()).toBe("waiting");
      expect(bench.host.nextDeadline()).toBeUndefined();
    },
  );

  test.each(["closing", "fencingOpen", "judging", "active"] as const)(
    "LPC-HOST-12: in %s without a BMC there is nobody to close with",
    (phase) => {
      const bench = new HostBench().to(phase);
      bench.host.stop();
      bench.round(str(DOWN));
      expect(bench.host.stopped).toBe(true);
    },
  );

  test("LPC-HOST-12: a resting host ends at once", () => {
    const bench = new HostBench();
    for (let refusal = 0; refusal < 2; refusal++) bench.to("judging").round(str(IDLE), READ_HOST_VERSIONS);
    expect(bench.phase).toBe("resting");
    bench.host.stop();
    expect(bench.round()).toBe("waiting");
    expect(bench.host.stopped).toBe(true);
  });

  test("LPC-HOST-12: the packet under way is given up", () => {
    const bench = new HostBench().to("active");
    bench.host.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TX_AT), str(0xc2));
    bench.host.stop();
    bench.round(str(0xc0), ...CLOSE);
    expect(bench.host.state.counters.packetsGivenUp).toBe(1);
    expect(bench.host.state.closeReason).toBe("stopped");
  });
});

describe("LPC-TIME-5 a BMC that empties IDR no more", () => {
  const OPEN_PHASES: readonly StartUpPhase[] = ["closing", "fencingOpen", "judging", "active"];

  function stopping(phase: StartUpPhase): HostBench {
    const bench = new HostBench({ stopLimit: millis(500) }).to(phase);
    bench.now = millis(100);
    bench.host.stop();
    expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    expect([bench.phase, bench.host.nextDeadline()]).toEqual(["stopping", 600]);
    return bench;
  }

  test.each(OPEN_PHASES)("LPC-TIME-5: %s: IBF stays 1: stopped at T_stop, nothing is written to IDR", (phase) => {
    const bench = stopping(phase);
    const touches = bench.touches.length;
    bench.now = millis(599);
    expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    expect(bench.host.stopped).toBe(false);
    bench.now = millis(600);
    expect(bench.round(str(IDLE_IBF))).toBe("waiting");
    expect([bench.host.stopped, bench.host.nextDeadline()]).toEqual([true, undefined]);
    expect(bench.touches).toHaveLength(touches);
    expect(bench.round()).toBe("waiting");
  });

  test.each(OPEN_PHASES)("LPC-TIME-5: %s: IDR becomes empty in time: the close is written", (phase) => {
    const bench = stopping(phase);
    bench.now = millis(599);
    // Bytes for this side are read on meanwhile.
    bench.round(str(0x83), hostRows.odr(0xff), str(IDLE_IBF));
    bench.round(str(IDLE), ...CLOSE);
    expect(bench.host.stopped).toBe(true);
  });

  test("LPC-TIME-5: the round at T_stop still writes the close if it finds IDR empty", () => {
    const bench = stopping("active");
    bench.now = millis(600);
    bench.round(str(IDLE), ...CLOSE);
    expect(bench.host.stopped).toBe(true);
  });
});
