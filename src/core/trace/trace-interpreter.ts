/**
 * What the rows of a trace mean: the one interpretation behind every ladder. A row may tell nothing new, then it gives
 * no event; accesses to the window that belong together give one.
 *
 * Rows of both sides make the whole picture. With the rows of one side alone a byte that it reads is told as coming
 * from the other. In traces that two processes stamped, a read may stand behind a write that it came before; where the
 * registers tell, nothing is made of it.
 */
import type { Direction, RoleName } from "../binding/side.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../binding/registers.ts";
import { CLOSING_RANGE } from "../binding/versions.ts";
import { toHex } from "../wire/bytes.ts";
import { bytesText, hex, packetItems, regionItems, type Extent, type RegionItem } from "./describe.ts";
import {
  byteOf,
  isLifeRow,
  isRegisterRow,
  type LifeEvent,
  type LifeRow,
  type RegisterRow,
  type TraceEntry,
  type TraceRow,
  type TraceSide,
  type TraceTime,
  type WindowRow,
} from "./format.ts";
import {
  isAside,
  isDrawn,
  type DataRegister,
  type EventHead,
  type LadderEvent,
  type LadderMark,
} from "./ladder-events.ts";
import { WindowShadow, type Area } from "./window-shadow.ts";

export interface InterpreterOptions {
  /** Milliseconds between two drawn events that count as a pause; without it no pause is told. */
  readonly pause?: number | undefined;
}

const LIFE_MARK: Readonly<Record<LifeEvent, Pick<LadderMark, "what" | "text">>> = {
  started: { what: "starts", text: "starts" },
  stopAsked: { what: "happens", text: "is asked to stop" },
  ended: { what: "ends", text: "has stopped" },
};

const NANOSECONDS_PER_MILLISECOND = 1_000_000;

interface DataState {
  value: number;
  /** Written and not read since, as far as the trace tells. */
  full: boolean;
  /** How many events had been drawn when its own was. */
  drawnAt: number;
  /** A byte before `value` that was read, for the writer saw the register empty, though its row is still to come. */
  late: number | undefined;
}

/** Window accesses of one side, one kind and one place, not told yet. */
interface Run {
  readonly side: RoleName;
  readonly isWrite: boolean;
  readonly area: Area;
  readonly rows: WindowRow[];
  /** Where the bytes that were shown without a gap end; behind the accesses' own end only if all were shown. */
  shownEnd: number;
  end: number;
}

