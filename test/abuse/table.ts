/** What was measured, as lines for people: a block for each attack, then the worst of all for each goal. */
import type { AttackResult } from "./attack.ts";
import type { LocalResult } from "./local/local-run.ts";
import { goalsOf, type GoalShown } from "./goals.ts";

/** The figures of one attack; goals that were not met are marked. */
export function attackLines(result: AttackResult): readonly string[] {
  const { attack, tried } = result;
  const counts = Object.entries(tried).map(([what, count]) => `${String(count)} ${what}`);
  return [
    `${attack.name} (${attack.place}): ${attack.protects}`,
    `  tried                 ${counts.join(", ")}`,
    ...goalsOf(result).map(goalLine),
    `  also                  own memory grew by at most ${(result.grownBytes / 1048576).toFixed(1)} MiB; inbox ${String(result.inboxFiles)} files, ${String(result.inboxBytes)} bytes; latest timer ${result.latest.toFixed(0)} ms`,
    "",
  ];
}

function goalLine({ name, measured, undisturbed, isMet }: GoalShown): string {
  const compared = undisturbed === undefined ? "" : ` (undisturbed ${undisturbed})`;
  return `${isMet ? " " : "!"} ${name.padEnd(22)}${measured}${compared}${isMet ? "" : "  NOT MET"}`;
}

export function localLine({ name, protects, skipped, gotThrough }: LocalResult): string {
  const outcome = skipped === undefined ? (gotThrough.length === 0 ? "refused" : gotThrough.join("; ")) : skipped;
  return `${gotThrough.length === 0 ? " " : "!"} ${name.padEnd(24)}${protects}: ${outcome}`;
}

/** For each goal: in how many attacks it was met, and those in which it was not. */
export function summaryLines(results: readonly AttackResult[], locals: readonly LocalResult[]): readonly string[] {
  const all = results.map((result) => ({ name: result.attack.name, goals: goalsOf(result) }));
  const names = all[0]?.goals.map(({ name }) => name) ?? [];
  const tried = locals.filter(({ skipped }) => skipped === undefined);
  const through = tried.filter(({ gotThrough }) => gotThrough.length > 0).map(({ name }) => name);
  const skipped = locals.length - tried.length;
  const localSummary = through.length === 0 ? `none of ${String(tried.length)}` : through.join(", ");
  return [
    `${"goal".padEnd(22)}${"promised".padEnd(28)}attacks in which it was not met`,
    ...names.map((name, at) => {
      const missed = all.filter(({ goals }) => goals[at]?.isMet !== true).map((one) => one.name);
      const promised = all.map(({ goals }) => goals[at]?.goal ?? "").find((goal) => goal !== "not charged") ?? "";
      return `${name.padEnd(22)}${promised.padEnd(28)}${missed.length === 0 ? `none of ${String(all.length)}` : missed.join(", ")}`;
    }),
    ...(locals.length === 0
      ? []
      : [
          `${"local attacks".padEnd(22)}${"refused, nothing changed".padEnd(28)}${localSummary}${skipped === 0 ? "" : `, ${String(skipped)} skipped`}`,
        ]),
  ];
}
