/** Text from files and peers, made fit for a terminal. */

/** Control characters, and what turns or hides text: escape sequences, marks of direction, half characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** The text with every harmful character as its number in angle brackets: "<1b>[2J". */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (character) => `<${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}>`);
}
