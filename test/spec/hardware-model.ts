/** A recorded run held against the hardware model of the specification, clause 5: registers, flags and window. */
import { Status } from "../../src/core/binding/registers.ts";
import {
  afterIdrRead,
  afterIdrWrite,
  afterOdrRead,
  afterOdrWrite,
  afterStatusWrite,
  idrOf,
  odrOf,
  statusOf,
} from "../../src/core/binding/kcs-word.ts";
import { byteOf, isRegisterRow, type RegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { fromHex, toHex } from "../../src/core/wire/bytes.ts";

/** What a run did that hardware would not, or that loses a byte, each with the number of its row. */
export function offences(rows: readonly TraceRow[], windowBytes: number): readonly string[] {
  const window = new Uint8Array(windowBytes);
  let word = 0;
  const found: string[] = [];
  const offend = ({ n }: TraceRow, what: string): void => {
    found.push(`row ${n}: ${what}`);
  };
  const reads = (row: RegisterRow, value: number): void => {
    if (byteOf(row) !== value) offend(row, `reads ${row.value} from ${row.reg}, which holds ${value.toString(16)}`);
  };
  for (const [index, row] of rows.entries()) {
    if (row.n !== index) offend(row, `is row ${index}`);
    if (!isRegisterRow(row)) {
      const bytes = fromHex(row.value)!;
      const there = window.subarray(row.offset, row.offset + row.len);
      if (bytes.length !== row.len || there.length !== row.len) offend(row, "is cut, or leaves the window");
      else if (row.op !== "lpc_read") there.set(bytes);
      else if (toHex(there) !== row.value) offend(row, `reads what ${row.offset} does not hold`);
      continue;
    }
    const value = byteOf(row);
    switch (`${row.side} ${row.op} ${row.reg}`) {
      case "lab poke STR":
        word = (word & ~0xff) | value;
        break;
      case "host kcs_read STR":
      case "bmc kcs_read STR":
        reads(row, statusOf(word));
        break;
      case "bmc kcs_write STR":
        if ((value & Status.OBF) === 0) offend(row, "discards ODR");
        word = afterStatusWrite(word, value);
        break;
      case "host kcs_write IDR":
        if ((word & Status.IBF) !== 0) offend(row, "overwrites IDR");
        word = afterIdrWrite(word, value);
        break;
      case "bmc kcs_read IDR":
        if ((word & Status.IBF) === 0) offend(row, "reads an empty IDR");
        reads(row, idrOf(word));
        word = afterIdrRead(word);
        break;
      case "bmc kcs_write ODR":
        if ((word & Status.OBF) !== 0) offend(row, "overwrites ODR");
        word = afterOdrWrite(word, value);
        break;
      case "host kcs_read ODR":
        if ((word & Status.OBF) === 0) offend(row, "reads an empty ODR");
        reads(row, odrOf(word));
        word = afterOdrRead(word);
        break;
      default:
        offend(row, `${row.side} cannot ${row.op} ${row.reg}`);
    }
  }
  return found;
}
