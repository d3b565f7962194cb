/** When a bus owner begins a discovery, by a clock that the test turns. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { DiscoverySchedule } from "../../bmc/discovery-schedule.ts";
import type { DiscoverMode } from "../../src/node/discover-mode.ts";
import { eid, type Eid } from "../../src/core/wire/units.ts";

const WAITING =
  "Waiting for a control message from the host before discovery (LPC-MCTP-19); --discover always asks at once.";

class Bench {
  readonly port = { packetsReceived: 0, lastSource: undefined as Eid | undefined };
  readonly told: string[] = [];
  readonly schedule: DiscoverySchedule;
  begun = 0;

  constructor(mode: DiscoverMode) {
    this.schedule = new DiscoverySchedule({
      mode,
      port: this.port,
      begin: () => this.begun++,
      tell: (line) => this.told.push(line),
    });
  }

  packet(source = 9): void {
    this.port.packetsReceived++;
    this.port.lastSource = eid(source);
  }

  get notes(): readonly string[] {
    return this.schedule.notes(false);
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe("LPC-MCTP-19 a bus owner waits for a control message", () => {
  test("LPC-MCTP-19: nothing is asked before one came; then at once, once", () => {
    const bench = new Bench("announced");
    bench.schedule.linkUp();
    jest.advanceTimersByTime(3_600_000);
    expect([bench.begun, bench.told]).toEqual([0, [WAITING]]);
    bench.schedule.heard(false);
    expect(bench.begun).toBe(1);
    bench.schedule.heard(false);
    bench.schedule.heard(true);
    expect(bench.begun).toBe(1);
  });

  test("LPC-MCTP-19: a host that announces itself at once is waited for in silence", () => {
    const bench = new Bench("announced");
    bench.schedule.linkUp();
    jest.advanceTimersByTime(900);
    bench.schedule.heard(true);
    bench.schedule.succeeded();
    jest.advanceTimersByTime(10_000);
    expect([bench.begun, bench.told, bench.schedule.notes(true)]).toEqual([1, [], []]);
  });

  test("LPC-MCTP-19: each session is waited for anew", () => {
    const bench = new Bench("announced");
    bench.schedule.linkUp();
    bench.schedule.heard(true);
    bench.schedule.succeeded();
    bench.schedule.linkDown();
    bench.schedule.heard(true);
    bench.schedule.linkUp();
    jest.advanceTimersByTime(60_000);
    expect(bench.begun).toBe(1);
    bench.schedule.heard(true);
    expect(bench.begun).toBe(2);
  });

  test("LPC-MCTP-3: always asks as a session opens, never does not ask whatever comes", () => {
    const always = new Bench("always");
    always.schedule.linkUp();
    expect(always.begun).toBe(1);
    const never = new Bench("never");
    never.schedule.linkUp();
    never.schedule.heard(false);
    never.schedule.heard(true);
    jest.advanceTimersByTime(60_000);
    expect([never.begun, never.told]).toEqual([0, []]);
    expect(never.notes).toEqual([
      "Discovery is off (--discover never): the host keeps the EID that it has (LPC-MCTP-3).",
    ]);
  });

  test("LPC-MCTP-3: Discovery Notify of an endpoint that is known has it discovered again", () => {
    const bench = new Bench("announced");
    bench.schedule.linkUp();
    bench.schedule.heard(true);
    bench.schedule.succeeded();
    bench.schedule.heard(false);
    expect(bench.begun).toBe(1);
    bench.schedule.heard(true);
    expect(bench.begun).toBe(2);
  });
});

describe("a discovery that failed", () => {
  function failed(): Bench {
    const bench = new Bench("always");
    bench.schedule.linkUp();
    bench.schedule.failed("Get Endpoint ID: no response");
    return bench;
  }

  test("is tried again after 1 s, 2 s and so on, at most 60 s, and told of once", () => {
    const bench = failed();
    for (const [index, seconds] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      jest.advanceTimersByTime(1000 * seconds - 1);
      expect(bench.begun).toBe(index + 1);
      jest.advanceTimersByTime(1);
      expect(bench.begun).toBe(index + 2);
      bench.schedule.failed("Get Endpoint ID: no response");
    }
    expect(bench.told).toEqual(["discovery failed: Get Endpoint ID: no response; next try in 1 s"]);
  });

  test("is tried again within 5 s while packets arrive", () => {
    const bench = failed();
    for (let tries = 0; tries < 20; tries++) {
      const { begun } = bench;
      bench.packet();
      jest.advanceTimersByTime(5000);
      expect(bench.begun).toBe(begun + 1);
      bench.schedule.failed("Get Endpoint ID: no response");
    }
  });

  test("is tried again at once when the endpoint announces itself, and not before for another control message", () => {
    const bench = failed();
    bench.schedule.heard(false);
    expect(bench.begun).toBe(1);
    bench.schedule.heard(true);
    expect(bench.begun).toBe(2);
  });

  test("is not tried again without a session", () => {
    const bench = failed();
    bench.schedule.linkDown();
    jest.advanceTimersByTime(600_000);
    expect([bench.begun, bench.notes]).toEqual([1, []]);
  });
});

describe("notes for people", () => {
  test("what is waited for, and from which EID packets arrive that has not answered", () => {
    const bench = new Bench("announced");
    bench.packet(77);
    bench.schedule.linkUp();
    expect(bench.notes).toEqual([WAITING]);
    bench.packet();
    expect(bench.notes).toEqual(["Packets arrive from EID 9, which was not asked who it is.", WAITING]);
    bench.schedule.heard(true);
    expect(bench.notes).toEqual(["Packets arrive from EID 9, which has not answered discovery yet."]);
    bench.schedule.failed("Get Endpoint ID: no response");
    expect(bench.notes).toEqual([
      "Packets arrive from EID 9, which has not answered discovery (Get Endpoint ID: no response); next try within 5 s while they do.",
    ]);
    expect(bench.schedule.notes(true)).toEqual([]);
  });

  test("without packets: when it is tried again", () => {
    const bench = new Bench("always");
    bench.schedule.linkUp();
    expect(bench.notes).toEqual(["Discovery is under way."]);
    bench.schedule.failed("Get Endpoint ID: no response");
    expect(bench.notes).toEqual(["Discovery failed: Get Endpoint ID: no response; next try within 1 s."]);
  });
});
