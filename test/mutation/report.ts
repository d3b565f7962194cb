/** What is told of the mistakes: lines for people, and a table for the specification's annex on exploration. */
import type { Outcome } from "./campaign.ts";
import type { Verdict } from "./judge.ts";
import type { Mistake } from "./mistake.ts";

export function listText(mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ name, text, breaks, file }) => `${name}\n    ${text}\n    ${breaks.join(", ")}; in ${file}`)
    .join("\n");
}

export function outcomeText({ mistake, noticed, verdicts, seconds }: Outcome): string {
  const head = `${mistake.name} (${mistake.breaks.join(", ")}), ${seconds.toFixed(1)} s`;
  if (noticed !== undefined) return `${head}\n    ${noticed.by}: ${noticed.what}`;
  return [`${head}\n    NOBODY NOTICED`, ...verdicts.map(({ by, what }) => `      ${by}: ${what}`)].join("\n");
}

export function summaryText(
  outcomes: readonly Outcome[],
  wrong: readonly Verdict[],
  hasControl: boolean,
  seconds: number,
): string {
  const left = outcomes.filter(({ noticed }) => noticed === undefined).map(({ mistake }) => mistake.name);
  const byExplorer = outcomes.filter(({ noticed }) => noticed?.by.startsWith("explorer")).length;
  const lines = [
    "",
    `mistakes   ${String(outcomes.length)} in ${seconds.toFixed(0)} s`,
    `noticed    ${String(outcomes.length - left.length)}, ${String(byExplorer)} of them by the explorer`,
    `left       ${left.length === 0 ? "none" : left.join(", ")}`,
  ];
  if (hasControl) {
    const found = wrong.map(({ by, what }) => `${by}: ${what}`).join("; ");
    lines.push(`control    ${found === "" ? "nothing is noticed in a copy without a mistake" : `NOT CLEAN: ${found}`}`);
  }
  return lines.join("\n");
}

/** Without times, so that two runs give the same. */
export function markdownText(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ mistake, noticed }) => [
    mistake.text,
    mistake.breaks.join(", "),
    noticed === undefined ? "nobody" : noticed.by,
    noticed?.what ?? "",
  ]);
  const head = ["mistake", "breaks", "noticed by", "how"];
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

function escaped(text: string): string {
  return text.replace(/[|<>]/g, (character) => `\\${character}`);
}
