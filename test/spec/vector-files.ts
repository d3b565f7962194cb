/** The committed files of vectors, and what more than one test reads of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../support/processes.ts";

export const VECTORS: string = join(PROJECT, "spec", "vectors");

export type Fields = Readonly<Record<string, unknown>>;

export function readJson(path: string): Fields {
  return JSON.parse(readFileSync(path, "utf8")) as Fields;
}

/** A part of a file of vectors, of the kind that its schema says. */
export function vectors(file: string, part = "vectors"): unknown {
  return readJson(join(VECTORS, `${file}.json`))[part];
}
