/** The traces of one bus opened for a judgement: what their heads say, whose accesses they hold, their rows as one. */
import type { RoleName } from "../../core/binding/side.ts";
import type { BusFacts } from "../../core/judge/report.ts";
import type { TraceEntry } from "../../core/trace/format.ts";
import { OLDEST_TRACE_VERSION, mergeHeads, type TraceHead } from "../../core/trace/head.ts";
import { Failure } from "../../platform/failure.ts";
import { system } from "../../platform/system.ts";
import { JointRecording } from "./joint-recording.ts";
import { STANDARD_STREAM, emptyTrace, filesOfBus, nameOf } from "../trace/trace-files.ts";
import { FileSource, type RowSource } from "../trace/trace-source.ts";
import { withinTime } from "../../node/within-time.ts";

const SIDES: readonly RoleName[] = ["host", "bmc"];
/** Rows of a stream without a head that are held back until it is known whose they are, and their digits. */
const ROWS_HELD = 1000;
const DIGITS_HELD = 64 * 1024 * 1024;
/** Milliseconds without a row after which that is taken as known. */
const QUIET = 300;

/** What the user knows of a bus, for traces that do not say it. */
export interface GivenFacts {
  readonly depth?: number | undefined;
  readonly windowBytes?: number | undefined;
}

export interface BusTrace {
  readonly facts: BusFacts;
  readonly rows: RowSource;
}

/** Opens one trace, or those of both sides. Throws a Failure for what is no trace, and for two that do not fit. */
export async function openBusTrace(
  files: readonly string[],
  given: GivenFacts,
  warn: (text: string) => void,
): Promise<BusTrace> {
  const [first, second] = filesOfBus(files);
  if (second === undefined) {
    const only = await openFile(first, warn);
    return { facts: factsOf(only.head, only.sides, given), rows: only.rows };
  }
  const one = await openFile(first, warn);
  const other = await openFile(second, warn);
  const shared = one.sides.find((side) => other.sides.includes(side));
  if (shared !== undefined) {
    throw new Failure(
      "trace-files",
      `${nameOf(first)} and ${nameOf(second)} both hold accesses of the ${shared === "host" ? "host" : "BMC"}: give one trace of each side`,
    );
  }
  const sides = SIDES.filter((side) => one.sides.includes(side) || other.sides.includes(side));
  return {
    facts: factsOf(mergeHeads(one.head, other.head), sides, given),
    rows: new JointRecording({ file: first, rows: one.rows }, { file: second, rows: other.rows }, warn),
  };
}

export function factsOf(head: TraceHead | undefined, sides: readonly RoleName[], given: GivenFacts = {}): BusFacts {
  return {
    version: head?.version ?? OLDEST_TRACE_VERSION,
    sides,
    depth: agreed("--depth", head?.depth, given.depth),
    windowBytes: agreed("--window", head?.windowBytes, given.windowBytes),
    lives: head?.lives ?? false,
    times: head?.times,
  };
}

function agreed(option: string, told: number | undefined, given: number | undefined): number | undefined {
  if (told === undefined || given === undefined || told === given) return told ?? given;
  throw new Failure(
    "options",
    `${option} ${String(given)} contradicts the head of the trace, which says ${String(told)}: leave the option out`,
  );
}

/* ---- One file ---- */

interface OpenedFile {
  readonly head: TraceHead | undefined;
  readonly sides: readonly RoleName[];
  readonly rows: RowSource;
}

async function openFile(file: string, warn: (text: string) => void): Promise<OpenedFile> {
  const source = new FileSource(file, warn);
  const held = new HeldSource(source);
  await held.hold((rows) => rows.length > 0 || source.head !== undefined);
  const { head } = source;
  if (head !== undefined) return { head, sides: head.sides, rows: new SideCheck(held, head.sides, file) };
  const sides = isRegularFile(file) ? await sidesOfFile(file) : await sidesOfStream(held);
  if (sides.length === 0) throw emptyTrace([file]);
  return { head, sides, rows: new SideCheck(held, sides, file) };
}

