/** Drawings inside the page: their colours are the page's, and nothing in them touches another one. */
import { existsSync, readFileSync } from "node:fs";
import { DRAWING_CLASS } from "../../../src/core/drawing/svg.ts";

/** Reads a drawing. Throws, with what to do, where there is none. */
export function readDrawing(path: string, citedIn: string): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new Error(`${citedIn} shows the figure ${path}, which is not there: is it generated, and is its name right?`);
}

/**
 * The drawing as an element of the page. Identifiers get a prefix, rules of style hold for this drawing alone, and the
 * rules that set the common colours are left out: the page sets them.
 */
export function inlineDrawing(svg: string, id: string): string {
  const own = `${id}-drawing`;
  return svg
    .replace(/^<\?xml[^>]*\?>\s*/, "")
    .replace(/<style>([^]*?)<\/style>/g, (_whole, rules: string) => `<style>${ownRules(rules, own)}</style>`)
    .replace(/(<svg\b[^>]*\bclass=")/, `$1${own} `)
    .replace(/\bid="([^"]+)"/g, `id="${id}-$1"`)
    .replace(/\b((?:xlink:)?href)="#([^"]+)"/g, `$1="#${id}-$2"`)
    .replace(/\burl\(#([^)]+)\)/g, `url(#${id}-$1)`)
    .replace(/\b(aria-(?:labelledby|describedby))="([^"]+)"/g, (_whole, name: string, ids: string) => {
      const prefixed = ids.split(/\s+/).map((part) => `${id}-${part}`);
      return `${name}="${prefixed.join(" ")}"`;
    })
    .trim();
}

function ownRules(rules: string, own: string): string {
  return rules
    .split("\n")
    .filter((rule) => !/^(@media[^{]*\{\s*)?\.[\w-]+ \{ --/.test(rule.trim()))
    .join("\n")
    .replaceAll(`.${DRAWING_CLASS}`, `.${own}`);
}
