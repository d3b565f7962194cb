/** The completion script in bash: what it offers is what the commands have. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { completionTree, type CompletedCommand } from "../../src/cli/completion/completion-tree.ts";
import { COMMANDS, loadAll } from "../../src/cli/commands.ts";
import { Sandbox } from "../support/processes.ts";
import { needsTool } from "../support/tools.ts";
import { runHere } from "./run-here.ts";

let sandbox: Sandbox;
let tree: readonly CompletedCommand[];
beforeAll(async () => {
  sandbox = new Sandbox();
  writeFileSync(sandbox.path("script"), (await runHere(sandbox, "completion", "bash")).stdout);
  mkdirSync(sandbox.path("files/a folder"), { recursive: true });
  writeFileSync(sandbox.path("files/a trace.jsonl"), "");
  tree = completionTree(await loadAll());
});
afterAll(() => sandbox.dispose());

/** What bash offers for the last word of each command line; a line is words as bash has them, `=` and `:` by themselves. */
function offered(lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const calls = lines.map((words) => {
    const quoted = ["mctp-lpc", ...words].map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _mctp_lpc; printf '%s\\n' "\${COMPREPLY[@]}"; echo ----`;
  });
  const script = `set -eu; source '${sandbox.path("script")}'; set +eu; cd '${sandbox.path("files")}'\n${calls.join("\n")}`;
  const { status, stdout, stderr } = spawnSync("bash", ["--norc"], { input: script, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout
    .split("----\n")
    .slice(0, -1)
    .map((part) => part.split("\n").filter((line) => line !== ""));
}

const withBash = needsTool("bash");

withBash("commands and options of every command", () => {
  expect(offered([[""]])).toEqual([[...Object.keys(COMMANDS), "help"]]);
  const commands = tree.filter(({ path }) => path !== "");
  expect(commands.length).toBeGreaterThan(40);
  const options = offered(commands.map(({ path }) => [...path.split(" "), "-"]));
  expect(options).toEqual(commands.map((command) => command.options.flatMap(({ flags }) => flags)));
});

withBash("values that are chosen from a list, of every option that has one, and behind =", () => {
  const choices = tree.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      typeof value === "object"
        ? flags.map((flag) => ({ words: [...path.split(" "), flag], values: value.words }))
        : [],
    ),
  );
  expect(choices.length).toBeGreaterThan(10);
  expect(offered(choices.map(({ words }) => [...words, ""]))).toEqual(choices.map(({ values }) => values));
  expect(
    offered([
      ["host", "run", "--poll", "=", "b"],
      ["host", "run", "--poll", "="],
    ]),
  ).toEqual([["busy"], ["busy", "adaptive", "doorbell"]]);
});

withBash("file names where a path is wanted, folders where a folder is, spaces included", () => {
  const all = ["a folder", "a trace.jsonl"];
  const lines = [
    ["host", "run", "--trace", ""],
    ["host", "run", "--inbox", ""],
    ["host", "run", "-p", "shm", ":", ""],
    ["host", "run", "-p", "shm", ":"],
    ["config", "check", ""],
    ["host", "run", "--mtu", ""],
    ["host", "run", "-p", "shm", ":", "x", "--poll", "d"],
    ["help", "endpoint", ""],
    ["nosuch", "x", ""],
  ];
  const found = offered(lines).map((words) => [...words].sort());
  expect(found).toEqual([all, ["a folder"], all, all, all, [], ["doorbell"], ["run"], []]);
  const [mixed] = offered([["trace", ""]]);
  expect(mixed).toEqual(expect.arrayContaining([...all, "judge"]));
});

test("a shell that there is no script for is a usage error", async () => {
  expect(await runHere(sandbox, "completion", "csh")).toMatchObject({ code: 64, stdout: "" });
});
