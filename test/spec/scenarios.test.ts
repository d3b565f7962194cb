/** The recorded runs that the figures of the specification are drawn of: each shows what its requirements say. */
import { describe, expect, test } from "@jest/globals";
import { message } from "../../spec/generator/scenarios/messages.ts";
import { SCENARIOS, runScenarios } from "../../spec/generator/scenarios/all-scenarios.ts";
import type { Scenario, SideOutcome } from "../../spec/generator/scenarios/scenario.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { decodeTrace, encodeTrace, isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { isDrawn } from "../../src/core/trace/ladder-events.ts";
import { ladderPart } from "../../src/core/trace/ladder-part.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { commandsOf, framesOf } from "../interop/recorded-traces.ts";
import { readSpecification } from "../project/tables.ts";
import { judged, shortly } from "../support/judging.ts";

const NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);
const ROLES: readonly RoleName[] = ["host", "bmc"];

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

/** What is played by hand to do wrong is not judged. */
const PLAYED: Readonly<Record<string, readonly RoleName[]>> = {
  "refused-mtu": ["host"],
  "unknown-command": ["host", "bmc"],
  "crc-failure": ["host"],
  "length-out-of-bounds": ["host"],
};

describe("every scenario", () => {
  test("is the same when it is run again", () => {
    expect(JSON.stringify(runScenarios())).toBe(JSON.stringify(SCENARIOS));
  });

  test.each(NAMES)("LPC-KCS-2, LPC-KCS-3: %s: a trace in which both sides keep every rule", (name) => {
    const { rows, windowBytes } = scenario(name);
    expect(decodeTrace(encodeTrace(rows))).toEqual({ ok: true, value: { head: undefined, rows } });
    const { findings } = judged(rows, { windowBytes });
    const own = findings.filter(({ side }) => PLAYED[name]?.includes(side) !== true);
    // Most are told which versions to speak.
    expect(own.filter(({ requirement }) => requirement !== "LPC-VER-4").map(shortly)).toEqual([]);
  });

  test.each(NAMES)("%s: has a figure of one or two pages that begins and ends within the run", (name) => {
    const { rows, marks, figure } = scenario(name);
    expect(figure.from).toBeGreaterThanOrEqual(0);
    expect(figure.to).toBeLessThan(rows.length);
    const lines = ladderPart(rows, { ...figure, marks }).shown.filter(isDrawn).length;
    expect(lines).toBeGreaterThan(4);
    expect(lines).toBeLessThanOrEqual(name === "discovery" ? 60 : 50);
  });
});

describe("the steps that rows name", () => {
  /** What each step of clauses 10 and 11 has in its column of accesses. */
  const accesses = new Map(
    [...readSpecification("mctp-lpc.md").matchAll(/^\| ([HB]\d\.\d+) +\|[^|]*\| ([^|]*)\|/gm)].map(
      ([, step = "", access = ""]) => [step, access.trim()],
    ),
  );

  /** How the tables write what a row does. */
  function asTablesWrite(row: TraceRow): RegExp {
    if (!isRegisterRow(row)) return row.op === "lpc_read" ? /^read (?:0x|length|packet)/ : /^write (?:0x|length)/;
    return row.op === "kcs_read" ? new RegExp(`^read ${row.reg}$`) : new RegExp(`^${row.reg} = 0x${row.value}`);
  }

  test("are steps of the tables, and the tables have these accesses there", () => {
    expect(accesses.size).toBeGreaterThan(100);
    const wrong = SCENARIOS.flatMap(({ rows }) => rows)
      .filter(({ step }) => step !== undefined)
      .filter((row) => !asTablesWrite(row).test(accesses.get(row.step ?? "") ?? ""))
      .map(({ step, side, op }) => `${step ?? ""}: ${side} ${op}, not "${accesses.get(step ?? "") ?? ""}"`);
    expect(wrong).toEqual([]);
  });

  test("cover the host's start-up and the BMC's start in their order", () => {
    const host = stepsOf("start-up-v3", "host").filter((step) => step.startsWith("H1."));
    const numbers = [2, 3, 7, 8, 10, 11, 12, 13, 14, 15, 20, 21];
    expect(host).toEqual(numbers.map((number) => `H1.${number}`));
    const bmc = stepsOf("start-up-v3", "bmc").filter((step) => step.startsWith("B1."));
    expect(bmc).toEqual(["B1.1", "B1.2", "B1.3", "B1.4", "B1.3", "B1.5", "B1.6", "B1.7", "B1.8"]);
  });
});

type Counters = Readonly<Record<string, number>>;

