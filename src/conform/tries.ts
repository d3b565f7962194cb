/** A case on a busy machine: when it is played again, and what its tries come to. */
import type { Outcome } from "./outcome.ts";

/** What became of one try. */
export interface Try {
  readonly outcome: Outcome;
  /** It was seen in accesses that no lateness explains. */
  readonly isSure: boolean;
  /** Milliseconds by which the machine was late at most. */
  readonly late: number;
  /** It was late in this try, or shortly before: the other side may be late when the tester is not. */
  readonly isBusy: boolean;
}

/** A case is played so often at most. */
const MOST_TRIES = 3;
/** Milliseconds: from here on what fails in every try is not the other side's fault for certain; shorter ones add up to no
 * two failures alike. */
const SPOILED = 400;

/** Plays a case until it passes, or until what it comes to is no doing of the machine. */
export async function settleCase(play: () => Promise<Try>): Promise<Outcome> {
  const tries: Try[] = [];
  for (;;) {
    const one = await play();
    const { outcome, isSure, isBusy } = one;
    if (outcome.kind === "pass" || isSure || !isBusy) return outcome;
    tries.push(one);
    if (tries.filter((other) => isAlike(other, one) && other.late < SPOILED).length > 1) return outcome;
    if (tries.length === MOST_TRIES) return verdictOn(tries);
  }
}

function isAlike({ outcome: one }: Try, { outcome: other }: Try): boolean {
  if (one.kind === "fail" && other.kind === "fail") return one.evidence.requirement === other.evidence.requirement;
  return one.kind === other.kind;
}

/** No try passed, and none is beyond doubt. */
function verdictOn(tries: readonly Try[]): Outcome {
  const calm = tries.find(({ late }) => late < SPOILED);
  if (calm !== undefined) return calm.outcome;
  const [{ outcome } = tries[0]!] = tries;
  if (outcome.kind !== "fail") return outcome;
  const late = Math.round(Math.min(...tries.map((one) => one.late)));
  const { requirement, seen } = outcome.evidence;
  return {
    kind: "notTestable",
    why: `this machine was late by ${String(late)} ms or more in each of ${String(tries.length)} tries, which may be why ${requirement} looks broken: ${seen}`,
  };
}
