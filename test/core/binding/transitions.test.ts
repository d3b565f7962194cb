/**
 * The table of a sending buffer is what the code does: against peers that do as they like, both sides take every edge of
 * it, and no other. The tables of phases have moves.test.ts.
 */
import { describe, expect, test } from "@jest/globals";
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../../host/role/side.ts";
import type { OpenChannel } from "../../../src/core/binding/channel.ts";
import { phaseNamed, replacePhase } from "../../../src/core/binding/transitions.ts";
import { BUFFER_TRANSITIONS, type BufferState } from "../../../src/core/binding/transmit.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import { nothingReached, runHostile } from "../../support/hostile-peer.ts";

const WINDOW_BYTES = 4096;
const SEEDS = 1000;

type Table = Readonly<Record<string, readonly { readonly to: string }[]>>;

function edgesOf(table: Table): readonly string[] {
  const edges = Object.entries(table).flatMap(([from, list]) => list.map(({ to }) => `${from} to ${to}`));
  return [...new Set(edges)].sort();
}

/** Has `onChange` called with the old and the new value whenever the field is set. */
function watch<Value>(target: object, field: string, onChange: (before: Value, after: Value) => void): void {
  let value = (target as Record<string, unknown>)[field] as Value;
  Object.defineProperty(target, field, {
    get: () => value,
    set: (next: Value) => {
      onChange(value, next);
      value = next;
    },
    enumerable: true,
  });
}

function follow(side: HostSide | BmcSide, taken: Set<string>): void {
  const note = (before: BufferState, after: BufferState): void => {
    if (before !== after) taken.add(`${before} to ${after}`);
  };
  watch(side.state, "channel", (before: OpenChannel | undefined, after: OpenChannel | undefined) => {
    note(before?.transmit ?? "noSession", after?.transmit ?? "noSession");
    if (after !== undefined) watch(after, "transmit", note);
  });
}

function run(make: () => HostSide | BmcSide): ReadonlySet<string> {
  const taken = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const side = make();
    follow(side, taken);
    // Some stop before anything, some in the middle of everything.
    if (seed % 50 === 0) side.stop();
    let accesses = 0;
    runHostile(side, seed, nothingReached(), () => {
      accesses++;
      if (seed % 3 === 0 && accesses > seed % 400 && side.session !== undefined) side.stop();
    });
  }
  return taken;
}

describe("state tables", () => {
  const host = run(() => createHostSide({ windowBytes: WINDOW_BYTES, mtu: 64 }, createPacketMemory()));
  const bmc = run(() => createBmcSide({ windowBytes: WINDOW_BYTES, mtu: 64 }, createPacketMemory()));

  test("LPC-BUF-7: the sending buffers of both sides", () => {
    expect([...host].sort()).toEqual(edgesOf(BUFFER_TRANSITIONS));
    expect([...bmc].sort()).toEqual(edgesOf(BUFFER_TRANSITIONS));
  });
});

describe("moves that the program must not make", () => {
  test("from a phase that is not there any more", () => {
    const state = { phase: { name: "one" } };
    expect(() => {
      replacePhase(state, { name: "one" }, { name: "two" });
    }).toThrow("a move from one, but the phase is one");
    replacePhase(state, state.phase, { name: "two" });
    expect(state.phase.name).toBe("two");
    expect(() => phaseNamed(state.phase, "one")).toThrow("the phase is two, not one");
  });
});
