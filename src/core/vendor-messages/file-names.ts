/** Which names a receiver gives to files of peers. Specification: Annex G.3. */

/** Bytes in UTF-8: within what every file system takes, and short enough for a line of a log. */
export const LONGEST_FILE_NAME_BYTES = 128;

/**
 * Letters, the marks that some scripts write them with, decimal digits, '.', '_' and '-'; single spaces between these. So a
 * name is no option, no hidden file and no path, is itself in a shell's pattern, and moves no cursor.
 */
const ALLOWED = /^[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}._-]*(?: [\p{L}\p{M}\p{Nd}._-]+)*$/u;

/** Letters and marks that show as nothing, such as U+3164 (Hangul filler) and variation selectors. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** Whether a receiver gives this name to a file of a peer. The name is in normal form C: it has one spelling. */
export function isFileName(name: string): boolean {
  // A character has one code unit at least, so what is longer is not looked at.
  if (name.length > LONGEST_FILE_NAME_BYTES || utf8Bytes(name) > LONGEST_FILE_NAME_BYTES) return false;
  return ALLOWED.test(name) && !INVISIBLE.test(name) && name.normalize("NFC") === name;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
