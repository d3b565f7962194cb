/** What the README promises is there: files, scripts, commands and options. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, finish } from "../support/processes.ts";
import { PROJECT } from "./requirements.ts";

const DEMO_LIMIT_MILLISECONDS = 60_000;

const readme = readFileSync(join(PROJECT, "README.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.dispose());

async function help(...words: readonly string[]): Promise<string> {
  const { stdout, code } = await sandbox.run(...words, "--help");
  return code === 0 ? stdout : "";
}

/** Command lines of the README: the words after `mctp-lpc`. */
const commandLines = [...readme.matchAll(/mctp-lpc ((?:[a-z-]+)(?: [^\n`#|]*)?)/g)]
  .map(([, words = ""]) => words.trim().split(/\s+/))
  .filter(([first]) => first !== "npm");

describe("the README", () => {
  test("links to files that exist", () => {
    const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = ""]) => target);
    expect(targets).toContain("spec/mctp-lpc.md");
    expect(targets.filter((target) => !existsSync(join(PROJECT, target)))).toEqual([]);
  });

  test("names folders that exist", () => {
    const folders = [...readme.matchAll(/^((?:[a-z]+\/)+) {2,}\S/gm)].map(([, folder = ""]) => folder);
    expect(folders).toContain("src/core/");
    expect(folders.filter((folder) => !existsSync(join(PROJECT, folder)))).toEqual([]);
  });

  test("names scripts that exist", () => {
    const names = [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z:]+)/g)].map(([, name = ""]) => name);
    expect(names).toEqual(expect.arrayContaining(["start", "test", "check", "bench"]));
    expect(names.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("names commands and options that exist", async () => {
    expect(commandLines.length).toBeGreaterThan(8);
    const helps = new Map<string, string>();
    for (const words of commandLines) {
      const isGroup = ["host", "bmc", "endpoint", "board", "control", "pldm"].includes(words[0] ?? "");
      const grouped = isGroup || words.slice(0, 2).join(" ") === "trace judge";
      const command = words.slice(0, grouped ? 2 : 1);
      const name = command.join(" ");
      const text = helps.get(name) ?? (await help(...command));
      helps.set(name, text);
      expect({ name, usage: text.includes(`Usage: mctp-lpc ${name}`) }).toEqual({ name, usage: true });
      const options = words.filter((word) => word.startsWith("--") && word !== "--help");
      expect(options.filter((option) => !text.includes(option))).toEqual([]);
    }
    expect([...helps.keys()]).toEqual(expect.arrayContaining(["demo", "host run", "bmc run", "board show", "status"]));
  });

  test("names every command of the program", async () => {
    const listed = [...(await help()).matchAll(/^ {2}([a-z-]+)(?: \[| {2})/gm)].map(([, name = ""]) => name);
    expect(listed).toEqual(expect.arrayContaining(["demo", "status"]));
    const named = new Set(commandLines.map(([first]) => first));
    expect(listed.filter((name) => name !== "help" && !named.has(name))).toEqual([]);
  });

  test("shows lines that the demo prints", async () => {
    const [, picture = ""] = /```text\n(host {2}[^]*?)```/.exec(readme) ?? [];
    const demo = await finish(await sandbox.launch(["demo", "--ladder", "200"]), DEMO_LIMIT_MILLISECONDS);
    const { code, stdout, stderr } = demo;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const printed = new Set(stdout.split("\n").map(shape));
    const shown = picture.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…");
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((line) => !printed.has(shape(line)))).toEqual([]);
  });
});

/** A line without what differs from run to run: figures, digests, widths. */
function shape(line: string): string {
  return line
    .replace(/[0-9a-f]{8,}(-[0-9a-f]+)*/g, "#")
    .replace(/\d+(\.\d+)?/g, "0")
    .replace(/0 (us|ms|s)\b/g, "0 s")
    .replace(/0 [KMG]?i?B(\/s)?/g, "0 B")
    .replace(/[─ ]+/g, " ");
}
