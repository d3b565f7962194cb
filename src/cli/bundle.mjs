/**
 * Bundles the command line to dist/bin, as the package has it and `npm start` runs it: what every command needs in one
 * file, the rest in parts that are loaded when a command asks for them. Starting is opening few files.
 *
 * `npm ci`, `npm start` and the tests run it. It takes less time than finding out whether it has to, and writes only what
 * differs: agents that run keep their files, and a checkout that may not be written needs no writing once it is built.
 *
 * --if-possible: without esbuild it says so and succeeds. A `prepare` that fails leaves npx a cache that never works again.
 */
import { Buffer } from "node:buffer";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "dist", "bin");
const program = join(folder, "mctp-lpc.js");

process.exitCode = await main();

async function main() {
  const esbuild = await import("esbuild").catch(() => undefined);
  if (esbuild === undefined) {
    if (existsSync(program)) return say("esbuild is not installed: dist/bin stays as it was built before.", 0);
    const line = 'Not built: esbuild, a development dependency, is not installed. Run "npm ci" without --omit=dev.';
    return say(line, process.argv.includes("--if-possible") ? 0 : 1);
  }
  say("Building dist/bin …", 0);
  try {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: { "mctp-lpc": "src/cli/main.ts", "explore-worker": "src/cli/explore/worker.ts" },
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      // Less to read, to keep in memory and to install; names stay, for traces of a stack.
      minifyWhitespace: true,
      lineLimit: 160,
      // Native code cannot be bundled, and what needs none runs without these; the last is debug's, where it is installed.
      external: ["koffi", "serialport", "supports-color"],
      define: { PACKAGE_VERSION: JSON.stringify(readJson("package.json").version) },
      metafile: true,
      write: false,
    });
    mkdirSync(folder, { recursive: true });
    for (const { path, text } of outputFiles) replace(path, Buffer.from(withRequire(text)));
    replace(join(folder, "LICENSES.txt"), Buffer.from(licences(Object.keys(metafile.inputs))));
    const made = new Set([...outputFiles.map(({ path }) => basename(path)), "LICENSES.txt"]);
    for (const name of readdirSync(folder)) if (!made.has(name)) rmSync(join(folder, name));
    return 0;
  } catch (error) {
    // What esbuild finds in a source it has printed itself.
    return say(`Not built: ${error.message}`, 1);
  }
}

function say(line, status) {
  process.stderr.write(`mctp-lpc: ${line}\n`);
  return status;
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** Bundled CommonJS asks for Node's modules by esbuild's helper, which one of the files has; modules have no `require`. */
function withRequire(text) {
  if (!text.includes("Dynamic require of")) return text;
  return `import * as nodeModule from "node:module";\nconst require = nodeModule.createRequire(import.meta.url);\n${text}`;
}

/** By renaming: a program that starts meanwhile finds the old file or the new one. */
function replace(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents, { mode: 0o755 });
  renameSync(draft, path);
}

/** The licences of the packages that the bundle holds parts of, as they ask for. */
function licences(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  return [...packages]
    .sort()
    .map((path) => {
      const { name, version } = readJson(join(path, "package.json"));
      const file = readdirSync(join(root, path)).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version}\n\n${readFileSync(join(root, path, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
