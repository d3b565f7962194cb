import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ladderFigures } from "../../spec/generator/figures/ladders.ts";
import { message } from "../../spec/generator/scenarios/messages.ts";
import { SCENARIOS, runScenarios } from "../../spec/generator/scenarios/all-scenarios.ts";
import type { Scenario, SideOutcome } from "../../spec/generator/scenarios/scenario.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { decodeTrace, encodeTrace, isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { isDrawn } from "../../src/core/trace/ladder-events.ts";
import { ladderPart } from "../../src/core/trace/ladder-part.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { commandsOf, framesOf, recording } from "../interop/recorded-traces.ts";
import { PROJECT } from "../project/requirements.ts";
import { readSpecification } from "../project/tables.ts";
import { offences } from "./hardware-model.ts";

const NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);

function scenario(name: string): Scenario {
  const found = SCENARIOS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

function outcome(name: string, role: RoleName): SideOutcome {
  const found = scenario(name).outcome[role];
  if (found === undefined) throw new Error(`${name}: no program ran the ${role}`);
  return found;
}

/** Both sides' terms, which must be the same. */
function terms(name: string): { readonly version: number | undefined; readonly mtu: number | undefined } {
  const { session } = outcome(name, "host");
  expect(outcome(name, "bmc").session).toEqual(session);
  expect(session?.mtu.hostToBmc).toBe(session?.mtu.bmcToHost);
  return { version: session?.version, mtu: session?.mtu.hostToBmc };
}

/** The step that each access of a side is, each once in a row. */
function stepsOf(name: string, side: RoleName): readonly string[] {
  const steps = scenario(name)
    .rows.filter((row) => row.side === side)
    .map(({ step }) => step ?? "by hand");
  return steps.filter((step, index) => step !== steps[index - 1]);
}

function hexOf(length: number): string {
  return toHex(message(length));
}

describe("every scenario", () => {
  test("has a name of its own that is a file's, a title and a caption", () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
    for (const { name, title, description } of SCENARIOS) {
      expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(description).toMatch(/^[A-Z][^]*\.$/);
    }
  });

  test("is the same when it is run again", () => {
    expect(JSON.stringify(runScenarios())).toBe(JSON.stringify(SCENARIOS));
  });

  test.each(NAMES)("%s: is a trace", (name) => {
    const { rows } = scenario(name);
    expect(decodeTrace(encodeTrace(rows))).toEqual({ ok: true, value: { head: undefined, rows } });
  });

  test.each(NAMES)("LPC-KCS-2, LPC-KCS-3: %s: hardware allows every access, and no byte is overwritten", (name) => {
    const { rows, windowBytes } = scenario(name);
    expect(offences(rows, windowBytes)).toEqual([]);
  });

  test("the hardware model would find a byte that is overwritten, and a value that no register holds", () => {
    const { rows, meta } = recording("04a-msg64-host-to-bmc-v3");
    expect(offences(rows, meta.window_size).join()).toMatch(/overwrites ODR/);
    const first = scenario("start-up-v3").rows;
    const changed = first.map((row) => (row.step === "H0.3" && row.op === "kcs_read" ? { ...row, value: "02" } : row));
    expect(offences(changed, 1024 * 1024).join()).toMatch(/reads 02 from ODR, which holds ff/);
  });

  test.each(NAMES)("%s: has a figure of one or two pages that begins and ends within the run", (name) => {
    const { rows, marks, figure } = scenario(name);
    expect(figure.from).toBeGreaterThanOrEqual(0);
    expect(figure.to).toBeLessThan(rows.length);
    expect(figure.lead === undefined).toBe(figure.from === 0);
    const { shown } = ladderPart(rows, { ...figure, marks });
    const lines = shown.filter(isDrawn).length;
    expect(lines).toBeGreaterThan(4);
    expect(lines).toBeLessThanOrEqual(name === "discovery" ? 60 : 50);
  });
});

