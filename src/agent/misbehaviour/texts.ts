/** What people read of misbehaviours: the table for a terminal, and the line in the log of an agent that is armed. */
import type { RoleName } from "../../core/binding/side.ts";
import { formOf, valueText, type Entry } from "./list.ts";
import { afterwardsOf, type Afterwards, type Misdeed } from "./misdeed.ts";
import { misdeedsOf } from "./table.ts";

const COLUMNS = 80;
const INDENT = "      ";

export const AFTERWARDS_TEXT: Readonly<Record<Afterwards, string>> = {
  goesOn: "both sides go on",
  newSession: "a new session",
  newStart: "a new start of the side",
};

/** What `--misbehave list` prints. */
export function misbehaviourTable(role: RoleName): string {
  const side = role === "host" ? "a host" : "a BMC";
  return [
    `Misbehaviours of ${side}, each NAME[:VALUE][@N][%P], several separated by commas:`,
    "  @N  the N-th occasion alone, from 1; %P  with P percent probability;",
    "  neither: at every occasion.",
    "",
    ...misdeedsOf(role).flatMap((misdeed) => [`  ${formOf(misdeed)}`, ...wrapped(describe(misdeed, role))]),
  ].join("\n");
}

function describe(misdeed: Misdeed, role: RoleName): string {
  const { help, value, breaks, unseen } = misdeed;
  const afterwards = afterwardsOf(misdeed, role);
  const parts = [
    help,
    ...(value === undefined ? [] : [`${value.label}: ${valueText(value)}`]),
    `breaks ${breaks[role]!.join(" or ")}${unseen === undefined ? "" : ", which no judge of accesses sees"}`,
    ...(afterwards === "goesOn" ? [] : [`needs ${AFTERWARDS_TEXT[afterwards]} afterwards`]),
  ];
  return parts.join("; ");
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${INDENT}${word}`);
  }
  return lines;
}

/** The line with which an agent says what it is about to do. */
export function armedText(role: RoleName, entries: readonly Entry[], seed: number): string {
  const list = entries.map(({ text, misdeed }) => `${text} breaks ${misdeed.breaks[role]![0]!}`).join(", ");
  const drawn = entries.some(({ percent }) => percent !== undefined)
    ? `; drawn with --misbehave-seed ${String(seed)}`
    : "";
  return `this ${role === "host" ? "host" : "BMC"} misbehaves on purpose (--misbehave): ${list}${drawn}`;
}
