/**
 * A bench for one procedure: its accesses are compared one by one with the rows of a table, as the specification's step
 * tables have them. The rows give what register reads return; window accesses work on the bench's own memory.
 */
import { expect } from "@jest/globals";
import type { BusAccess, WindowRead, WindowWrite } from "../../src/core/binding/access.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";
import { unreachable } from "../../src/core/wire/result.ts";
import { AccessBus } from "../../src/core/binding/access-bus.ts";

type Access =
  | { readonly row: "read"; readonly kind: "readStatus" | "readData"; readonly name: string; readonly value: number }
  | { readonly row: "write"; readonly kind: "writeStatus" | "writeData"; readonly name: string; readonly value: number }
  | { readonly row: "get" | "put"; readonly text: string }
  /** One or more window reads, or writes, that follow each other from `offset` on: a packet, in however many pieces. */
  | { readonly row: "packetRead" | "packetWrite"; readonly offset: number }
  /** Done between two accesses: the peer's hand. */
  | { readonly row: "meanwhile"; readonly act: () => void };

/** A row that names its step is compared with the step of the access, too. */
export type Row = Access & { readonly step?: string };

const hex = (value: number): string => value.toString(16).padStart(2, "0");

/** STR read as `value`. */
export const str = (value: number): Row => ({ row: "read", kind: "readStatus", name: "STR", value });
/** STR written, by the BMC. */
export const setStr = (value: number): Row => ({ row: "write", kind: "writeStatus", name: "STR", value });
/** Window bytes read. */
export const get = (offset: number, length: number): Row => ({ row: "get", text: getText(offset, length) });
/** Window bytes written, in hexadecimal. */
export const put = (offset: number, bytes: string): Row => ({ row: "put", text: putText(offset, fromHex(bytes)!) });
export const packetRead = (offset: number): Row => ({ row: "packetRead", offset });
export const packetWrite = (offset: number): Row => ({ row: "packetWrite", offset });
/** The row as this step makes it; a packet's row as several do in turn: "H2.5 H2.6". */
export const at = (step: string, row: Row): Row => ({ ...row, step });
export const meanwhile = (act: () => void): Row => ({ row: "meanwhile", act });

/** The host's view of its data registers: ODR is read, IDR is written. */
export const hostRows = {
  odr: (value: number): Row => ({ row: "read", kind: "readData", name: "ODR", value }),
  idr: (value: number): Row => ({ row: "write", kind: "writeData", name: "IDR", value }),
} as const;

/** The BMC's view: IDR is read, ODR is written. */
export const bmcRows = {
  idr: (value: number): Row => ({ row: "read", kind: "readData", name: "IDR", value }),
  odr: (value: number): Row => ({ row: "write", kind: "writeData", name: "ODR", value }),
} as const;

/** Whether the access can be a piece of the packet that the row tells of. */
function isPartOf(access: BusAccess, row: Row | undefined): access is WindowRead | WindowWrite {
  return (
    (row?.row === "packetRead" && access.kind === "readWindow") ||
    (row?.row === "packetWrite" && access.kind === "writeWindow")
  );
}

function act(row: Row): void {
  if (row.row === "meanwhile") row.act();
}

function getText(offset: number, length: number): string {
  return `get ${String(length)} at 0x${hex(offset)}`;
}

function putText(offset: number, bytes: Uint8Array): string {
  return `put ${toHex(bytes)} at 0x${hex(offset)}`;
}

/** Every window access made on the bench. */
export interface Touch {
  readonly write: boolean;
  readonly offset: number;
  readonly length: number;
}

export class Bench {
  readonly window: Uint8Array;
  readonly touches: Touch[] = [];
  /** What the BMC wrote to STR last. */
  statusWritten = 0;
  /** Called after every window access: the peer's hand in the window. */
  afterTouch: ((touch: Touch) => void) | undefined;

  constructor(windowBytes = 4096) {
    this.window = new Uint8Array(windowBytes);
  }

  /** Sets window bytes given in hexadecimal. */
  set(offset: number, bytes: string | Uint8Array): void {
    this.window.set(typeof bytes === "string" ? fromHex(bytes)! : bytes, offset);
  }

