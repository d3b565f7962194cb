/** Tables of the specification, read as its readers do: by their headings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutCode } from "../../src/core/spec/document.ts";
import { readTables } from "../../src/core/spec/tables.ts";
import { PROJECT } from "./requirements.ts";

export type TableRow = Readonly<Record<string, string>>;

export function readSpecification(name: string): string {
  return readFileSync(join(PROJECT, "spec", name), "utf8");
}

/** The rows of the first table with exactly these headings, each by heading. Throws where there is none. */
export function tableOf(text: string, ...headings: readonly string[]): readonly TableRow[] {
  const tables = readTables(withoutCode(text.split("\n")));
  const table = tables.find((candidate) => candidate.headings.join("|") === headings.join("|"));
  if (table === undefined) throw new Error(`there is no table with the headings ${headings.join(", ")}`);
  return table.rows.map((row) => Object.fromEntries(row.map((cell, index) => [headings[index] ?? "", cell])));
}

/** The cell under a heading. */
export function cellOf(row: TableRow, heading: string): string {
  const cell = row[heading];
  if (cell === undefined) throw new Error(`the row ${JSON.stringify(row)} has no ${heading}`);
  return cell;
}

/** A number as the tables write it: "0x1c", "4104", "500 ms", "1 s" (as milliseconds). */
export function numberIn(text: string): number {
  const [, digits = "", unit = ""] = /^(?:about )?(0x[0-9a-f]+|\d+)(?: (s|ms|bytes))?$/i.exec(text) ?? [];
  if (digits === "") throw new Error(`"${text}" is no number`);
  return Number(digits) * (unit === "s" ? 1000 : 1);
}
