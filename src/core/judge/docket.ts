/**
 * What was found so far: how often each requirement was asked for, with which outcome, and the first finding of each kind.
 * Findings of the draft's rules wait until it is known whether the side is one that follows the draft at all.
 */
import type { RoleName } from "../binding/side.ts";
import {
  FINDINGS_KEPT,
  type Cause,
  type Finding,
  type FindingKind,
  type OlderPeer,
  type Standing,
  type Verdict,
} from "./finding.ts";
import { JUDGED_LIST, PLACE, sidesOf, type JudgedRequirement } from "./requirements.ts";

/** Draft findings that wait for the generation of their side; what comes beyond is let go. */
const WAITING_KEPT = 8;
/** Notes on older peers that are kept; the rest is told and let go. */
const NOTES_KEPT = 16;
const BYTES_SHOWN = 32;

export interface Details {
  readonly seen: string;
  readonly expected: string;
  readonly cause?: Cause | undefined;
  readonly bytes?: Uint8Array | undefined;
  readonly offset?: number | undefined;
}

/** unknown: nothing seen yet that only one of the two would do. */
export type Generation = "unknown" | "draft" | "older";

export interface DocketOptions {
  readonly onFinding?: ((finding: Finding) => void) | undefined;
  /** Told of what is no finding any more, for one like it was found before. */
  readonly onRepeat?: ((finding: Finding) => void) | undefined;
  readonly onOlderPeer?: ((note: OlderPeer) => void) | undefined;
}

export class Docket {
  /** The access being judged, and its step. */
  access = -1;
  step: string | undefined;
  readonly #options: DocketOptions;
  readonly #checks: Readonly<Record<RoleName, Int32Array>> = { host: noTallies(), bmc: noTallies() };
  readonly #broken: Readonly<Record<RoleName, Int32Array>> = { host: noTallies(), bmc: noTallies() };
  readonly #findings: Finding[] = [];
  readonly #known = new Set<string>();
  readonly #notes: OlderPeer[] = [];
  readonly #waiting: Record<RoleName, Finding[]> = { host: [], bmc: [] };
  readonly #generations: Record<RoleName, Generation> = { host: "unknown", bmc: "unknown" };
  #breaks = 0;

  constructor(options: DocketOptions = {}) {
    this.#options = options;
  }

  generation(side: RoleName): Generation {
    return this.#generations[side];
  }

  /** Whether anything was found of the side, or waits for its generation. */
  hasBroken(side: RoleName): boolean {
    return this.#waiting[side].length > 0 || this.#findings.some((finding) => finding.side === side);
  }

  /** A requirement was asked for and kept; `place` is its PLACE. */
  keep(side: RoleName, place: number): void {
    this.#checks[side][place]!++;
  }

  /** How often each requirement was asked for and kept, by PLACE: the parts that follow a side count there. */
  checksOf(side: RoleName): Int32Array {
    return this.#checks[side];
  }

  /** A requirement was asked for and broken. */
  break(side: RoleName, requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    const finding: Finding = {
      requirement,
      side,
      kind,
      access: this.access,
      step: this.step,
      seen: details.seen,
      expected: details.expected,
      bytes: details.bytes?.slice(0, BYTES_SHOWN),
      offset: details.offset,
      cause: details.cause,
    };
    if (kind === "draft" && this.#generations[side] !== "draft") {
      if (this.#generations[side] === "unknown" && this.#waiting[side].length < WAITING_KEPT) {
        this.#waiting[side].push(finding);
      }
      return;
    }
    this.#record(finding);
  }

  /** The side does what only the draft asks for. */
  followsDraft(side: RoleName): void {
    if (this.#generations[side] === "draft") return;
    this.#generations[side] = "draft";
    this.#flush(side);
  }

  /** The side went through a whole start-up without any of it: what only the draft asks for is no fault of it. */
  isOlder(side: RoleName, text: string): void {
    this.#generations[side] = "older";
    this.#waiting[side].length = 0;
    const note: OlderPeer = { side, access: this.access, text };
    if (this.#notes.length < NOTES_KEPT) this.#notes.push(note);
    this.#options.onOlderPeer?.(note);
  }

  /**
   * A start-up begins, perhaps of another program: an older peer may be replaced by one that follows the draft. What waits
   * for a verdict on the one before is let go.
   */
  beginsAnew(side: RoleName): void {
    if (this.#generations[side] === "older") this.#generations[side] = "unknown";
    this.#waiting[side].length = 0;
  }

  /** Nothing more will tell of what generation a side is. */
  flush(): void {
    for (const side of ["host", "bmc"] as const) this.#flush(side);
  }

  /** What is found from here on is told as if it were found for the first time; the tallies go on. */
  beginPart(): void {
    this.#known.clear();
    this.#findings.length = 0;
  }

  verdict(accesses: number): Verdict {
    return {
      accesses,
      findings: [...this.#findings].sort((one, other) => one.access - other.access),
      breaks: this.#breaks,
      olderPeers: [...this.#notes],
      standings: JUDGED_LIST.flatMap((requirement) =>
        sidesOf(requirement).map((side) => this.#standing(requirement, side)),
      ),
    };
  }

  #flush(side: RoleName): void {
    const waiting = this.#waiting[side].splice(0);
    for (const finding of waiting) this.#record(finding);
  }

  #record(finding: Finding): void {
    this.#broken[finding.side][PLACE[finding.requirement as JudgedRequirement]]!++;
    this.#breaks++;
    const key = `${finding.requirement} ${finding.side} ${finding.kind} ${finding.cause?.name ?? ""}`;
    if (this.#known.has(key)) {
      this.#options.onRepeat?.(finding);
      return;
    }
    if (this.#findings.length === FINDINGS_KEPT) return;
    this.#known.add(key);
    this.#findings.push(finding);
    this.#options.onFinding?.(finding);
  }

  #standing(requirement: JudgedRequirement, side: RoleName): Standing {
    const breaks = this.#broken[side][PLACE[requirement]]!;
    const checks = this.#checks[side][PLACE[requirement]]! + breaks;
    return { requirement, side, checks, breaks, state: breaks > 0 ? "broken" : checks > 0 ? "kept" : "notExercised" };
  }
}

function noTallies(): Int32Array {
  return new Int32Array(JUDGED_LIST.length);
}
