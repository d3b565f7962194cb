/** What an agent says of its bus: the judge here is a stand-in that finds what a test wants it to find. */
import { describe, expect, test } from "@jest/globals";
import { BusWatch, type BusJudge, type JudgeMode } from "../../src/agent/bus/bus-watch.ts";
import { Incidents } from "../../src/agent/bus/incidents.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { BINDING_COUNTERS, type BindingCounters } from "../../src/core/binding/counters.ts";
import type { Cause, Finding } from "../../src/core/judge/finding.ts";
import type { JudgeOptions } from "../../src/core/judge/judge.ts";
import type { SideListener } from "../../src/core/judge/listener.ts";
import { decodeTrace } from "../../src/core/trace/format.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";
import { busLines } from "../../src/cli/bus-text.ts";

const BYTE_ORDER: Cause = { name: "byteOrder", text: "byte order?" };

function finding(more: Partial<Finding> = {}): Finding {
  return {
    requirement: "LPC-BUF-3",
    side: "host",
    kind: "wire",
    access: 0,
    step: "B2.6",
    seen: "CRC 35897f50",
    expected: "507f8935",
    bytes: undefined,
    offset: undefined,
    cause: BYTE_ORDER,
    ...more,
  };
}

/** Breaks a requirement at every IDR that holds 0xbd, by whoever `accuses` says. */
class StandIn implements BusJudge {
  readonly host: SideListener;
  readonly bmc: SideListener;
  time = 0;
  accesses = 0;
  breaks = 0;
  readonly options: JudgeOptions;

  constructor(options: JudgeOptions, accuses: () => Partial<Finding>) {
    this.options = options;
    const count = (): void => {
      this.accesses++;
    };
    const listener: SideListener = {
      statusRead: count,
      dataRead: (value) => {
        count();
        if (value !== 0xbd) return;
        this.breaks++;
        options.onFinding?.(finding({ access: this.accesses - 1, ...accuses() }));
      },
      dataWritten: (value) => {
        count();
        if (value === 0xee) options.onOlderPeer?.({ side: "host", access: 0, text: "the host is an older peer" });
      },
      statusWritten: count,
      windowRead: count,
      windowWritten: count,
      started: () => undefined,
      stopAsked: () => undefined,
      ended: () => undefined,
    };
    this.host = listener;
    this.bmc = listener;
  }

  registerPoked(): void {
    throw new Error("an agent pokes nothing");
  }

  windowPoked(): void {
    throw new Error("an agent pokes nothing");
  }

  interim(): ReturnType<BusJudge["interim"]> {
    const standing = {
      requirement: "LPC-BUF-3",
      side: "host",
      state: "broken",
      checks: 9,
      breaks: this.breaks,
    } as const;
    return { accesses: this.accesses, findings: [], breaks: this.breaks, olderPeers: [], standings: [standing] };
  }
}

function bench(mode: JudgeMode, versions = { min: 1, cur: 3 }) {
  const lines: string[] = [];
  const judges: StandIn[] = [];
  let accuses: Partial<Finding> = {};
  const watch = new BusWatch({
    side: "bmc",
    mode,
    windowBytes: 65_536,
    depth: 0,
    times: { announce: 500 },
    versions,
    makeJudge: (options) => {
      const judge = new StandIn(options, () => accuses);
      judges.push(judge);
      return judge;
    },
  });
  watch.onLine = (line) => lines.push(line);
  const counters = Object.fromEntries(Object.keys(BINDING_COUNTERS).map((name) => [name, 0])) as BindingCounters;
  return {
    watch,
    lines,
    judges,
    counters,
    accuse: (of: Partial<Finding>): void => void (accuses = of),
    /** One round that reads these bytes from IDR and counts what it makes of them. */
    round: (now: number, bytes: readonly number[], counter?: keyof BindingCounters): void => {
      const round = (): boolean => {
        for (const byte of bytes) watch.listener.dataRead(byte, "B2.4");
        if (counter !== undefined) counters[counter]++;
        return false;
      };
      const pumped = { pump: round, expire: round, nextDeadline: (): Millis | undefined => undefined };
      const state = { counters, channel: undefined };
      watch.watch({ ...pumped, rounds: 0, packets: 0 }, state).pump(millis(now));
      // A later round finds nothing new; its time is not told to the judge.
      if (mode === "live") watch.look(state, millis(now + 5));
    },
  };
}

const TOLD = "the host broke LPC-BUF-3: CRC 35897f50, expected 507f8935 (byte order?)";
const DROPPED = 'packets dropped for a wrong CRC-32: 1 so far (LPC-BUF-5); "mctp-lpc status" counts further ones';

