/** Packs the package, installs it into an empty project and uses it there by every entry. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, lstatSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import * as bmc from "../../bmc/index.ts";
import * as host from "../../host/index.ts";
import * as api from "../../src/api/index.ts";
import * as core from "../../src/core.ts";
import * as all from "../../src/index.ts";
import { Installed, PROJECT, run, succeed } from "./installed.ts";

const ENTRIES: readonly (readonly [entry: string, source: object])[] = [
  ["mctp-lpc", all],
  ["mctp-lpc/core", core],
  ["mctp-lpc/api", api],
  ["mctp-lpc/host", host],
  ["mctp-lpc/bmc", bmc],
];

const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { readonly version: string };

let installed: Installed;
/** The program, seen from the project that it is installed in. */
const PROGRAM = "node_modules/mctp-lpc/dist/bin/mctp-lpc.js";

beforeAll(() => {
  installed = new Installed();
}, 240_000);

afterAll(() => {
  installed.dispose();
});

/** Runs a module of plain JavaScript in the project; gives what it prints. */
function runModule(code: string): string {
  return succeed(installed.consumer, process.execPath, "--input-type=module", "--eval", code);
}

/** What an installation may have: packages, and bytes of all their files. */
const LIMITS = { packages: 30, bytes: 10_000_000 };

