/** What a recorder holds as rows of a trace, for who follows a bus and for who looks at it after an incident. */
import type { RoleName } from "../binding/side.ts";
import { isLifeRow, isRegisterRow, type TraceEntry, type TraceTime, type WindowRow } from "../trace/format.ts";
import { toHex } from "../wire/bytes.ts";
import { PacketCrc } from "./packet-crc.ts";
import type { Recorder } from "./recorder.ts";
import { RowListener } from "./row-listener.ts";
import type { SessionContext } from "./session-memory.ts";

export interface RecordedRowsOptions {
  readonly side: RoleName;
  /** The first bytes of a window access that a row shows, at most. */
  readonly shownBytes: number;
  /** A recorder's time, in milliseconds, as a row carries it. */
  readonly timeOf: (milliseconds: number) => TraceTime;
}

/** Rows in the order in which they are told; those of one recorder are told from one object. */
export class RecordedRows {
  readonly #options: RecordedRowsOptions;
  readonly #crc = new PacketCrc();

  constructor(options: RecordedRowsOptions) {
    this.#options = options;
  }

  /**
   * The entries from one on, up to another. `gap`: accesses that are missing before the first; `numbers`: of the accesses,
   * for a recorder that counts otherwise.
   */
  of(recorder: Recorder, from: number, to: number, { gap = 0, again = false, numbers }: RowMarks = {}): TraceEntry[] {
    const rows: TraceEntry[] = [];
    const listener = new RowListener(this.#options.side, (row) => {
      const short = isLifeRow(row) || isRegisterRow(row) ? row : this.#short(row, recorder.lastBytes);
      const marks = { ...(gap > 0 && rows.length === 0 ? { gap } : {}), ...(again ? { again: true as const } : {}) };
      rows.push({ ...short, ...marks });
    });
    recorder.replay(
      listener,
      (access, time) => {
        listener.moment.n = numbers?.[rows.length] ?? access;
        listener.moment.t = Number.isNaN(time) ? undefined : this.#options.timeOf(time);
      },
      from,
      to,
    );
    return rows;
  }

  /** What is needed to understand the entries from `to` on, as rows that are told again. */
  context({ opening, from }: SessionContext, recorder: Recorder, to: number): TraceEntry[] {
    return joined(this.opening(opening), this.of(recorder, from, to, { again: true }));
  }

  /** The accesses that opened a session, as rows that are told again. */
  opening(opening: SessionContext["opening"]): TraceEntry[] {
    if (opening === undefined) return [];
    const { recorder, numbers } = opening;
    return this.of(recorder, 0, recorder.made, { again: true, numbers });
  }

  #short(row: WindowRow, lastBytes: Uint8Array | undefined): WindowRow {
    const hasCrc = this.#crc.isAtEndOf(row);
    const digits = 2 * this.#options.shownBytes;
    if (row.cut !== true && row.value.length <= digits) return row;
    const last = lastBytes === undefined ? lastDigits(row) : toHex(lastBytes);
    const crc = hasCrc && last !== undefined ? { crc: last } : {};
    return { ...row, value: row.value.slice(0, digits), cut: true, ...crc };
  }
}

/** The last four bytes of an access that is shown whole. */
function lastDigits({ cut, value }: WindowRow): string | undefined {
  return cut === true ? undefined : value.slice(-8);
}

interface RowMarks {
  readonly gap?: number;
  readonly again?: boolean;
  readonly numbers?: readonly number[];
}

/** Two runs of rows as one; the first row of the second says what is missing between them. */
export function joined(one: readonly TraceEntry[], other: readonly TraceEntry[]): TraceEntry[] {
  const [last, first] = [one.at(-1), other[0]];
  if (last === undefined || first === undefined || first.n <= last.n + 1) return [...one, ...other];
  return [...one, { ...first, gap: first.n - last.n - 1 }, ...other.slice(1)];
}
