/**
 * A trace before the judge: its rows told in order, and the verdict in words. Constant memory; reads no file and knows
 * no ladder, so commands and libraries share it.
 */
import { Field } from "../binding/control-region.ts";
import { SESSION_BITS, Status } from "../binding/registers.ts";
import type { RoleName } from "../binding/side.ts";
import { isVersion } from "../binding/versions.ts";
import {
  byteOf,
  bytesOf,
  isLifeRow,
  isRegisterRow,
  type RegisterRow,
  type TraceEntry,
  type WindowRow,
} from "../trace/format.ts";
import { readU16be } from "../wire/bytes.ts";
import type { Finding, OlderPeer, Standing, Verdict } from "./finding.ts";
import { JudgedParts, holdsBehindCut } from "./judged-parts.ts";
import { Judge, type JudgeOptions } from "./judge.ts";
import { tellRow } from "./rows.ts";

/** What is known of a bus beside its accesses: from the head of its trace, or given by hand. */
export interface BusFacts {
  /** Version of the trace's format. */
  readonly version: number;
  /** The sides whose accesses are recorded. */
  readonly sides: readonly RoleName[];
  readonly depth: number | undefined;
  readonly windowBytes: number | undefined;
  /** The recorded sides tell of their lives. */
  readonly lives: boolean;
  /** Milliseconds. */
  readonly times: JudgeOptions["times"];
}

export interface TraceListeners {
  readonly onFinding?: (finding: Finding) => void;
  readonly onOlderPeer?: (note: OlderPeer) => void;
}

export interface TraceVerdict extends Verdict {
  /** Sessions that were opened. */
  readonly sessions: number;
  /** The versions negotiated for them, ascending. */
  readonly sessionVersions: readonly number[];
}

/**
 * Judges a trace row by row. Listeners are called during `push`, or during `verdict` for what only the end tells. Behind
 * rows that are missing the bus is judged anew, by what the rows tell again before them; a number of breaks is then that of
 * the findings.
 */
export class TraceJudge {
  readonly #facts: BusFacts;
  readonly #listeners: TraceListeners;
  readonly #sessions: SessionCount;
  readonly #parts = new JudgedParts();
  #judge: Judge;
  /** Accesses of the judges before. */
  #accessesBefore = 0;
  /** The highest number of a row so far: a row told again with one up to it says nothing new. */
  #highest = -1;
  #isAgain = false;
  #isNew = true;
  /** Between what was told again and these rows there are some that nothing is known of. */
  #isCut = false;

  constructor(facts: BusFacts, listeners: TraceListeners = {}) {
    this.#facts = facts;
    this.#listeners = listeners;
    this.#sessions = new SessionCount(facts.sides.includes("bmc") ? "bmc" : "host");
    this.#judge = this.#newJudge();
  }

  /** Accesses judged so far: the number that the next one has in findings. */
  get accesses(): number {
    return this.#accessesBefore + this.#judge.accesses;
  }

