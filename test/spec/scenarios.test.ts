/** The recorded runs that the figures of the specification are drawn of: each shows what its requirements say. */
import { describe, expect, test } from "@jest/globals";
import { message } from "../../spec/generator/scenarios/messages.ts";
import { SCENARIOS } from "../../spec/generator/scenarios/all-scenarios.ts";
import type { Scenario, SideOutcome } from "../../spec/generator/scenarios/scenario.ts";
import type { RoleName } from "../../src/core/binding/side.ts";
import { decodeTrace, encodeTrace, isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { isDrawn } from "../../src/core/trace/ladder-events.ts";
import { ladderPart } from "../../src/core/trace/ladder-part.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { framesOf } from "../interop/recorded-traces.ts";
import { readSpecification } from "../project/tables.ts";
import { judged, shortly } from "../support/judging.ts";

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
