/** What is told of the mistakes: lines for people, and tables in Markdown. */
import type { Outcome } from "./campaign.ts";
import { catcherText, type Verdict } from "./judge.ts";
import type { Indifference, Mistake } from "./mistake.ts";

export function listText(mistakes: readonly Mistake[]): string {
  return mistakes.map((mistake) => [mistake.name, ...detailsOf(mistake)].join("\n    ")).join("\n");
}

function detailsOf({ text, breaks, does, noticedBy, unseen }: Mistake): readonly string[] {
  const catchers = noticedBy.map((catcher) =>
    "test" in catcher ? `${catcher.test}: ${catcher.requirement}` : catcherText(catcher),
  );
  const why = unseen === undefined ? [] : [`not seen by the explorer: ${unseen}`];
  return [text, breaks.join(", "), ...does.map(({ says }) => says), ...catchers, ...why];
}

export function outcomeText({ mistake, noticed, verdicts, seconds }: Outcome): string {
  const head = `${mistake.name} (${mistake.breaks.join(", ")}), ${seconds.toFixed(1)} s`;
  if (noticed !== undefined) return `${head}\n    ${noticed.by}: ${noticed.what}`;
  return [`${head}\n    NOT NOTICED`, ...verdicts.map(({ by, what }) => `      ${by}: ${what}`)].join("\n");
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
export function markdownText(outcomes: readonly Outcome[], indifferent: readonly Indifference[]): string {
  const mistakes = outcomes.map(({ mistake, noticed }) => [
    mistake.text,
    mistake.breaks.join(", "),
    noticed === undefined ? "not noticed" : `${noticed.by}: ${noticed.what}`,
    mistake.unseen ?? "",
  ]);
  const orders = indifferent.map(({ text, because, unseenIn }) => [text, because, unseenIn.join("; ")]);
  return [
    tableText(["mistake", "breaks", "noticed by", "why the explorer sees nothing"], mistakes),
    tableText(["no mistake", "because", "explored in"], orders),
  ].join("\n");
}

function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

function escaped(text: string): string {
  return text.replace(/[|<>]/g, (character) => `\\${character}`);
}