  push(row: TraceEntry): void {
    if (row.again === true || row.gap !== undefined) this.#lookAtMarks(row);
    this.#isAgain = row.again === true;
    this.#isNew = row.n > this.#highest;
    if (this.#isNew) this.#highest = row.n;
    if (this.#isNew || !this.#isAgain) this.#sessions.push(row);
    tellRow(this.#judge, row);
  }

  verdict(): TraceVerdict {
    return {
      ...this.#parts.with(this.#judge.verdict(), this.accesses),
      sessions: this.#sessions.count,
      sessionVersions: [...this.#sessions.versions].sort((one, other) => one - other),
    };
  }

  #lookAtMarks({ again, gap }: TraceEntry): void {
    const isFirst = this.accesses === 0;
    const beginsAgain = again === true && !this.#isAgain;
    const isUnexplained = gap !== undefined && again !== true && !this.#isAgain;
    if (!isFirst) this.#parts.isWhole = false;
    if (!isFirst && (beginsAgain || isUnexplained)) {
      this.#parts.add(this.#judge.verdict());
      this.#accessesBefore += this.#judge.accesses;
      this.#judge = this.#newJudge();
      this.#isCut = false;
    } else if (gap !== undefined) this.#isCut = true;
  }

  #newJudge(): Judge {
    const { sides, depth, windowBytes, lives, times } = this.#facts;
    const accessesBefore = this.#accessesBefore;
    return new Judge({
      recorded: sides,
      depth,
      windowBytes,
      livesTold: lives,
      ...(times === undefined ? {} : { times }),
      onFinding: (finding) => {
        if (!this.#isNew || (this.#isCut && !holdsBehindCut(finding, sides))) return;
        const told = { ...finding, access: finding.access + accessesBefore };
        if (this.#parts.take(told)) this.#listeners.onFinding?.(told);
      },
      onOlderPeer: (note) => {
        this.#listeners.onOlderPeer?.({ ...note, access: note.access + accessesBefore });
      },
    });
  }
}

/**
 * The verdict on whole rows.
 *
 * @example
 * ```ts
 * const trace = decodeTrace(await readFile("bus.jsonl", "utf8"));
 * if (!trace.ok || trace.value.head === undefined) throw new Error("no trace of this version");
 * const { version, sides, depth, windowBytes, lives, times } = trace.value.head;
 * judgeTrace(trace.value.rows, { version, sides, depth, windowBytes, lives, times: times ?? {} }, {
 *   onFinding: ({ side, requirement }) => console.log(side, requirement),
 * });
 * ```
 */
export function judgeTrace(rows: Iterable<TraceEntry>, facts: BusFacts, listeners: TraceListeners = {}): TraceVerdict {
  const judge = new TraceJudge(facts, listeners);
  for (const row of rows) judge.push(row);
  return judge.verdict();
}

/** Counts sessions as one side writes or sees them in STR: the other's late reads would count them twice. */
class SessionCount {
  count = 0;
  readonly versions = new Set<number>();
  readonly #side: RoleName;
  #isOpen = false;

  constructor(side: RoleName) {
    this.#side = side;
  }

  push(row: TraceEntry): void {
    if (row.side !== this.#side || isLifeRow(row)) return;
    if (isRegisterRow(row)) this.#register(row);
    else this.#window(row);
  }

  #register(row: RegisterRow): void {
    if (row.reg !== "STR") return;
    const isOpen = (byteOf(row) & SESSION_BITS & Status.CHANNEL_ACTIVE) !== 0;
    if (isOpen && !this.#isOpen) this.count++;
    this.#isOpen = isOpen;
  }

  #window(row: WindowRow): void {
    const at = Field.negotiatedVersion - row.offset;
    if (at < 0 || row.value.length < 2 * (at + 2)) return;
    const version = readU16be(bytesOf({ ...row, value: row.value.slice(2 * at, 2 * at + 4) }), 0);
    if (isVersion(version)) this.versions.add(version);
  }
}

/* ---- Words ---- */

/** "host", "BMC", "host and BMC" */
export function sidesText(sides: readonly RoleName[]): string {
  return sides.map(sideWord).join(" and ");
}

export function sideWord(side: RoleName): string {
  return side === "host" ? "host" : "BMC";
}

/** What a kind of finding means to who gets it. */
export function kindText({ kind }: Finding): string {
  return kind === "wire" ? "binds every peer of versions 1 to 3" : "a rule of this specification";
}

/** The requirements of a verdict, each once, by whether a side was asked for it and who broke it. */
export interface Tally {
  readonly requirements: number;
  readonly exercised: number;
  readonly brokenBy: Readonly<Record<RoleName, number>>;
}

export function tallyOf(standings: readonly Standing[]): Tally {
  const count = (of: readonly Standing[]): number => new Set(of.map(({ requirement }) => requirement)).size;
  const broken = standings.filter(({ state }) => state === "broken");
  return {
    requirements: count(standings),
    exercised: count(standings.filter(({ state }) => state !== "notExercised")),
    brokenBy: {
      host: count(broken.filter(({ side }) => side === "host")),
      bmc: count(broken.filter(({ side }) => side === "bmc")),
    },
  };
}

/** "61 of 75 requirements exercised, 2 broken by the host" */
export function summaryText(verdict: Verdict): string {
  const { requirements, exercised, brokenBy } = tallyOf(verdict.standings);
  const sides = (["host", "bmc"] as const).filter((side) => brokenBy[side] > 0);
  const broken = sides.map((side) => `${String(brokenBy[side])} broken by the ${sideWord(side)}`);
  const end = broken.length === 0 ? "none broken" : broken.join(", ");
  return `${String(exercised)} of ${String(requirements)} requirements exercised, ${end}`;
}

/** The requirements that were not exercised, in the order of `standings`, each with the side if it was one alone. */
export function notExercised(standings: readonly Standing[]): readonly { requirement: string; side?: RoleName }[] {
  const sides = new Map<string, Standing[]>();
  for (const standing of standings) {
    const known = sides.get(standing.requirement);
    if (known === undefined) sides.set(standing.requirement, [standing]);
    else known.push(standing);
  }
  return [...sides].flatMap(([requirement, all]) => {
    const missing = all.filter(({ state }) => state === "notExercised");
    if (missing.length === 0) return [];
    return missing.length === all.length ? [{ requirement }] : missing.map(({ side }) => ({ requirement, side }));
  });
}

/** What a finding says, by name: "seen", "expected" and, where there are any, "bytes" and "guess". */
export function findingDetails(finding: Finding): readonly (readonly [name: string, text: string])[] {
  const { seen, expected, bytes, offset, cause } = finding;
  const place = offset === undefined ? "" : `0x${offset.toString(16)}: `;
  const shown = bytes === undefined ? "" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return [
    ["seen", seen],
    ["expected", expected],
    ...(bytes === undefined ? [] : [["bytes", `${place}${shown}`] as const]),
    ...(cause === undefined ? [] : [["guess", cause.text] as const]),
  ];
}

/** "LPC-KCS-2 broken by the host" */
export function findingTitle({ requirement, side }: Finding): string {
  return `${requirement} broken by the ${sideWord(side)}`;
}
