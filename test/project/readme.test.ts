/** What README, the guides and CONTRIBUTING promise is there: files, folders, scripts, commands and options. */
import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { help } from "../support/help.ts";
import { MAIN } from "../support/processes.ts";
import { PROJECT } from "./requirements.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...markdownIn("docs"),
  ...markdownIn("docs/guides"),
  ...markdownIn("docs/decisions"),
];
/** Whose links are followed, too. */
const SPECIFICATION = [...markdownIn("spec"), ...markdownIn("spec/vectors")];
const texts = PAGES.map((path) => readFileSync(join(PROJECT, path), "utf8"));
const [readme = ""] = texts;
const all = texts.join("\n");
const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Command lines of the README: the words after `mctp-lpc`. */
const commandLines = [...all.matchAll(/mctp-lpc ((?:[a-z-]+)(?: [^\n`#|]*)?)/g)]
  .map(([, words = ""]) => words.trim().split(/\s+/))
  .filter(([first]) => first !== "npm" && first !== "--version");

describe("the README", () => {
  test.each([...PAGES, ...SPECIFICATION])("%s links to files that exist", (path) => {
    const text = readFileSync(join(PROJECT, path), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    expect(targets.filter((target) => !existsSync(join(PROJECT, dirname(path), target)))).toEqual([]);
  });

  test.each([...PAGES, ...SPECIFICATION])("%s links to headings that exist", (path) => {
    const text = readFileSync(join(PROJECT, path), "utf8");
    const links = [...text.matchAll(/\]\(([^)#:\s]*\.md)?#([^)]+)\)/g)];
    const missing = links.filter(([, target, heading = ""]) => {
      const page = target === undefined ? path : join(dirname(path), target);
      return !headingsOf(page).has(heading);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test("names folders that exist", () => {
    const folders = [...all.matchAll(/^((?:[a-z]+\/)+)(?:, (bmc\/))? {2,}\S/gm)].map(([, folder = ""]) => folder);
    expect(folders).toContain("host/role/");
    expect(
      folders.filter((folder) => !existsSync(join(PROJECT, folder)) && !existsSync(join(PROJECT, "src/core", folder))),
    ).toEqual([]);
  });

  test("names scripts that exist", () => {
    const names = [...all.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z:]+)/g)].map(([, name = ""]) => name);
    expect(names).toEqual(expect.arrayContaining(["start", "test", "check", "bench"]));
    expect(names.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("names commands and options that exist", async () => {
    expect(commandLines.length).toBeGreaterThan(8);
    const helps = new Map<string, string>();
    for (const words of commandLines) {
      const isGroup = ["host", "bmc", "conform", "config", "endpoint", "board", "control", "pldm", "qemu"].includes(
        words[0] ?? "",
      );
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

  test("shows lines that the demo prints", () => {
    const [, picture = ""] = /```text\n(host {2}[^]*?)```/.exec(readme) ?? [];
    const env = { ...process.env, DEBUG: "" };
    const demo = spawnSync(process.execPath, [MAIN, "demo", "--ladder", "200"], { encoding: "utf8", env });
    const { status, stdout, stderr } = demo;
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const printed = new Set(stdout.split("\n").map(shape));
    const shown = picture.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…");
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((line) => !printed.has(shape(line)))).toEqual([]);
  }, 60_000);
});

function markdownIn(folder: string): readonly string[] {
  return readdirSync(join(PROJECT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

/** What a page's headings are called behind "#". */
function headingsOf(path: string): ReadonlySet<string> {
  const headings = readFileSync(join(PROJECT, path), "utf8").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/[^\p{L}\p{N} -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** A line without what differs from run to run: figures, digests, widths. */
function shape(line: string): string {
  return line
    .replace(/[0-9a-f]{8,}(-[0-9a-f]+)*/g, "#")
    .replace(/\d+(\.\d+)?/g, "0")
    .replace(/0 (us|ms|s)\b/g, "0 s")
    .replace(/0 [KMG]?i?B(\/s)?/g, "0 B")
    .replace(/[─ ]+/g, " ");
}
