/**
 * A conformance run on the FUSE board, whose files behave as the drivers of a BMC and of a PowerNV host do: our agents pass
 * every case that a run on devices plays by default.
 */
import { afterEach, beforeEach, expect, jest } from "@jest/globals";
import type { RoleName } from "../../src/core/binding/side.ts";
import { boardOfFile, needsFuseMapping } from "../support/fuse-board.ts";
import { Sandbox, finish } from "../support/processes.ts";

const LIMIT_MILLISECONDS = 300_000;
/** A run without --destructive leaves out what a deployed implementation may not survive. */
const LEAST_CASES = 60;

jest.setTimeout(2 * LIMIT_MILLISECONDS);

interface Report {
  readonly cases: readonly { readonly name: string; readonly outcome: string }[];
}

const board = boardOfFile({ depth: 1 });
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** What each side is reached by. */
function platformOf(side: RoleName): string {
  return side === "bmc"
    ? `raw-kcs:${board().path("raw-kcs3")},lpc=${board().path("aspeed-lpc-ctrl")},map=0x0ff00000`
    : `powernv:${board().folder}/dev`;
}

for (const side of ["bmc", "host"] as const) {
  needsFuseMapping(`${side}: our agent passes what is played by default`, async () => {
    const other = side === "bmc" ? "host" : "bmc";
    await sandbox.agent(side, "--platform", platformOf(side));
    const words = ["conform", side, "--platform", platformOf(other), "--json"];
    const { code, stdout, stderr } = await finish(await sandbox.launch(words), LIMIT_MILLISECONDS);
    const report = JSON.parse(stdout) as Report;
    expect(report.cases.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(report.cases.filter(({ outcome }) => outcome === "pass").length).toBeGreaterThanOrEqual(LEAST_CASES);
  });
}
