import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Command } from "commander";
import { statSync } from "node:fs";
import { COMMANDS } from "../../src/cli/commands.ts";
import { IMPOSSIBLE } from "../../src/cli/explore/impossible.ts";
import { packageVersion } from "../../src/cli/package.ts";
import { createProgram } from "../../src/cli/program.ts";
import { help } from "../support/help.ts";
import { Sandbox } from "../support/processes.ts";
import { runHere } from "./run-here.ts";

describe("help", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = new Sandbox();
  });
  afterAll(() => sandbox.dispose());

  test("mctp-lpc --help names every command and how to begin", async () => {
    const text = await help();
    for (const name of Object.keys(COMMANDS)) expect(text).toMatch(new RegExp(`^  ${name} .*\\w`, "m"));
    expect(await runHere(sandbox, "--help")).toMatchObject({ code: 0, stdout: text, stderr: "" });
    expect(text).toContain("mctp-lpc bmc run --platform shm:/dev/shm/board");
    expect(text).toContain("mctp-lpc host run --platform shm:/dev/shm/board");
  });

  /** Every command, those below a group too, as words. */
  async function leaves(...words: readonly string[]): Promise<readonly (readonly string[])[]> {
    const program = await createProgram(words);
    let command = program;
    for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
    const below = command.commands.filter((one) => one.name() !== "help");
    if (below.length === 0) return [words];
    return (await Promise.all(below.map((one) => leaves(...words, one.name())))).flat();
  }

  test("of every command: what it does, an example that begins like it, nothing over the edge of 80 columns", async () => {
    const all = (await Promise.all(Object.keys(COMMANDS).map((name) => leaves(name)))).flat();
    expect(all.length).toBeGreaterThan(30);
    const wide: string[] = [];
    for (const words of all) {
      const text = await help(...words);
      const name = words.join(" ");
      expect(text).toMatch(new RegExp(`^Usage: mctp-lpc ${name}\\b`));
      expect(text).toMatch(new RegExp(`\\nExamples?:\\n  mctp-lpc ${name}( |\\n)`));
      // But for an example that is one word too long.
      const lines = text.slice(0, text.search(/\nExamples?:/)).split("\n");
      wide.push(...lines.filter((line) => line.length > 80).map((line) => `${name}: ${line}`));
    }
    expect(wide).toEqual([]);
    for (const line of (await help("control")).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  /** Every command line below "Example" in any help, and those that the whole program's help shows. */
  async function examples(...command: readonly string[]): Promise<readonly string[]> {
    const text = await help(...command);
    const own = [...text.matchAll(/^ {2}(mctp-lpc .*)$/gm)].map(([, line]) => line ?? "");
    const [, commands = ""] = /\nCommands:\n([^]*?)(\n\n|$)/.exec(text) ?? [];
    const names = [...commands.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name ?? "");
    const all = [...own];
    for (const name of names) if (name !== "help") all.push(...(await examples(...command, name)));
    return all;
  }

  /** As a shell: one command line of several, without redirections and comments, in words. */
  function commandLines(example: string): readonly (readonly string[])[] {
    return example.split(";").map((part) => {
      const words = part.replace(/(\s[|<>#]).*$/, "").match(/"[^"]*"|\S+/g) ?? [];
      return words.slice(1).map((word) => word.replace(/^"(.*)"$/, "$1"));
    });
  }

  test("every example is a command line that is accepted", async () => {
    const lines = (await examples()).flatMap(commandLines);
    expect(lines.length).toBeGreaterThan(60);
    const still = (command: Command): Command => {
      command.action(() => undefined);
      command.commands.forEach(still);
      return command;
    };
    // Commands that do nothing: what the parser refuses, it names.
    for (const line of lines) await still(await createProgram(line)).parseAsync(line, { from: "user" });
  });

  test("the run that explore's help looks for is found, and the demo takes the file that its help names", async () => {
    const explored = (await examples("explore")).flatMap(commandLines);
    const [name] = explored.find((words) => words.includes("--save"))?.slice(1) ?? [];
    expect(IMPOSSIBLE.map(({ scenario }) => scenario.name)).toContain(name);
    const demos = (await examples("demo")).flatMap(commandLines);
    const file = demos
      .flatMap((words) => words.slice(words.indexOf("--file") + 1)[0] ?? [])
      .find((word) => word.startsWith("/"));
    expect(statSync(file ?? "").size).toBeLessThan(64 * 1024 * 1024);
  });

  test.each(Object.entries(COMMANDS))("the command %s is called what the table calls it", async (name, { load }) => {
    expect((await load()).name()).toBe(name);
  });

  test("mctp-lpc help COMMAND is the same as COMMAND --help", async () => {
    const { code, stdout } = await runHere(sandbox, "help", "ping");
    expect(code).toBe(0);
    expect(stdout).toBe(await help("ping"));
    expect((await runHere(sandbox, "help", "host", "run")).stdout).toBe(await help("host", "run"));
    expect((await runHere(sandbox, "host", "help", "run")).stdout).toBe(await help("host", "run"));
    for (const words of [["nosuch"], ["host", "nosuch"]]) {
      const refused = await runHere(sandbox, "help", ...words);
      expect(refused).toMatchObject({ code: 64, stdout: "" });
      expect(refused.stderr).toContain("error: unknown command 'nosuch'");
    }
  });

  test.each(["--version", "-V"])("%s is the package's", async (option) => {
    expect(await sandbox.run(option)).toMatchObject({ code: 0, stdout: `${packageVersion()}\n`, stderr: "" });
  });
});
