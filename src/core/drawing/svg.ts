/**
 * Drawings as SVG text: elements, and the document round them with its colours.
 *
 * Every drawing has an opaque ground and its light colours as literal values, so that any renderer of SVG draws it. A
 * renderer that knows custom properties takes the colours from those of `.mctp-lpc-drawing` instead: the drawing is then
 * legible in light and dark, is light on paper, and follows the page that holds it inline and sets the properties itself.
 */
import { harmless, type Harmless } from "../wire/harmless.ts";

/** The names of colours: `paint(NAME)` in attributes, `var(--NAME)` in rules of style. */
export type Colour = "ground" | "ink" | "faint" | "rule" | "panel" | "host" | "bmc" | "fault" | "other";

/** Each colour in light and in dark. */
const COLOURS: Readonly<Record<Colour, readonly [light: string, dark: string]>> = {
  /** Behind everything. */
  ground: ["#ffffff", "#14181d"],
  /** Text and the lines that matter. */
  ink: ["#1c2126", "#e4e8ec"],
  /** Text of less weight. */
  faint: ["#5b6570", "#9aa5b1"],
  /** Lifelines, frames, grid. */
  rule: ["#c3cad1", "#3b444e"],
  /** Ground of boxes and bands. */
  panel: ["#f2f4f7", "#1e242b"],
  /** What the host does. */
  host: ["#0b5cad", "#6cb2f5"],
  /** What the BMC does. */
  bmc: ["#a3450a", "#f0a060"],
  /** Faults, losses, changes from outside. */
  fault: ["#b3202c", "#ff7b84"],
  /** A third kind of line, where host and BMC are not meant. */
  other: ["#2a7d46", "#67c98a"],
};

/** The class that carries the colours; a page that holds drawings inline sets their custom properties on it. */
export const DRAWING_CLASS = "mctp-lpc-drawing";

/** Fonts that are on nearly every machine; drawings bring none of their own. */
const SANS = "system-ui, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif";
const MONO = "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace";

/** `--ground: #fff; …` for one of the two. */
export function colourProperties(theme: "light" | "dark"): string {
  const index = theme === "light" ? 0 : 1;
  return Object.entries(COLOURS)
    .map(([name, values]) => `--${name}: ${values[index]};`)
    .join(" ");
}

/** The value of an attribute for a colour. `drawing` adds the rule by which it follows the page. */
export function paint(colour: Colour): string {
  return COLOURS[colour][0];
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

declare const markup: unique symbol;

/** XML made of elements and of escaped text: what is put into a drawing is of this type, so no text gets there as it is. */
export type Markup = Harmless & { readonly [markup]: true };

export const LINE_END: Markup = "\n" as Markup;
/** What an HTML page and a document of XML begin with. */
export const HTML_DOCTYPE: Markup = "<!DOCTYPE html>\n" as Markup;
export const XML_DECLARATION: Markup = '<?xml version="1.0" encoding="UTF-8"?>\n' as Markup;

/** Text that stands for itself in content and attributes. */
export function escapeXml(text: string): Markup {
  return harmless(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;") as Markup;
}

/** Pieces one after the other. */
export function together(...pieces: readonly Markup[]): Markup {
  return pieces.join("") as Markup;
}

/** Coordinates with at most two decimals, so that a drawing is the same text on every machine. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** An element; attributes that are undefined are left out, content is taken as it is. */
export function element(name: string, attributes: Attributes, ...content: readonly Markup[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? coordinate(value) : escapeXml(String(value))}"`)
    .join("");
  const text = content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${content.join("")}</${name}>`;
  return text as Markup;
}

export interface DrawingText {
  /** Short, as a caption: read out first by those who cannot see the drawing. */
  readonly title: string;
  /** What the drawing shows, in sentences: its text alternative. */
  readonly description: string;
}

/**
 * The document: `body` drawn on a ground of this size in user units, which are CSS pixels. `styles` are rules beside
 * the common ones, `SELECTORS { DECLARATIONS }` with colours as `var(--NAME)`; their selectors begin with the drawing's
 * class.
 */
export function drawing(
  { title, description }: DrawingText,
  size: { readonly width: number; readonly height: number },
  body: readonly Markup[],
  styles: readonly string[] = [],
): Markup {
  const width = coordinate(size.width);
  const height = coordinate(size.height);
  const own = `.${DRAWING_CLASS}`;
  const ground = element("rect", { width: size.width, height: size.height, fill: paint("ground") });
  const plain = [
    `${own} text { font-family: ${SANS}; font-size: 13px; }`,
    `${own} text.mono { font-family: ${MONO}; font-size: 12px; }`,
    `${own} text.faint { fill: var(--faint); }`,
    ...styles,
  ];
  const rules = [
    `${own} { ${colourProperties("light")} }`,
    `@media screen and (prefers-color-scheme: dark) { ${own} { ${colourProperties("dark")} } }`,
    ...plain.map(literalColours),
    ...[`${own} { fill: var(--ink); }`, ...paintRules([ground, ...body].join("")), ...plain.flatMap(colourPart)].map(
      (rule) => `${WITH_PROPERTIES} { ${rule} }`,
    ),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="${DRAWING_CLASS}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" fill="${paint("ink")}" role="img">`,
    element("title", {}, escapeXml(title)),
    element("desc", {}, escapeXml(description)),
    `<style>${rules.join("\n")}</style>`,
    ground,
    ...body,
    "</svg>",
    "",
  ].join("\n") as Markup;
}

/** Renderers without custom properties skip what stands behind this, and keep the literal colours. */
const WITH_PROPERTIES = "@supports (fill: var(--ink))";

/** A rule with the light colours in place of custom properties. */
function literalColours(rule: string): string {
  return rule.replace(/var\(--(\w+)\)/g, (whole, name: string) => {
    if (!isColour(name)) throw new Error(`${whole} is no colour of drawings`);
    return paint(name);
  });
}

function isColour(name: string): name is Colour {
  return Object.hasOwn(COLOURS, name);
}

/** Of a rule, the declarations that name a colour; none where it has no such. */
function colourPart(rule: string): readonly string[] {
  const [, selectors = "", declarations = ""] = /^([^{]+)\{([^}]*)\}$/.exec(rule) ?? [];
  const coloured = declarations
    .split(";")
    .map((declaration) => declaration.trim())
    .filter((declaration) => declaration.includes("var("));
  return coloured.length === 0 ? [] : [`${selectors.trim()} { ${coloured.join("; ")}; }`];
}

/** For each colour that stands in an attribute of the body, the rule that replaces it by its custom property. */
function paintRules(body: string): readonly string[] {
  return (["fill", "stroke"] as const).flatMap((attribute) =>
    Object.entries(COLOURS)
      .map(([name, [light]]) => ({ name, written: `[${attribute}="${light}"]` }))
      .filter(({ written }) => body.includes(` ${written.slice(1, -1)}`))
      .map(({ name, written }) => `.${DRAWING_CLASS} ${written} { ${attribute}: var(--${name}); }`),
  );
}
