import { beforeAll, describe, expect, test } from "@jest/globals";
// First of all: it records what those after it do.
import { moves } from "../../support/moves.ts";
import { newBmcState } from "../../../bmc/role/state.ts";
import { BMC_STEPS } from "../../../bmc/role/steps.ts";
import { BMC_TRANSITIONS, move as moveBmc } from "../../../bmc/role/transitions.ts";
import { newHostState, type HostPhaseName } from "../../../host/role/state.ts";
import { HOST_STEPS } from "../../../host/role/steps.ts";
import { HOST_TRANSITIONS, move as moveHost } from "../../../host/role/transitions.ts";
import type { OpenChannel } from "../../../src/core/binding/channel.ts";
import type { Transition, TransitionTable } from "../../../src/core/binding/transitions.ts";
import { advanceTransmit, BUFFER_TRANSITIONS, PACKET_WRITTEN } from "../../../src/core/binding/transmit.ts";
import { runCampaign } from "../../fuzz/campaign.ts";
import { RUNS } from "../../mutation/battery/runs.ts";

const HOSTILE_ACCESSES = 30_000;

/** The ways of a table, each as a move is recorded: "closing H1.4 fencingClose". */
function ways(table: TransitionTable<string>): string[] {
  return Object.entries(table).flatMap(([step, { from, to }]) => from.map((one) => `${one} ${step} ${to}`));
}

beforeAll(async () => {
  for (const run of RUNS) if (!run.name.startsWith("walk/")) run.rows();
  await runCampaign({ seed: 1, accesses: HOSTILE_ACCESSES, seconds: 60, findings: 1 });
}, 120_000);

/** The moves that no row of the table allows, and the rows by which nothing moved. */
function differences(made: ReadonlySet<string>, table: TransitionTable<string>): readonly string[] {
  const allowed = ways(table);
  const steps = new Set([...made].map((move) => move.split(" ")[1]));
  return [
    ...[...made].filter((move) => !allowed.includes(move)),
    ...Object.keys(table).filter((step) => !steps.has(step)),
  ];
}

describe("moves, each by the step that its place in the code names", () => {
  test("LPC-HOST-7: the host moves by the rows of its table, and by each of them", () => {
    expect(differences(moves.host, HOST_TRANSITIONS)).toEqual([]);
  });

  test("LPC-BMC-4, LPC-BMC-9: the BMC moves by the rows of its table, and by each of them", () => {
    expect(differences(moves.bmc, BMC_TRANSITIONS)).toEqual([]);
  });

  test.each<[string, TransitionTable<string>, object]>([
    ["host", HOST_TRANSITIONS, HOST_STEPS],
    ["BMC", BMC_TRANSITIONS, BMC_STEPS],
  ])("every row of the %s's table is a step of the specification, in its order", (_, table, steps) => {
    const order = Object.keys(steps);
    expect(Object.keys(table)).toEqual(order.filter((step) => step in table));
    for (const { from, when } of Object.values(table)) {
      expect(new Set(from).size).toBe(from.length);
      expect(when).not.toBe("");
    }
  });

  test("the steps that the buffer's table names are steps of the specification", () => {
    for (const { steps, when } of BUFFER_TRANSITIONS) {
      for (const step of steps) expect([step, step in HOST_STEPS || step in BMC_STEPS]).toEqual([step, true]);
      expect(when).not.toBe("");
    }
  });
});

describe("a wrong step", () => {
  const hostPhases: readonly HostPhaseName[] = [
    ...new Set(Object.values(HOST_TRANSITIONS).flatMap(({ from, to }) => [...from, to])),
  ];
  const bmcPhases = [...new Set(Object.values(BMC_TRANSITIONS).flatMap(({ from, to }) => [...from, to]))];

  test.each(Object.entries<Transition<string>>(HOST_TRANSITIONS))(
    "%s leads from its own phases only: host",
    (...row) => {
      const [step, { from, to }] = row;
      for (const phase of hostPhases) {
        expect(
          throwsAt(() => {
            moveHost({ ...newHostState(), phase: named(phase) }, step as never, named(to));
          }),
        ).toBe(!from.includes(phase));
      }
    },
  );

  test.each(Object.entries<Transition<string>>(BMC_TRANSITIONS))("%s leads from its own phases only: BMC", (...row) => {
    const [step, { from, to }] = row;
    for (const phase of bmcPhases) {
      expect(
        throwsAt(() => {
          moveBmc({ ...newBmcState(), phase: named(phase) }, step as never, named(to));
        }),
      ).toBe(!from.includes(phase));
    }
  });

  test("throws, and says which step did not lead where", () => {
    const host = newHostState();
    expect(() => {
      moveHost(host, "H1.4", { name: "fencingClose", fences: 0 });
    }).toThrow("step H1.4 does not lead from awaitingBmc to fencingClose");
    expect(host.phase).toEqual({ name: "awaitingBmc" });
  });

  test("to a phase that the step does not lead to does not compile", () => {
    // Never called: what counts is that every line marked so is an error, which the compiler checks.
    const illegal = (): void => {
      const host = newHostState();
      moveHost(host, "H1.13", { name: "fencingOpen", fences: 0, askedBytes: 76 });
      // @ts-expect-error: another step leads there
      moveHost(host, "H1.18", { name: "fencingOpen", fences: 0, askedBytes: 76 });
      // @ts-expect-error: no step of the tables
      moveHost(host, "H9.1", { name: "active" });
      // @ts-expect-error: a step that moves nothing
      moveHost(host, "H1.10", { name: "opening" });
      // @ts-expect-error: only a move changes the phase
      host.phase = { name: "active" };

      const bmc = newBmcState();
      // @ts-expect-error: the announcements are left out
      moveBmc(bmc, "B1.1", { name: "inactive" });

      const channel = { transmit: "idle" } as OpenChannel;
      advanceTransmit(channel, PACKET_WRITTEN);
      // @ts-expect-error: whose the buffer is follows from the rows alone
      channel.transmit = "outstanding";
    };
    expect(illegal).toBeInstanceOf(Function);
  });
});

function named(name: string): never {
  return { name } as never;
}

function throwsAt(act: () => void): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}