  hexAt(offset: number, length: number): string {
    return toHex(this.window.subarray(offset, offset + length));
  }

  /** Runs the procedure to its end; its accesses must be these rows, no more, no fewer, in this order. */
  play<Result>(procedure: (bus: AccessBus) => Result, rows: readonly Row[]): Result {
    const wanted: string[] = [];
    const made: string[] = [];
    let position = 0;
    /** Where the packet that is passing goes on. */
    let packetAt: number | undefined;
    const meanwhileRows = (): void => {
      while (rows[position]?.row === "meanwhile") act(rows[position++]!);
    };
    const result = procedure(
      new AccessBus((access) => {
        const last = rows[position - 1];
        if (packetAt !== undefined && isPartOf(access, last)) {
          expect(access.offset).toBe(packetAt);
          packetAt += lengthOf(access);
          made.push(made.pop()! + stepText(last, access));
          return this.#perform(access, undefined);
        }
        packetAt = undefined;
        meanwhileRows();
        const row = rows[position++];
        wanted.push(row === undefined ? "the end" : rowText(row));
        if (row !== undefined && "offset" in row && isPartOf(access, row) && access.offset === row.offset) {
          made.push(rowWords(row) + stepText(row, access));
          packetAt = access.offset + lengthOf(access);
        } else {
          made.push(accessText(access, row) + stepText(row, access));
          expect(made).toEqual(wanted);
        }
        return this.#perform(access, row);
      }),
    );
    meanwhileRows();
    for (const row of rows.slice(position)) wanted.push(rowText(row));
    expect(made).toEqual(wanted);
    return result;
  }

  #perform(access: BusAccess, row: Row | undefined): number {
    switch (access.kind) {
      case "readWindow":
        access.into.set(this.window.subarray(access.offset, access.offset + access.length), access.at);
        this.#touched({ write: false, offset: access.offset, length: access.length });
        return 0;
      case "writeWindow":
        this.window.set(access.bytes.subarray(access.start, access.end), access.offset);
        this.#touched({ write: true, offset: access.offset, length: lengthOf(access) });
        return 0;
      case "readStatus":
      case "readData":
        return row?.row === "read" ? row.value : 0;
      case "writeStatus":
        this.statusWritten = access.value;
        return 0;
      case "writeData":
        return 0;
      default:
        return unreachable(access);
    }
  }

  #touched(touch: Touch): void {
    this.touches.push(touch);
    this.afterTouch?.(touch);
  }
}

/** Bytes that an access moves; 0 for registers. */
export function lengthOf(access: BusAccess): number {
  if (access.kind === "readWindow") return access.length;
  return access.kind === "writeWindow" ? access.end - access.start : 0;
}

function stepText(row: Row | undefined, { step }: BusAccess): string {
  return row?.step === undefined ? "" : ` ${step}`;
}

function rowText(row: Row): string {
  return row.step === undefined ? rowWords(row) : `${rowWords(row)} ${row.step}`;
}

function rowWords(row: Row): string {
  switch (row.row) {
    case "read":
      return `${row.name} reads ${hex(row.value)}`;
    case "write":
      return `${row.name} := ${hex(row.value)}`;
    case "get":
    case "put":
      return row.text;
    case "packetRead":
    case "packetWrite":
      return `${row.row} at 0x${hex(row.offset)}`;
    case "meanwhile":
      return "meanwhile";
    default:
      return unreachable(row);
  }
}

/** An access in words; with the row that it is compared with, in that row's words. */
export function accessText(access: BusAccess, row?: Row): string {
  switch (access.kind) {
    case "readStatus":
    case "readData":
      return row?.row === "read" && row.kind === access.kind ? rowWords(row) : access.kind;
    case "writeStatus":
    case "writeData":
      return row?.row === "write" && row.kind === access.kind
        ? `${row.name} := ${hex(access.value)}`
        : `${access.kind} ${hex(access.value)}`;
    case "readWindow":
      return getText(access.offset, access.length);
    case "writeWindow":
      return putText(access.offset, access.bytes.subarray(access.start, access.end));
    default:
      return unreachable(access);
  }
}
