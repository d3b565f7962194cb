/**
 * The table of a sending buffer is what the code does: against peers that do as they like, both sides take every edge of
 * it, and no other. The tables of phases have moves.test.ts.
 */
import { describe, expect, test } from "@jest/globals";
import { createBmcSide, type BmcSide } from "../../../bmc/role/side.ts";
import { createHostSide, type HostSide } from "../../../host/role/side.ts";
import type { OpenChannel } from "../../../src/core/binding/channel.ts";
import { amendPhase } from "../../../src/core/binding/transitions.ts";
import {
  advanceTransmit,
  BUFFER_TRANSITIONS,
  PACKET_WRITTEN,
  RX_COMPLETE_READ,
  TX_BEGIN_WRITTEN,
  type BufferState,
  type BufferTransition,
  type Transmit,
} from "../../../src/core/binding/transmit.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { nothingReached, runHostile } from "../../support/hostile-peer.ts";

const WINDOW_BYTES = 4096;
const SEEDS = 1000;

const EDGES: readonly string[] = BUFFER_TRANSITIONS.map(({ from, to }) => `${from} to ${to}`).sort();

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
    expect([...host].sort()).toEqual(EDGES);
    expect([...bmc].sort()).toEqual(EDGES);
  });
});

describe("moves that the program must not make", () => {
  const rows: readonly BufferTransition<Transmit, Transmit>[] = [PACKET_WRITTEN, TX_BEGIN_WRITTEN, RX_COMPLETE_READ];

  test.each(["idle", "beginPending", "outstanding"] as const)(
    "LPC-BUF-7: %s: only its own row leads on",
    (transmit) => {
      for (const row of rows) {
        const channel = { transmit };
        const act = (): void => {
          advanceTransmit(channel, row);
        };
        if (row.from === transmit) act();
        else expect(act).toThrow(`the buffer is ${transmit}, not ${row.from}`);
        expect(channel.transmit).toBe(row.from === transmit ? row.to : transmit);
      }
    },
  );

  test("an amended phase keeps its name", () => {
    const state: { readonly phase: { readonly name: string; readonly until?: number } } = { phase: { name: "one" } };
    amendPhase(state, { name: "one", until: 7 });
    expect(state.phase).toEqual({ name: "one", until: 7 });
    expect(() => {
      amendPhase(state, { name: "two" });
    }).toThrow("the phase is one, not two");
  });
});
