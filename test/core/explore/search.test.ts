/** What the search finds in sides that are made wrong on purpose: each kind of finding, by a shortest run. */
import { describe, expect, test } from "@jest/globals";
import type { Progress } from "../../../src/core/binding/bus.ts";
import { Status } from "../../../src/core/binding/registers.ts";
import { Move, moveName } from "../../../src/core/explore/moves.ts";
import { tellRun } from "../../../src/core/explore/run-trace.ts";
import { NO_FAULTS, type Scenario } from "../../../src/core/explore/scenario.ts";
import { Search, type SearchResult } from "../../../src/core/explore/search.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { World } from "../../../src/core/explore/world.ts";
import { toy, toyScenario, type ToyBus, type ToyState } from "./toys.ts";

const WINDOW_BYTES = 64;
const LIMIT = 100_000;

function search(scenario: Scenario): SearchResult {
  return new Search(new World(scenario, WINDOW_BYTES), { stateLimit: LIMIT }).run();
}

function names(moves: readonly number[]): readonly string[] {
  return moves.map(moveName);
}

/** Looks at STR whenever it is called, and does nothing. */
function idle(bus: ToyBus): Progress {
  bus.readStatus();
  return "waiting";
}

/** Ends where a refusal may end: the host rests, the BMC is active without a session. */
function rests(bus: ToyBus, state: ToyState): Progress {
  bus.readStatus();
  state.phase = { name: "resting" };
  return "waiting";
}

function setsActive(bus: ToyBus, state: ToyState): Progress {
  if (state.count === 0) bus.writeStatus(0x81);
  else bus.readStatus();
  state.count = 1;
  return "waiting";
}

describe("a search without a finding", () => {
  test("visits every order of two sides' accesses once", () => {
    const result = search(toyScenario(toy("host", rests), toy("bmc", setsActive)));
    // One access each, in either order: a square.
    expect(result).toMatchObject({ states: 4, transitions: 4, depth: 2, ends: 1, complete: true, finding: undefined });
  });

  test("a limit of states leaves it incomplete, and says so", () => {
    const world = new World(toyScenario(toy("host", rests), toy("bmc", setsActive)), WINDOW_BYTES);
    expect(new Search(world, { stateLimit: 2 }).run().complete).toBe(false);
  });
});

describe("findings", () => {
  test("broken: LPC-KCS-2, a byte that is overwritten", () => {
    const rude = toy("bmc", (bus, state) => {
      if (state.count === 2) return idle(bus);
      bus.writeData(0xff);
      state.count++;
      return "again";
    });
    const { finding } = search(toyScenario(toy("host", rests), rude));
    expect(finding).toMatchObject({ kind: "broken", what: "bmc overwrites an unread byte (LPC-KCS-2)" });
    expect(names(finding?.moves ?? [])).toEqual(["bmcAccess", "bmcAccess"]);
  });

  test("broken: LPC-KCS-3, an STR write that empties ODR", () => {
    const careless = toy("bmc", (bus, state) => {
      if (state.count === 1) return idle(bus);
      state.count = 1;
      bus.writeData(0xff);
      bus.writeStatus(0x80);
      return "waiting";
    });
    expect(search(toyScenario(toy("host", rests), careless)).finding?.what).toBe(
      "the BMC clears an unread byte (LPC-KCS-3)",
    );
  });

  test("stuck: both wait, and this is no end", () => {
    const { finding } = search(toyScenario(toy("host", idle), toy("bmc", setsActive)));
    expect(finding).toMatchObject({ kind: "stuck" });
    expect(finding?.moves).toHaveLength(2);
  });

  test("circle: two sides that call each other for ever, shown with the way into it", () => {
    function passesOn(bus: ToyBus, full: number): Progress {
      const status = bus.readStatus();
      if ((status & full) === 0) return "waiting";
      bus.readData();
      return "waiting";
    }
    const host = toy("host", (bus, state) => {
      const status = bus.readStatus();
      state.phase = { name: "resting" };
      if ((status & Status.IBF) === 0) bus.writeData(0xff);
      return "waiting";
    });
    const bmc = toy("bmc", (bus) => passesOn(bus, Status.IBF));
    const { finding } = search(toyScenario(host, bmc));
    expect(finding?.kind).toBe("circle");
    const { moves = [], cycle = [] } = finding ?? {};
    expect(cycle.length).toBeGreaterThan(2);
    // The circle leads back to where it began.
    const world = (): World => new World(toyScenario(host, bmc), WINDOW_BYTES);
    const once = world();
    const before = tellRun(once, moves).lastState;
    expect(tellRun(once, [...moves, ...cycle]).lastState).toEqual(before);
  });

  test("lost: only a fault leads away from an end, and nothing leads back; without the fault they come to an end", () => {
    const host = toy("host", (bus, state) => {
      const status = bus.readStatus();
      state.phase = { name: (status & Status.BMC_ACTIVE) === 0 ? "waiting" : "resting" };
      return "waiting";
    });
    const sound = toyScenario(host, toy("bmc", setsActive), { needsTime: true, spuriousRounds: true });
    const { finding } = search({ ...sound, faults: { ...NO_FAULTS, platformResets: 1 } });
    expect(finding?.kind).toBe("lost");
    expect(names(finding?.moves ?? [])).toContain("platformReset");
    expect(search(sound).finding).toBeUndefined();
  });
});

describe("time", () => {
  test("a run that needs a deadline is stuck where time must not matter, and none where it may", () => {
    const host = toy(
      "host",
      (bus, state) => {
        bus.readStatus();
        state.count = Math.min(state.count + 1, 2);
        state.phase = { name: state.count === 2 ? "resting" : "new" };
        return "waiting";
      },
      true,
    );
    expect(search(toyScenario(host, toy("bmc", setsActive))).finding?.kind).toBe("stuck");
    expect(search(toyScenario(host, toy("bmc", setsActive), { needsTime: true })).finding).toBeUndefined();
  });
});

