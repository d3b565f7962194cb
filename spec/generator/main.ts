/**
 * `npm run spec`: writes every generated file of spec/ anew, and the specification as one page and as a PDF below dist/.
 * With --check it writes nothing and fails where a file of spec/ is not what the code gives. Both fail for what has to be
 * mended by hand: a table without a caption, a normative word outside a requirement.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { allArtefacts } from "./artefacts.ts";
import { writeSite } from "./site/site.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const checkOnly = process.argv.includes("--check");
// A reader of the output that goes first, as "| head" does, keeps no file from being written.
process.stdout.on("error", () => undefined);
let changed = 0;
const { artefacts, problems } = await allArtefacts(root);
for (const { path, text } of artefacts) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  changed++;
  process.stdout.write(`${path}: ${checkOnly ? "differs from what the code gives" : "written"}\n`);
  if (checkOnly) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
if (!checkOnly) {
  for (const line of writeSite(root)) process.stdout.write(`${line}\n`);
} else if (changed > 0) {
  process.stderr.write("run npm run spec, look at what changed, and commit it\n");
  process.exitCode = 1;
}
