/** A trace of which rows are missing is judged in parts: what the verdicts on them say together. */
import type { RoleName } from "../binding/side.ts";
import { FINDINGS_KEPT, type Finding, type OlderPeer, type Standing, type Verdict } from "./finding.ts";

/** Notes on older peers that are kept. */
const NOTES_KEPT = 16;

/**
 * Behind a place where rows are missing: what rests on them, or on messages that they began, is no finding.
 * `recorded`: the sides that the rows are of.
 */
export function holdsBehindCut(
  { side, kind, requirement }: Pick<Finding, "side" | "kind" | "requirement">,
  recorded: readonly RoleName[],
): boolean {
  return !recorded.includes(side) && kind === "wire" && !requirement.startsWith("LPC-MCTP-");
}

export class JudgedParts {
  /** No row is missing, and none was told again. */
  isWhole = true;
  readonly #findings: Finding[] = [];
  readonly #known = new Set<string>();
  readonly #notes: OlderPeer[] = [];
  readonly #checks = new Map<string, Standing>();

  /** False for a finding of a kind that an earlier part had, too. */
  take(finding: Finding): boolean {
    const { requirement, side, kind, cause } = finding;
    const key = `${requirement} ${side} ${kind} ${cause?.name ?? ""}`;
    if (this.#known.has(key) || this.#known.size >= FINDINGS_KEPT) return false;
    this.#known.add(key);
    this.#findings.push(finding);
    return true;
  }

  /** A part has ended. */
  add(verdict: Verdict): void {
    this.#notes.push(...verdict.olderPeers.slice(0, NOTES_KEPT - this.#notes.length));
    for (const standing of verdict.standings) {
      const key = keyOf(standing);
      const checks = (this.#checks.get(key)?.checks ?? 0) + standing.checks;
      this.#checks.set(key, { ...standing, checks });
    }
  }

  /** The verdict on all parts, of which this is the last. */
  with(last: Verdict, accesses: number): Verdict {
    if (this.isWhole) return last;
    this.add(last);
    return {
      accesses,
      findings: [...this.#findings].sort((one, other) => one.access - other.access),
      breaks: this.#findings.length,
      olderPeers: [...this.#notes],
      standings: last.standings.map((standing) => this.#standing(standing)),
    };
  }

  #standing({ requirement, side }: Standing): Standing {
    const found = this.#findings.filter((finding) => finding.requirement === requirement && finding.side === side);
    const breaks = found.length;
    const checks = Math.max(breaks, this.#checks.get(keyOf({ requirement, side }))?.checks ?? 0);
    return { requirement, side, checks, breaks, state: breaks > 0 ? "broken" : checks > 0 ? "kept" : "notExercised" };
  }
}

function keyOf({ requirement, side }: Pick<Standing, "requirement" | "side">): string {
  return `${requirement} ${side}`;
}
