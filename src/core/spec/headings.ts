/** Headings of Markdown: their text, their number, and the anchor that a forge makes of them. */

/** The text of a piece of Markdown as it is read: links, code and emphasis reduced to what they show. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/`+([^`]*)`+/g, "$1")
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, "$2")
    .replace(/(?<![\w*\\])\*(?=\S)(.+?)(?<=[^\s\\])\*(?![\w*])/g, "$1")
    .replace(/(?<![\w\\])_(?=\S)(.+?)(?<=[^\s\\])_(?!\w)/g, "$1")
    .replace(/\\([\\`*_{}[\]()#+.!|<>-])/g, "$1");
}

/**
 * Makes anchors as GitHub and most other forges do: in small letters, spaces as hyphens, all else but letters, digits,
 * hyphens and underscores left out; a second one of the same name gets "-1". One maker serves one document, in order.
 */
export function anchorMaker(): (heading: string) => string {
  const taken = new Map<string, number>();
  return (heading) => {
    const base = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replace(/ /g, "-");
    let anchor = base;
    for (let count = taken.get(base) ?? 0; taken.has(anchor);) {
      count++;
      anchor = `${base}-${String(count)}`;
      taken.set(base, count);
    }
    taken.set(anchor, 0);
    return anchor;
  };
}

export interface Numbered {
  /** "7.2", "E" for an annex, "E.3" for a section of it; undefined where the heading has none. */
  readonly number: string | undefined;
  readonly title: string;
}

/** Splits "7.2 Packet buffers", "Annex E (informative): virtual board" and, below annex `letter`, "3 Accesses". */
export function splitHeading(text: string, letter: string | undefined): Numbered {
  const annex = /^Annex ([A-Z])\b(?: (\((?:informative|normative)\)))?[\s:.–—-]*(.*)$/.exec(text);
  if (annex !== null) {
    const [, number, kind, title = ""] = annex;
    return { number, title: kind === undefined ? title : `${title} ${kind}` };
  }
  const numbered = /^((?:[A-Z]\.)?\d+(?:\.\d+)*)\.? +(.+)$/.exec(text);
  if (numbered === null) return { number: undefined, title: text };
  const [, number = "", title = ""] = numbered;
  return { number: letter === undefined || number.startsWith(letter) ? number : `${letter}.${number}`, title };
}

/** "7.2", "Annex E", "E.3": the number as texts cite it. */
export function numberLabel(number: string): string {
  return /^[A-Z]$/.test(number) ? `Annex ${number}` : number;
}