/** Version and MTU of the session at the end, and what both sides have counted. */
const SESSIONS: readonly (readonly [string, string, number, number, Counters, Counters])[] = [
  ["LPC-VER-1", "start-up-v1", 1, 64, { sessionsOpened: 1 }, { sessionsOpened: 1, announceTimeout: 1 }],
  ["LPC-VER-1", "start-up-v2", 2, 524144, { sessionsOpened: 1 }, { sessionsOpened: 1, announceTimeout: 1 }],
  ["LPC-VER-1", "start-up-v3", 3, 524144, { sessionsOpened: 1 }, { sessionsOpened: 1, announceTimeout: 1 }],
  ["LPC-MTU-4", "start-up-host-first", 3, 524144, { sessionsOpened: 1 }, { sessionsOpened: 1 }],
  ["LPC-MTU-3, LPC-MTU-4", "mtu-negotiation", 3, 4096, {}, {}],
  ["LPC-MTU-3, LPC-MTU-4", "mtu-room", 3, 4096, {}, {}],
  ["LPC-HOST-9", "bmc-restart", 3, 64, { sessionsLost: 1, packetsGivenUp: 1 }, { txBeginUnexpected: 1 }],
  ["LPC-HOST-3", "host-restart", 3, 64, {}, { sessionsOpened: 2, reinitialised: 1, packetsGivenUp: 1 }],
  ["LPC-BMC-9", "status-reset", 3, 64, { sessionsLost: 1 }, { sessionsOpened: 2, statusResetSeen: 1 }],
  ["LPC-BUF-5", "crc-failure", 3, 64, { packetsSent: 2 }, { crcMismatch: 1, packetsReceived: 1, sessionsOpened: 1 }],
  ["LPC-BUF-4", "length-out-of-bounds", 3, 64, { packetsSent: 2 }, { lengthOutOfBounds: 1, packetsReceived: 1 }],
  ["LPC-KCS-4, LPC-ERR-3", "unknown-command", 3, 64, { unknownCommand: 1 }, { unknownCommand: 1, sessionsOpened: 1 }],
];

test.each(SESSIONS)("%s: %s: a session of version %i with MTU %i, counted so", (_id, name, version, mtu, host, bmc) => {
  expect(terms(name)).toEqual({ version, mtu });
  expect(outcome(name, "host").counters).toMatchObject(host);
  expect(outcome(name, "bmc").counters).toMatchObject(bmc);
});

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
  // Length, header, message, and the CRC-32 in version 3 alone.
  expect(frame?.hex).toMatch(new RegExp(`^00000010.{8}${hexOf(12)}${version === 3 ? ".{8}" : ""}$`));
  expect(outcome(name, sender === "host" ? "bmc" : "host").received).toEqual([hexOf(12)]);
  expect(outcome(name, sender).counters).toMatchObject({ packetsSent: 1, messagesSent: 1 });
});

test("a fault on the way costs what was under way; the next message arrives", () => {
  const received = (name: string, role: RoleName): readonly string[] => outcome(name, role).received;
  for (const name of ["bmc-restart", "status-reset", "crc-failure", "length-out-of-bounds"]) {
    expect([name, received(name, "bmc")]).toEqual([name, [hexOf(8)]]);
  }
  expect(received("host-restart", "host")).toEqual([hexOf(8)]);
  expect(received("unknown-command", "bmc")).toEqual([hexOf(12)]);
  expect(commandsOf(scenario("unknown-command").rows, "bmc")).toEqual([0x55, 0x02]);
});

test("LPC-BMC-1, LPC-TIME-1: the BMC waits T_ann where nobody reads, and not at all where a host does", () => {
  expect(scenario("start-up-v3").rows.find((row) => row.step === "B1.8")?.t).toBe(500_000_000);
  const { rows } = scenario("start-up-host-first");
  expect(rows.filter((row) => row.step === "B1.4")).toHaveLength(2);
  expect(rows.at(-1)?.t).toBe(0);
});

test("LPC-HOST-1: the host that comes first writes nothing before BMC Active", () => {
  const { rows } = scenario("start-up-host-first");
  const early = rows.slice(
    0,
    rows.findIndex((row) => row.step === "B1.8"),
  );
  const ofHost = early.filter(({ side }) => side === "host");
  expect(ofHost.length).toBeGreaterThan(2);
  expect(ofHost.filter(({ op }) => op !== "kcs_read" && op !== "lpc_read")).toEqual([]);
});

test("LPC-KCS-6: both-directions: both arrive, Rx Complete goes out before Tx Begin", () => {
  expect(ROLES.map((role) => outcome("both-directions", role).received)).toEqual([[hexOf(20)], [hexOf(12)]]);
  expect(commandsOf(scenario("both-directions").rows, "bmc")).toEqual([0x02, 0x01]);
});

