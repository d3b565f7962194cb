#!/usr/bin/env node
/**
 * The one binary's entry. It imports nothing of ours before it knows what for: most of a short command's time is loading,
 * and what it shared with the commands would be further files.
 */
import { writeSync } from "node:fs";

/** bundle.mjs puts package.json's here. */
declare const PACKAGE_VERSION: string;

const words = process.argv.slice(2);
if (!tellsVersion()) await (await import("./program.ts")).runProgram(words);

/** False, too, where it cannot be written: the whole program says why. */
function tellsVersion(): boolean {
  if (words.length !== 1 || (words[0] !== "--version" && words[0] !== "-V")) return false;
  try {
    return writeSync(1, `${PACKAGE_VERSION}\n`) > 0;
  } catch {
    return false;
  }
}
