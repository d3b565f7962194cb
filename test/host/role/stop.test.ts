import { describe, expect, test } from "@jest/globals";
import { get, packetWrite, str } from "../../support/bench.ts";
import { packetOf, partsOf } from "../../support/frames.ts";
import { CLOSE, DOWN, HostBench, IDLE, IDLE_IBF, TX_AT } from "../../support/host-steps.ts";

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
    const bench = new HostBench().to("judging");
    bench.round(str(IDLE), get(8, 4));
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
    expect(bench.host.state.closure).toBe("stopped");
  });
});
