#!/usr/bin/env node
/**
 * The one binary's entry. It imports nothing of ours before it knows what for: most of a short command's time is loading,
 * and what it shared with the commands would be further files.
 */
import { readFileSync, writeSync } from "node:fs";

/** bundle.mjs puts package.json's here. */
declare const PACKAGE_VERSION: string;

/** Descriptors that loading a command takes, with some that the process was started with. An agent needs more. */
const LEAST_DESCRIPTORS = 64;

const words = process.argv.slice(2);
if (!tellsVersion()) await runProgram();

async function runProgram(): Promise<void> {
  if (mayOpenEnough()) await (await import("./program.ts")).runProgram(words);
}

/**
 * Node's loader opens the parts of a command side by side, and ends the process with a trace of its own stack where it
 * cannot: so the limit is asked first. True where the system does not say.
 */
function mayOpenEnough(): boolean {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "latin1");
  } catch {
    return true;
  }
  const [, limit] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  if (limit === undefined || Number(limit) >= LEAST_DESCRIPTORS) return true;
  const needed = String(LEAST_DESCRIPTORS);
  writeSync(
    2,
    `mctp-lpc: this process may have ${limit} files open, a command needs ${needed}: raise the limit (ulimit -n)\n`,
  );
  process.exitCode = 1;
  return false;
}

/** False, too, where it cannot be written: the whole program says why. */
function tellsVersion(): boolean {
  if (words.length !== 1 || (words[0] !== "--version" && words[0] !== "-V")) return false;
  try {
    return writeSync(1, `${PACKAGE_VERSION}\n`) > 0;
  } catch {
    return false;
  }
}
