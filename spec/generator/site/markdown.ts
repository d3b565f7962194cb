/**
 * The Markdown of the specification as HTML: headings, requirements, steps and figures get their identifiers, and
 * whatever names one of them becomes a link to it.
 */
import MarkdownIt, { type Token } from "markdown-it";
import { escapeXml } from "../../../src/core/drawing/svg.ts";
import type { CaptionKind } from "../../../src/core/spec/captions.ts";
import type {
  CaptionedTable,
  Figure,
  PlacedRequirement,
  Section,
  SpecDocument,
} from "../../../src/core/spec/document.ts";
import { numberLabel } from "../../../src/core/spec/headings.ts";
import { versionsText } from "../../../src/core/spec/requirements.ts";
import { BODY_FILE } from "../../../src/core/spec/specification.ts";
import { findReferences } from "./references.ts";
import type { Targets } from "./targets.ts";

export interface RenderedDocument {
  /** Of the body, what stands before its first heading below the title: the state of the draft, as HTML. */
  readonly status: string;
  readonly html: string;
}

/** Gives the drawing of a figure as an element of the page. */
export type DrawingOf = (path: string, id: string) => string;

const markdownIt = new MarkdownIt({ html: true });
/** The class of tokens, which the package exports as a type alone. */
const TokenClass = markdownIt.parse("-", {})[0]!.constructor as new (type: string, tag: string, nesting: 0) => Token;

/** Renders one file. Throws for a link or a figure that leads nowhere, and for HTML that is no comment. */
export function renderDocument(document: SpecDocument, targets: Targets, drawingOf: DrawingOf): RenderedDocument {
  const tokens = markdownIt.parse(document.lines.join("\n"), {});
  const writer = new Writer(document, targets, drawingOf);
  const written = writer.blocks(tokens);
  const html = (part: readonly Token[]): string => markdownIt.renderer.render([...part], markdownIt.options, {});
  if (document.file !== BODY_FILE) return { status: "", html: html(written) };
  // The page has a cover for the title and the paragraph below it.
  const titleEnd = written.findIndex(({ type }) => type === "heading_close") + 1;
  const statusEnd = written.findIndex(({ type }, index) => index > titleEnd && type === "paragraph_close") + 1;
  return { status: html(written.slice(titleEnd, statusEnd)), html: html(written.slice(statusEnd)) };
}

class Writer {
  readonly #document: SpecDocument;
  readonly #targets: Targets;
  readonly #drawingOf: DrawingOf;
  /** Lines in which the paragraph of a caption begins: it is written with its figure or table. */
  readonly #captionLines: ReadonlySet<number>;

  constructor(document: SpecDocument, targets: Targets, drawingOf: DrawingOf) {
    this.#document = document;
    const captioned = [...document.figures, ...document.tables];
    this.#captionLines = new Set(captioned.flatMap(({ caption }) => caption?.line ?? []));
    this.#targets = targets;
    this.#drawingOf = drawingOf;
  }

