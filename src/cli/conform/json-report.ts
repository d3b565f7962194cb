/** A report for programs. */
import { toHex } from "../../core/wire/bytes.ts";
import type { ConformReport } from "./report.ts";

/** Of this JSON: readers refuse a newer one. */
const FORMAT_VERSION = 1;

export function jsonReport(report: ConformReport): unknown {
  const { tested, platform, windowBytes, depth, version, began, milliseconds, accesses, summary } = report;
  return {
    format: FORMAT_VERSION,
    tested,
    platform,
    windowBytes,
    depth,
    program: version,
    began,
    milliseconds: Math.round(milliseconds),
    accesses,
    summary,
    ended: report.wasEnded ? "early" : "complete",
    passed: report.passes,
    failed: report.failures.length,
    notTestable: report.notTestable,
    broken: [...new Set(report.failures.map(({ evidence }) => evidence.requirement))],
    requirements: report.requirements.map(({ id, clause, state, cases, why }) => ({ id, clause, state, cases, why })),
    cases: report.results.map(({ case: one, outcome, milliseconds: took, goesOnIn, others }) => ({
      name: one.name,
      text: one.text,
      requirements: one.requirements,
      outcome: outcome.kind,
      milliseconds: Math.round(took),
      ...(goesOnIn === undefined ? {} : { goesOnInVersion: goesOnIn }),
      alsoFound: others.map(({ requirement, seen, expected, access }) => ({ requirement, seen, expected, access })),
      ...(outcome.kind === "notTestable" ? { why: outcome.why } : {}),
      ...(outcome.kind === "fail" ? { evidence: evidenceOf(outcome.evidence) } : {}),
    })),
    leftOut: report.leftOut.map(({ case: one, why }) => ({ name: one.name, why, risk: one.risk })),
    remains: report.remains,
  };
}

function evidenceOf({
  requirement,
  seen,
  expected,
  access,
  finding,
  rows,
}: ConformReport["failures"][number]["evidence"]): unknown {
  return {
    requirement,
    seen,
    expected,
    access,
    foundBy: finding === undefined ? "case" : "judge",
    ...(finding?.bytes === undefined ? {} : { bytes: toHex(finding.bytes), offset: finding.offset }),
    ...(finding?.cause === undefined ? {} : { guess: finding.cause }),
    rows,
  };
}