export class TraceInterpreter {
  readonly #pause: number;
  readonly #shadow = new WindowShadow();
  readonly #seen = new Set<TraceSide>();
  readonly #data: Readonly<Record<DataRegister, DataState>> = {
    IDR: { value: 0, full: false, drawnAt: 0, late: undefined },
    ODR: { value: 0, full: false, drawnAt: 0, late: undefined },
  };
  /** STR's session bits as the events so far tell them. */
  #sessionBits: number | undefined;
  /** The session bits before the last STR write, until the host is known to have seen that. */
  #bitsBefore: number | undefined;
  /** STR's session bits as each side wrote or read them last. */
  readonly #known = new Map<RoleName, number>();
  /** What each side read from STR since it last filled its outbound register. */
  readonly #statusSince = new Map<RoleName, number>();
  /** The bytes of each field of the control region that were told last. */
  readonly #toldFields = new Map<string, string>();
  readonly #toldPackets = new Map<Direction, string>();
  /** The host's proposal was written by the host, as far as the trace shows. */
  #hasProposal = false;
  #run: Run | undefined;
  /** The highest number of a row so far. */
  #lastRow = -1;
  #lastTime: bigint | undefined;
  /** When what was drawn last was over, and the reads of STR since then that told nothing new. */
  #drawnUntil: bigint | undefined;
  #polls = 0;
  #drawn = 0;
  #pending: LadderEvent[] = [];

  constructor(options: InterpreterOptions = {}) {
    this.#pause = options.pause ?? Number.POSITIVE_INFINITY;
  }

  /** The events that are complete with this row. Window accesses wait for the row that ends their run. */
  push(row: TraceEntry): readonly LadderEvent[] {
    const isKnown = row.again === true && row.n <= this.#lastRow;
    const missing = row.gap === undefined || isKnown ? [] : this.#missing(row.gap, row);
    const events = this.#take(row);
    this.#lastRow = Math.max(this.#lastRow, row.n);
    return isKnown ? [] : [...missing, ...events];
  }

  #take(row: TraceEntry): readonly LadderEvent[] {
    this.#lookAtClock(row.t);
    if (isLifeRow(row)) return this.#life(row);
    this.#seen.add(row.side);
    if (isRegisterRow(row)) this.#registerRow(row);
    else this.#windowRow(row);
    return this.#takeEvents();
  }

  /** The events that still waited, where no row is here for a while. */
  flush(): readonly LadderEvent[] {
    this.#endRun();
    return this.#takeEvents();
  }

  /** The events that still waited at the end of a trace, and the pause before it. */
  end(): readonly LadderEvent[] {
    this.#endRun();
    this.#tellPause(this.#lastTime, { first: this.#lastRow, last: this.#lastRow, steps: [] }, true);
    return this.#takeEvents();
  }

  /** The events that are complete with this mark, itself among them. */
  mark(mark: LadderMark): readonly LadderEvent[] {
    return this.#mark(mark, undefined);
  }

  #mark({ side, what, text, before }: LadderMark, t: TraceTime | undefined): readonly LadderEvent[] {
    this.#endRun();
    if (what !== "happens" && side !== "lab") {
      this.#known.delete(side);
      this.#statusSince.delete(side);
    }
    this.#tell({ kind: "mark", side, first: before, last: before, t, steps: [], what, text });
    return this.#takeEvents();
  }

  #life({ n, t, side, event }: LifeRow): readonly LadderEvent[] {
    return this.#mark({ side, ...LIFE_MARK[event], before: n }, t);
  }

  #missing(accesses: number, { n, t }: TraceEntry): readonly LadderEvent[] {
    const text = accesses === 1 ? "1 access is missing" : `${String(accesses)} accesses are missing`;
    return this.#mark({ side: "lab", what: "happens", text, before: n }, t);
  }

  #takeEvents(): readonly LadderEvent[] {
    const events = this.#pending;
    this.#pending = [];
    return events;
  }

  /** `until`: the time of the event's last row. */
  #tell(event: LadderEvent, until: TraceTime | undefined = event.t): void {
    if (!isDrawn(event)) {
      this.#pending.push(event);
      return;
    }
    this.#tellPause(event.t === undefined ? undefined : BigInt(event.t), event, false);
    this.#pending.push(event);
    // What merely happens beside the bus keeps no byte from being taken at once.
    if (!isAside(event)) this.#drawn++;
    if (until !== undefined) this.#drawnUntil = BigInt(until);
    this.#polls = 0;
  }

  /** The time since what was drawn last, if it is long enough to be told. */
  #tellPause(time: bigint | undefined, { first, t }: EventHead, isEnd: boolean): void {
    if (time === undefined || this.#drawnUntil === undefined) return;
    const milliseconds = Number(time - this.#drawnUntil) / NANOSECONDS_PER_MILLISECOND;
    if (milliseconds < this.#pause) return;
    const head: EventHead = { first, last: first, t, steps: [] };
    this.#pending.push({ kind: "pause", side: "lab", ...head, milliseconds, polls: this.#polls, isEnd });
  }

  /** Accesses with a pause between them do not belong together. */
  #lookAtClock(t: TraceTime | undefined): void {
    if (t === undefined) return;
    const time = BigInt(t);
    if (this.#lastTime !== undefined && Number(time - this.#lastTime) >= this.#pause * NANOSECONDS_PER_MILLISECOND) {
      this.#endRun();
    }
    this.#lastTime = time;
  }

  /* ---- Registers ---- */

  #registerRow(row: RegisterRow): void {
    const { side, reg, op } = row;
    if (op === "poke" || side === "lab") this.#pokeRegister(row);
    else if (reg !== "STR") {
      this.#endRun();
      if (op === "kcs_write") this.#dataWritten(row, side, reg);
      else this.#dataRead(row, side, reg);
    } else if (op === "kcs_write") this.#statusWritten(row, side);
    else this.#statusRead(row, side);
  }

  #pokeRegister(row: RegisterRow): void {
    this.#endRun();
    const { reg, value: text } = row;
    const value = byteOf(row);
    this.#tell({ kind: "outside", side: "lab", ...headOf([row]), place: { register: reg }, value: text });
    if (reg === "STR") {
      this.#sessionBits = value & SESSION_BITS;
      this.#bitsBefore = undefined;
      this.#data.ODR.full &&= (value & Status.OBF) !== 0;
      this.#data.IDR.full &&= (value & Status.IBF) !== 0;
    } else this.#data[reg].value = value;
  }

  #statusWritten(row: RegisterRow, side: RoleName): void {
    this.#endRun();
    const value = byteOf(row);
    const { ODR } = this.#data;
    const discards = (value & KEEP_OBF) === 0 && ODR.full && this.#seen.has("host");
    if ((value & KEEP_OBF) === 0) ODR.full = false;
    this.#bitsBefore = this.#sessionBits;
    this.#sessionBits = value & SESSION_BITS;
    this.#known.set(side, this.#sessionBits);
    this.#tell({
      kind: "statusWritten",
      side,
      ...headOf([row]),
      value,
      discards: discards ? ODR.value : undefined,
    });
  }

  #statusRead(row: RegisterRow, side: RoleName): void {
    const value = byteOf(row);
    this.#statusSince.set(side, value);
    const bits = value & SESSION_BITS;
    this.#polls++;
    const isLate = side === "host" && bits === this.#bitsBefore;
    if (isLate) return;
    if (side === "host") this.#bitsBefore = undefined;
    // The BMC's first look at its own register is no news.
    const isNews = bits !== this.#sessionBits && (side === "host" || this.#sessionBits !== undefined);
    this.#sessionBits = bits;
    if (!isNews && this.#known.get(side) === bits) return;
    const endsSession = this.#known.get(side) === SESSION_BITS;
    this.#known.set(side, bits);
    if (isNews || endsSession) this.#endRun();
    this.#tell({ kind: "statusSeen", side, ...headOf([row]), value, isNews, endsSession });
  }

  #dataWritten(row: RegisterRow, side: RoleName, register: DataRegister): void {
    const data = this.#data[register];
    const value = byteOf(row);
    const status = this.#statusSince.get(side);
    const sawEmpty = status !== undefined && (status & (register === "IDR" ? Status.IBF : Status.OBF)) === 0;
    const overwrites = data.full && !sawEmpty && this.#seen.has(otherOf(side)) ? data.value : undefined;
    const closing = this.#isClosing(register, value);
    this.#tell({ kind: "byte", side, from: side, ...headOf([row]), register, value, closing, overwrites });
    this.#statusSince.delete(side);
    data.late = data.full && sawEmpty ? data.value : undefined;
    data.value = value;
    data.full = true;
    data.drawnAt = this.#drawn;
  }

  #dataRead(row: RegisterRow, side: RoleName, register: DataRegister): void {
    const data = this.#data[register];
    const value = byteOf(row);
    if (value === data.late) {
      data.late = undefined;
      return;
    }
    const head = headOf([row]);
    const closing = this.#isClosing(register, value);
    const from = otherOf(side);
    if (!this.#seen.has(from)) {
      this.#tell({ kind: "byte", side, from, ...head, register, value, closing, overwrites: undefined });
    } else {
      const isNew = data.full && data.value === value;
      const atOnce = this.#drawn === data.drawnAt;
      this.#tell({ kind: "taken", side, ...head, register, value, closing, isNew, atOnce });
    }
    data.value = value;
    data.full = false;
  }

  /** The host's proposal stands at 0/0: its Initialise asks to leave the session. */
  #isClosing(register: DataRegister, value: number): boolean {
    if (register !== "IDR" || value !== Command.INITIALISE || !this.#hasProposal) return false;
    const { min, cur } = this.#shadow.region.hostVersions;
    return min === CLOSING_RANGE.min && cur === CLOSING_RANGE.cur;
  }

  /* ---- Window ---- */

  #windowRow(row: WindowRow): void {
    const { side, op, offset, len } = row;
    if (op === "poke" || side === "lab") {
      this.#endRun();
      this.#shadow.apply(row);
      const place = { offset, bytes: len };
      this.#tell({ kind: "outside", side: "lab", ...headOf([row]), place, value: row.value });
      return;
    }
    const isWrite = op === "lpc_write";
    const area = this.#shadow.areaOf(offset);
    let run = this.#run;
    if (run === undefined || run.side !== side || run.isWrite !== isWrite || !continues(run, area, row)) {
      this.#endRun();
      run = { side, isWrite, area, rows: [], shownEnd: offset, end: offset };
      this.#run = run;
    }
    this.#shadow.apply(row);
    run.rows.push(row);
    if (run.shownEnd === run.end) run.shownEnd = offset + row.value.length / 2;
    run.end = offset + len;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { side, area, rows } = run;
    const verb = run.isWrite ? "writes" : "reads";
    this.#tell({ kind: "window", side, ...headOf(rows), verb, area, items: this.#itemsOf(run) }, rows.at(-1)!.t);
  }

  #itemsOf(run: Run): readonly string[] {
    switch (run.area) {
      case "controlRegion":
        return this.#regionItems(run);
      case "hostToBmc":
      case "bmcToHost":
        return this.#packetItems(run, run.area);
      case "elsewhere": {
        const start = startOf(run);
        return [`${bytesText(run.end - start)} at ${hex(start)}`];
      }
    }
  }

  #regionItems({ side, isWrite, rows }: Run): readonly string[] {
    const items = itemsIn(regionItems(this.#shadow), rows.map(extentOf));
    const news = items.filter((item) => this.#isNews(item));
    if (isWrite && items.some((item) => item.name === "host_ver")) this.#hasProposal = side === "host";
    for (const item of items) this.#toldFields.set(item.name, this.#bytesOf(item));
    const shown = (isWrite ? items : news).filter((item) => item.name !== "pad" || this.#bytesOf(item) !== "0000");
    if (isWrite || shown.length > 0) return shown.map((item) => item.text);
    return items.length > 2 ? ["the control region"] : [items.map((item) => item.name).join(", ")];
  }

  #isNews(item: RegionItem): boolean {
    return this.#toldFields.get(item.name) !== this.#bytesOf(item);
  }

  #bytesOf(item: RegionItem): string {
    return toHex(this.#shadow.bytes(item.start, item.end));
  }

  #packetItems(run: Run, direction: Direction): readonly string[] {
    const items = packetItems(this.#shadow, direction, { start: startOf(run), end: run.shownEnd });
    const told = items.join();
    const isKnown = this.#toldPackets.get(direction) === told;
    this.#toldPackets.set(direction, told);
    return run.isWrite || !isKnown ? items : [`the ${items[0] ?? ""}`];
  }
}

function headOf(rows: readonly TraceRow[]): EventHead {
  const steps = new Set(rows.flatMap(({ step }) => (step === undefined ? [] : [step])));
  return { first: rows[0]!.n, last: rows.at(-1)!.n, t: rows[0]!.t, steps: [...steps] };
}

function extentOf({ offset, len }: WindowRow): Extent {
  return { start: offset, end: offset + len };
}

function startOf({ rows }: Run): number {
  return rows[0]!.offset;
}

/**
 * A buffer holds one packet: an access at its start again begins the next. Reading the control region again in
 * another step is another look.
 */
function continues(run: Run, area: Area, row: WindowRow): boolean {
  if (run.area !== area) return false;
  if (area !== "controlRegion") return row.offset === run.end;
  return run.isWrite || run.rows.at(-1)?.step === row.step;
}

/** The items that accesses touched, in the order of the accesses. */
function itemsIn(items: readonly RegionItem[], extents: readonly Extent[]): readonly RegionItem[] {
  const touched = extents.flatMap(({ start, end }) => items.filter((item) => item.start < end && start < item.end));
  return [...new Set(touched)];
}

function otherOf(side: RoleName): RoleName {
  return side === "host" ? "bmc" : "host";
}
