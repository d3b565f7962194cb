/** Lines of dumps: what `xxd`, `hexdump -C` and `od -tx1` print, line by line. */
import { ok, reject, type Result } from "../wire/result.ts";
import { parseHex } from "./hex.ts";

export type DumpFormat = "xxd" | "hexdump -C" | "od -tx1";

/** A line of a dump: bytes from an offset on; a last line of `hexdump` and `od` has an offset alone. */
export interface DumpLine {
  readonly format: DumpFormat;
  /** As printed; its base is that of the format, which in `od` the user chooses. */
  readonly offset: string;
  readonly bytes: Uint8Array;
}

const XXD = /^([0-9a-f]{6,16}):\s*([0-9a-f]+(?: [0-9a-f]+)*)(?:\s{2,}(.*)|\s*)$/i;
const CANONICAL = /^([0-9a-f]{7,16})\s\s((?:[0-9a-f]{2}\s+)+)\|.*$/i;
const OD = /^([0-9a-f]{7})((?:\s+[0-9a-f]{2})+)(?:\s+>.*)?$/i;
/** `od -A x` has offsets of six digits, which plain hexadecimal might begin with, too. */
const OD_HEX = /^(0{6})((?:\s+[0-9a-f]{2}){2,})(?:\s+>.*)?$/i;
const OD_HEX_AFTER = /^([0-9a-f]{6})((?:\s+[0-9a-f]{2})+)(?:\s+>.*)?$/i;
const WORDS = /^[0-9a-f]{7}(?:\s+[0-9a-f]{4}|\s+[0-7]{6}|\s+[0-9a-f]{8})+\s*$/i;
const OFFSET_ONLY = /^[0-9a-f]{6,16}$/i;
const BIT_GROUPS = /^[01]{8}(?: [01]{8})*$/;

/** What the same bytes as in the line before are abbreviated to. */
export const REPEAT_LINE = "*";

/** The line as one of a dump; undefined for any other. `current`: of which format the lines before are. */
export function dumpLine(text: string, current: DumpFormat | undefined): Result<DumpLine | undefined, string> {
  const xxd = XXD.exec(text);
  if (xxd !== null) {
    const [, offset = "", groups = "", shown] = xxd;
    if (BIT_GROUPS.test(groups) && shown?.length === groups.split(" ").length) {
      return reject("these are bits, as `xxd -b` prints them; use `xxd`");
    }
    return withBytes("xxd", offset, groups);
  }
  const canonical = CANONICAL.exec(text);
  if (canonical !== null) return withBytes("hexdump -C", canonical[1]!, canonical[2]!);
  const od = OD.exec(text) ?? (current === "od -tx1" ? OD_HEX_AFTER : OD_HEX).exec(text);
  if (od !== null) return withBytes("od -tx1", od[1]!, od[2]!);
  if (WORDS.test(text)) {
    return reject(
      "these are words in the byte order of the machine that printed them; use `xxd`, `hexdump -C` or `od -tx1`",
    );
  }
  const ends = current !== undefined && current !== "xxd" && OFFSET_ONLY.test(text);
  return ok(ends ? { format: current, offset: text, bytes: new Uint8Array(0) } : undefined);
}

function withBytes(format: DumpFormat, offset: string, groups: string): Result<DumpLine, string> {
  const bytes = parseHex(groups);
  return bytes.ok ? ok({ format, offset, bytes: bytes.value }) : bytes;
}

/** The offset in the bases in which the format prints it. */
export function offsetsOf({ format, offset }: DumpLine): readonly number[] {
  const bases = format === "od -tx1" ? [8, 10, 16] : [16];
  return bases.map((base) => Number.parseInt(offset, base));
}
