/** --color: what paints has it, and it decides before NO_COLOR and the terminal. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Sandbox } from "../support/processes.ts";
import { runHere, runIn } from "./run-here.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

const ESC = "\u001b[";
const WORDS = ["spec", "LPC-BUF-4"];

test("auto: on a terminal, unless NO_COLOR is set", async () => {
  expect((await runHere(sandbox, ...WORDS)).stdout).not.toContain(ESC);
  expect((await runIn(sandbox, { columns: 80 }, ...WORDS)).stdout).toContain(ESC);
  const plain = await runIn(sandbox, { columns: 80, environment: { NO_COLOR: "1" } }, ...WORDS);
  expect(plain.stdout).not.toContain(ESC);
});

test("always paints in a pipe and under NO_COLOR, never paints nothing", async () => {
  const always = await runIn(sandbox, { environment: { NO_COLOR: "1" } }, ...WORDS, "--color", "always");
  expect(always.stdout).toContain(ESC);
  const never = await runIn(sandbox, { columns: 80 }, ...WORDS, "--color", "never");
  expect(never.stdout).not.toContain(ESC);
  expect(await runHere(sandbox, ...WORDS, "--color", "sometimes")).toMatchObject({ code: 64, stdout: "" });
});

test.each([
  ["demo"],
  ["status"],
  ["monitor"],
  ["trace"],
  ["trace", "judge"],
  ["spec"],
  ["conform", "bmc"],
  ["bmc", "isolation"],
])("%s %s has it", async (...words) => {
  const { stdout } = await runHere(sandbox, ...words, "--help");
  expect(stdout).toContain("--color <when>");
});
