/** The rows of a traced pair name the step of every access, as the tables of clauses 10 and 11 list them. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { BMC_STEPS } from "../../bmc/role/steps.ts";
import { HOST_STEPS } from "../../host/role/steps.ts";
import { Field } from "../../src/core/binding/control-region.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import { testMessage } from "../support/endpoints.ts";
import { Pair, type PairOptions } from "../support/pair.ts";

const STEPS: Readonly<Record<string, Readonly<Record<string, string>>>> = { host: HOST_STEPS, bmc: BMC_STEPS };

/** Everything that both sides do on their boards in these runs. */
const rows: TraceRow[] = [];

function traced(options: PairOptions = {}): Pair {
  const recorder = new TraceRecorder((row) => rows.push(row));
  return new Pair({
    ...options,
    wrapHost: (platform) => recorder.traceHost(platform),
    wrapBmc: (platform) => recorder.traceBmc(platform),
  });
}

/** The access that a row tells of, in the words of the tables. */
function accessOf(row: TraceRow): string {
  if (!isRegisterRow(row)) return row.op === "lpc_read" ? "readWindow" : "writeWindow";
  const verb = row.op === "kcs_read" ? "read" : "write";
  return verb + { STR: "Status", IDR: "Idr", ODR: "Odr" }[row.reg];
}

/** Messages of both ways, small and large, and both orderly ends. */
function life(depth: Depth, options: PairOptions): void {
  const pair = traced({ ...options, depth }).bringUp();
  for (const length of [10, 2000]) {
    for (const direction of ["hostToBmc", "bmcToHost"] as const) pair.deliver(direction, testMessage(length));
  }
  for (let count = 0; count < 20; count++) {
    pair.send("hostToBmc", testMessage(100, count));
    pair.send("bmcToHost", testMessage(100, count));
  }
  pair.settle();
  pair.restart("host", "orderly");
  pair.bringUp();
  pair.end("bmc", "orderly");
  pair.settle();
}

/** The BMC takes a Tx Begin and finds the next command behind the packet. */
function commandBehindPacket(): void {
  /** Before this step the other side has a turn. */
  let interrupted: string | undefined;
  const pair: Pair = traced({
    host: { mtu: 64 },
    beforeAccess: (role, access) => {
      if (access.step !== interrupted) return;
      interrupted = undefined;
      pair.turn(role === "host" ? "bmc" : "host");
    },
  }).bringUp();
  // Both have written Tx Begin; the host's Rx Complete follows as soon as IDR is empty.
  for (const direction of ["bmcToHost", "hostToBmc"] as const) pair.send(direction, testMessage(10));
  interrupted = "H2.15";
  pair.turn("host");
  interrupted = "B2.8";
  pair.turn("bmc");
  pair.settle();
}

/** Refused, rested and asked again. */
function refusals(): void {
  traced({ host: { versions: { min: 2, cur: 3 } }, bmc: { versions: { min: 1, cur: 1 } } }).pass(2500);
}

/** The answer names no version by the time that the host reads it. */
function invalidAnswer(): void {
  const pair: Pair = traced({
    beforeAccess: (_, access) => {
      if (access.step === "H1.20") pair.board.window.fill(0, Field.negotiatedVersion, Field.pad);
    },
  });
  pair.pass(10);
}

describe("steps in traces", () => {
  beforeAll(() => {
    for (const depth of [0, 1] as const) {
      life(depth, {});
      life(depth, { host: { versions: { min: 1, cur: 1 } } });
    }
    commandBehindPacket();
    refusals();
    invalidAnswer();
  });

  test("LPC-HOST-7, LPC-BMC-4: every row names a step of its side, and makes the access of that step", () => {
    const wrong = rows.filter((row) => row.step === undefined || STEPS[row.side]?.[row.step] !== accessOf(row));
    expect(wrong).toEqual([]);
  });

  test.each(Object.entries(STEPS))("every step of the %s that makes an access is in some row", (side, steps) => {
    const seen = new Set(rows.filter((row) => row.side === side).map((row) => row.step));
    const accesses = Object.keys(steps).filter((step) => steps[step] !== "none");
    expect(accesses.filter((step) => !seen.has(step))).toEqual([]);
  });
});
