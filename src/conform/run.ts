/** Runs cases one after the other against a side of a board, and collects what became of them. */
import type { RoleName } from "../core/binding/side.ts";
import type { Finding, Standing } from "../core/judge/finding.ts";
import type { Version } from "../core/binding/versions.ts";
import { Judge } from "../core/judge/judge.ts";
import { tellRow } from "../core/judge/rows.ts";
import { isLifeRow, isRegisterRow, type TraceEntry, type TraceRow } from "../core/trace/format.ts";
import { TraceRecorder } from "../platform/tracing.ts";
import type { BmcPlatform, HostPlatform } from "../platform/port.ts";
import type { Case } from "./case.ts";
import { Lateness } from "./lateness.ts";
import { Broken, NotTestable, ROWS_SHOWN, type Evidence, type Outcome } from "./outcome.ts";
import { PlayedBmc } from "./played-bmc.ts";
import { PlayedHost } from "./played-host.ts";
import type { Player } from "./player.ts";
import type { Surroundings } from "./surroundings.ts";
import { settleCase, type Try } from "./tries.ts";

/** Bytes of a window access that a row keeps; the judge sums what is shown whole. */
const SHOWN_BYTES = 8192;
/** Findings of a case that are kept. */
const FINDINGS_KEPT = 16;
const NANOSECONDS = 1e6;
/** The version without a CRC-32. */
const FALLBACK: Version = 2;

export interface CaseResult {
  readonly case: Case<never>;
  readonly outcome: Outcome;
  readonly milliseconds: number;
  /** The case failed, and the cases behind it are played in this version. */
  readonly goesOnIn?: Version;
  /** Findings of the judge that are no failure: those behind the first, and those of an unjudged case. */
  readonly others: readonly Finding[];
}

export interface RunResult {
  /** The side under test. */
  readonly tested: RoleName;
  readonly results: readonly CaseResult[];
  /** What the judge saw of each requirement of the side under test. */
  readonly standings: readonly Standing[];
  readonly accesses: number;
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly surroundings: Surroundings;
  readonly depth: number | undefined;
  /** Told before each case, and behind it. */
  readonly onCase?: (one: Case<never>) => void;
  readonly onResult?: (result: CaseResult) => void;
  /** Told of every access of the tester. */
  readonly onRow?: (row: TraceEntry) => void;
  /** Asked before each case: true ends the run. */
  readonly isEnded?: () => boolean;
}

/** Keeps the tester's accesses, and has the judge say what they show of the other side. */
class Witness {
  readonly judge: Judge;
  readonly recorder: TraceRecorder;
  /** The case that was played last came to its end, whatever the judge found meanwhile. */
  hasPlayed = false;
  readonly #known = new Set<string>();
  readonly #tested: RoleName;
  readonly #rows: TraceEntry[] = [];
  #findings: { readonly finding: Finding; readonly rows: readonly TraceEntry[] }[] = [];

