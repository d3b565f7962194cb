/** What becomes of a case of a conformance run. */
import type { Finding } from "../core/judge/finding.ts";
import type { TraceEntry } from "../core/trace/format.ts";

/** What shows that the side under test breaks a requirement. Texts are sentences without their full stops. */
export interface Evidence {
  readonly requirement: string;
  readonly seen: string;
  readonly expected: string;
  /** The running number of the tester's access behind which it was found, counted from 0 over the whole run. */
  readonly access: number;
  /** What the judge made of the accesses, where it was the judge who found it. */
  readonly finding: Finding | undefined;
  /** The tester's last accesses up to there, ROWS_SHOWN at most; of STR reads that are alike in a row the first. */
  readonly rows: readonly TraceEntry[];
}

export type Outcome =
  | { readonly kind: "pass" }
  | { readonly kind: "fail"; readonly evidence: Evidence }
  | { readonly kind: "notTestable"; readonly why: string };

/** Thrown by a case, and caught where cases are run: the side under test breaks a requirement. */
export class Broken extends Error {
  readonly requirement: string;
  readonly seen: string;
  readonly expected: string;
  /** No lateness of the machine makes a side look so. */
  readonly isSure: boolean;

  constructor(requirement: string, seen: string, expected: string, isSure = false) {
    super(`${requirement}: ${seen}; expected: ${expected}`);
    this.requirement = requirement;
    this.seen = seen;
    this.expected = expected;
    this.isSure = isSure;
  }
}

/** Thrown by a case: what it looks at cannot be brought about with this side under test. */
export class NotTestable extends Error {
  readonly why: string;

  constructor(why: string) {
    super(why);
    this.why = why;
  }
}

/** Accesses that evidence shows at most. */
export const ROWS_SHOWN = 120;
