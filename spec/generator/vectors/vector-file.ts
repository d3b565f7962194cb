/** What every file of vectors has: a head that says what it is and how to use it, then the vectors, one a line. */
import type { Artefact } from "../artefact.ts";
import { COPYRIGHT, LICENSE } from "../licence.ts";

/** Goes up whenever a reader written for the former format would go wrong. */
export const FORMAT_VERSION = 1;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface VectorFile {
  /** From spec/vectors, without its ending: "crc", "traces/start-up-v3". */
  readonly name: string;
  /** The schema's name, "crc". */
  readonly schema: string;
  readonly title: string;
  readonly description: string;
  /** What numbers and texts mean, by field. */
  readonly units: Readonly<Record<string, string>>;
  /** How an implementation is tested with it. */
  readonly use: string;
  /** The module that makes it, in spec/generator/vectors. */
  readonly generator: string;
  /** The parts of the file behind its head. */
  readonly contents: Readonly<Record<string, Json>>;
}

export function vectorArtefact(file: VectorFile): Artefact {
  const depth = file.name.split("/").length - 1;
  const head = {
    $schema: `${"../".repeat(depth)}schema/${file.schema}.schema.json`,
    title: file.title,
    description: file.description,
    license: LICENSE,
    copyright: COPYRIGHT,
    formatVersion: FORMAT_VERSION,
    specification: "MCTP LPC Transport Binding (mctp-lpc.md), protocol versions 1, 2 and 3",
    generator: `spec/generator/vectors/${file.generator}`,
    units: file.units,
    use: file.use,
  };
  return { path: `spec/vectors/${file.name}.json`, text: `${format({ ...head, ...file.contents })}\n` };
}

const LINE_WIDTH = 300;

/** JSON with whatever fits on one line on one line, so that a vector is a line or a few and a difference is seen. */
export function format(value: Json, indent = ""): string {
  const line = oneLine(value);
  if (typeof value !== "object" || value === null || indent.length + line.length <= LINE_WIDTH) return line;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item: Json) => format(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${format(item, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

function oneLine(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  const fields = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${oneLine(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
