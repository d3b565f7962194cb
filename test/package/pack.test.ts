/** Packs the package, installs it into an empty project and uses it there by every entry. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, readdirSync, renameSync } from "node:fs";
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

/** The sources of a folder, as the names of what they are compiled to. */
function compiledNames(folder: string): readonly string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `dist/${folder}/${name.replace(/\.ts$/, ".js")}`);
}

describe("the package", () => {
  test("holds program, declarations, launcher, specification and the texts about it, and nothing else", () => {
    const expected = [
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
      /^spec\/.+$/,
      /^src\/cli\/launch\.mjs$/,
      /^dist\/(src|host|bmc)\/.+\.(js|js\.map|d\.ts)$/,
    ];
    expect(installed.files.filter((path) => !expected.some((pattern) => pattern.test(path)))).toEqual([]);
    const needed = ["package.json", "README.md", "CHANGELOG.md", "LICENSE", "spec/mctp-lpc.md", "src/cli/launch.mjs"];
    expect(installed.files).toEqual(expect.arrayContaining(needed));
  });

  test("holds every source compiled, and nothing that has no source any more", () => {
    const sources = ["src", "host", "bmc"].flatMap(compiledNames).sort();
    expect(installed.files.filter((path) => path.endsWith(".js")).sort()).toEqual(sources);
  });
});

describe("imports from plain JavaScript", () => {
  test.each(ENTRIES)("%s has the names that its source exports", (entry, source) => {
    const names = runModule(`console.log(JSON.stringify(Object.keys(await import("${entry}")).sort()))`);
    expect(JSON.parse(names)).toEqual(Object.keys(source).sort());
  });

  test("mctp-lpc and mctp-lpc/api load no native code", () => {
    const koffi = join(installed.consumer, "node_modules", "koffi");
    renameSync(koffi, `${koffi}-away`);
    try {
      expect(runModule('console.log((await import("mctp-lpc")).NEWEST_VERSION)').trim()).toBe("3");
      expect(runModule('console.log(typeof (await import("mctp-lpc/api")).Endpoint)').trim()).toBe("function");
    } finally {
      renameSync(`${koffi}-away`, koffi);
    }
  });

  test("there is no way in but the entries", () => {
    const code = 'import("mctp-lpc/dist/src/index.js").catch((error) => console.log(error.code))';
    expect(runModule(code).trim()).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });
});

describe("the example of the guide of the library", () => {
  const example = readFileSync(join(PROJECT, "test", "package", "example.ts"), "utf8");

  test("compiles against the declarations of the installed package", () => {
    installed.write("example.ts", example);
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: "nodenext",
      target: "es2023",
      noEmit: true,
      // The package's own declarations are judged, too.
      skipLibCheck: false,
      types: ["node"],
      typeRoots: [join(PROJECT, "node_modules", "@types")],
    };
    installed.write("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["example.ts"] }));
    const compiler = join(PROJECT, "node_modules", "typescript", "lib", "tsc.js");
    expect(succeed(installed.consumer, process.execPath, compiler, "-p", ".")).toBe("");
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
    expect(readdirSync(dist).sort()).toEqual(["bmc", "host", "src"]);
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
    expect(succeed(PROJECT, "npx", "mctp-lpc", "--version").trim()).toBe(version);
  }, 120_000);
});
