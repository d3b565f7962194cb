/** Programs in C and C++, compiled as strictly as the compiler can, with the specification's header at hand. */
import { expect } from "@jest/globals";
import { join } from "node:path";
import { PROJECT, finish, type Sandbox } from "./processes.ts";

const COMPILE_LIMIT_MILLISECONDS = 60_000;
/** C as the specification asks for it. */
export const C11: readonly string[] = ["gcc", "-std=c11"];
const STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-O2"];
const INCLUDE = ["-I", join(PROJECT, "spec")];

/** Compiles `sources` into the sandbox and gives the program's path; a warning is a failure. */
export async function compile(
  sandbox: Sandbox,
  name: string,
  sources: readonly string[],
  [compiler = "", ...language]: readonly string[] = C11,
  ...more: readonly string[]
): Promise<string> {
  const path = sandbox.path(name);
  const options = [...language, ...STRICT, ...more, ...INCLUDE, "-o", path, ...sources];
  const { code, stderr } = await finish(sandbox.start(compiler, options), COMPILE_LIMIT_MILLISECONDS);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return path;
}

/** Runs a program to its end with `input` on its standard input; gives what it prints, line by line. */
export async function linesOf(
  sandbox: Sandbox,
  program: string,
  input = "",
  args: readonly string[] = [],
): Promise<readonly string[]> {
  const child = sandbox.start(program, args);
  child.stdin?.write(input);
  const { code, stdout, stderr } = await finish(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1);
}
