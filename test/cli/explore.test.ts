import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readExplorationRecord } from "../../spec/generator/tables/exploration-record.ts";
import { CONFIGURATIONS } from "../../src/cli/explore/configurations.ts";
import { IMPOSSIBLE } from "../../src/cli/explore/impossible.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

/** Refuted in a second, by a run of some thirty accesses. */
const REFUTED = "dead-peer";

const recorded = new Map(readExplorationRecord(PROJECT).configurations.map((one) => [one.name, one]));

/** "31 831 817" */
function count(...values: readonly number[]): string {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum.toLocaleString("en").replaceAll(",", " ");
}

describe("mctp-lpc explore", () => {
  test("--list names every configuration with its words", async () => {
    const { code, stdout, stderr } = await runHere(sandbox, "explore", "--list");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { scenario } of [...CONFIGURATIONS, ...IMPOSSIBLE]) {
      expect(stdout).toMatch(new RegExp(`^${scenario.name.replaceAll("+", "\\+")} +\\S`, "m"));
      expect(stdout).toContain(scenario.text);
    }
  });

  test("a search without a finding: one line each, a sum, status 0", async () => {
    const { code, stdout, stderr } = await sandbox.run("explore", "one-way-down", "refused");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [down, refused] = [recorded.get("one-way-down")!, recorded.get("refused")!];
    for (const { name, states, transitions } of [down, refused]) {
      expect(stdout).toMatch(new RegExp(`^${name} +${count(states)} +${count(transitions)} .* nothing$`, "m"));
    }
    const together = [count(down.states, refused.states), count(down.transitions, refused.transitions)];
    expect(stdout).toMatch(new RegExp(`^together +${together.join(" +")} `, "m"));
  });

  test("--json: the same for programs, in the order of the names", async () => {
    const { code, stdout } = await sandbox.run("explore", "refused", "one-way-down", "--json");
    const { explorations } = JSON.parse(stdout) as { explorations: readonly object[] };
    expect(code).toBe(0);
    expect(explorations).toMatchObject([
      { name: "refused", states: recorded.get("refused")!.states, complete: true },
      { name: "one-way-down", states: recorded.get("one-way-down")!.states, complete: true },
    ]);
  });

  test("a finding is drawn, saved, made a picture of, and drawn again; status 1 for having found it", async () => {
    const [saved, picture] = [sandbox.path("run.json"), sandbox.path("run.svg")];
    const found = await sandbox.run("explore", REFUTED, "--save", saved, "--svg", picture);
    expect(found.code).toBe(1);
    expect(found.stderr).toBe(`the run is in ${saved}\nthe drawing is in ${picture}\n`);
    const drawn = found.stdout.slice(found.stdout.indexOf(`${REFUTED}: stuck, `));
    expect(drawn).toMatch(/IDR = 01 Tx Begin[\s\S]*the BMC is killed[\s\S]*nothing more happens/);
    expect(readFileSync(picture, "utf8")).toMatch(/^<svg [\s\S]*the BMC is killed[\s\S]*<\/svg>\s*$/);
    const replayed = await sandbox.run("explore", "--replay", saved);
    expect(replayed).toMatchObject({ code: 0, stderr: "", stdout: drawn });
  });

  test("a search that is cut short says so, and ends with status 1", async () => {
    const { code, stdout } = await sandbox.run("explore", "v3", "--states", "1000");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^v3 .* not complete$/m);
    expect(stdout).toContain("v3: given up at the limit of states; --states sets it");
  });

  test.each<[string, readonly string[], RegExp]>([
    ["an unknown name", ["lost"], /no configuration "lost"; near it: lost-interrupt, .* explore --list prints all \d+/],
    ["names and --full", ["v3", "--full"], /Configurations by name do not go with --full/],
    ["no number of states", ["v3", "--states", "many"], /Give a whole number of 1 or more/],
    ["a device in place of a run", ["--replay", "/dev/zero"], /cannot read a run from \/dev\/zero: it is a device/],
    [
      "no such run",
      ["--replay", "/nonexistent/run.json"],
      /^mctp-lpc: cannot read a run from \/nonexistent\/run\.json: there is no such file; --save writes one\n$/,
    ],
    ["a list with names", ["--list", "v3"], /Configurations by name do not go with --list/],
    ["a list and a run", ["--list", "--replay", "x", "--svg", "y"], /'--list' cannot be used with option '--/],
    ["a run and names", ["v3", "--replay", "x"], /Configurations by name do not go with --replay/],
    ["an empty name of a file", ["--save="], /A file cannot be empty/],
    [
      "a picture that cannot be written",
      [REFUTED, "--svg", "/nonexistent/a.svg"],
      /cannot write \/nonexistent\/a\.svg/,
    ],
  ])("%s: a status that no finding has, and what to do", async (_, args, message) => {
    const { code, stderr } = await runHere(sandbox, "explore", ...args);
    expect(code).toBe(/^mctp-lpc: cannot /.test(stderr) ? 2 : 64);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\bat .*\.js:/);
  });

  test("a place for the run that cannot be written is refused before the search", async () => {
    for (const option of ["--save", "--svg"]) {
      expect(await runHere(sandbox, "explore", REFUTED, option, "/nonexistent/run")).toMatchObject({
        code: 2,
        stdout: "",
        stderr: "mctp-lpc: cannot write /nonexistent/run: the folder does not exist\n",
      });
    }
  });

  test("nothing was found: it says that there is nothing to save, and what was there stays", async () => {
    const [there, missing] = [sandbox.path("there.json"), sandbox.path("missing.json")];
    writeFileSync(there, "kept");
    for (const path of [there, missing]) {
      const { code, stderr } = await sandbox.run("explore", "refused", "--save", path);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: `nothing was found: there is no run to be written to ${path}\n`,
      });
    }
    expect(readFileSync(there, "utf8")).toBe("kept");
    expect(existsSync(missing)).toBe(false);
  });

  test.each<[string, string, RegExp]>([
    ["not JSON", "{", /cannot read a run/],
    [
      "bytes that are none of text",
      "\u001b[2J\u0007{",
      /^mctp-lpc: cannot read a run from \S+: it is no JSON; --save writes a run\n$/,
    ],
    [
      "a name that speaks to the terminal",
      `{"configuration":"\\u001b[2J","moves":[],"cycle":[]}`,
      /^mctp-lpc: [ -~]* holds no run that --save wrote[ -~]*\n$/,
    ],
    [
      "a name without end",
      `{"configuration":"${"x".repeat(5000)}","moves":[],"cycle":[]}`,
      /no configuration "x{40}…"/,
    ],
    ["far too large", " ".repeat(64 * 1024 * 1024 + 1), /its 67108865 bytes are too large, at most 67108864/],
    ["no run", "[]", /holds no run: --save writes one/],
    ["an unknown move", `{"configuration":"v3","moves":["fly"],"cycle":[]}`, /"fly" is no move of a run/],
    ["a move that is not possible", `{"configuration":"v3","moves":["hostKilled"],"cycle":[]}`, /the run does not fit/],
  ])("a saved run that is damaged, %s", async (_, text, message) => {
    const file = sandbox.path("damaged.json");
    writeFileSync(file, text);
    const { code, stderr } = await runHere(sandbox, "explore", "--replay", file);
    expect(code).toBe(stderr.includes("no configuration") ? 64 : 2);
    expect(stderr).toMatch(message);
  });
});
