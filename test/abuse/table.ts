/** What was measured, as lines for people: a block for each attack, then the worst of all for each goal. */
import type { AttackResult } from "./attack.ts";
import { goalsOf, megabytes, percent, type GoalShown, type Verdict } from "./goals.ts";
import type { LocalResult } from "./local/local-run.ts";

const NAME_WIDTH = 22;
const GOAL_WIDTH = 27;
const MARKS: Readonly<Record<Verdict, string>> = { met: " ", missed: "!", notJudged: "?" };
const WORDS: Readonly<Record<Verdict, string>> = {
  met: "",
  missed: "  NOT MET",
  notJudged: "  not judged: the machine is busy",
};

/** The figures of one attack; goals that were not met are marked. */
export function attackLines(result: AttackResult): readonly string[] {
  const { attack, tried } = result;
  const counts = Object.entries(tried).map(([what, count]) => `${String(count)} ${what}`);
  const also = [
    `own memory grew by at most ${megabytes(result.grownBytes)} MiB`,
    `the attacker has ${String(result.inboxFiles)} files of ${String(result.inboxBytes)} bytes`,
    `waited for a processor ${percent(result.waited)} of the time (undisturbed ${percent(result.waitedBefore)})`,
  ];
  return [
    `${attack.name} (${attack.place}): ${attack.protects}`,
    `  ${"tried".padEnd(NAME_WIDTH)}${counts.join(", ")}`,
    ...goalsOf(result).map(goalLine),
    `  ${"also".padEnd(NAME_WIDTH)}${also.join("; ")}`,
    "",
  ];
}

function goalLine({ name, measured, undisturbed, verdict }: GoalShown): string {
  const compared = undisturbed === undefined ? "" : ` (undisturbed ${undisturbed})`;
  return `${MARKS[verdict]} ${name.padEnd(NAME_WIDTH)}${measured}${compared}${WORDS[verdict]}`;
}

export function localLine({ name, protects, skipped, gotThrough }: LocalResult): string {
  const outcome = gotThrough.length === 0 ? (skipped ?? "refused") : gotThrough.join("; ");
  return `${gotThrough.length === 0 ? " " : "!"} ${name.padEnd(24)}${protects}: ${outcome}`;
}

/** For each goal what was promised, the worst that was measured and in which attack, and whether it was met in all. */
export function summaryLines(results: readonly AttackResult[], locals: readonly LocalResult[]): readonly string[] {
  const all = results.map((result) => ({ attack: result.attack.name, goals: goalsOf(result) }));
  const names = all[0]?.goals.map(({ name }) => name) ?? [];
  return [
    `  ${"what".padEnd(NAME_WIDTH)}${"goal".padEnd(GOAL_WIDTH)}the worst that was measured`,
    ...names.map((_name, at) => worstLine(all.map(({ attack, goals }) => ({ attack, shown: goals[at]! })))),
    ...(locals.length === 0 ? [] : [localSummary(locals)]),
  ];
}

function worstLine(all: readonly { readonly attack: string; readonly shown: GoalShown }[]): string {
  const count = (verdict: Verdict): number => all.filter(({ shown }) => shown.verdict === verdict).length;
  const judged = all.filter(({ shown }) => shown.verdict !== "notJudged");
  const [{ attack, shown } = all[0]!] = judged.toSorted((one, other) => other.shown.value - one.shown.value);
  const verdict = count("missed") > 0 ? "missed" : "met";
  const met = `${verdict === "met" ? "met" : "NOT MET"} in ${String(verdict === "met" ? count("met") : count("missed"))} of ${String(all.length)}`;
  const unjudged = count("notJudged") === 0 ? "" : `, ${String(count("notJudged"))} not judged: the machine is busy`;
  const worst = `${shown.measured} (${attack})`;
  return `${MARKS[verdict]} ${shown.name.padEnd(NAME_WIDTH)}${shown.goal.padEnd(GOAL_WIDTH)}${worst}: ${met}${unjudged}`;
}

function localSummary(locals: readonly LocalResult[]): string {
  const tried = locals.filter(({ skipped }) => skipped === undefined);
  const through = tried.filter(({ gotThrough }) => gotThrough.length > 0).map(({ name }) => name);
  const outcome = through.length === 0 ? `all ${String(tried.length)} refused` : `NOT MET in ${through.join(", ")}`;
  const skipped = locals.length - tried.length;
  const mark = MARKS[through.length === 0 ? "met" : "missed"];
  const left = skipped === 0 ? "" : `, ${String(skipped)} skipped: they take root`;
  return `${mark} ${"local attacks".padEnd(NAME_WIDTH)}${"refused, nothing changed".padEnd(GOAL_WIDTH)}${outcome}${left}`;
}
