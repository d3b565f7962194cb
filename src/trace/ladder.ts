/**
 * A trace as a ladder for terminals: who did what on the bus, one line an access or a run of accesses that belong
 * together. Reads of the status register draw nothing, unless they show what no line has told yet; neither does taking
 * a byte from a register right after it was written, for its arrow has just arrived.
 *
 * Rows of both sides make the whole picture. With the rows of one side alone a byte that it reads is drawn as coming
 * from the other. In traces that two processes stamped, a read may stand behind a write that it came before; where the
 * registers tell, nothing is made of it.
 */
import type { Direction, RoleName } from "../binding/side.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status, commandName, statusText } from "../binding/registers.ts";
import { CLOSING_RANGE } from "../binding/versions.ts";
import { toHex } from "../wire/bytes.ts";
import { bytesText, hex, packetItems, regionItems, type Extent, type RegionItem } from "./describe.ts";
import { byteOf, isRegisterRow, type RegisterRow, type TraceRow, type TraceSide, type WindowRow } from "./format.ts";
import { LadderLines, type LadderLine } from "./ladder-lines.ts";
import { WindowShadow, type Area } from "./window-shadow.ts";

export type { LadderLine } from "./ladder-lines.ts";

export interface LadderOptions {
  /** Columns; every line fits. */
  readonly width?: number;
}

const USUAL_WIDTH = 100;

type DataRegister = "IDR" | "ODR";

interface DataState {
  value: number;
  /** Written and not read since, as far as the trace tells. */
  full: boolean;
  /** How many lines had been drawn when its arrow was. */
  drawnAt: number;
  /** A byte before `value` that was read, for the writer saw the register empty, though its row is still to come. */
  late: number | undefined;
}

/** Window accesses of one side, one kind and one place, not drawn yet. */
interface Run {
  readonly side: RoleName;
  readonly isWrite: boolean;
  readonly area: Area;
  readonly extents: Extent[];
  /** Where the bytes that were shown without a gap end; behind the accesses' own end only if all were shown. */
  shownEnd: number;
  end: number;
}

