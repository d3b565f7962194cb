/** What an installation for production has: this package as it is packed, and the packages that it depends on. */
import { execFileSync } from "node:child_process";
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PACKAGE_FOLDER } from "../package.ts";

export interface InstallationFigures {
  readonly packages: number;
  /** Of all their files. */
  readonly bytes: number;
}

/** Nothing is installed, and no registry is asked. Takes as long as a build. */
export function measureInstallation(): InstallationFigures {
  const [, ...dependencies] = npm(PACKAGE_FOLDER, "ls", "--omit=dev", "--all", "--parseable").trim().split("\n");
  return {
    packages: 1 + dependencies.length,
    bytes: dependencies.reduce((sum, folder) => sum + bytesBelow(folder), packedBytes()),
  };
}

/** Packing builds anew, which the checkout must be spared while it is measured: a copy is packed. */
function packedBytes(): number {
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-bench-pack-"));
  try {
    const leftOut = new Set(["node_modules", "dist", ".git"]);
    cpSync(PACKAGE_FOLDER, folder, { recursive: true, filter: (path) => !leftOut.has(relative(PACKAGE_FOLDER, path)) });
    symlinkSync(join(PACKAGE_FOLDER, "node_modules"), join(folder, "node_modules"));
    const report = npm(folder, "pack", "--dry-run", "--json");
    const [packed] = JSON.parse(report.slice(report.indexOf("[\n"))) as readonly [{ readonly unpackedSize: number }];
    return packed.unpackedSize;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function npm(folder: string, ...words: readonly string[]): string {
  return execFileSync("npm", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Packages inside a package are on the list themselves. */
function bytesBelow(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== "node_modules");
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesBelow(path) : lstatSync(path).size);
  }, 0);
}
