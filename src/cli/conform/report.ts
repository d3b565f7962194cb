/** A conformance run as a report: what became of each requirement that binds the side under test, and of each case. */
import type { RoleName } from "../../core/binding/side.ts";
import type { Standing } from "../../core/judge/finding.ts";
import { UNJUDGED } from "../../core/judge/requirements.ts";
import type { PlacedRequirement } from "../../core/spec/document.ts";
import { sectionName } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import type { Case } from "../../conform/case.ts";
import type { Evidence } from "../../conform/outcome.ts";
import type { CaseResult, RunResult } from "../../conform/run.ts";

/** What is known of a run beside its results. */
export interface RunFacts {
  readonly tested: RoleName;
  readonly platform: string;
  readonly windowBytes: number;
  readonly depth: number;
  /** Of this program. */
  readonly version: string;
  /** When it began, ISO 8601. */
  readonly began: string;
  /** Cases that were not played, and why. */
  readonly leftOut: readonly { readonly case: Case<never>; readonly why: "risk" | "slow" }[];
  /** What stays changed behind the run, sentences. */
  readonly remains: readonly string[];
  /** It was ended before its last case. */
  readonly wasEnded: boolean;
}

/** `notVisible`: neither a case nor the judge can see it from the other side of the board. */
export type RequirementState = "kept" | "broken" | "notExercised" | "notVisible";

export interface RequirementRow {
  readonly id: string;
  /** "7.3 Ownership" */
  readonly clause: string;
  /** The sentence, in Markdown. */
  readonly text: string;
  readonly state: RequirementState;
  /** Names of the cases that exercised it, or broke it. */
  readonly cases: readonly string[];
  /** Why it is not visible, where it is not. */
  readonly why: string | undefined;
}

export interface ConformReport extends RunFacts {
  /** All that bind the side under test, in the order of the text. */
  readonly requirements: readonly RequirementRow[];
  readonly results: readonly CaseResult[];
  readonly failures: readonly Failed[];
  readonly passes: number;
  readonly notTestable: number;
  readonly accesses: number;
  readonly milliseconds: number;
  /** "61 of 75 requirements exercised, 2 broken" */
  readonly summary: string;
}

export interface Failed {
  readonly result: CaseResult;
  readonly evidence: Evidence;
  /** Undefined for a requirement that the specification does not have. */
  readonly requirement: RequirementRow | undefined;
}

/** `cases`: all that there are for the side, played or not. */
export function reportOf(
  facts: RunFacts,
  run: RunResult,
  cases: readonly Case<never>[],
  specification: Specification,
): ConformReport {
  const { results, standings } = run;
  const byJudge = new Map<string, Standing["state"]>(standings.map(({ requirement, state }) => [requirement, state]));
  const visible = new Set([...byJudge.keys(), ...cases.flatMap(({ requirements: ids }) => ids)]);
  const requirements = specification.requirements
    .filter(({ bound }) => bound === "Both" || bound === (run.tested === "host" ? "Host" : "BMC"))
    .map((requirement) => rowOf(requirement, results, byJudge.get(requirement.id), visible.has(requirement.id)));
  const byId = new Map(requirements.map((row) => [row.id, row]));
  const failures = results.flatMap((result) => {
    if (result.outcome.kind !== "fail") return [];
    const { evidence } = result.outcome;
    return [{ result, evidence, requirement: byId.get(evidence.requirement) }];
  });
  const seen = requirements.filter(({ state }) => state !== "notVisible");
  const exercised = seen.filter(({ state }) => state !== "notExercised").length;
  const broken = new Set(failures.map(({ evidence }) => evidence.requirement)).size;
  return {
    ...facts,
    requirements,
    results,
    failures,
    passes: results.filter(({ outcome }) => outcome.kind === "pass").length,
    notTestable: results.filter(({ outcome }) => outcome.kind === "notTestable").length,
    accesses: run.accesses,
    milliseconds: run.milliseconds,
    summary: `${String(exercised)} of ${String(seen.length)} requirements exercised, ${
      broken === 0 ? "none" : String(broken)
    } broken`,
  };
}

/** What a failed case means for those behind it, a sentence; undefined: nothing. */
export function goesOnText({ goesOnIn }: CaseResult): string | undefined {
  if (goesOnIn === undefined) return undefined;
  return `The run goes on with sessions of version ${String(goesOnIn)}, so that the rest is judged, too.`;
}

function rowOf(
  { id, text, section }: PlacedRequirement,
  results: readonly CaseResult[],
  judged: Standing["state"] | undefined,
  isVisible: boolean,
): RequirementRow {
  const broke = results.filter(({ outcome }) => outcome.kind === "fail" && outcome.evidence.requirement === id);
  const kept = results.filter(({ case: one, outcome }) => outcome.kind === "pass" && one.requirements.includes(id));
  const isKept = kept.length > 0 || judged === "kept";
  return {
    id,
    clause: sectionName(section),
    text,
    state: broke.length > 0 ? "broken" : isKept ? "kept" : isVisible ? "notExercised" : "notVisible",
    cases: (broke.length > 0 ? broke : kept).map(({ case: one }) => one.name),
    why: isVisible ? undefined : UNJUDGED[id],
  };
}
