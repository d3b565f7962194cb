/** What `npm ci` gets to see: a lock file that is whole, and packages that need no install script. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./requirements.ts";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, name), "utf8"));
}

const { packages } = readJson("package-lock.json") as { readonly packages: Readonly<Record<string, Locked>> };
const manifest = readJson("package.json") as { readonly allowScripts: Readonly<Record<string, boolean>> };
const locked = Object.entries(packages).filter(([path]) => path !== "");

/** "node_modules/a/node_modules/@b/c" is "@b/c". */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

describe("package-lock.json", () => {
  test("knows version and checksum of every package", () => {
    const lacking = locked.filter(([, { version, integrity }]) => version === undefined || integrity === undefined);
    expect(lacking.map(([path]) => path)).toEqual([]);
  });

  test("holds the optional packages of every platform, else npm ci refuses it", () => {
    const names = new Set(locked.map(([path]) => nameOf(path)));
    const missing = locked.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.has(name))
        .map((name) => `${path} wants ${name}`),
    );
    expect(missing).toEqual([]);
  });

  test("names no source but the public registry, which npm replaces by the configured one", () => {
    const sources = locked.flatMap(([, { resolved }]) => (resolved === undefined ? [] : [new URL(resolved).origin]));
    expect(sources.filter((origin) => origin !== "https://registry.npmjs.org")).toEqual([]);
  });

  test("every package with an install script is known not to need it", () => {
    const scripted = [
      ...new Set(locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path))),
    ];
    expect(Object.fromEntries(scripted.map((name) => [name, false]))).toEqual(manifest.allowScripts);
  });
});