export class Ladder {
  readonly #lines: LadderLines;
  readonly #shadow = new WindowShadow();
  readonly #seen = new Set<TraceSide>();
  readonly #data: Readonly<Record<DataRegister, DataState>> = {
    IDR: { value: 0, full: false, drawnAt: 0, late: undefined },
    ODR: { value: 0, full: false, drawnAt: 0, late: undefined },
  };
  /** STR's session bits as the reader of the ladder knows them. */
  #sessionBits: number | undefined;
  /** The session bits before the last STR write, until the host is known to have seen that. */
  #bitsBefore: number | undefined;
  /** What each side read from STR since it last filled its outbound register. */
  readonly #statusSince = new Map<RoleName, number>();
  /** The bytes of each field of the control region that were told last. */
  readonly #toldFields = new Map<string, string>();
  readonly #toldPackets = new Map<Direction, string>();
  /** The host's proposal was written by the host, as far as the trace shows. */
  #hasProposal = false;
  #run: Run | undefined;
  #drawn = 0;
  #pending: LadderLine[] = [];

  constructor(options: LadderOptions = {}) {
    this.#lines = new LadderLines(options.width ?? USUAL_WIDTH);
  }

  /** The line that names the columns, to be shown above the first. */
  get header(): string {
    return this.#lines.header;
  }

  /** The lines that are complete with this row. Window accesses wait for the row that ends their run. */
  push(row: TraceRow): readonly LadderLine[] {
    this.#seen.add(row.side);
    if (isRegisterRow(row)) this.#registerRow(row);
    else this.#windowRow(row);
    return this.#takeLines();
  }

  /** The lines that still waited; for the end of a trace, or for a pause in it. */
  flush(): readonly LadderLine[] {
    this.#endRun();
    return this.#takeLines();
  }

  #takeLines(): readonly LadderLine[] {
    const lines = this.#pending;
    this.#pending = [];
    return lines;
  }

  #draw(...lines: readonly LadderLine[]): void {
    this.#pending.push(...lines);
    this.#drawn += lines.length;
  }

  /* ---- Registers ---- */

  #registerRow(row: RegisterRow): void {
    const { side, reg, op } = row;
    const value = byteOf(row);
    if (op === "poke" || side === "lab") this.#pokeRegister(reg, value);
    else if (reg !== "STR") {
      this.#endRun();
      if (op === "kcs_write") this.#dataWritten(side, reg, value);
      else this.#dataRead(side, reg, value);
    } else if (op === "kcs_write") this.#statusWritten(side, value);
    else this.#statusRead(side, value);
  }

  #pokeRegister(reg: RegisterRow["reg"], value: number): void {
    this.#endRun();
    this.#draw(...this.#lines.outside([`from outside: ${reg} = ${byteText(value)}`]));
    if (reg === "STR") {
      this.#sessionBits = value & SESSION_BITS;
      this.#data.ODR.full &&= (value & Status.OBF) !== 0;
      this.#data.IDR.full &&= (value & Status.IBF) !== 0;
    } else this.#data[reg].value = value;
  }

  #statusWritten(side: RoleName, value: number): void {
    this.#endRun();
    const { ODR } = this.#data;
    const discards = (value & KEEP_OBF) === 0 && ODR.full && this.#seen.has("host");
    if ((value & KEEP_OBF) === 0) ODR.full = false;
    this.#bitsBefore = this.#sessionBits;
    this.#sessionBits = value & SESSION_BITS;
    this.#draw(
      ...this.#lines.note(side, [
        sessionText(value),
        ...(discards ? [`discards unread ${dataText("ODR", ODR.value, false)}`] : []),
      ]),
    );
  }

  #statusRead(side: RoleName, value: number): void {
    this.#statusSince.set(side, value);
    const bits = value & SESSION_BITS;
    const isLate = side === "host" && bits === this.#bitsBefore;
    if (isLate) return;
    if (side === "host") this.#bitsBefore = undefined;
    // The BMC's first look at its own register is no news.
    const isNews = bits !== this.#sessionBits && (side === "host" || this.#sessionBits !== undefined);
    this.#sessionBits = bits;
    if (!isNews) return;
    this.#endRun();
    this.#draw(...this.#lines.note(side, [`sees ${sessionText(value)}`]));
  }

  #dataWritten(side: RoleName, reg: DataRegister, value: number): void {
    const register = this.#data[reg];
    const status = this.#statusSince.get(side);
    const sawEmpty = status !== undefined && (status & (reg === "IDR" ? Status.IBF : Status.OBF)) === 0;
    const overwrites = register.full && !sawEmpty && this.#seen.has(otherOf(side));
    const lost = overwrites ? `, overwrites unread ${byteText(register.value)} ${nameOf(reg, register.value)}` : "";
    this.#draw(this.#lines.arrow(side, `${dataText(reg, value, this.#isClosing)}${lost}`, side));
    this.#statusSince.delete(side);
    register.late = register.full && sawEmpty ? register.value : undefined;
    register.value = value;
    register.full = true;
    register.drawnAt = this.#drawn;
  }

  #dataRead(side: RoleName, reg: DataRegister, value: number): void {
    const register = this.#data[reg];
    if (value === register.late) {
      register.late = undefined;
      return;
    }
    const label = dataText(reg, value, this.#isClosing);
    const writer = otherOf(side);
    if (!this.#seen.has(writer)) this.#draw(this.#lines.arrow(writer, label, side));
    else if (!register.full || register.value !== value) this.#draw(this.#lines.taken(side, `reads ${label}, not new`));
    else if (this.#drawn !== register.drawnAt) this.#draw(this.#lines.taken(side, `takes ${label}`));
    register.value = value;
    register.full = false;
  }

  /** The host's proposal stands at 0/0: its Initialise asks to leave the session. */
  get #isClosing(): boolean {
    const { min, cur } = this.#shadow.region.hostVersions;
    return this.#hasProposal && min === CLOSING_RANGE.min && cur === CLOSING_RANGE.cur;
  }

  /* ---- Window ---- */

  #windowRow(row: WindowRow): void {
    const { side, op, offset, len } = row;
    if (op === "poke" || side === "lab") {
      this.#endRun();
      this.#shadow.apply(row);
      const value = row.value.length <= 32 ? row.value : `${row.value.slice(0, 32)}…`;
      this.#draw(...this.#lines.outside([`from outside: ${bytesText(len)} at ${hex(offset)} = ${value}`]));
      return;
    }
    const isWrite = op === "lpc_write";
    const area = this.#shadow.areaOf(offset);
    let run = this.#run;
    if (run === undefined || run.side !== side || run.isWrite !== isWrite || !continues(run, area, offset)) {
      this.#endRun();
      run = { side, isWrite, area, extents: [], shownEnd: offset, end: offset };
      this.#run = run;
    }
    this.#shadow.apply(row);
    run.extents.push({ start: offset, end: offset + len });
    if (run.shownEnd === run.end) run.shownEnd = offset + row.value.length / 2;
    run.end = offset + len;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    switch (run.area) {
      case "controlRegion":
        this.#drawRegion(run);
        return;
      case "hostToBmc":
      case "bmcToHost":
        this.#drawPacket(run, run.area);
        return;
      case "elsewhere": {
        const start = run.extents[0]!.start;
        const verb = run.isWrite ? "writes" : "reads";
        this.#draw(...this.#lines.note(run.side, [`${verb} ${bytesText(run.end - start)} at ${hex(start)}`]));
      }
    }
  }

  #drawRegion({ side, isWrite, extents }: Run): void {
    const items = itemsIn(regionItems(this.#shadow), extents);
    const news = items.filter((item) => this.#isNews(item));
    if (isWrite && items.some((item) => item.name === "host_ver")) this.#hasProposal = side === "host";
    for (const item of items) this.#toldFields.set(item.name, this.#bytesOf(item));
    const shown = (isWrite ? items : news).filter((item) => item.name !== "pad" || this.#bytesOf(item) !== "0000");
    const texts = shown.map((item) => item.text);
    if (isWrite) this.#draw(...this.#lines.note(side, texts));
    else if (texts.length > 0) this.#draw(...this.#lines.note(side, [`reads ${texts[0]!}`, ...texts.slice(1)]));
    else if (items.length > 2) this.#draw(...this.#lines.note(side, ["reads the control region"]));
    else this.#draw(...this.#lines.note(side, [`reads ${items.map((item) => item.name).join(", ")}`]));
  }

  #isNews(item: RegionItem): boolean {
    return this.#toldFields.get(item.name) !== this.#bytesOf(item);
  }

  #bytesOf(item: RegionItem): string {
    return toHex(this.#shadow.bytes(item.start, item.end));
  }

  #drawPacket(run: Run, direction: Direction): void {
    const start = run.extents[0]!.start;
    const items = packetItems(this.#shadow, direction, { start, end: run.shownEnd });
    const told = items.join();
    const isKnown = this.#toldPackets.get(direction) === told;
    this.#toldPackets.set(direction, told);
    const [first = "", ...others] = items;
    if (run.isWrite) this.#draw(...this.#lines.note(run.side, items));
    else if (isKnown) this.#draw(...this.#lines.note(run.side, [`reads the ${first}`]));
    else this.#draw(...this.#lines.note(run.side, [`reads ${first}`, ...others]));
  }
}

/** A buffer holds one packet: whoever begins at its start again handles the next. */
function continues(run: Run, area: Area, offset: number): boolean {
  if (run.area !== area) return false;
  return area === "controlRegion" || offset === run.end;
}

/** The items that accesses touched, in the order of the accesses. */
function itemsIn(items: readonly RegionItem[], extents: readonly Extent[]): readonly RegionItem[] {
  const touched = extents.flatMap(({ start, end }) => items.filter((item) => item.start < end && start < item.end));
  return [...new Set(touched)];
}

function otherOf(side: RoleName): RoleName {
  return side === "host" ? "bmc" : "host";
}

function byteText(value: number): string {
  return value.toString(16).padStart(2, "0");
}

function nameOf(reg: DataRegister, value: number): string {
  return reg === "IDR" && value === Command.DUMMY ? "Fence" : commandName(value);
}

function dataText(reg: DataRegister, value: number, isClosing: boolean): string {
  const closing = reg === "IDR" && value === Command.INITIALISE && isClosing ? ", closing" : "";
  return `${reg} = ${byteText(value)} ${nameOf(reg, value)}${closing}`;
}

function sessionText(status: number): string {
  const bits = status & SESSION_BITS;
  return `STR = ${byteText(status)} ${bits === 0 ? "inactive" : statusText(bits)}`;
}