describe("a judge that looks at the ring", () => {
  test("judges nothing until something goes wrong, and then names it with values, requirement and guess", () => {
    const { watch, lines, judges, round } = bench("ring");
    round(0, [1, 2, 0xbd]);
    expect([judges.length, lines]).toEqual([0, []]);
    round(1, [1], "crcMismatch");
    expect(lines).toEqual([TOLD]);
    expect(judges[0]?.options).toMatchObject({
      recorded: ["bmc"],
      windowBytes: 65_536,
      depth: 0,
      times: { announce: 500 },
      livesTold: true,
      timed: false,
    });
    expect(watch.status()).toMatchObject({ judge: "ring", accesses: 4, held: 4, judged: 4, breaks: 1 });
  });

  test.each([
    "lengthOutOfBounds",
    "crcMismatch",
    "txBeginUnexpected",
    "rxCompleteUnexpected",
    "initialiseAtHost",
    "unknownCommand",
    "versionRefused",
    "mtuRefused",
    "magicMismatch",
    "negotiatedVersionInvalid",
    "layoutInvalid",
    "rxSizeAboveAsked",
    "closeLost",
    "transmitStalled",
    "sessionsLost",
  ] as const)("looks when %s is counted", (counter) => {
    const { lines, round } = bench("ring");
    round(0, [0xbd], counter);
    expect(lines).toContain(TOLD);
  });

  test.each(["packetsSent", "packetsReceived", "sessionsOpened", "fencesReceived"] as const)(
    "does not look when %s is counted",
    (counter) => {
      const { judges, round } = bench("ring");
      round(0, [0xbd], counter);
      expect(judges).toEqual([]);
    },
  );

  test("looks once a second at most, and again for what came meanwhile", () => {
    const { judges, round } = bench("ring");
    for (let now = 0; now < 1000; now++) round(now, [1], "unknownCommand");
    expect(judges).toHaveLength(1);
    round(1000, [1]);
    expect(judges).toHaveLength(2);
    round(2500, [1]);
    expect(judges).toHaveLength(2);
  });

  test("what was found before is not counted again", () => {
    const { watch, lines, round } = bench("ring");
    round(0, [0xbd], "crcMismatch");
    round(2000, [1], "crcMismatch");
    expect(watch.status()).toMatchObject({ breaks: 1, findings: [{ times: 1 }] });
    round(4000, [0xbd], "crcMismatch");
    expect(watch.status()).toMatchObject({ breaks: 2, findings: [{ times: 2, text: TOLD }] });
    expect(lines).toEqual([TOLD]);
  });

  test("what the judge does not name is told as it was counted, once", () => {
    const { lines, round } = bench("ring");
    round(0, [1], "crcMismatch");
    round(2000, [1], "crcMismatch");
    expect(lines).toEqual([DROPPED]);
  });
});

describe("what is told as it was counted", () => {
  const counters = (): BindingCounters => zeroCounters(BINDING_COUNTERS);

  test("a byte that a restart left over is no mistake of the peer; one in a session is told", () => {
    const incidents = new Incidents(undefined);
    const counted = { ...counters(), txBeginUnexpected: 1 };
    expect([incidents.look(counted, false), incidents.takeFirst()]).toEqual([true, []]);
    counted.txBeginUnexpected = 2;
    incidents.look(counted, true);
    expect(incidents.takeFirst()).toEqual([expect.stringContaining("1 so far (LPC-ERR-1)")]);
  });

  test("each kind once a session, the others when it ends", () => {
    const incidents = new Incidents(undefined);
    const counted = counters();
    for (let session = 0; session < 2; session++) {
      counted.crcMismatch++;
      incidents.look(counted, true);
      expect(incidents.takeFirst()).toHaveLength(1);
      counted.crcMismatch += 2;
      incidents.look(counted, true);
      expect(incidents.takeFirst()).toEqual([]);
      expect(incidents.endSession()).toBe("3 packets dropped for a wrong CRC-32 (LPC-BUF-5)");
      expect(incidents.endSession()).toBeUndefined();
    }
  });
});

describe("a judge of every access", () => {
  test("names a break at once, without anything going wrong", () => {
    const { watch, lines, round } = bench("live");
    round(0, [1, 0xbd, 0xbd]);
    expect(lines).toEqual([TOLD]);
    expect(watch.status()).toMatchObject({
      judge: "live",
      accesses: 3,
      judged: 3,
      breaks: 2,
      findings: [{ times: 2 }],
    });
  });

  test("its time is that of the round", () => {
    const { judges, round } = bench("live");
    round(1234, [1]);
    expect(judges[0]?.time).toBe(1234);
  });
});

