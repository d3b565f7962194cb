/** Which cases of a list a run plays, and why not the others. */
import type { Case } from "./case.ts";

export interface Wanted {
  /** Identifiers of requirements or their beginnings, names of cases or their groups; empty: all. */
  readonly only: readonly string[];
  readonly fast: boolean;
  /** Cases with a risk are played. */
  readonly destructive: boolean;
}

export interface Selection<One> {
  readonly played: readonly One[];
  readonly leftOut: readonly { readonly case: One; readonly why: "risk" | "slow" }[];
  /** Of `only`: what no case has. */
  readonly unknown: readonly string[];
}

/** Cases that a chosen one needs are played as well, in the order of the list. */
export function selectCases<One extends Case<never>>(cases: readonly One[], wanted: Wanted): Selection<One> {
  const { only, fast, destructive } = wanted;
  const unknown = only.filter((word) => !cases.some((one) => answersTo(one, word)));
  const chosen = new Set<One>();
  const leftOut: { case: One; why: "risk" | "slow" }[] = [];
  const byName = new Map(cases.map((one) => [one.name, one]));
  const choose = (one: One): void => {
    if (chosen.has(one)) return;
    chosen.add(one);
    for (const name of one.needs ?? []) {
      const needed = byName.get(name);
      if (needed !== undefined) choose(needed);
    }
  };
  for (const one of cases) {
    if (only.length > 0 && !only.some((word) => answersTo(one, word))) continue;
    if (one.risk !== undefined && !destructive) leftOut.push({ case: one, why: "risk" });
    else if (one.slow === true && fast) leftOut.push({ case: one, why: "slow" });
    else choose(one);
  }
  return { played: cases.filter((one) => chosen.has(one)), leftOut, unknown };
}

function answersTo(one: Case<never>, word: string): boolean {
  const wanted = word.toUpperCase();
  const isArea = !/\d$/.test(wanted);
  if (one.requirements.some((id) => id === wanted || (isArea && id.startsWith(`${wanted.replace(/-$/, "")}-`)))) {
    return true;
  }
  return one.name === word || one.name.startsWith(`${word.replace(/\/$/, "")}/`);
}
