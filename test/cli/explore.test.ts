import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { readExplorationRecord } from "../../spec/generator/tables/exploration-record.ts";
import { CONFIGURATIONS } from "../../src/cli/explore/configurations.ts";
import { IMPOSSIBLE } from "../../src/cli/explore/impossible.ts";
import { PROJECT, Sandbox } from "../support/processes.ts";

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
    const { code, stdout, stderr } = await sandbox.run("explore", "--list");
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
    ["an unknown name", ["nonsense"], /there is no configuration "nonsense": there are v3, /],
    ["names and --full", ["v3", "--full"], /name configurations, or give --full, not both/],
    ["no number of states", ["v3", "--states", "many"], /a whole number from 1 is wanted/],
    ["no such run", ["--replay", "/nonexistent/run.json"], /cannot read a run from \/nonexistent\/run\.json/],
    [
      "a picture that cannot be written",
      [REFUTED, "--svg", "/nonexistent/a.svg"],
      /cannot write \/nonexistent\/a\.svg/,
    ],
  ])("%s: status 1, and what to do", async (_, args, message) => {
    const { code, stderr } = await sandbox.run("explore", ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\bat .*\.js:/);
  });

  test.each<[string, string, RegExp]>([
    ["not JSON", "{", /cannot read a run/],
    ["no run", "[]", /holds no run: --save writes one/],
    ["an unknown move", `{"configuration":"v3","moves":["fly"],"cycle":[]}`, /"fly" is no move of a run/],
    ["a move that is not possible", `{"configuration":"v3","moves":["hostKilled"],"cycle":[]}`, /the run does not fit/],
  ])("a saved run that is damaged, %s: status 1", async (_, text, message) => {
    const file = sandbox.path("damaged.json");
    writeFileSync(file, text);
    const { code, stderr } = await sandbox.run("explore", "--replay", file);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});
