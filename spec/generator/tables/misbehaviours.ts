/** What agents break on purpose, as `--misbehave` knows it. */
import { formOf, valueText } from "../../../src/agent/misbehaviour/list.ts";
import { afterwardsOf } from "../../../src/agent/misbehaviour/misdeed.ts";
import { MISDEEDS } from "../../../src/agent/misbehaviour/table.ts";
import { AFTERWARDS_TEXT } from "../../../src/agent/misbehaviour/texts.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Fragments } from "../fragments.ts";
import { markdownTable } from "./markdown-table.ts";

const SIDES: readonly (readonly [RoleName, string])[] = [
  ["host", "host"],
  ["bmc", "BMC"],
];

/** What holds for each side, once where it is the same for both. */
function ofSides(texts: readonly (readonly [side: string, text: string])[]): string {
  const [first] = texts;
  if (texts.every(([, text]) => text === first?.[1])) return first?.[1] ?? "";
  return texts.map(([side, text]) => `${side}: ${text}`).join("; ");
}

/** A row for each entry, and the sentences of those that no judge names. */
export function misbehaviourFragments(): Fragments {
  const rows = MISDEEDS.map((misdeed) => {
    const { help, value, breaks, unseen } = misdeed;
    const sides = SIDES.filter(([role]) => role in breaks);
    return [
      `\`${formOf(misdeed)}\``,
      sides.length === SIDES.length ? "both" : sides[0]![1],
      value === undefined ? help : `${help} (${value.label}: ${valueText(value)})`,
      ofSides(sides.map(([role, side]) => [side, breaks[role]!.join(", ")])),
      unseen === undefined ? "yes" : `no: ${unseen}`,
      ofSides(sides.map(([role, side]) => [side, AFTERWARDS_TEXT[afterwardsOf(misdeed, role)]])),
    ];
  });
  const head = [
    "entry",
    "side",
    "what the side does",
    "breaks",
    "the judge names one of them",
    "what brings the channel back",
  ];
  return new Map([["misbehaviours", markdownTable(head, rows)]]);
}
