/** What became of the mistakes on the bus, as text. */
import type { JudgedMistake } from "./judge-campaign.ts";
import type { Sighted } from "./task.ts";

function sightedText({ run, requirement, side, access }: Sighted): string {
  return `${run} · ${requirement} · access ${String(access)} · ${side}`;
}

/** A line, and one more for each stray finding. */
export function judgedText({ mistake, found, strays, failure }: JudgedMistake): string {
  const outcome =
    found !== undefined
      ? sightedText(found)
      : failure === undefined
        ? "NOT FOUND in any run"
        : `NOT JUDGED: ${failure}`;
  const others = strays.map((stray) => `  stray: ${sightedText(stray)}: saw ${stray.seen}; expected ${stray.expected}`);
  return [`${mistake} · ${outcome}`, ...others].join("\n");
}

/** How many mistakes each requirement found, then the totals. */
export function judgedSummary(all: readonly JudgedMistake[], seconds: number): string {
  const counts = new Map<string, number>();
  for (const { found } of all) {
    if (found !== undefined) counts.set(found.requirement, (counts.get(found.requirement) ?? 0) + 1);
  }
  const table = [...counts].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
  const found = all.filter((one) => one.found !== undefined).length;
  const strays = all.filter((one) => one.strays.length > 0).length;
  return [
    "",
    "Mistakes found by requirement:",
    ...table.map(([requirement, count]) => `  ${requirement.padEnd(14)} ${String(count)}`),
    `${String(found)} of ${String(all.length)} mistakes found, ${String(strays)} with stray findings, ${seconds.toFixed(0)} s`,
  ].join("\n");
}