function bytesBelow(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const stats = names.map((name) => lstatSync(join(folder, name)));
  return stats.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

describe("the package", () => {
  test("holds the bundled program, the library with its declarations, the specification, and nothing else", () => {
    const expected = [
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
      /^spec\/(?!generator|vectors|figures\/data|examples).+$/,
      /^docs\/man\/mctp-lpc[a-z-]*\.1$/,
      /^dist\/bin\/(LICENSES\.txt|.+\.js)$/,
      /^dist\/(src\/(?!cli\/)|host\/|bmc\/).+\.(js|d\.ts)$/,
    ];
    expect(installed.files.filter((path) => !expected.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining(["LICENSE", "dist/bin/LICENSES.txt", "docs/man/mctp-lpc.1", "spec/mctp-lpc.md"]),
    );
  });

  test(`installs as at most ${String(LIMITS.packages)} packages of ${String(LIMITS.bytes / 1e6)} MB`, () => {
    const listed = succeed(installed.consumer, "npm", "ls", "--all", "--parseable").trim().split("\n");
    // The first line is the project itself.
    expect(listed.length - 1).toBeLessThanOrEqual(LIMITS.packages);
    expect(bytesBelow(join(installed.consumer, "node_modules"))).toBeLessThanOrEqual(LIMITS.bytes);
  });
});

describe("imports from plain JavaScript", () => {
  test.each(ENTRIES)("%s has the names that its source exports", (entry, source) => {
    const names = runModule(`console.log(JSON.stringify(Object.keys(await import("${entry}")).sort()))`);
    expect(JSON.parse(names)).toEqual(Object.keys(source).sort());
  });

  test("there is no way in but the entries", () => {
    const code = 'import("mctp-lpc/dist/src/index.js").catch((error) => console.log(error.code))';
    expect(runModule(code).trim()).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

describe("without koffi and serialport", () => {
  const recorded = join(PROJECT, "test", "vectors", "bus", "01-init-v3.jsonl");
  const koffi = (): string => join(installed.consumer, "node_modules", "koffi");
  beforeAll(() => {
    renameSync(koffi(), `${koffi()}-away`);
  });
  afterAll(() => {
    renameSync(`${koffi()}-away`, koffi());
  });

  test("serialport is not installed unless it is asked for", () => {
    expect(existsSync(join(installed.consumer, "node_modules", "serialport"))).toBe(false);
  });

  test("mctp-lpc and mctp-lpc/api are imported", () => {
    expect(runModule('console.log((await import("mctp-lpc")).NEWEST_VERSION)').trim()).toBe("3");
    expect(runModule('console.log(typeof (await import("mctp-lpc/api")).Endpoint)').trim()).toBe("function");
  });

  test.each([
    [["decode", "00 80 01 00 08"], "Set Endpoint ID request"],
    [["trace", recorded], "Initialise"],
    [["trace", "judge", recorded], "requirements exercised"],
    [["explore", "v3"], "nothing"],
    [["spec", "7.2"], "7.2 Packet buffers"],
  ])("mctp-lpc %j runs", (words, said) => {
    expect(succeed(installed.consumer, process.execPath, PROGRAM, ...words)).toContain(said);
  });

  test.each([
    [["host", "run", "--platform", "shm:board"], "koffi"],
    [["endpoint", "run", "--link", "serial:/dev/null"], "serialport"],
  ])("mctp-lpc %j says that it needs %s", (words, needed) => {
    const { status, stderr } = run(installed.consumer, process.execPath, PROGRAM, ...words);
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain(`npm install ${needed}`);
  });
});

describe("the example of the guide of the library", () => {
  const example = readFileSync(join(PROJECT, "test", "package", "example.ts"), "utf8");

  test("compiles against the declarations of the installed package, without those of Node", () => {
    installed.write("example.ts", example);
    expect(installed.compile(join(PROJECT, "node_modules", "typescript"), "example.ts")).toBe("");
  }, 60_000);

  test("runs: a session opens and the request is answered", () => {
    const compiled = ts.transpileModule(example, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
    });
    installed.write("example.js", compiled.outputText);
    const output = succeed(installed.consumer, process.execPath, "example.js");
    expect(output).toContain("mtu: { hostToBmc: 4096, bmcToHost: 4096 }");
    expect(output).toContain("[ 1, 3, 2, 1 ]");
  });

  test("is the one that the guide shows", () => {
    const code = example.slice(example.indexOf("import {"));
    expect(readFileSync(join(PROJECT, "docs", "guides", "library.md"), "utf8")).toContain(`\`\`\`ts\n${code}\`\`\``);
  });
});

describe("npx mctp-lpc", () => {
  test("in the project says its version, without building anything", () => {
    expect(succeed(installed.consumer, "npx", "mctp-lpc", "--version").trim()).toBe(version);
    const dist = join(installed.consumer, "node_modules", "mctp-lpc", "dist");
    expect(readdirSync(dist).sort()).toEqual(["bin", "bmc", "host", "src"]);
  }, 30_000);

  test("in the project makes a board and shows it", () => {
    const board = join(installed.consumer, "board");
    const made = succeed(installed.consumer, "npx", "mctp-lpc", "board", "create", board, "--window", "64K");
    expect(made).toBe(`made ${board}, window 65536 bytes\n`);
    const shown = succeed(installed.consumer, "npx", "mctp-lpc", "board", "show", board, "--json");
    expect(JSON.parse(shown)).toMatchObject({
      path: board,
      windowBytes: 65536,
      registers: { status: 0, idr: 0, odr: 0 },
      host: { attached: false },
    });
  }, 30_000);

  test("in the project runs the demo with the specification of the package", () => {
    const output = succeed(installed.consumer, "npx", "mctp-lpc", "demo", "--ladder", "0");
    expect(output).toContain("mctp-lpc.md: BMC to host:");
    expect(output).toContain("incidents    none");
  }, 60_000);

  test("in the project prints clauses and requirements of the specification of the package", () => {
    expect(succeed(installed.consumer, "npx", "mctp-lpc", "spec", "7.2")).toMatch(/^7\.2 Packet buffers\n/);
    const requirement = succeed(installed.consumer, "npx", "mctp-lpc", "spec", "LPC-BUF-4", "--json");
    expect(JSON.parse(requirement)).toMatchObject({ id: "LPC-BUF-4", section: { number: "7.3" } });
  }, 30_000);

  test("in the project ends with status 1 and one line when a board is missing", () => {
    const missing = join(installed.consumer, "missing");
    const { status, stdout, stderr } = run(installed.consumer, "npx", "mctp-lpc", "board", "show", missing);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.split("\n").filter((line) => line.startsWith("mctp-lpc: "))).toHaveLength(1);
    expect(existsSync(missing)).toBe(false);
  }, 30_000);

  test("in the checkout says its version", () => {
    // As on a machine that has not run it before: npx keeps where a checkout had its program.
    const fresh = join(installed.consumer, "npm-cache");
    const { status, stdout } = run(PROJECT, "npx", "--cache", fresh, "mctp-lpc", "--version");
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: version });
  }, 120_000);
});
