/**
 * The frame check sequence of DSP0253: CRC-CCITT with reflected polynomial 0x8408 and initial value 0xFFFF, as RFC 1662
 * has it, sent without a final inversion and with its high byte first.
 */

/** The value before the first byte. */
export const FCS_START = 0xffff;

/** The generator polynomial x^16 + x^12 + x^5 + 1, its bits reflected. */
const FCS_POLYNOMIAL = 0x8408;

const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ FCS_POLYNOMIAL : value >>> 1;
  return value;
});

/** The sequence `fcs` with one more byte taken in. */
export function nextFcs(fcs: number, byte: number): number {
  return (fcs >>> 8) ^ TABLE[(fcs ^ byte) & 0xff]!;
}

/** The sequence `fcs` with `bytes[start]` up to, not including, `bytes[end]` taken in. */
export function fcsOf(fcs: number, bytes: Uint8Array, start: number, end: number): number {
  let value = fcs;
  for (let at = start; at < end; at++) value = nextFcs(value, bytes[at]!);
  return value;
}