test("LPC-BUF-7, LPC-BUF-9: message-of-three-packets: 64, 64 and 22 bytes, each behind the Rx Complete before", () => {
  const { rows } = scenario("message-of-three-packets");
  expect(framesOf(rows, "host").map(({ packet }) => packet.length - 4)).toEqual([64, 64, 22]);
  expect(outcome("message-of-three-packets", "bmc").received).toEqual([hexOf(150)]);
  const order = rows.filter(({ step }) => step === "H3.1" || step === "B4.2").map(({ step }) => step);
  expect(order).toEqual(["H3.1", "B4.2", "H3.1", "B4.2", "H3.1", "B4.2"]);
});

test("LPC-VER-2, LPC-TIME-2: refused-version: asked twice at once, once more after a second, and no session", () => {
  const refused = [2, 3].map((versionRefused) => ({ session: undefined, counters: { versionRefused } }));
  expect(ROLES.map((role) => outcome("refused-version", role))).toMatchObject(refused);
  expect(outcome("refused-version", "host").phase).toBe("resting");
  const { rows } = scenario("refused-version");
  expect(rows.filter((row) => row.step === "H1.13").map(({ t }) => t)).toEqual([0, 0, 1_000_000_000]);
  // LPC-BMC-8: nothing but dummies.
  const bytes = rows.filter((row) => row.side === "bmc" && isRegisterRow(row) && row.reg === "ODR");
  expect(new Set(bytes.map(({ value }) => value))).toEqual(new Set(["ff"]));
});

test("LPC-MTU-7, LPC-MTU-8: refused-mtu: the BMC refuses 75 and writes its whole offer again", () => {
  const expected = { session: undefined, closeReason: "mtuRefused", counters: { mtuRefused: 1 } };
  expect(outcome("refused-mtu", "bmc")).toMatchObject(expected);
  const { rows } = scenario("refused-mtu");
  const layouts = rows.filter((row) => row.step === "B3.5").map(({ value }) => value);
  expect(layouts).toEqual(["000001000000004c0000014c0000004c", "000001000000004c0000014c0000004c"]);
  expect(rows.find((row) => row.side === "host" && row.value === "0000004b")).toBeDefined();
});

test("LPC-HOST-12: host-stop: a close is the last that the host does, and the BMC leaves the session", () => {
  expect(outcome("host-stop", "host")).toMatchObject({ phase: "stopped", session: undefined });
  expect(outcome("host-stop", "bmc")).toMatchObject({ phase: "inactive", closeReason: "closedByHost" });
  expect(stepsOf("host-stop", "host").slice(-2)).toEqual(["H1.2", "H1.3"]);
});

test("LPC-BMC-7: bmc-stop: STR is cleared, a dummy follows, and the host waits for BMC Active", () => {
  expect(outcome("bmc-stop", "bmc")).toMatchObject({ phase: "stopped", session: undefined });
  expect(outcome("bmc-stop", "host")).toMatchObject({ phase: "awaitingBmc", closeReason: "bmcInactive" });
  expect(stepsOf("bmc-stop", "bmc").slice(-3)).toEqual(["B6.1", "B6.2", "B6.3"]);
});

test("LPC-BUF-4: length-out-of-bounds: nothing of the packet is read", () => {
  const reads = scenario("length-out-of-bounds").rows.filter(({ step }) => step === "B2.6" || step === "B2.7");
  expect(reads.map((row) => (isRegisterRow(row) ? 0 : row.len))).toEqual([4, 4, 16]);
});

test.each([
  ["LPC-HOST-4", "host-restart"],
  ["LPC-HOST-8", "discovery"],
])("%s: %s: the Tx Begin that is not of this session, or comes before it is judged, is read by H0.3", (_id, name) => {
  const { rows } = scenario(name);
  const first = rows.find(
    (row) => row.side === "host" && isRegisterRow(row) && row.reg === "ODR" && row.value === "01",
  );
  expect(first?.step).toBe("H0.3");
});

test("LPC-MCTP-3: discovery: five requests, each after the response to the one before, to the null EID and then to the assigned", () => {
  const { rows } = scenario("discovery");
  const requests = framesOf(rows, "bmc").map(({ packet }) => [packet[1], packet[6]]);
  const expected = [0, 0, 9, 9, 9].map((eid, index) => [eid, [0x04, 0x01, 0x02, 0x05, 0x03][index]]);
  expect(requests).toEqual(expected);
  expect(framesOf(rows, "host").map(({ packet }) => packet[6])).toEqual(requests.map(([, command]) => command));
  const order = rows.filter(({ step }) => step === "B5.1" || step === "H3.1").map(({ side }) => side);
  expect(order).toEqual(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? "bmc" : "host")));
});
