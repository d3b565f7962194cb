/** What the description of a pcapng interface says of its packets: their link type, its name, and how their times count. */
import { decodeUtf8 } from "../wire/utf8.ts";

export interface CaptureInterfaceInfo {
  readonly linkType: number;
  readonly name: string | undefined;
  /** From the units of its times to nanoseconds. */
  nanoseconds(time: bigint): bigint;
}

const Option = { END: 0, NAME: 2, RESOLUTION: 9 } as const;
/** Link type, two bytes that are kept free, and the longest packet. */
const OPTIONS_AT = 8;
const OPTION_HEAD_BYTES = 4;
/** Bytes of a name that are kept. */
const LONGEST_NAME_BYTES = 255;
/** Where no option says otherwise, times are in microseconds. */
const USUAL_RESOLUTION = 6;
/** Of a resolution: the exponent is of 2, not of 10. */
const POWER_OF_TWO = 0x80;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Reads a description of 8 bytes or more. Options that are damaged, and those behind them, are passed over. */
export function interfaceOf(body: Uint8Array, isLittle: boolean): CaptureInterfaceInfo {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let name: string | undefined;
  let resolution = USUAL_RESOLUTION;
  for (let at = OPTIONS_AT; at + OPTION_HEAD_BYTES <= body.length;) {
    const code = view.getUint16(at, isLittle);
    const start = at + OPTION_HEAD_BYTES;
    const end = start + view.getUint16(at + 2, isLittle);
    if (code === Option.END || end > body.length) break;
    if (code === Option.NAME) name = decodeUtf8(body.subarray(start, Math.min(end, start + LONGEST_NAME_BYTES)));
    else if (code === Option.RESOLUTION && end > start) resolution = body[start]!;
    at = end + ((start - end) & 3);
  }
  const isOfTwo = (resolution & POWER_OF_TWO) !== 0;
  const unitsPerSecond = (isOfTwo ? 2n : 10n) ** BigInt(resolution & ~POWER_OF_TWO);
  return {
    linkType: view.getUint16(0, isLittle),
    name,
    nanoseconds: (time) => (time * NANOSECONDS_PER_SECOND) / unitsPerSecond,
  };
}
