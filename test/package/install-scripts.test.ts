/** What an installation of the package runs: nothing of the package's own, and of others only what the guide says. */
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT, succeed } from "./installed.ts";

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: true; readonly hasInstallScript?: true }>>;
}

function readProject(name: string): unknown {
  return JSON.parse(readFileSync(join(PROJECT, name), "utf8"));
}

const { scripts, peerDependencies } = readProject("package.json") as Manifest;
const { packages } = readProject("package-lock.json") as Lock;
const guide = readFileSync(join(PROJECT, "docs", "guides", "agents.md"), "utf8");

/** What npm runs when a package from a registry or a tarball is installed; `prepare` is for checkouts and git. */
const AT_USERS = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "postprepare"];

test("package.json, which is packed as it is, has no script that an installation runs", () => {
  expect(AT_USERS.filter((name) => scripts[name] !== undefined)).toEqual([]);
});

test("the package has no binding.gyp, for which npm would compile, and no settings of npm", () => {
  const told = succeed(PROJECT, "npm", "pack", "--dry-run", "--json", "--ignore-scripts");
  const [{ files }] = JSON.parse(told) as [{ readonly files: readonly { readonly path: string }[] }];
  const paths = files.map(({ path }) => path);
  expect(paths).toContain("package.json");
  expect(paths.filter((path) => /(^|\/)(binding\.gyp|\.npmrc|npm-shrinkwrap\.json)$/.test(path))).toEqual([]);
}, 60_000);

test("of the packages that are installed with it, those with scripts are the ones that the guide names", () => {
  const withScripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const users = withScripts.filter(([, { dev }]) => dev !== true).map(([path]) => path);
  expect(users).toEqual(["node_modules/koffi"]);
  // Asked for by users of serial lines alone, so that the lock has it as a development dependency.
  expect(Object.keys(peerDependencies)).toEqual(["serialport"]);
  const [, table = ""] = guide.split("### What an installation runs");
  for (const name of ["koffi", "@serialport/bindings-cpp"]) {
    expect(withScripts.map(([path]) => path)).toContain(`node_modules/${name}`);
    const { scripts: theirs } = readProject(join("node_modules", name, "package.json")) as Manifest;
    const [command = ""] = theirs["install"]?.split(" -")[0]?.split(",") ?? [];
    expect(table).toContain(`\`${command}`);
  }
});