describe("whose deadlines are shorter", () => {
  /** Rests once it has seen BMC Active by a look of its clock; with `giveUp` a look without it is its last. */
  const looks = (bus: ToyBus, state: ToyState, now: number): Progress => {
    const isActive = (bus.readStatus() & Status.BMC_ACTIVE) !== 0;
    if (now > 0 && state.phase.name === "new") state.phase = { name: isActive ? "resting" : "gaveUp" };
    return "waiting";
  };
  /** Sets BMC Active when its clock calls it. */
  const sets = (bus: ToyBus, _state: ToyState, now: number): Progress => {
    const status = bus.readStatus();
    if (now > 0 && (status & Status.BMC_ACTIVE) === 0) bus.writeStatus(0x81);
    return "waiting";
  };

  test("the longer one ends only when the shorter one would change nothing", () => {
    const scenario = toyScenario(toy("host", looks, true), toy("bmc", sets, true), { needsTime: true, patient: true });
    expect(search(scenario).finding?.what).toMatch(/^host gaveUp/);
    expect(search({ ...scenario, shorter: "bmc" }).finding).toBeUndefined();
  });
});

describe("LPC-HOST-14, as the onlooker has it", () => {
  const blind = (model: SideModel): SideModel => ({ ...model, leeway: {} });

  test.each([
    ["reads ODR", (bus: ToyBus): number => bus.readData()],
    [
      "writes IDR",
      (bus: ToyBus): number => {
        bus.writeData(0xff);
        return 0;
      },
    ],
  ])("a host that %s and has not seen the magic breaks it", (what, use) => {
    const host = toy("host", (bus) => {
      use(bus);
      return "waiting";
    });
    const scenario = toyScenario(blind(host), toy("bmc", setsActive));
    expect(search(scenario).finding?.what).toBe(`the host ${what} before it has seen the magic (LPC-HOST-14)`);
  });
});

describe("interrupts", () => {
  /** Judges STR by the value from before the byte, as F1 has it. */
  const stale = toy("host", (bus, state) => {
    const status = bus.readStatus();
    if ((status & Status.OBF) !== 0) bus.readData();
    state.phase = { name: (status & Status.BMC_ACTIVE) === 0 ? "waiting" : "resting" };
    return "waiting";
  });
  /** Sets BMC Active between two bytes, the first of which it overwrites. */
  const rude: SideModel = {
    ...toy("bmc", (bus, state) => {
      if (state.count === 1) return idle(bus);
      state.count = 1;
      bus.writeData(0xff);
      bus.writeStatus(0x80);
      bus.writeData(0xff);
      return "waiting";
    }),
    leeway: { overwrites: true, readsBlind: true },
  };

  test("one that is latched brings a round more, in which the change is seen", () => {
    expect(search(toyScenario(stale, rude)).finding).toBeUndefined();
  });

  test("one by level is gone with its byte, and the change is never seen", () => {
    const { finding } = search(toyScenario(stale, rude, { latchedInterrupts: false }));
    expect(finding?.kind).toBe("stuck");
    expect(names(finding?.moves ?? [])).toEqual([
      "bmcAccess",
      "hostAccess",
      "bmcAccess",
      "bmcAccess",
      "hostAccess",
      "bmcAccess",
    ]);
  });

  test("those for a byte that was read stay, whatever the side reads itself", () => {
    // The host waits for IBF = 0, and reads ODR meanwhile: the BMC's reading of IDR has to wake it all the same.
    const host = toy("host", (bus, state) => {
      const status = bus.readStatus();
      if ((status & Status.OBF) !== 0) bus.readData();
      if (state.count === 0) bus.writeData(0xff);
      else if ((status & Status.IBF) === 0) state.phase = { name: "resting" };
      state.count = 1;
      return "waiting";
    });
    const bmc = toy("bmc", (bus, state) => {
      if (state.count === 0) {
        state.count = 1;
        bus.writeStatus(0x81);
        bus.writeData(0xff);
        return "again";
      }
      if ((bus.readStatus() & Status.IBF) !== 0) bus.readData();
      return "waiting";
    });
    expect(search(toyScenario(host, bmc, { latchedInterrupts: false })).finding).toBeUndefined();
  });
});

test("a refusal is an end only while the BMC knows of it", () => {
  const forgetful = toy("bmc", (bus, state) => {
    state.closeReason = "notStarted";
    if (state.count === 0) bus.writeStatus(0x81);
    else bus.readStatus();
    state.count = 1;
    return "waiting";
  });
  expect(search(toyScenario(toy("host", rests), toy("bmc", setsActive))).finding).toBeUndefined();
  expect(search(toyScenario(toy("host", rests), forgetful)).finding?.kind).toBe("stuck");
});

test("a platform's reset takes STR, or all registers and what stood in them", () => {
  const host = toy("host", (bus, state) => {
    if (state.count === 0) bus.writeData(0x07);
    else bus.readStatus();
    state.count = 1;
    return "waiting";
  });
  /** Reads IDR whatever STR shows. */
  const bmc = toy("bmc", (bus) => {
    bus.readData();
    return "waiting";
  });
  const world = new World(
    toyScenario(host, bmc, { faults: { ...NO_FAULTS, platformResets: 1, registerResets: 1 }, needsTime: true }),
    WINDOW_BYTES,
  );
  const readAfter = (reset: Move): string | undefined =>
    tellRun(world, [Move.hostAccess, reset, Move.bmcAccess]).moves.at(-1)?.row?.value;
  expect([readAfter(Move.platformReset), readAfter(Move.registersReset)]).toEqual(["07", "00"]);
});
