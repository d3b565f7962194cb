import { beforeAll, describe, expect, test } from "@jest/globals";
// First of all: it records what those after it do.
import { moves } from "../../support/moves.ts";
import { createBmcSide } from "../../../bmc/role/side.ts";
import { newBmcState } from "../../../bmc/role/state.ts";
import { BMC_TRANSITIONS, move as moveBmc } from "../../../bmc/role/transitions.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { newHostState } from "../../../host/role/state.ts";
import { HOST_TRANSITIONS, move as moveHost } from "../../../host/role/transitions.ts";
import type { OpenChannel } from "../../../src/core/binding/channel.ts";
import type { TransitionTable } from "../../../src/core/binding/transitions.ts";
import { advanceTransmit, BUFFER_TRANSITIONS } from "../../../src/core/binding/transmit.ts";
import { createPacketMemory } from "../../../src/drive/packet-memory.ts";
import { nothingReached, runHostile } from "../../support/hostile-peer.ts";
import { anyConfig, runSchedules } from "../../support/schedules.ts";

const SEEDS = 800;
const WINDOW_BYTES = 4096;

/** The edges of a table, each written by `text`. */
function edges(
  table: TransitionTable<string>,
  text: (from: string, edge: { readonly step: string; readonly to: string }) => string,
): string[] {
  return Object.entries(table).flatMap(([from, list]) => list.map((edge) => text(from, edge)));
}

const byStep = (from: string, { step, to }: { readonly step: string; readonly to: string }): string =>
  `${from} ${step} ${to}`;

beforeAll(() => {
  runSchedules(SEEDS, anyConfig);
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const create of [createHostSide, createBmcSide]) {
      runHostile(create({ windowBytes: WINDOW_BYTES, mtu: 64 }, createPacketMemory()), seed, nothingReached());
    }
  }
});

describe("moves, each by the step that its place in the code names", () => {
  test("LPC-HOST-7: the host moves along the edges of its table, and along each of them", () => {
    expect([...moves.host].sort()).toEqual(edges(HOST_TRANSITIONS, byStep).sort());
  });

  test("LPC-BMC-4, LPC-BMC-9: the BMC moves along the edges of its table, and along each of them", () => {
    expect([...moves.bmc].sort()).toEqual(edges(BMC_TRANSITIONS, byStep).sort());
  });

  test.each([
    ["host", HOST_TRANSITIONS],
    ["BMC", BMC_TRANSITIONS],
    ["buffer", BUFFER_TRANSITIONS],
  ])("no edge of the %s's table is there twice, and every step is one of the specification", (_, table) => {
    const all = edges(table, byStep);
    expect(new Set(all).size).toBe(all.length);
    for (const [, list] of Object.entries(table)) {
      for (const { step, when } of list) {
        expect(step).toMatch(/^[HB]\d\.\d(, [HB]\d\.\d)*$/);
        expect(when).not.toBe("");
      }
    }
  });
});

describe("what is no edge", () => {
  test("does not compile", () => {
    // Never called: what counts is that every line marked so is an error, which the compiler checks.
    const illegal = (): void => {
      const host = newHostState();
      const { phase } = host;
      if (phase.name === "opening") {
        moveHost(host, phase, "H1.5", { name: "fencingOpen", askedBytes: 76 });
        // @ts-expect-error: another step's edge
        moveHost(host, phase, "H1.6", { name: "fencingOpen", askedBytes: 76 });
        // @ts-expect-error: no edge leads there
        moveHost(host, phase, "H1.7", { name: "active" });
      }
      if (phase.name === "opening" || phase.name === "resting") {
        moveHost(host, phase, "H4.1", { name: "stopped" });
        // @ts-expect-error: an edge of the one and not of the other
        moveHost(host, phase, "H1.9", { name: "awaitingBmc" });
      }
      // @ts-expect-error: where the host stands is not known
      moveHost(host, host.phase, "H0.3", { name: "awaitingBmc" });
      // @ts-expect-error: only a move changes the phase
      host.phase = { name: "active" };

      const bmc = newBmcState();
      // @ts-expect-error: the announcements are left out
      if (bmc.phase.name === "starting") moveBmc(bmc, bmc.phase, "B1.7", { name: "inactive" });

      const channel = { transmit: "idle" } as OpenChannel;
      // @ts-expect-error: Tx Begin without a packet
      if (channel.transmit === "idle") advanceTransmit(channel, channel.transmit, "outstanding");
      // @ts-expect-error: whose the buffer is is not known
      advanceTransmit(channel, channel.transmit, "idle");
    };
    expect(illegal).toBeInstanceOf(Function);
  });
});
