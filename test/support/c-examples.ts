/** The examples in C, built by the commands that README gives, from a copy of spec/ alone. */
import { expect } from "@jest/globals";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PROJECT, finish, type Sandbox } from "./processes.ts";

const BUILD_LIMIT_MILLISECONDS = 120_000;
/** What of spec/ is no C. */
const LEFT_OUT: ReadonlySet<string> = new Set(["build", "figures", "generator", "vectors"]);
/** Programs end at the first thing that a sanitizer finds. */
export const SANITIZED = 'CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"';

export interface CExamples {
  readonly attach: string;
  readonly host: string;
  readonly bmc: string;
}

/** The line of README that begins so. */
export function readmeCommand(start: string): string {
  const lines = readFileSync(join(PROJECT, "README.md"), "utf8").split("\n");
  const line = lines.find((one) => one.startsWith(start));
  if (line === undefined) throw new Error(`README has no line that begins with "${start}"`);
  return line.replace(/ +#.*$/, "");
}

/** A copy of spec/ in the sandbox. */
export function copySpec(sandbox: Sandbox): string {
  const folder = sandbox.folderAt("spec-alone");
  mkdirSync(join(folder, "spec"), { recursive: true });
  cpSync(join(PROJECT, "spec"), join(folder, "spec"), {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(basename(path)),
  });
  return folder;
}

/** Runs a command in a folder; anything but silence on standard error is a failure. */
export async function shell(sandbox: Sandbox, folder: string, command: string): Promise<void> {
  const { code, stderr } = await finish(
    sandbox.start("sh", ["-c", 'cd "$0" && eval "$1"', folder, command]),
    BUILD_LIMIT_MILLISECONDS,
  );
  expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
}

/** Builds all of them; `more` goes behind README's `make`. */
export async function buildExamples(sandbox: Sandbox, ...more: readonly string[]): Promise<CExamples> {
  const folder = copySpec(sandbox);
  await shell(sandbox, folder, [readmeCommand("make -C spec/examples"), ...more].join(" "));
  const built = join(folder, "spec", "examples", "build");
  return { attach: join(built, "attach"), host: join(built, "host"), bmc: join(built, "bmc") };
}