describe("no judge", () => {
  test("nothing is judged, the recorder records, the first drop of each kind is told", () => {
    const { watch, lines, judges, round } = bench("off");
    round(0, [0xbd], "crcMismatch");
    round(1, [0xbd], "crcMismatch");
    expect(lines).toEqual([DROPPED]);
    expect(judges).toEqual([]);
    expect(watch.status()).toMatchObject({ judge: "off", accesses: 2, held: 2, judged: 0, findings: [] });
  });
});

describe("LPC-SEC-4 what is told of a bus", () => {
  test("LPC-SEC-4: once for each requirement, side and cause; a fault of the own side says so", () => {
    const { watch, lines, accuse, round } = bench("live");
    for (let count = 0; count < 100; count++) {
      accuse({});
      round(count, [0xbd]);
      accuse({ cause: undefined });
      round(count, [0xbd]);
      accuse({ side: "bmc", requirement: "LPC-KCS-2", cause: undefined });
      round(count, [0xbd]);
    }
    expect(lines).toEqual([
      TOLD,
      "the host broke LPC-BUF-3: CRC 35897f50, expected 507f8935",
      "the BMC broke LPC-KCS-2: CRC 35897f50, expected 507f8935. This is a fault of this program: please report it.",
    ]);
    expect(watch.status().findings).toHaveLength(3);
  });

  test("LPC-SEC-4: of more kinds of findings than it keeps it tells none", () => {
    const { watch, lines, accuse, round } = bench("live");
    for (let count = 0; count < 1000; count++) {
      accuse({ requirement: `LPC-X-${String(count)}` });
      round(count, [0xbd]);
    }
    expect([lines.length, watch.status().findings.length]).toEqual([64, 64]);
  });

  test("that the own side speaks fewer versions is no finding where it was told to", () => {
    const { lines, accuse, round } = bench("live", { min: 3, cur: 3 });
    accuse({ requirement: "LPC-VER-4", side: "bmc" });
    round(0, [0xbd]);
    expect(lines).toEqual([]);
    accuse({ requirement: "LPC-VER-4", side: "host" });
    round(1, [0xbd]);
    expect(lines).toHaveLength(1);
    const all = bench("live");
    all.accuse({ requirement: "LPC-VER-4", side: "bmc" });
    all.round(0, [0xbd]);
    expect(all.lines).toHaveLength(1);
  });

  test("an older peer is told of once", () => {
    const { watch, lines } = bench("live");
    for (let count = 0; count < 3; count++) watch.listener.dataWritten(0xee, "B2.9");
    watch.status();
    expect(lines).toEqual(["the host is an older peer"]);
    expect(watch.status().olderPeers).toEqual(["the host is an older peer"]);
  });
});

describe("the recorded trace", () => {
  test("is one of version 2, with a head, lives, steps, and times of the machine's clock", () => {
    const { watch, round } = bench("ring");
    watch.setTime(millis(performance.now()));
    watch.listener.started();
    round(performance.now(), [1]);
    const trace = decodeTrace(watch.trace());
    const now = Number(process.hrtime.bigint());
    if (!trace.ok) throw new Error("no trace");
    expect(trace.value.head).toMatchObject({ version: 2, sides: ["bmc"], depth: 0, windowBytes: 65_536, lives: true });
    const [life, read] = trace.value.rows;
    expect(life).toMatchObject({ n: 0, side: "bmc", op: "life", event: "started" });
    expect(read).toMatchObject({ n: 1, side: "bmc", op: "kcs_read", reg: "IDR", value: "01", step: "B2.4" });
    expect(Math.abs(Number(read?.t) - now)).toBeLessThan(1e9);
  });
});

describe("the section of status", () => {
  test("says how much was judged, and what was found how often", () => {
    const { watch, round } = bench("ring");
    expect(busLines(watch.status())).toEqual([
      "  bus        0 accesses, 0 recorded; nothing gave reason to judge them",
    ]);
    round(0, [0xbd], "crcMismatch");
    round(2000, [0xbd], "crcMismatch");
    expect(busLines(watch.status())).toEqual([
      "  bus        2 accesses, 2 recorded; 3 accesses judged, 2 breaks",
      `    ${TOLD} (2 times)`,
    ]);
  });

  test("says that nothing was found, or judged", () => {
    const live = bench("live");
    live.round(0, [1]);
    live.watch.listener.dataWritten(0xee, undefined);
    expect(busLines(live.watch.status())).toEqual([
      "  bus        2 accesses, 2 recorded; all judged, no finding",
      "    the host is an older peer",
    ]);
    const off = bench("off");
    off.round(0, [1]);
    expect(busLines(off.watch.status())).toEqual(["  bus        1 access, 1 recorded; none judged"]);
  });
});
