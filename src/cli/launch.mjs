#!/usr/bin/env node
/**
 * Starts mctp-lpc. In a checkout the program is built first if it is missing or older than its sources; an installed
 * package holds no sources and is just started.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const main = join(root, "dist", "src", "cli", "main.js");
const stamp = join(root, "dist", ".built");
const lock = join(root, "dist", ".building");
const SOURCES = [
  "src",
  "host",
  "bmc",
  "package.json",
  "tsconfig.base.json",
  "tsconfig.pure.json",
  "tsconfig.node.json",
];
const LOCK_STALE_MILLISECONDS = 120_000;

function newestChange(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

function isBuilt() {
  if (!existsSync(main) || !existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return SOURCES.every((name) => newestChange(join(root, name)) <= built);
}

/** Two terminals may start at once: one builds, the other waits for it. */
function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > LOCK_STALE_MILLISECONDS) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function findCompiler() {
  try {
    return createRequire(join(root, "package.json")).resolve("typescript/lib/tsc.js");
  } catch {
    process.stderr.write('mctp-lpc: cannot build without the TypeScript compiler: run "npm ci" in this folder first\n');
    process.exit(1);
  }
}

function build() {
  takeLock();
  try {
    if (isBuilt()) return;
    const started = new Date();
    const compiler = findCompiler();
    const { status } = spawnSync(process.execPath, [compiler, "-b", join(root, "tsconfig.node.json")], {
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0) {
      process.stderr.write("mctp-lpc: the build failed; what the compiler says is above\n");
      process.exit(1);
    }
    // A source that changed while the compiler ran counts as newer.
    writeFileSync(stamp, "");
    utimesSync(stamp, started, started);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

if (existsSync(join(root, "tsconfig.node.json")) && !isBuilt()) build();
await import(main);
