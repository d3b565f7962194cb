/**
 * Text of strangers (peers, files, other agents) made fit for a terminal, a log and XML. It is called by what writes there:
 * a call at each message is one that is forgotten.
 */

/** Control characters, and what turns or hides text: escape sequences, marks of direction, half characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** The text with every harmful character as its number in angle brackets: "<1b>[2J". */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (character) => `<${numberOf(character)}>`);
}

/** A JSON text with the same characters escaped: it says the same. Line ends between its parts stay. */
export function harmlessJson(json: string): string {
  return json.replace(HARMFUL, (character) =>
    character === "\n"
      ? character
      : Array.from({ length: character.length }, (_, at) => `\\u${numberOf(character.charAt(at), 4)}`).join(""),
  );
}

/** A value of JSON with every text in it harmless, names of members too. */
export function harmlessValue(value: unknown): unknown {
  if (typeof value === "string") return harmless(value);
  if (Array.isArray(value)) return value.map(harmlessValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [harmless(name), harmlessValue(part)]));
}

function numberOf(character: string, digits = 2): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, "0");
}
