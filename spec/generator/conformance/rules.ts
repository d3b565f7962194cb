/** What has to hold between requirements, tests and code; each rule gives the identifiers that break it. */
import type { Requirement } from "../../../src/core/spec/requirements.ts";
import type { Evidence } from "./evidence.ts";

/** Requirements that no code of this project can keep, each with who does. */
export const KEPT_ELSEWHERE: Readonly<Record<string, string>> = {
  "LPC-SEC-7": "what gives the window to another service; this program never does",
};

/** Requirements that no test of this project can show, each with the reason. */
export const SHOWN_BY_NO_TEST: Readonly<Record<string, string>> = {
  "LPC-BMC-12": "a permission of which this BMC makes no use; what a host does then is LPC-HOST-9",
  "LPC-SEC-7": "this program gives its window to no other service",
};

type EvidenceById = ReadonlyMap<string, Evidence>;

/** Requirements that no test checks, those that none can show excepted. */
export function untested(
  requirements: readonly Requirement[],
  evidence: EvidenceById,
  shownByNoTest: Readonly<Record<string, string>> = SHOWN_BY_NO_TEST,
): readonly string[] {
  return requirements
    .map(({ id }) => id)
    .filter((id) => shownByNoTest[id] === undefined && (evidence.get(id)?.tests ?? []).length === 0);
}

/** Requirements that no code cites, those kept elsewhere excepted. */
export function uncited(
  requirements: readonly Requirement[],
  evidence: EvidenceById,
  keptElsewhere: Readonly<Record<string, string>> = KEPT_ELSEWHERE,
): readonly string[] {
  return requirements
    .map(({ id }) => id)
    .filter((id) => keptElsewhere[id] === undefined && (evidence.get(id)?.code ?? []).length === 0);
}

/** Entries of either table of exceptions that name no requirement, or one that code cites, or tests show, after all. */
export function needlessExceptions(
  evidence: EvidenceById,
  keptElsewhere: Readonly<Record<string, string>> = KEPT_ELSEWHERE,
  shownByNoTest: Readonly<Record<string, string>> = SHOWN_BY_NO_TEST,
): readonly string[] {
  const needless = (exceptions: Readonly<Record<string, string>>, what: keyof Evidence): readonly string[] =>
    Object.keys(exceptions).filter((id) => (evidence.get(id)?.[what].length ?? 1) > 0);
  return [...needless(keptElsewhere, "code"), ...needless(shownByNoTest, "tests")];
}

/**
 * Requirements whose tests are all of one wing although the other is bound: a host's duty is not shown by tests of the
 * BMC alone. Tests of what both wings share count for both.
 */
export function testedInOneWing(requirements: readonly Requirement[], evidence: EvidenceById): readonly string[] {
  return requirements
    .filter(({ id, bound }) => {
      const wings = new Set((evidence.get(id)?.tests ?? []).map(({ path }) => wingOf(path)));
      if (wings.size === 0 || wings.has("Both")) return false;
      return bound === "Both" ? wings.size < 2 : !wings.has(bound);
    })
    .map(({ id }) => id);
}

function wingOf(path: string): Requirement["bound"] {
  if (path.startsWith("test/host/")) return "Host";
  return path.startsWith("test/bmc/") ? "BMC" : "Both";
}
