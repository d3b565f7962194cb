/** The data of MCTP control commands, from the field tables by which the program encodes and explains them. */
import { CONTROL_COMMANDS } from "../../../src/core/mctp/control/commands.ts";
import type { AnyControlCommand } from "../../../src/core/mctp/control/data.ts";
import type { BitField, Field, Seen } from "../../../src/core/wire/field-table.ts";
import type { Fragments } from "../fragments.ts";
import { markdownTable } from "./markdown-table.ts";

/** Query Hop and Resolve UUID are the last of which clause 14.4 has more than "unsupported". */
const LAST_CODE = 0x10;
const BITS_OF_BYTE = 8;
/** What a later version of a command appends. */
const APPENDED = "added";
/** A message of which nothing was read: choices of fields are made as for zeros. */
const NOTHING_SEEN: Seen = {
  value: () => 0,
  tagOwner: undefined,
  left: 0,
  read: 0,
  bytes: () => new Uint8Array(0),
};

function bitsText({ name, shift, bits, cases }: BitField): string {
  const place = bits === 1 ? `bit ${String(shift)}` : `bits ${String(shift + bits - 1)}:${String(shift)}`;
  const values = cases?.map(([, meaning], value) => `${String(value)} ${meaning}`).join(", ");
  return values === undefined ? `${place} ${name}` : `${place} ${name}: ${values}`;
}

function fieldText(field: Field): string | undefined {
  switch (field.kind) {
    case "number": {
      const text = `${field.name} (${String(BITS_OF_BYTE * field.bytes)})`;
      const parts = field.bitFields?.filter(({ name }) => name !== "reserved").map(bitsText);
      return parts === undefined ? text : `${text} {${parts.join("; ")}}`;
    }
    case "bytes":
      return `${field.name} (${typeof field.length === "number" ? String(BITS_OF_BYTE * field.length) : ".."})`;
    case "list":
      return `for each: ${fieldsText(field.entry)}`;
    case "choice":
      return fieldsText(field.choose(NOTHING_SEEN));
    case "remark":
      return undefined;
  }
}

function fieldsText(fields: readonly Field[]): string {
  return fields
    .filter((field) => field.kind === "choice" || field.name !== APPENDED)
    .map(fieldText)
    .filter((text) => text !== undefined && text !== "")
    .join(", ");
}

function row({ code, name, requestFields, responseFields }: AnyControlCommand): readonly string[] {
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  return [`${hex} ${name}`, fieldsText(requestFields) || "—", fieldsText(responseFields) || "—"];
}

/** A row for each command of clause 14.4. */
export function controlDataFragments(): Fragments {
  const rows = CONTROL_COMMANDS.filter(({ code }) => code <= LAST_CODE).map(row);
  return new Map([
    ["control-data", markdownTable(["command", "data of the request", "data of the response, behind 0x00"], rows)],
  ]);
}
