/** What the C implementation was recorded to do, judged: its ordinary traffic, and its mistakes. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Verdict } from "../../../src/core/judge/finding.ts";
import { decodeTrace, type TraceEntry } from "../../../src/core/trace/format.ts";
import { judged } from "../../support/judging.ts";

const DIRECTORY = join(__dirname, "../../vectors/bus");
const WINDOW_BYTES = 1 << 20;
const NAMES = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.replace(".jsonl", ""))
  .sort();

/** Findings that bind every peer, by recording; a recording that is not named has none. */
const MISTAKES: Readonly<Record<string, readonly string[]>> = {
  "06b-bmc-restart-coalesced": ["LPC-HOST-9 host"],
  "07b-host-restart-bmc-tx-pending": ["LPC-KCS-2 bmc", "LPC-MCTP-6 bmc"],
  "09c-length-too-big-host-to-bmc": ["LPC-BUF-4 bmc"],
  "09e-unknown-commands": ["LPC-HOST-16 host", "LPC-HOST-11 host"],
};

function rowsOf(name: string): readonly TraceEntry[] {
  const decoded = decodeTrace(readFileSync(join(DIRECTORY, `${name}.jsonl`), "utf8"));
  if (!decoded.ok) throw new Error(`${name}: line ${String(decoded.reject.line)}`);
  return decoded.value.rows;
}

function verdictOn(name: string, recorded: readonly RoleName[] = ["host", "bmc"]): Verdict {
  return judged(rowsOf(name), { windowBytes: WINDOW_BYTES, depth: 0, recorded });
}

function wireFindings({ findings }: Verdict): readonly string[] {
  return findings.filter(({ kind }) => kind === "wire").map(({ requirement, side }) => `${requirement} ${side}`);
}

test("there are recordings", () => {
  expect(NAMES.length).toBeGreaterThan(30);
  expect(NAMES).toEqual(expect.arrayContaining(Object.keys(MISTAKES)));
});

describe("LPC-HOST-9, LPC-HOST-11, LPC-HOST-16, LPC-KCS-2, LPC-MCTP-6, LPC-BUF-4: recordings of the C implementation", () => {
  test.each(NAMES)("%s: what binds every peer", (name) => {
    expect(wireFindings(verdictOn(name))).toEqual(MISTAKES[name] ?? []);
  });

  test.each(NAMES)("%s: what binds peers of the draft is no fault of an older one", (name) => {
    expect(verdictOn(name).findings.filter(({ kind }) => kind === "draft")).toEqual([]);
  });

  test.each(NAMES.filter((name) => MISTAKES[name] === undefined))("%s: a trace of one side alone", (name) => {
    for (const recorded of [["host"], ["bmc"]] as const) {
      expect(wireFindings(verdictOn(name, recorded))).toEqual([]);
    }
  });

  test("an older peer is noted once a session, by side", () => {
    const { olderPeers } = verdictOn("01-init-v3");
    expect(olderPeers.map(({ side }) => side)).toEqual(["bmc", "host"]);
  });

  test("LPC-BUF-3: a byte that was changed from outside is nobody's fault, one that was not is its sender's", () => {
    const rows = rowsOf("09a-crc-corrupt-host-to-bmc");
    const untouched = rows.filter(({ side }) => side !== "lab");
    const options = { windowBytes: WINDOW_BYTES, recorded: ["bmc"] as const };
    expect(wireFindings(judged(rows, options))).toEqual([]);
    expect(wireFindings(judged(untouched, options))).toEqual(["LPC-BUF-3 host"]);
  });

  test("say where, and what was lost", () => {
    const [overwritten] = verdictOn("07b-host-restart-bmc-tx-pending").findings;
    expect(overwritten).toMatchObject({ access: 40, cause: { name: "byteOverwritten" } });
    expect(overwritten?.cause?.text).toContain("Tx Begin");
  });
});