  /** The tokens of the file, changed to those of the page. */
  blocks(tokens: readonly Token[]): readonly Token[] {
    const written: Token[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index]!;
      const inline = tokens[index + 1];
      switch (token.type) {
        case "heading_open":
          written.push(...this.#heading(tokens.slice(index, index + 3)));
          index += 2;
          continue;
        case "paragraph_open": {
          const [only, ...others] = inline?.children ?? [];
          if (only?.type === "image" && others.length === 0) {
            written.push(html(this.#figure(token)));
            index += 2;
            continue;
          }
          if (this.#captionLines.has(token.map?.[0] ?? -1)) {
            index += 2;
            continue;
          }
          if (inline?.content === "**Requirements**") token.attrJoin("class", "requirements");
          break;
        }
        case "list_item_open": {
          const requirement = this.#document.requirements.find(({ line }) => line === token.map?.[0]);
          const text = tokens.slice(index).find(({ type }) => type === "inline");
          if (requirement !== undefined && text !== undefined) this.#requirement(requirement, token, text);
          break;
        }
        case "tr_open":
          this.#row(token);
          break;
        case "table_open":
          written.push(...this.#table(token));
          continue;
        case "table_close":
          written.push(token, html("</div>\n"));
          continue;
        case "html_block":
          this.#onlyComment(token);
          continue;
        case "inline":
          token.children = this.#inline(token.children ?? []);
          break;
      }
      written.push(token);
    }
    return written;
  }

  /** A heading with its number, its identifier and a link to itself; one level below the title of the page. */
  #heading(tokens: readonly Token[]): readonly Token[] {
    const [open, inline, close] = tokens;
    const section = this.#document.sections.find(({ line }) => line === open?.map?.[0]);
    if (section === undefined || open === undefined || inline === undefined || close === undefined) return tokens;
    const level = this.#document.file === BODY_FILE ? section.level : section.level + 1;
    open.tag = close.tag = `h${String(level)}`;
    const id = this.#targets.sectionId(section);
    open.attrSet("id", id);
    const { before, title } = splitTitle(this.#inline(inline.children ?? [], false), section);
    inline.children = [html(before), ...title, html(anchor(id, section))];
    return tokens;
  }

  /** Identifier, who is bound and in which versions become marks before the sentence. */
  #requirement(requirement: PlacedRequirement, item: Token, text: Token): void {
    const { id, bound, versions } = requirement;
    item.attrSet("id", id);
    item.attrJoin("class", "requirement");
    const children = text.children ?? [];
    const [sentence, ...rest] = children.slice(children.findIndex(({ type }) => type === "strong_close") + 1);
    if (sentence?.type !== "text") throw new Error(`${id} has no sentence`);
    sentence.content = sentence.content.replace(/^ \([^)]*\): /, "");
    const evidence = this.#targets.evidence(id);
    const marks = [
      `<a class="id" href="#${id}">${id}</a>`,
      `<span class="bound ${bound.toLowerCase()}">${bound}</span>`,
      ...(versions === undefined ? [] : [`<span class="versions">${versionsText(versions)}</span>`]),
      ...(evidence === undefined ? [] : [`<a class="evidence" href="#${evidence}">tests and code</a>`]),
    ];
    const made = html(`<span class="marks">${marks.join(" ")}</span> `);
    text.children = [made, sentence, ...rest];
  }

  #row(token: Token): void {
    const line = token.map?.[0];
    const step = this.#document.steps.find((candidate) => candidate.line === line);
    if (step !== undefined) {
      token.attrSet("id", step.id);
      token.attrJoin("class", "step");
      return;
    }
    const isContinued = this.#document.steps.some(
      ({ line: first, rows }) => line !== undefined && line > first && line < first + rows.length,
    );
    if (isContinued) token.attrJoin("class", "continued");
  }

  #figure(token: Token): string {
    const { file, figures } = this.#document;
    const figure = figures.find(({ line }) => line === token.map?.[0]);
    if (figure === undefined) throw new Error(`${file} shows a picture that is no drawing in figures/`);
    const { id, caption } = this.#caption("Figure", figure, figure.text);
    const drawing = this.#drawingOf(figure.path, id);
    return `<figure id="${id}">\n<div class="drawing">${drawing}</div>\n<figcaption>${caption}</figcaption>\n</figure>\n`;
  }

  /** A table in a box that scrolls, with its caption. */
  #table(token: Token): readonly Token[] {
    const table = this.#document.tables.find(({ line }) => line === token.map?.[0]);
    if (table?.caption === undefined) return [html('<div class="table">\n'), token];
    const { id, caption } = this.#caption("Table", table, table.caption.text);
    return [html(`<div class="table" id="${id}">\n`), token, html(`<caption>${caption}</caption>\n`)];
  }

  #caption(kind: CaptionKind, item: Figure | CaptionedTable, text: string): { id: string; caption: string } {
    const label = this.#targets.label(item) ?? "";
    const id = this.#targets.captioned(kind, label) ?? "";
    const children = markdownIt.parseInline(text, {})[0]?.children ?? [];
    const words = markdownIt.renderer.renderInline(this.#inline(children), markdownIt.options, {});
    return { id, caption: `<a class="number" href="#${id}">${kind} ${label}</a> — ${words}` };
  }

  /** Links lead into the page, and names become links unless they stand in one; line breaks of the source are spaces. */
  #inline(children: readonly Token[], withReferences = true): Token[] {
    const written: Token[] = [];
    /** Of the links that are open, whether each was written. */
    const links: boolean[] = [];
    for (const token of joinTexts(children)) {
      switch (token.type) {
        case "text":
          token.content = token.content.replace(BETWEEN_THOUSANDS, NO_BREAK_SPACE);
          written.push(...(withReferences && links.length === 0 ? this.#referring(token) : [token]));
          break;
        case "link_open":
          links.push(this.#link(token));
          if (links.at(-1) === true) written.push(token);
          break;
        case "link_close":
          if (links.pop() === true) written.push(token);
          break;
        case "html_inline":
          // What this writer has put there itself is no Markdown, and carries no markup.
          if (token.meta === MADE) written.push(token);
          else this.#onlyComment(token);
          break;
        case "image":
          throw new Error(`${this.#document.file}: a figure stands in a paragraph of its own: ${token.content}`);
        default:
          written.push(token);
      }
    }
    return written;
  }

  #referring(token: Token): readonly Token[] {
    const text = token.content;
    const parts: string[] = [];
    let end = 0;
    for (const reference of findReferences(text, this.#targets)) {
      const shown = escapeXml(text.slice(reference.start, reference.end));
      parts.push(escapeXml(text.slice(end, reference.start)), `<a href="#${reference.target}">${shown}</a>`);
      end = reference.end;
    }
    if (end === 0) return [token];
    return [html([...parts, escapeXml(text.slice(end))].join(""))];
  }

  /** Turns a link into one of the page; false where it is to be its text alone, as those to files are. */
  #link(token: Token): boolean {
    const href = String(token.attrGet("href") ?? "");
    if (/^[a-z]+:/.test(href)) return true;
    const id = this.#targets.linkId(this.#document.file, decodeURI(href));
    if (id !== undefined) {
      token.attrSet("href", `#${id}`);
      return true;
    }
    const [path = ""] = href.split("#");
    if (path === "" || /^[^/]+\.md$/.test(path)) {
      throw new Error(`${this.#document.file} links to ${href}, which there is not`);
    }
    return false;
  }

  #onlyComment(token: Token): void {
    if (/^\s*<!--[^]*-->\s*$/.test(token.content)) return;
    throw new Error(`${this.#document.file} has HTML, which terminals do not show: ${token.content.trim()}`);
  }
}

