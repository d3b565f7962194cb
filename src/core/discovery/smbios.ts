/** The structures of an SMBIOS table (DSP0134 6.1): a header, a formatted part, and strings that nobody here reads. */

/** Structures that are looked at; machines have some hundred. */
export const MOST_STRUCTURES = 4096;
const HEADER_BYTES = 4;
const TYPE_END = 127;

export interface Structure {
  readonly type: number;
  readonly handle: number;
  /** The formatted part behind the header. */
  readonly data: Uint8Array;
}

/** The structures of a table, in its order. What is cut off, or has a length that cannot be, ends them. */
export function readStructures(table: Uint8Array): readonly Structure[] {
  const structures: Structure[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= table.length && structures.length < MOST_STRUCTURES) {
    const [type, length] = [table[at]!, table[at + 1]!];
    const end = at + length;
    if (length < HEADER_BYTES || end > table.length) break;
    const handle = table[at + 2]! | (table[at + 3]! << 8);
    structures.push({ type, handle, data: table.subarray(at + HEADER_BYTES, end) });
    if (type === TYPE_END) break;
    at = behindStrings(table, end);
  }
  return structures;
}

/** Strings end with two zero bytes, where there are none, too. */
function behindStrings(table: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < table.length && (table[at] !== 0 || table[at + 1] !== 0)) at++;
  return at + 2;
}

/** A structure without strings, as it stands in a table. Lengths of up to 251 bytes of data. */
export function writeStructure({ type, handle, data }: Structure): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length + 2);
  bytes.set([type, HEADER_BYTES + data.length, handle & 0xff, handle >>> 8]);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}
