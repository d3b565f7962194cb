/** Where a text cites requirements, short forms like "LPC-HOST-9 to -11" and "LPC-BMC-1, -2" included. */

export interface Citation {
  /** Where it stands in the text, from this character up to, not including, that one. */
  readonly start: number;
  readonly end: number;
  /** "LPC-HOST-11", also where the text says "-11" only. */
  readonly id: string;
}

const CITATION = /\b(LPC-[A-Z]+-)(\d+)((?:(?:,|\s+and|,?\s+to)\s+-\d+)*)/g;
const FURTHER = /(,|\s+and|,?\s+to)\s+-(\d+)/g;

/** Every place of a text that cites a requirement, in order. The ones in between of "-9 to -11" have no place. */
export function citationPlaces(text: string): readonly Citation[] {
  return [...text.matchAll(CITATION)].flatMap((match) => {
    const [, prefix = "", first = "", more = ""] = match;
    const firstEnd = match.index + prefix.length + first.length;
    const places: Citation[] = [{ start: match.index, end: firstEnd, id: `${prefix}${first}` }];
    for (const further of more.matchAll(FURTHER)) {
      const [whole, , digits = ""] = further;
      const end = firstEnd + further.index + whole.length;
      places.push({ start: end - digits.length - 1, end, id: `${prefix}${digits}` });
    }
    return places;
  });
}

/** Every identifier that a text cites, those in between of "LPC-HOST-9 to -11" included. */
export function citations(text: string): readonly string[] {
  return [...text.matchAll(CITATION)].flatMap(([, prefix = "", first = "", more = ""]) => {
    const numbers = [Number(first)];
    for (const [, link = "", digits = ""] of more.matchAll(FURTHER)) {
      const last = Number(digits);
      let next = link.endsWith("to") ? (numbers.at(-1) ?? last) + 1 : last;
      for (; next <= last; next++) numbers.push(next);
    }
    return numbers.map((number) => `${prefix}${String(number)}`);
  });
}
