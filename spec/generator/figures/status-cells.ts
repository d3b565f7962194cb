/** The bits of STR as cells, for every drawing that shows them. */
import { STATUS_BITS, type StatusBit } from "../../../src/core/binding/registers.ts";
import type { FieldCell, FieldRow, Owner } from "./field-drawing.ts";

export const BITS_OF_A_BYTE = 8;

/** Bit 7 on the left, one number over each unit. */
export const BIT_RULER: NonNullable<FieldRow["ruler"]> = Array.from({ length: BITS_OF_A_BYTE }, (_, index) => ({
  at: index + 0.5,
  text: String(BITS_OF_A_BYTE - 1 - index),
}));

/** The names of the bits, what no constant names as reserved. */
export function statusCells(): readonly FieldCell[] {
  return statusRow((bit) => (bit === undefined ? { name: "0", owner: "none" } : { name: bit.name, owner: bit.owner }));
}

/** One cell a bit. */
export function statusRow(
  cellOf: (bit: StatusBit | undefined, mask: number) => { readonly name: string; readonly owner: Owner },
): readonly FieldCell[] {
  return Array.from({ length: BITS_OF_A_BYTE }, (_, from) => {
    const mask = 0x80 >>> from;
    const bit = STATUS_BITS.find((candidate) => candidate.mask === mask);
    return { from, to: from + 1, ...cellOf(bit, mask) };
  });
}

/** "0x1c". */
export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