function isRegularFile(file: string): boolean {
  return file !== STANDARD_STREAM && system.lookUp(file)?.type === "file";
}

/**
 * Whose accesses files without a head hold, where that can be known before they are read: of regular files. Undefined
 * elsewhere.
 */
export async function sidesOfFiles(files: readonly string[]): Promise<readonly RoleName[] | undefined> {
  if (!files.every(isRegularFile)) return undefined;
  const sides = (await Promise.all(files.map(sidesOfFile))).flat();
  return SIDES.filter((side) => sides.includes(side));
}

/** As the head says; without one, reads the file once up to the first access of the second side, or to its end. */
async function sidesOfFile(file: string): Promise<readonly RoleName[]> {
  const source = new FileSource(file, () => undefined);
  const found = new Set<RoleName>();
  do {
    for (let row = source.take(); row !== undefined && found.size < SIDES.length; row = source.take()) {
      if (row.side !== "lab") found.add(row.side);
    }
    source.head?.sides.forEach((side) => found.add(side));
    if (source.head !== undefined) break;
  } while (found.size < SIDES.length && (await source.fill()));
  source.stop();
  return SIDES.filter((side) => found.has(side));
}

async function sidesOfStream(held: HeldSource): Promise<readonly RoleName[]> {
  const sidesIn = (rows: readonly TraceEntry[]): readonly RoleName[] =>
    SIDES.filter((side) => rows.some((row) => row.side === side));
  await held.hold((rows) => sidesIn(rows).length === SIDES.length, QUIET);
  return sidesIn(held.rows);
}

/** A source whose first rows are looked at before they are taken. */
class HeldSource implements RowSource {
  readonly #source: RowSource;
  readonly #rows: TraceEntry[] = [];
  #digits = 0;
  /** A wait that was not waited for to its end. */
  #filling: Promise<boolean> | undefined;

  constructor(source: RowSource) {
    this.#source = source;
  }

  get rows(): readonly TraceEntry[] {
    return this.#rows;
  }

  /** Holds rows until they are enough, too many, or the source ends; with `quiet` until none came for so long. */
  async hold(isEnough: (rows: readonly TraceEntry[]) => boolean, quiet?: number): Promise<void> {
    while (!isEnough(this.#rows) && this.#rows.length < ROWS_HELD && this.#digits < DIGITS_HELD) {
      const row = this.#source.take();
      if (row !== undefined) {
        this.#rows.push(row);
        if ("value" in row) this.#digits += row.value.length;
      } else if (!(await this.#more(this.#rows.length === 0 ? undefined : quiet))) return;
    }
  }

  take(): TraceEntry | undefined {
    return this.#rows.shift() ?? this.#source.take();
  }

  fill(): Promise<boolean> {
    const filling = this.#filling ?? this.#source.fill();
    this.#filling = undefined;
    return filling;
  }

  stop(): void {
    this.#source.stop();
  }

  async #more(quiet: number | undefined): Promise<boolean> {
    const filling = this.fill();
    if (quiet === undefined) return filling;
    const more = await withinTime(filling, quiet);
    if (more === undefined) this.#filling = filling;
    return more ?? false;
  }
}

/** Refuses the row of a side whose accesses the judge was told not to expect. */
class SideCheck implements RowSource {
  readonly #source: RowSource;
  readonly #sides: readonly string[];
  readonly #file: string;

  constructor(source: RowSource, sides: readonly RoleName[], file: string) {
    this.#source = source;
    this.#sides = [...sides, "lab"];
    this.#file = file;
  }

  take(): TraceEntry | undefined {
    const row = this.#source.take();
    if (row === undefined || this.#sides.includes(row.side)) return row;
    throw new Failure(
      "trace-side",
      `${nameOf(this.#file)}, row ${String(row.n)} is the first of the ${row.side === "host" ? "host" : "BMC"}, which the head or the rows before do not announce: give the whole trace as a file`,
    );
  }

  fill(): Promise<boolean> {
    return this.#source.fill();
  }

  stop(): void {
    this.#source.stop();
  }
}