describe("the figures", () => {
  const figures = ladderFigures();

  test("one for each scenario", () => {
    expect(figures.map(({ path }) => path)).toEqual(NAMES.map((name) => `spec/figures/${name}.svg`));
  });

  test.each(figures)("$path is what the code gives", ({ path, text }) => {
    const file = join(PROJECT, path);
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("the steps that rows name", () => {
  /** What each step of clauses 10 and 11 has in its column of accesses. */
  const accesses = new Map<string, string>();
  for (const [, step = "", access = ""] of readSpecification("mctp-lpc.md").matchAll(
    /^\| ([HB]\d\.\d+) +\|[^|]*\| ([^|]*)\|/gm,
  )) {
    accesses.set(step, access.trim());
  }

  /** How the tables write what a row does. */
  function asTablesWrite(row: TraceRow): RegExp {
    if (!isRegisterRow(row)) return row.op === "lpc_read" ? /^read (?:0x|length|packet)/ : /^write (?:0x|length)/;
    return row.op === "kcs_read" ? new RegExp(`^read ${row.reg}$`) : new RegExp(`^${row.reg} = 0x${row.value}`);
  }

  test("are steps of the tables, and the tables have these accesses there", () => {
    expect(accesses.size).toBeGreaterThan(100);
    const wrong = SCENARIOS.flatMap(({ rows }) =>
      rows
        .filter((row) => row.step !== undefined)
        .filter((row) => !asTablesWrite(row).test(accesses.get(row.step ?? "") ?? ""))
        .map(
          (row) =>
            `${row.step ?? ""}: ${row.side} ${row.op}, where the table has "${accesses.get(row.step ?? "") ?? ""}"`,
        ),
    );
    expect([...new Set(wrong)]).toEqual([]);
  });

  test("cover the host's start-up and the BMC's start in their order", () => {
    const host = stepsOf("start-up-v3", "host").filter((step) => step.startsWith("H1."));
    expect(host).toEqual([
      ...["H1.2", "H1.3", "H1.7", "H1.8", "H1.10", "H1.11", "H1.12", "H1.13", "H1.14", "H1.15", "H1.20", "H1.21"],
    ]);
    const bmc = stepsOf("start-up-v3", "bmc").filter((step) => step.startsWith("B1."));
    expect(bmc).toEqual(["B1.1", "B1.2", "B1.3", "B1.4", "B1.3", "B1.5", "B1.6", "B1.7", "B1.8"]);
  });

  test("only accesses by hand have none", () => {
    const without = (name: string): number =>
      scenario(name).rows.filter((row) => row.side !== "lab" && row.step === undefined).length;
    for (const name of NAMES) {
      if (name === "refused-mtu")
        expect(without(name)).toBe(scenario(name).rows.filter(({ side }) => side === "host").length);
      else expect([name, without(name)]).toEqual([name, name === "unknown-command" ? 4 : 0]);
    }
  });
});

describe("start-ups", () => {
  test.each([
    ["start-up-v1", 1, 64],
    ["start-up-v2", 2, 524144],
    ["start-up-v3", 3, 524144],
    ["start-up-host-first", 3, 524144],
  ])("LPC-VER-1, LPC-MTU-4: %s ends in a session of version %i with MTU %i", (name, version, mtu) => {
    expect(terms(name)).toEqual({ version, mtu });
    for (const role of ["host", "bmc"] as const) expect(outcome(name, role).counters.sessionsOpened).toBe(1);
  });

  test("LPC-BMC-1, LPC-TIME-1: the BMC waits T_ann where nobody reads, and not at all where a host does", () => {
    for (const name of ["start-up-v1", "start-up-v2", "start-up-v3"]) {
      const { rows } = scenario(name);
      const active = rows.find((row) => row.step === "B1.8");
      expect([active?.t, outcome(name, "bmc").counters.announceTimeout]).toEqual([500_000_000, 1]);
    }
    const { rows } = scenario("start-up-host-first");
    expect(rows.filter((row) => row.step === "B1.4")).toHaveLength(2);
    expect([rows.at(-1)?.t, outcome("start-up-host-first", "bmc").counters.announceTimeout]).toEqual([0, undefined]);
  });

  test("LPC-HOST-1: the host that comes first writes nothing before BMC Active", () => {
    const { rows } = scenario("start-up-host-first");
    const active = rows.findIndex((row) => row.step === "B1.8");
    const early = rows.slice(0, active).filter(({ side }) => side === "host");
    expect(early.length).toBeGreaterThan(2);
    expect(early.filter(({ op }) => op !== "kcs_read" && op !== "lpc_read")).toEqual([]);
  });
});

describe("packets", () => {
  test.each([
    ["packet-host-to-bmc", "host", 3],
    ["packet-bmc-to-host", "bmc", 3],
    ["packet-host-to-bmc-v2", "host", 2],
    ["packet-bmc-to-host-v1", "bmc", 1],
  ] as const)("LPC-BUF-1: %s: one packet of the %s, in version %i, arrives", (name, sender, version) => {
    const { rows } = scenario(name);
    expect(terms(name)).toEqual({ version, mtu: 64 });
    const [frame, ...others] = framesOf(rows, sender);
    expect(others).toEqual([]);
    expect(frame?.version).toBe(version);
    // Length, header, message, and the CRC-32 in version 3 alone.
    expect(frame?.hex).toMatch(new RegExp(`^00000010.{8}${hexOf(12)}${version === 3 ? ".{8}" : ""}$`));
    expect(outcome(name, sender === "host" ? "bmc" : "host").received).toEqual([hexOf(12)]);
    expect(commandsOf(rows, sender)).toContain(0x01);
    expect(outcome(name, sender).counters).toMatchObject({ packetsSent: 1, messagesSent: 1 });
  });

  test("LPC-KCS-6: both-directions: both arrive, Rx Complete goes out before Tx Begin", () => {
    const { rows } = scenario("both-directions");
    expect(outcome("both-directions", "bmc").received).toEqual([hexOf(12)]);
    expect(outcome("both-directions", "host").received).toEqual([hexOf(20)]);
    expect(commandsOf(rows, "bmc")).toEqual([0x02, 0x01]);
  });

  test("LPC-BUF-7, LPC-BUF-9: message-of-three-packets: 64, 64 and 22 bytes, each behind the Rx Complete before", () => {
    const { rows } = scenario("message-of-three-packets");
    expect(framesOf(rows, "host").map(({ packet }) => packet.length - 4)).toEqual([64, 64, 22]);
    expect(outcome("message-of-three-packets", "bmc").received).toEqual([hexOf(150)]);
    const order = rows.filter(({ step }) => step === "H3.1" || step === "B4.2").map(({ step }) => step);
    expect(order).toEqual(["H3.1", "B4.2", "H3.1", "B4.2", "H3.1", "B4.2"]);
  });
});

describe("negotiations", () => {
  test.each([
    ["mtu-negotiation", 4096],
    ["mtu-room", 4096],
  ])("LPC-MTU-3, LPC-MTU-4: %s ends with MTU %i", (name, mtu) => {
    expect(terms(name)).toEqual({ version: 3, mtu });
    const asked = scenario(name).rows.find((row) => !isRegisterRow(row) && row.step === "H1.12" && row.offset === 0x14);
    expect(asked?.value).toBe("0000100c");
  });

  test("LPC-VER-2, LPC-TIME-2: refused-version: asked twice at once, and once more after a second, and neither side is in session", () => {
    const name = "refused-version";
    for (const role of ["host", "bmc"] as const) {
      expect(outcome(name, role)).toMatchObject({
        session: undefined,
        counters: { versionRefused: role === "bmc" ? 3 : 2 },
      });
    }
    expect(outcome(name, "host").phase).toBe("resting");
    const opens = scenario(name).rows.filter((row) => row.step === "H1.13");
    expect(opens.map(({ t }) => t)).toEqual([0, 0, 1_000_000_000]);
    // LPC-BMC-8: nothing but dummies.
    const bytes = scenario(name).rows.filter((row) => row.side === "bmc" && isRegisterRow(row) && row.reg === "ODR");
    expect(new Set(bytes.map(({ value }) => value))).toEqual(new Set(["ff"]));
  });

  test("LPC-MTU-7, LPC-MTU-8: refused-mtu: the BMC refuses 75 and writes its whole offer again", () => {
    const name = "refused-mtu";
    expect(outcome(name, "bmc")).toMatchObject({
      session: undefined,
      closure: "mtuRefused",
      counters: { mtuRefused: 1 },
    });
    const { rows } = scenario(name);
    const layouts = rows.filter((row) => row.step === "B3.5").map(({ value }) => value);
    expect(layouts).toEqual(["000001000000004c0000014c0000004c", "000001000000004c0000014c0000004c"]);
    expect(rows.find((row) => row.side === "host" && row.value === "0000004b")).toBeDefined();
  });
});

describe("restarts and stops", () => {
  test("LPC-HOST-9, LPC-BMC-5: bmc-restart: the packet under way is given up, the stale Tx Begin ignored, the next arrives", () => {
    const name = "bmc-restart";
    expect(terms(name)).toEqual({ version: 3, mtu: 64 });
    expect(outcome(name, "host").counters).toMatchObject({ sessionsOpened: 2, sessionsLost: 1, packetsGivenUp: 1 });
    expect(outcome(name, "bmc")).toMatchObject({ received: [hexOf(8)], counters: { txBeginUnexpected: 1 } });
  });

  test("LPC-HOST-3, LPC-HOST-4: host-restart: the stale Tx Begin is discarded, the old session closed, the next packet arrives", () => {
    const name = "host-restart";
    expect(terms(name)).toEqual({ version: 3, mtu: 64 });
    expect(outcome(name, "bmc").counters).toMatchObject({ sessionsOpened: 2, reinitialised: 1, packetsGivenUp: 1 });
    expect(outcome(name, "host").received).toEqual([hexOf(8)]);
    const { rows } = scenario(name);
    const stale = rows.findIndex(
      (row) => isRegisterRow(row) && row.side === "host" && row.reg === "ODR" && row.value === "01",
    );
    expect(rows[stale]?.step).toBe("H0.3");
    expect(rows.slice(stale).find((row) => row.side === "host" && row.op === "kcs_write")?.step).toBe("H1.3");
  });

  test("LPC-HOST-12: host-stop: a close is the last that the host does, and the BMC leaves the session", () => {
    expect(outcome("host-stop", "host")).toMatchObject({ phase: "stopped", session: undefined });
    expect(outcome("host-stop", "bmc")).toMatchObject({ phase: "inactive", closure: "closedByHost" });
    const last = scenario("host-stop")
      .rows.filter(({ side }) => side === "host")
      .slice(-2);
    expect(last.map(({ step, value }) => [step, value])).toEqual([
      ["H1.2", "00000000"],
      ["H1.3", "00"],
    ]);
  });

  test("LPC-BMC-7: bmc-stop: STR is cleared, a dummy follows, and the host waits for BMC Active", () => {
    expect(outcome("bmc-stop", "bmc")).toMatchObject({ phase: "stopped", session: undefined });
    expect(outcome("bmc-stop", "host")).toMatchObject({ phase: "awaitingBmc", closure: "bmcInactive" });
    expect(stepsOf("bmc-stop", "bmc").slice(-3)).toEqual(["B6.1", "B6.2", "B6.3"]);
  });
});

describe("a reset of STR under both sides", () => {
  test("LPC-BMC-9: status-reset: the host waits, the BMC starts again, and the next packet arrives", () => {
    const name = "status-reset";
    expect(terms(name)).toEqual({ version: 3, mtu: 64 });
    expect(outcome(name, "host").counters).toMatchObject({ sessionsOpened: 2, sessionsLost: 1 });
    expect(outcome(name, "bmc").counters).toMatchObject({ sessionsOpened: 2, sessionsLost: 1, statusResetSeen: 1 });
    expect(outcome(name, "bmc").received).toEqual([hexOf(8)]);
    const { rows } = scenario(name);
    const reset = rows.findIndex(({ side }) => side === "lab");
    const after = rows.slice(reset + 1).filter(({ side }) => side === "bmc");
    expect(after.slice(0, 2).map(({ step }) => step)).toEqual(["B2.2", "B1.1"]);
  });
});

describe("faults", () => {
  test.each([
    ["LPC-BUF-5", "crc-failure", "crcMismatch"],
    ["LPC-BUF-4", "length-out-of-bounds", "lengthOutOfBounds"],
  ])(
    "%s: %s: the packet is dropped with Rx Complete, the session goes on, the next packet arrives",
    (_id, name, counter) => {
      expect(terms(name)).toEqual({ version: 3, mtu: 64 });
      expect(outcome(name, "bmc").counters).toMatchObject({ [counter]: 1, packetsReceived: 1, sessionsOpened: 1 });
      expect(outcome(name, "host").counters).toMatchObject({ packetsSent: 2, sessionsOpened: 1 });
      expect(outcome(name, "bmc").received).toEqual([hexOf(8)]);
    },
  );

  test("LPC-BUF-4: length-out-of-bounds: nothing of the packet is read", () => {
    const reads = scenario("length-out-of-bounds").rows.filter(({ step }) => step === "B2.6" || step === "B2.7");
    expect(reads.map((row) => (isRegisterRow(row) ? 0 : row.len))).toEqual([4, 4, 16]);
  });

  test("LPC-KCS-4, LPC-ERR-3: unknown-command: both sides ignore and count it, and the session goes on", () => {
    const name = "unknown-command";
    expect(terms(name)).toEqual({ version: 3, mtu: 64 });
    for (const role of ["host", "bmc"] as const) {
      expect(outcome(name, role).counters).toMatchObject({ unknownCommand: 1, sessionsOpened: 1 });
    }
    expect(outcome(name, "bmc").received).toEqual([hexOf(12)]);
    expect(commandsOf(scenario(name).rows, "bmc")).toEqual([0x55, 0x02]);
  });
});

describe("discovery", () => {
  test("LPC-MCTP-3: five requests, each after the response to the one before, to the null EID and then to the assigned", () => {
    const { rows } = scenario("discovery");
    const requests = framesOf(rows, "bmc").map(({ packet }) => [packet[1], packet[6]]);
    expect(requests).toEqual([
      [0, 0x04],
      [0, 0x01],
      [9, 0x02],
      [9, 0x05],
      [9, 0x03],
    ]);
    const responses = framesOf(rows, "host").map(({ packet }) => packet[6]);
    expect(responses).toEqual([0x04, 0x01, 0x02, 0x05, 0x03]);
    const order = rows.filter(({ step }) => step === "B5.1" || step === "H3.1").map(({ side }) => side);
    expect(order).toEqual(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? "bmc" : "host")));
  });

  test("LPC-HOST-8: the first Tx Begin is read before the session is judged, and answered", () => {
    const { rows } = scenario("discovery");
    const first = rows.findIndex(
      (row) => isRegisterRow(row) && row.side === "host" && row.reg === "ODR" && row.value === "01",
    );
    expect(rows[first]?.step).toBe("H0.3");
    expect(rows.slice(first).find((row) => row.step === "H2.14")?.value).toBe("02");
  });
});
