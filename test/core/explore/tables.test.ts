/** What the search keeps its states in. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { GrowingList } from "../../../src/core/explore/growing.ts";
import { Interner } from "../../../src/core/explore/intern.ts";
import { StateTable, WIDTH } from "../../../src/core/explore/state-table.ts";

describe("StateTable", () => {
  test("a state is kept once, found again, and read back, however many there are", () => {
    const table = new StateTable();
    const state = new Int32Array(WIDTH);
    const count = 50_000;
    for (let number = 0; number < count; number++) {
      state.set([number, -number, number >> 3, 7, number * 65_537, number & 1]);
      // An expect for each of so many takes seconds.
      if (table.add(state) !== number) throw new Error(`state ${String(number)} has another number`);
    }
    expect(table.count).toBe(count);
    for (let number = 0; number < count; number += 97) {
      state.set([number, -number, number >> 3, 7, number * 65_537, number & 1]);
      expect(table.add(state)).toBe(number);
      const read = new Int32Array(WIDTH);
      table.read(number, read);
      expect(read).toEqual(state);
    }
    expect(table.count).toBe(count);
  });

  test("states that differ in one number anywhere are two states", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: WIDTH, maxLength: WIDTH }),
        fc.nat(WIDTH - 1),
        fc.integer(),
        (numbers, place, other) => {
          fc.pre(numbers[place] !== other);
          const table = new StateTable();
          const first = table.add(Int32Array.from(numbers));
          const second = table.add(Int32Array.from(numbers.with(place, other)));
          expect([first, second, table.count]).toEqual([0, 1, 2]);
        },
      ),
    );
  });
});

describe("GrowingList", () => {
  test("keeps what was pushed, past any size it began with", () => {
    const list = new GrowingList();
    for (let item = 0; item < 100_000; item++) list.push(-item);
    expect(list.length).toBe(100_000);
    expect(list.at(99_999)).toBe(-99_999);
    expect(list.items.length).toBe(100_000);
  });
});

describe("Interner", () => {
  test("equal keys have one number, others their own, in the order of their coming", () => {
    const interner = new Interner<string>();
    expect([interner.number("a", "A"), interner.number("b", "B"), interner.number("a", "other")]).toEqual([0, 1, 0]);
    expect(interner.value(0)).toBe("A");
    expect(interner.size).toBe(2);
    expect(() => interner.value(2)).toThrow(RangeError);
  });
});
