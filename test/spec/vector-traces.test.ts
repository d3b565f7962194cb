/** The traces: either side of this program makes every access of them, in step, and no other. */
import { describe, expect, test } from "@jest/globals";
import { createBmcSide } from "../../bmc/role/side.ts";
import { BMC_STEPS } from "../../bmc/role/steps.ts";
import { HOST_ROLE, createHostSide } from "../../host/role/side.ts";
import { HOST_DEFAULTS, newHostState } from "../../host/role/state.ts";
import { HOST_STEPS } from "../../host/role/steps.ts";
import { VECTOR_RUNS } from "../../spec/generator/vectors/vectors.ts";
import { askedSize, bufferBytes, largestMtu } from "../../src/core/binding/layout.ts";
import { Side, type RoleName } from "../../src/core/binding/side.ts";
import { negotiateVersion } from "../../src/core/binding/versions.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { isRegisterRow } from "../../src/core/trace/format.ts";
import { judged, shortly } from "../support/judging.ts";
import { PROJECT } from "../support/processes.ts";
import type { RoleCode } from "../support/vectors/code.ts";
import { playSteps } from "../support/vectors/step-players.ts";
import { playTrace, rowText } from "../support/vectors/trace-player.ts";
import type { TraceVector, VectorRow } from "../support/vectors/vector-types.ts";
import { VectorSet } from "../support/vectors/vector-set.ts";

const OWN: RoleCode = {
  createBmcSide,
  createHostSide,
  HOST_ROLE,
  HOST_DEFAULTS,
  newHostState,
  EndpointCore,
  Side,
  askedSize,
  bufferBytes,
  largestMtu,
  negotiateVersion,
};
const VECTORS = new VectorSet(PROJECT);
const TRACES = new Map(VECTORS.traces);

function trace(name: string): TraceVector {
  const found = TRACES.get(name);
  if (found === undefined) throw new Error(`there is no trace ${name}`);
  return found;
}

/** The side's own accesses that a program made. */
function ownRows({ rows }: TraceVector, role: RoleName): readonly VectorRow[] {
  return rows.filter(({ side, byHand }) => side === role && byHand !== true);
}

const PLAYED = [...TRACES].flatMap(([name, { host, bmc }]) => [
  ...(host.byHand ? [] : [[name, "host"] as const]),
  ...(bmc.byHand ? [] : [[name, "bmc"] as const]),
]);

describe("LPC-HOST-16, LPC-BMC-13: each trace", () => {
  test.each(PLAYED)(
    "LPC-HOST-16, LPC-BMC-13: %s: the %s of this program makes its accesses, and no others",
    (name, role) => {
      expect(playTrace(trace(name), role, OWN)).toBeUndefined();
    },
  );

  test("all steps of clauses 10 and 11 that make an access are in one of them", () => {
    const made = Object.entries({ ...HOST_STEPS, ...BMC_STEPS })
      .filter(([, access]) => access !== "none")
      .map(([step]) => step);
    const seen = new Set([...TRACES.values()].flatMap(({ rows }) => rows.map(({ step }) => step)));
    expect(made.filter((step) => !seen.has(step))).toEqual([]);
  });

  test("both depths are there, refusals, every version, and each thing that a reader needs a trace for", () => {
    const all = [...TRACES.values()];
    expect(new Set(all.map(({ depth }) => depth))).toEqual(new Set([0, 1]));
    const counted = new Set(
      all.flatMap(({ outcome: { host, bmc } }) => [host, bmc].flatMap((one) => Object.keys(one?.counted ?? {}))),
    );
    const expected = [
      "announceTimeout",
      "transmitStalled",
      "layoutInvalid",
      "negotiatedVersionInvalid",
      "magicMismatch",
    ];
    expect([...counted]).toEqual(expect.arrayContaining(expected));
    const sessions = all.flatMap(({ outcome: { host, bmc } }) => [host?.session, bmc?.session]);
    expect(sessions.some((one) => one !== null && one !== undefined && one.mtu.hostToBmc !== one.mtu.bmcToHost)).toBe(
      true,
    );
  });

  test.each(VECTOR_RUNS.map((run) => [run.name, run] as const))(
    "LPC-KCS-2, LPC-KCS-3: %s: a side that a program runs keeps every rule",
    (_name, { rows, windowBytes, configuration }) => {
      const { findings } = judged(rows, { windowBytes });
      const own = findings.filter(
        ({ side, requirement }) => !configuration[side].byHand && requirement !== "LPC-VER-4",
      );
      expect(own.map(shortly)).toEqual([]);
    },
  );
});

describe("the player of traces", () => {
  const subjects = [
    ["depth-1", "host"],
    ["depth-1", "bmc"],
    ["stray-bytes-host", "host"],
    ["behind-packet", "bmc"],
  ] as const;

  test.each(subjects)("%s, %s: another value in any row of the side is a difference", (name, role) => {
    const whole = trace(name);
    const unseen = ownRows(whole, role).filter((row) => {
      const value = (row.value.startsWith("0") ? "1" : "0") + row.value.slice(1);
      const rows = whole.rows.map((one) => (one.n === row.n ? { ...one, value } : one));
      return playTrace({ ...whole, rows }, role, OWN) === undefined;
    });
    expect(unseen.map(rowText)).toEqual([]);
  });

  test.each(subjects)(
    "%s, %s: an access that is not in the trace is a difference, a further read of STR is none",
    (name, role) => {
      const whole = trace(name);
      for (const row of ownRows(whole, role)) {
        // As long as no mark and no packet has its place behind the row.
        const rows = whole.rows.filter(({ n }) => n !== row.n);
        const shifted = <Item extends { readonly before: number }>(items: readonly Item[]): readonly Item[] =>
          items.map((item) => (item.before > row.n ? { ...item, before: item.before - 1 } : item));
        const shorter = { ...whole, rows, marks: shifted(whole.marks), packets: shifted(whole.packets) };
        const isLook = isRegisterRow(row) && row.op === "kcs_read" && row.reg === "STR";
        // A look that ends a round may be all that the side does when it is called.
        const next = whole.rows[row.n + 1];
        if (isLook && (next?.side !== role || next.t !== row.t)) continue;
        const difference = playTrace(shorter, role, OWN);
        expect([rowText(row), difference === undefined]).toEqual([rowText(row), isLook]);
      }
    },
  );

  test("a packet, a count or a session that is not as the trace has it is a difference", () => {
    const whole = trace("stray-bytes-host");
    const { host } = whole.outcome;
    if (host === null) throw new Error("the host was not run by a program");
    const isFound = (changes: Partial<TraceVector>): boolean =>
      playTrace({ ...whole, ...changes }, "host", OWN) !== undefined;
    const delivered = whole.packets.filter(({ what }) => what !== "delivered");
    expect(isFound({ packets: delivered })).toBe(true);
    expect(isFound({ outcome: { ...whole.outcome, host: { ...host, session: null } } })).toBe(true);
    const counted = { ...host.counted, unknownCommand: 7 };
    expect(isFound({ outcome: { ...whole.outcome, host: { ...host, counted } } })).toBe(true);
  });
});

test("LPC-MTU-3, LPC-MTU-5, LPC-BUF-1, LPC-MCTP-6, LPC-ERR-5: the vectors of one step are passed by this program", () => {
  expect(playSteps(VECTORS.part, OWN)).toBeUndefined();
});
