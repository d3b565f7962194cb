/** The examples run as a user would run them, and print what they are for. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { PROJECT, Sandbox, finish, type Finished } from "../support/processes.ts";

let sandbox: Sandbox;
/** Inside the checkout, whose package the examples import by its name. */
let folder: string;

beforeAll(async () => {
  sandbox = new Sandbox();
  // Builds what is missing.
  await sandbox.run("--version");
  mkdirSync(join(PROJECT, "dist"), { recursive: true });
  folder = mkdtempSync(join(PROJECT, "dist", "examples-test-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sandbox.dispose();
});

async function example(name: string, ...words: readonly string[]): Promise<Finished> {
  const source = readFileSync(join(PROJECT, "docs", "examples", `${name}.ts`), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, outputText);
  return finish(sandbox.start(process.execPath, [file, ...words]), 30_000);
}

describe("examples", () => {
  test("loopback: a request of a type of its own is answered", async () => {
    expect(await example("loopback")).toMatchObject({
      code: 0,
      stdout: "EID 8 says: Good morning, host!\n",
      stderr: "",
    });
  });

  test("own-link: a link made by hand carries control requests and messages of several packets", async () => {
    expect(await example("own-link")).toMatchObject({
      code: 0,
      stdout: "EID 11 takes 1 message type: 0x50\na message of 200 bytes in packets of 64\n",
      stderr: "",
    });
  });

  test("attach: a running agent answers; without one the example says so", async () => {
    const bmc = await sandbox.agent("bmc");
    const { code, stdout, stderr } = await example("attach", `shm:${sandbox.path("board")}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^EID 8: Get Endpoint ID response, success\nEcho response, ok after \d+ us\n$/);
    await bmc.end("SIGTERM");
  });

  test("attach: what is no board, or has its host, is told in one line with status 1", async () => {
    const words = await example("attach", sandbox.path("board"));
    expect({ code: words.code, stdout: words.stdout }).toEqual({ code: 1, stdout: "" });
    expect(words.stderr).toMatch(/^misuse: ".*" names no platform: write shm:.*\n$/);
    const host = await sandbox.agent("host");
    const second = await example("attach", `shm:${sandbox.path("board")}`);
    expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 1, stdout: "" });
    expect(second.stderr).toMatch(/^board: .*\n$/);
    await host.end("SIGTERM");
  });

  test("each of them is run here", () => {
    const names = readdirSync(join(PROJECT, "docs", "examples")).filter((name) => name.endsWith(".ts"));
    expect(names.sort()).toEqual(["attach.ts", "loopback.ts", "own-link.ts"]);
  });
});
