import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { KeptAssignments, SAVE_LIMIT_MILLISECONDS, type AssignmentStore } from "../../src/node/kept-assignments.ts";
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { decodeMemory, encodeMemory } from "../../src/core/mctp/bus-owner/memory.ts";
import { eid } from "../../src/core/wire/units.ts";

const INTERVAL = 1000;

class Store implements AssignmentStore {
  content: string | undefined;
  writes = 0;
  trouble: Error | undefined;
  until: Promise<void> = Promise.resolve();

  write(text: string): Promise<void> {
    if (text !== this.content) this.writes++;
    if (this.trouble !== undefined) return Promise.reject(this.trouble);
    this.content = text;
    return this.until;
  }

  /** EIDs in the order of the file. */
  get eids(): readonly number[] {
    const read = decodeMemory(this.content ?? "");
    return read.ok ? read.value.map((one) => one.eid) : [];
  }
}

function made(store = new Store()) {
  const owner = new BusOwner({
    own: eid(8),
    pool: { first: eid(9), count: 200 },
    statics: new Map(),
    portEids: new Map(),
  });
  const told: string[] = [];
  const kept = new KeptAssignments(owner, store, (line) => told.push(line));
  const visit = (index: number): void => {
    const uuid = new Uint8Array(16).fill(index);
    const found = { accepted: true, pool: "none", poolSize: 0, controlVersions: [], messageTypes: [], uuid } as const;
    const provisional = owner.provisional(0)!;
    const settled = owner.settle(0, { ...found, eid: provisional });
    if (!settled.ok) throw new Error(settled.reject);
    owner.left(0);
    kept.changed();
    owner.joined(0, { ...found, eid: settled.value }, settled.value, undefined);
    kept.changed();
  };
  return { owner, kept, store, told, visit };
}

describe("when assignments are written", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test("a disk that hangs: the write has failed after 5 s, told once and counted, and the next one is tried", async () => {
    const { store, kept, told, visit } = made();
    store.until = new Promise(() => undefined);
    visit(1);
    await jest.advanceTimersByTimeAsync(SAVE_LIMIT_MILLISECONDS);
    const trouble = "the state file was not written within 5000 ms: its disk hangs; assignments are not remembered";
    expect([told, kept.writesFailed]).toEqual([[trouble], 1]);
    const assigned = expect(kept.save()).rejects.toMatchObject({ code: "state-write" });
    await jest.advanceTimersByTimeAsync(SAVE_LIMIT_MILLISECONDS);
    await assigned;
    store.until = Promise.resolve();
    const failed = kept.writesFailed;
    visit(2);
    await jest.advanceTimersByTimeAsync(2 * SAVE_LIMIT_MILLISECONDS);
    expect([store.eids.length, told.length, kept.writesFailed]).toEqual([2, 1, failed]);
  });

  test("a new one at once where a second has passed since the last, else when it has", () => {
    const { store, visit } = made();
    visit(1);
    jest.advanceTimersByTime(INTERVAL);
    expect(store.eids).toEqual([9]);
    jest.advanceTimersByTime(INTERVAL);
    const before = store.writes;
    visit(2);
    expect(store.writes).toBe(before + 1);
    jest.advanceTimersByTime(INTERVAL);
    expect(store.eids).toEqual([9, 10]);
  });

  test("one that an operator gave at once, and the last state at a stop", async () => {
    const { owner, kept, store, visit } = made();
    visit(1);
    owner.pin(eid(50), { current: eid(9) });
    await kept.save();
    expect(store.eids).toEqual([50]);
    visit(2);
    await kept.save();
    expect(store.eids).toEqual([50, 9]);
    const before = store.writes;
    jest.advanceTimersByTime(5 * INTERVAL);
    expect(store.writes).toBe(before);
  });

  test("who asks for it to be written waits until it is, even where it is under way", async () => {
    const { kept, store, visit } = made();
    let written = (): void => undefined;
    store.until = new Promise((resolve) => (written = resolve));
    visit(1);
    let isSaved = false as boolean;
    const saving = kept.save().then(() => (isSaved = true));
    await jest.advanceTimersByTimeAsync(INTERVAL);
    expect(isSaved).toBe(false);
    written();
    await saving;
    expect(isSaved).toBe(true);
  });

  test("what is in the file already not at all", () => {
    const store = new Store();
    store.content = encodeMemory([]);
    const { kept } = made(store);
    kept.changed();
    jest.advanceTimersByTime(5 * INTERVAL);
    expect(store.writes).toBe(0);
  });

  test("who was seen last once a second at most, however often peers come and go, and in the end as it is", () => {
    const { store, visit } = made();
    visit(1);
    visit(2);
    const before = store.writes;
    for (let round = 0; round < 100; round++) {
      visit(1);
      visit(2);
      jest.advanceTimersByTime(INTERVAL / 20);
    }
    expect(store.writes - before).toBeLessThanOrEqual(6);
    visit(1);
    jest.advanceTimersByTime(INTERVAL);
    expect(store.eids).toEqual([10, 9]);
  });

  test("a peer that is another device each time has the file written once a second at most", () => {
    const { store, visit } = made();
    for (let index = 1; index <= 180; index++) {
      visit(index);
      jest.advanceTimersByTime(INTERVAL / 10);
    }
    expect([store.writes >= 17, store.writes <= 19]).toEqual([true, true]);
    jest.advanceTimersByTime(INTERVAL);
    expect(store.eids).toHaveLength(180);
  });

  test("after a failure, which is told once, again", async () => {
    const { store, told, visit } = made();
    store.trouble = new Error("the disk is full");
    visit(1);
    await Promise.resolve();
    visit(2);
    await jest.advanceTimersByTimeAsync(INTERVAL);
    expect(told).toEqual(["the disk is full; assignments are not remembered"]);
    store.trouble = undefined;
    visit(3);
    await jest.advanceTimersByTimeAsync(INTERVAL);
    expect(store.eids).toEqual([9, 10, 11]);
  });
});