/** Numbers are written in groups of three digits, as "1 259 196", and stay on one line. */
const BETWEEN_THOUSANDS = /(?<=\d) (?=\d{3}(?!\d))/g;
const NO_BREAK_SPACE = "\u00a0";

const MADE: Record<string, unknown> = { made: true };

function html(content: string): Token {
  const token = new TokenClass("html_inline", "", 0);
  token.content = content;
  token.meta = MADE;
  return token;
}

/** The number of a heading as a mark of its own, and what is left of its text. */
function splitTitle(content: readonly Token[], section: Section): { before: string; title: readonly Token[] } {
  const { number } = section;
  const [first, ...rest] = content;
  if (number === undefined || first?.type !== "text") return { before: "", title: content };
  const [prefix, , kind] = /^Annex ([A-Z])(?: \((\w+)\))?[\s:.–—-]*/.exec(first.content) ??
    /^\S+ +/.exec(first.content) ?? [""];
  first.content = first.content.slice(prefix.length);
  const label = kind === undefined ? numberLabel(number) : `${numberLabel(number)} (${kind})`;
  // The title of an annex stands in a line of its own.
  const isAnnex = /^[A-Z]$/.test(number);
  if (isAnnex) first.content = first.content.replace(/^./, (letter) => letter.toUpperCase());
  return { before: `<span class="number${isAnnex ? " annex" : ""}">${label}</span> `, title: [first, ...rest] };
}

function anchor(id: string, { number, title }: Section): string {
  const name = number === undefined ? title : numberLabel(number);
  return ` <a class="anchor" href="#${id}" aria-label="Link to ${escapeXml(name)}">#</a>`;
}

/** Texts with the line breaks between them as one, so that a name broken over two lines is seen whole. */
function joinTexts(tokens: readonly Token[]): readonly Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    if (token.type === "softbreak") {
      token.type = "text";
      token.content = " ";
    }
    if (token.type === "text" && last?.type === "text") last.content += token.content;
    else joined.push(token);
  }
  return joined;
}
