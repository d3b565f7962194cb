/** The texts of a drawing with their places, as a reader finds them. */

export interface PlacedText {
  readonly x: number;
  readonly y: number;
  readonly content: string;
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

export function textsOf(svg: string): readonly PlacedText[] {
  return [...svg.matchAll(/<text x="([^"]+)" y="([^"]+)"[^>]*>([^<]*)<\/text>/g)].map(([, x, y, content = ""]) => ({
    x: Number(x),
    y: Number(y),
    content: content.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity),
  }));
}

/** The only text with this content; throws where there is none or more than one. */
export function theText(texts: readonly PlacedText[], content: string): PlacedText {
  const found = texts.filter((text) => text.content === content);
  if (found.length !== 1) throw new Error(`"${content}" stands ${found.length} times in the drawing`);
  return found[0]!;
}
