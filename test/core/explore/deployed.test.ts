/**
 * Our sides with deployed peers, access by access, in every interleaving, with registers alone and behind a driver that
 * holds a byte: what they live with, what they cure, and what they cannot. `MCTP_LPC_LONG=1 npx jest test/core/explore/deployed` explores the larger cases, too: minutes, and up to 2 GiB.
 */
import { describe, expect, test } from "@jest/globals";
import { WINDOW_BYTES } from "../../../src/cli/explore/models.ts";
import { readExplorationRecord, type RecordedCase } from "../../../spec/generator/tables/exploration-record.ts";
import { tellRun, type ToldRun } from "../../../src/core/explore/run-trace.ts";
import { Search } from "../../../src/core/explore/search.ts";
import { World } from "../../../src/core/explore/world.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import { byteOf, isRegisterRow } from "../../../src/core/trace/format.ts";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST, type Case } from "./deployed-cases.ts";

const LIMIT = 10_000_000;
const LIMIT_MILLISECONDS = 600_000;
const takesLong = process.env["MCTP_LPC_LONG"] === "1";

function chosen(cases: readonly Case[]): readonly (readonly [string, Case])[] {
  return cases.filter(({ isLong }) => takesLong || !isLong).map((one) => [one.scenario.text, one]);
}

/**
 * The host takes a dummy, with Channel Active set in STR, by a look at STR that it was not yet set in; or is about to, for
 * the shortest run to where all is lost may end there.
 */
function showsF1({ moves }: ToldRun): boolean {
  let isActive = false;
  let lastLook = 0;
  let mayTakeDummy = false;
  let hasTaken = false;
  for (const { row } of moves) {
    if (row === undefined || !isRegisterRow(row)) continue;
    const value = byteOf(row);
    if (row.reg === "STR" && row.op === "kcs_write") isActive = (value & Status.CHANNEL_ACTIVE) !== 0;
    if (row.reg === "STR" && row.op === "kcs_read" && row.side === "host") lastLook = value;
    mayTakeDummy = isActive && (lastLook & Status.OBF) !== 0 && (lastLook & Status.CHANNEL_ACTIVE) === 0;
    hasTaken ||= mayTakeDummy && row.reg === "ODR" && row.op === "kcs_read" && value === Command.DUMMY;
  }
  return hasTaken || mayTakeDummy;
}

const { ourHost, ourBmc, bothDeployed, leftOut } = readExplorationRecord(process.cwd());

function explore({ scenario, finding: expected, showsF1: wantsF1 }: Case, recorded: readonly RecordedCase[]): void {
  const { finding, complete, states, ends } = new Search(new World(scenario, WINDOW_BYTES), {
    stateLimit: LIMIT,
  }).run();
  // Annex I says so; `npm run exploration` records it anew.
  expect(recorded).toContainEqual(expect.objectContaining({ text: scenario.text, states }));
  if (expected === undefined) {
    expect(finding).toBeUndefined();
    expect(complete).toBe(true);
    expect(ends).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(500);
    return;
  }
  expect(finding).toMatchObject({ kind: expected.kind, what: expect.stringMatching(expected.what) });
  const told = tellRun(new World(scenario, WINDOW_BYTES), finding?.moves ?? []);
  expect(told.moves.at(-1)?.violation).toBe(expected.kind === "broken" ? finding?.what : undefined);
  if (wantsF1) expect(showsF1(told)).toBe(true);
}

describe("LPC-HOST-3, LPC-HOST-4, LPC-HOST-6, LPC-HOST-7, LPC-HOST-9, LPC-BUF-7: our host with a deployed BMC", () => {
  test.each(chosen(OUR_HOST))(
    "%s",
    (_, one) => {
      explore(one, ourHost);
    },
    LIMIT_MILLISECONDS,
  );
});

describe("LPC-KCS-2, LPC-KCS-6, LPC-BMC-1, LPC-BMC-3, LPC-BMC-4, LPC-BMC-6, LPC-BMC-9, LPC-MTU-4: our BMC with a deployed host", () => {
  test.each(chosen(OUR_BMC))(
    "%s",
    (_, one) => {
      explore(one, ourBmc);
    },
    LIMIT_MILLISECONDS,
  );
});

describe("deployed sides at both ends", () => {
  test.each(chosen(BOTH_DEPLOYED))(
    "%s",
    (_, one) => {
      explore(one, bothDeployed);
    },
    LIMIT_MILLISECONDS,
  );
});

describe("with a ruling left out", () => {
  test.each(chosen(LEFT_OUT))(
    "%s",
    (_, one) => {
      explore(one, leftOut);
    },
    LIMIT_MILLISECONDS,
  );
});
