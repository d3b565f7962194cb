/** Tools that follow an agent's bus: what they are given, what they lose, and what they may cost. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { BusWatch } from "../../src/agent/bus/bus-watch.ts";
import {
  MONITOR_UNREAD_BYTES,
  MOST_MONITORS,
  Monitors,
  type MonitorEnd,
  type MonitorHead,
  type MonitorRows,
} from "../../src/agent/bus/monitors.ts";
import { Judge } from "../../src/core/judge/judge.ts";
import type { TraceEntry } from "../../src/core/trace/format.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { millis } from "../../src/core/wire/units.ts";

const BYTES = new Uint8Array(300);
/** Longer than a look at a quiet bus takes. */
const LOOK = 30;
/** Milliseconds that it takes to tell a tool of a piece. */
const PIECE_COST = 0.25;

let now = 0;
beforeEach(() => {
  jest.useFakeTimers();
  now = 0;
});
afterEach(() => {
  jest.useRealTimers();
});

function pass(milliseconds: number): void {
  now += milliseconds;
  jest.advanceTimersByTime(milliseconds);
}

function bench(versions = { min: 1, cur: 3 }) {
  const watch = new BusWatch({
    side: "bmc",
    mode: "off",
    windowBytes: 65_536,
    depth: 0,
    times: {},
    versions,
    makeJudge: (options) => new Judge(options),
  });
  const monitors = new Monitors(
    watch,
    () => millis(now),
    () => now,
  );
  const counters = zeroCounters(BINDING_COUNTERS);
  /** One round that reads so many bytes from IDR. */
  const round = (count: number, first = 0): void => {
    for (let index = 0; index < count; index++) watch.listener.dataRead((first + index) % 251, "B2.4");
    watch.look({ counters, channel: undefined }, millis(now));
  };
  return { watch, monitors, round };
}

class Tool {
  head: MonitorHead | undefined;
  readonly rows: TraceEntry[] = [];
  lost = 0;
  unread = 0;
  /** Takes nothing of what it is told. */
  isStopped = false;
  onTold: (() => void) | undefined;
  end: MonitorEnd | undefined;
  readonly #gone = new AbortController();

  constructor(monitors: Monitors) {
    const call = {
      tell: (told: MonitorHead | MonitorRows) => {
        this.onTold?.();
        if (this.isStopped) this.unread += JSON.stringify(told).length;
        if ("head" in told) this.head = told;
        else {
          this.lost += told.lost;
          this.rows.push(...told.rows);
        }
      },
      unreadBytes: () => this.unread,
      signal: this.#gone.signal,
    };
    void monitors.follow(call).then((end) => (this.end = end));
  }

  leave(): void {
    this.#gone.abort();
  }
}

