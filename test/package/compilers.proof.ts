/**
 * Strict users of every compiler that is about: the package's declarations compile without Node's. Not part of `npm test`,
 * for it installs compilers; `npm run check` runs it.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Installed, succeed } from "./installed.ts";

const COMPILERS = ["5.6.3", "5.9.3", "6.0.3", "7.0.2"] as const;
const ENTRIES = ["mctp-lpc", "mctp-lpc/core", "mctp-lpc/api", "mctp-lpc/host", "mctp-lpc/bmc"] as const;

let installed: Installed;

beforeAll(() => {
  installed = new Installed();
  const imports = ENTRIES.map((entry, at) => `import * as entry${String(at)} from "${entry}";`);
  const names = ENTRIES.map((_entry, at) => `entry${String(at)}`);
  installed.write("entries.ts", `${imports.join("\n")}\nexport const all = [${names.join(", ")}];\n`);
}, 240_000);

afterAll(() => {
  installed.dispose();
});

test.each(COMPILERS)(
  "TypeScript %s compiles a program that imports every entry",
  (version) => {
    const folder = join(installed.consumer, `typescript-${version}`);
    mkdirSync(folder);
    const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    succeed(folder, "npm", "install", "--prefix", folder, ...quiet, `typescript@${version}`);
    expect(installed.compile(join(folder, "node_modules", "typescript"), "entries.ts")).toBe("");
  },
  120_000,
);