  constructor(tested: RoleName, windowBytes: number, { surroundings, depth, onRow }: RunOptions) {
    this.#tested = tested;
    const note = (finding: Finding): void => {
      if (finding.side !== this.#tested || this.#findings.length === FINDINGS_KEPT) return;
      this.#findings.push({ finding, rows: this.rows });
    };
    this.judge = new Judge({
      recorded: [tested === "bmc" ? "host" : "bmc"],
      windowBytes,
      depth,
      onFinding: note,
      // What was found in an earlier case is found in this one, too.
      onRepeat: note,
    });
    const clock = (): bigint => BigInt(Math.round(surroundings.now() * NANOSECONDS));
    const take = (row: TraceRow): void => {
      // Of polls that read the same the first tells all: they would leave no room for what led to them.
      if (!isSamePoll(row, this.#rows.at(-1))) this.#rows.push(row);
      if (this.#rows.length > 2 * ROWS_SHOWN) this.#rows.splice(0, ROWS_SHOWN);
      tellRow(this.judge, row);
      onRow?.(row);
    };
    this.recorder = new TraceRecorder(take, { clock, shownBytes: SHOWN_BYTES });
  }

  get rows(): readonly TraceEntry[] {
    return this.#rows.slice(-ROWS_SHOWN);
  }

  get access(): number {
    return this.judge.accesses - 1;
  }

  /** A fault that showed in a case before shows again in this one: each case has a verdict of its own. */
  beginCase(): void {
    this.#findings = [];
    this.judge.beginPart();
  }

  /** From now on findings of this requirement are no failure: it is known to be broken. */
  know(requirement: string): void {
    this.#known.add(requirement);
  }

  isKnown({ requirement }: Finding): boolean {
    return this.#known.has(requirement);
  }

  /** What the judge found since the case began, in the order in which it was found. */
  get findings(): readonly { readonly finding: Finding; readonly rows: readonly TraceEntry[] }[] {
    return this.#findings;
  }
}

function isSamePoll(row: TraceRow, before: TraceEntry | undefined): boolean {
  if (before === undefined || isLifeRow(before)) return false;
  if (!isRegisterRow(row) || !isRegisterRow(before) || row.reg !== "STR" || before.reg !== "STR") return false;
  return row.op === "kcs_read" && before.op === "kcs_read" && row.value === before.value;
}

/** Plays the host, against a BMC. */
export async function testBmc(
  platform: HostPlatform,
  cases: readonly Case<PlayedHost>[],
  options: RunOptions,
): Promise<RunResult> {
  const witness = new Witness("bmc", platform.window.size, options);
  const lateness = new Lateness(options.surroundings);
  const played = new PlayedHost(witness.recorder.traceHost(platform), lateness.surroundings);
  return runCases("bmc", played, cases, witness, lateness, options);
}

/** Plays the BMC, against a host. */
export async function testHost(
  platform: BmcPlatform,
  cases: readonly Case<PlayedBmc>[],
  options: RunOptions,
): Promise<RunResult> {
  const witness = new Witness("host", platform.window.size, options);
  const lateness = new Lateness(options.surroundings);
  const played = new PlayedBmc(witness.recorder.traceBmc(platform), lateness.surroundings, platform.window);
  return runCases("host", played, cases, witness, lateness, options);
}

async function runCases<Played extends Player>(
  tested: RoleName,
  played: Played,
  cases: readonly Case<Played>[],
  witness: Witness,
  lateness: Lateness,
  { surroundings, onCase, onResult, isEnded }: RunOptions,
): Promise<RunResult> {
  const began = surroundings.now();
  const results: CaseResult[] = [];
  const passed = new Set<string>();
  for (const one of cases) {
    if (isEnded?.() === true) break;
    onCase?.(one);
    const since = surroundings.now();
    const missing = one.needs?.filter((name) => !passed.has(name)) ?? [];
    const play = (): Promise<Outcome> => settleCase(() => tryCase(one, played, witness, lateness));
    const outcome =
      missing.length > 0
        ? { kind: "notTestable" as const, why: `it needs ${missing.join(", ")}, which did not pass` }
        : await play();
    if (outcome.kind === "pass") passed.add(one.name);
    const found = witness.findings.map(({ finding }) => finding);
    const isBase = outcome.kind === "fail" && one.fallsBack === true;
    const again = isBase ? await fallBack(played, play) : undefined;
    if (isBase && (again?.kind === "pass" || witness.hasPlayed)) passed.add(one.name);
    if (isBase && witness.hasPlayed) witness.know(outcome.evidence.requirement);
    const told = outcome.kind === "fail" ? outcome.evidence.finding : undefined;
    const others = found.filter((finding) => finding !== told);
    const goesOn = isBase && played.newest === FALLBACK ? { goesOnIn: FALLBACK } : {};
    const result = { case: one as Case<never>, outcome, milliseconds: surroundings.now() - since, ...goesOn, others };
    results.push(result);
    onResult?.(result);
  }
  const standings = witness.judge.interim().standings.filter(({ side }) => side === tested);
  return {
    tested,
    results,
    standings,
    accesses: witness.judge.accesses,
    milliseconds: surroundings.now() - began,
  };
}

/**
 * Plays a case again in version 2, and stays there unless it fails there, too. What became of it; undefined where the tester
 * is there already.
 */
async function fallBack(played: Player, play: () => Promise<Outcome>): Promise<Outcome | undefined> {
  if (played.newest === FALLBACK) return undefined;
  const { newest } = played;
  played.newest = FALLBACK;
  const again = await play();
  if (again.kind === "fail") played.newest = newest;
  return again;
}

/** The first thing that went wrong counts: what follows may follow from it. */
async function tryCase<Played extends Player>(
  one: Case<Played>,
  played: Played,
  witness: Witness,
  lateness: Lateness,
): Promise<Try> {
  played.beginCase();
  witness.beginCase();
  lateness.begin();
  const { outcome, isSure } = await playedOut(one, played, witness);
  const { isBusy, longest: late } = lateness;
  witness.hasPlayed = outcome.kind === "pass";
  const first = one.unjudged === true ? undefined : witness.findings.find((one) => !witness.isKnown(one.finding));
  if (first === undefined) return { outcome, isSure, late, isBusy };
  if (outcome.kind === "fail" && outcome.evidence.access < first.finding.access)
    return { outcome, isSure, late, isBusy };
  return { outcome: { kind: "fail", evidence: evidenceOf(first.finding, first.rows) }, isSure: true, late, isBusy };
}

async function playedOut<Played extends Player>(
  one: Case<Played>,
  played: Played,
  witness: Witness,
): Promise<Omit<Try, "late" | "isBusy">> {
  try {
    await one.play(played);
    return { outcome: { kind: "pass" }, isSure: true };
  } catch (error) {
    if (error instanceof NotTestable) return { outcome: { kind: "notTestable", why: error.why }, isSure: false };
    if (!(error instanceof Broken)) throw error;
    const { requirement, seen, expected, isSure } = error;
    const { access, rows } = witness;
    const evidence = { requirement, seen, expected, access, finding: undefined, rows };
    return { outcome: { kind: "fail", evidence }, isSure };
  }
}

function evidenceOf(finding: Finding, rows: readonly TraceEntry[]): Evidence {
  const { requirement, seen, expected, access } = finding;
  return { requirement, seen, expected, access, finding, rows };
}