describe("a monitor", () => {
  test("gets the head, what came before as told again, then every access once and in order", () => {
    const { watch, monitors, round } = bench();
    watch.listener.started();
    round(3);
    const tool = new Tool(monitors);
    expect(tool.head).toEqual({ head: expect.objectContaining({ sides: ["bmc"], lives: true }), excused: [] });
    expect(tool.rows.map(({ n, again }) => [n, again])).toEqual([0, 1, 2, 3].map((n) => [n, true]));
    round(100);
    pass(LOOK);
    round(100);
    pass(LOOK);
    expect(tool.rows.slice(4).map(({ n, again }) => [n, again])).toEqual(
      Array.from({ length: 200 }, (_, index) => [4 + index, undefined]),
    );
    expect(tool.lost).toBe(0);
  });

  test("is told of its own side's versions, which its user asked for", () => {
    const { monitors } = bench({ min: 3, cur: 3 });
    expect(new Tool(monitors).head?.excused).toEqual(["LPC-VER-4"]);
  });

  test("is served between rounds of a busy bus, before the recorder comes round", () => {
    const { monitors, round } = bench();
    const tool = new Tool(monitors);
    for (let count = 0; count < 20; count++) {
      now += 50;
      round(1500, count);
    }
    pass(LOOK);
    pass(LOOK);
    expect(tool.lost).toBe(0);
    expect(tool.rows.at(-1)?.n).toBeGreaterThan(20_000);
  });

  test("that reads nothing is given no more than its share, and is told how many accesses it has lost", () => {
    const { watch, monitors } = bench();
    const tool = new Tool(monitors);
    const counters = zeroCounters(BINDING_COUNTERS);
    tool.isStopped = true;
    for (let count = 0; count < 100; count++) {
      for (let index = 0; index < 500; index++) {
        watch.listener.windowRead(4096, BYTES.length, BYTES, 0, BYTES.length, "B2.8");
      }
      watch.look({ counters, channel: undefined }, millis(now));
      pass(LOOK);
    }
    // One piece is told whole, beyond what was unread before.
    expect(tool.unread).toBeGreaterThan(MONITOR_UNREAD_BYTES);
    expect(tool.unread).toBeLessThan(2.5 * MONITOR_UNREAD_BYTES);
    const had = tool.rows.length;
    tool.isStopped = false;
    tool.unread = 0;
    for (let count = 0; count < 2; count++) {
      watch.listener.dataRead(1, "B2.4");
      pass(LOOK);
    }
    const [first] = tool.rows.slice(had);
    expect(tool.lost).toBeGreaterThan(40_000);
    expect(first?.gap).toBe(tool.lost);
    expect(first!.n - had).toBe(tool.lost);
  });

  test("does not hold up another one", () => {
    const { monitors, round } = bench();
    const [slow, quick] = [new Tool(monitors), new Tool(monitors)];
    slow.isStopped = true;
    slow.unread = 2 * MONITOR_UNREAD_BYTES;
    for (let count = 0; count < 10; count++) {
      round(1000, count);
      pass(LOOK);
      pass(100);
    }
    expect(quick.rows).toHaveLength(10_000);
    expect(slow.rows).toEqual([]);
  });

  test("ends with its agent, behind the last access", async () => {
    const { watch, monitors } = bench();
    const tool = new Tool(monitors);
    watch.listener.ended();
    monitors.end();
    await Promise.resolve();
    expect(tool.rows.at(-1)).toMatchObject({ op: "life", event: "ended" });
    expect(tool.end).toEqual({ ended: "stopped" });
    const late = new Tool(monitors);
    await Promise.resolve();
    expect(late.end).toEqual({ ended: "stopped" });
  });
});

describe("all monitors together", () => {
  test("are 8 at most; one that leaves makes room, and without any nothing is listened to", () => {
    const { watch, monitors, round } = bench();
    const tools = Array.from({ length: MOST_MONITORS }, () => new Tool(monitors));
    expect(() => new Tool(monitors)).toThrow(/8 monitors follow this agent/);
    expect(monitors.count).toBe(8);
    tools[0]!.leave();
    const other = new Tool(monitors);
    round(10);
    pass(LOOK);
    expect([tools[0]!.rows.length, other.rows.length]).toEqual([0, 10]);
    for (const tool of [...tools, other]) tool.leave();
    expect([monitors.count, watch.onAccesses, jest.getTimerCount()]).toEqual([0, undefined, 0]);
  });

  test("cost a fifth of a processor at most, whatever the bus does", () => {
    const { monitors, round } = bench();
    let spent = 0;
    const tools = Array.from({ length: MOST_MONITORS }, () => {
      const tool = new Tool(monitors);
      tool.onTold = () => {
        spent += PIECE_COST;
        now += PIECE_COST;
      };
      return tool;
    });
    const since = now;
    while (now - since < 10_000) {
      now++;
      round(2000, now);
    }
    for (const tool of tools) tool.leave();
    // Beside the share there is what may be spent at once.
    expect(spent / (now - since)).toBeLessThan(0.22);
    expect(spent / (now - since)).toBeGreaterThan(0.1);
    // Without a moment at rest a follower that fell behind waits for the next; those served first are not served again first.
    expect(tools.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(MOST_MONITORS / 2);
  });
});
