/**
 * The table of a sending buffer is what the code does: against peers that do as they like, both sides take every edge of
 * it, and no other. The tables of phases have moves.test.ts.
 */
import { describe, expect, test } from "@jest/globals";
import type { BmcSide } from "../../../bmc/role/side.ts";
import type { HostSide } from "../../../host/role/side.ts";
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
import { runCampaign } from "../../fuzz/campaign.ts";
import type { Subject } from "../../fuzz/subject.ts";

const HOSTILE_ACCESSES = 30_000;

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

test("LPC-BUF-7: the sending buffers of both sides move by the rows of their table, and by each of them", async () => {
  const taken = { host: new Set<string>(), bmc: new Set<string>() };
  const spoil = ({ side }: Subject): void => {
    follow(side, taken[side.role.name]);
  };
  await runCampaign({ seed: 1, accesses: HOSTILE_ACCESSES, seconds: 60, findings: 1 }, { spoil });
  expect([...taken.host].sort()).toEqual(EDGES);
  expect([...taken.bmc].sort()).toEqual(EDGES);
}, 120_000);

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
