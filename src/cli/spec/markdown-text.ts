/** Markdown as a terminal shows it: headings bold, tables fitted, code as it is, links reduced to their text. */
import MarkdownIt, { type Token } from "markdown-it";
import type { Line, Piece, Style } from "../styled.ts";
import { lineWidth, wrap } from "./pieces.ts";
import { tableLines, type Cell } from "./table-text.ts";

const markdownIt = new MarkdownIt({ html: true });

/** Prose wider than this is hard to read; tables and code may be wider. */
const PROSE_WIDTH = 100;
const CODE_INDENT = 4;

/** Lines of at most `width` columns, those of code excepted, which are as long as they are. */
export function markdownLines(markdown: string, width: number): readonly Line[] {
  const blocks = new Reader(markdownIt.parse(markdown, {})).blocks(undefined, width);
  return blocks.flatMap((lines, index) => (index === 0 ? lines : [[], ...lines]));
}

/** The text of one line of Markdown, like a cell or a requirement. */
export function inlinePieces(markdown: string): readonly Piece[] {
  return piecesOf(markdownIt.parseInline(markdown, {})[0]?.children ?? []);
}

class Reader {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The blocks up to a token of type `end`, which is read, too; each as its lines. */
  blocks(end: string | undefined, width: number): (readonly Line[])[] {
    const blocks: (readonly Line[])[] = [];
    for (;;) {
      const token = this.#tokens[this.#index++];
      if (token === undefined || token.type === end) return blocks;
      const block = this.#block(token, width);
      if (block.length > 0) blocks.push(block);
    }
  }

  #block(token: Token, width: number): readonly Line[] {
    const prose = Math.min(width, PROSE_WIDTH);
    switch (token.type) {
      case "heading_open":
        return wrap(inStyle(this.#inline("heading_close"), "bold"), prose);
      case "paragraph_open":
        return wrap(this.#inline("paragraph_close"), prose);
      case "fence":
      case "code_block":
        return indented(
          token.content
            .replace(/\n$/, "")
            .split("\n")
            .map((text) => [{ text, style: "code" }]),
          CODE_INDENT,
        );
      case "bullet_list_open":
        return this.#list("bullet_list_close", () => "- ", width);
      case "ordered_list_open": {
        const first = Number(token.attrGet("start") ?? 1);
        return this.#list("ordered_list_close", (index) => `${String(first + index)}. `, width);
      }
      case "blockquote_open":
        return indented(separated(this.blocks("blockquote_close", width - 2)), 2);
      case "table_open":
        return this.#table(width);
      case "hr":
        return [[{ text: "─".repeat(prose), style: "faint" }]];
      default:
        // Comments, and closing tags of what is read elsewhere.
        return [];
    }
  }

  #inline(end: string): readonly Piece[] {
    const pieces: Piece[] = [];
    for (;;) {
      const token = this.#tokens[this.#index++];
      if (token === undefined || token.type === end) return pieces;
      if (token.type === "inline") pieces.push(...piecesOf(token.children ?? []));
    }
  }

  #list(end: string, mark: (index: number) => string, width: number): readonly Line[] {
    const items: (readonly Line[])[] = [];
    for (;;) {
      const token = this.#tokens[this.#index++];
      if (token === undefined || token.type === end) return items.flat();
      if (token.type !== "list_item_open") continue;
      const text = mark(items.length);
      // The paragraphs of an item stand close in a list that is written so.
      const tight = this.#tokens[this.#index]?.hidden === true;
      const blocks = this.blocks("list_item_close", width - text.length);
      const [first = [], ...more] = tight ? blocks.flat() : separated(blocks);
      const item = [[{ text, style: "plain" as const }, ...first], ...indented(more, text.length)];
      items.push(tight || items.length === 0 ? item : [[], ...item]);
    }
  }

  #table(width: number): readonly Line[] {
    const rows: Cell[][] = [];
    for (;;) {
      const token = this.#tokens[this.#index++];
      if (token === undefined || token.type === "table_close") break;
      if (token.type === "tr_open") rows.push([]);
      else if (token.type === "th_open") rows.at(-1)?.push(inStyle(this.#inline("th_close"), "bold"));
      else if (token.type === "td_open") rows.at(-1)?.push(this.#inline("td_close"));
    }
    const [headings = [], ...body] = rows;
    return tableLines(headings, body, width);
  }
}

/** A figure whose caption stands behind it is its file alone. */
function figureText(image: Token): string {
  const path = String(image.attrGet("src") ?? "");
  return image.content === "Figure" ? `[figure: ${path}]` : `[figure: ${image.content}; ${path}]`;
}

function piecesOf(tokens: readonly Token[]): readonly Piece[] {
  const pieces: Piece[] = [];
  const styles: Style[] = [];
  for (const token of tokens) {
    const style = styles.at(-1) ?? "plain";
    switch (token.type) {
      case "text":
        pieces.push({ text: token.content, style });
        break;
      case "code_inline":
        pieces.push({ text: token.content, style: "code" });
        break;
      case "softbreak":
      case "hardbreak":
        pieces.push({ text: " ", style });
        break;
      case "image":
        pieces.push({ text: figureText(token), style: "faint" });
        break;
      case "strong_open":
        styles.push("bold");
        break;
      case "em_open":
        styles.push("italic");
        break;
      case "strong_close":
      case "em_close":
        styles.pop();
        break;
      default:
        // Links are their text; comments are nothing.
        break;
    }
  }
  return pieces;
}

function inStyle(pieces: readonly Piece[], style: Style): readonly Piece[] {
  return pieces.map(({ text }) => ({ text, style }));
}

function indented(lines: readonly Line[], columns: number): readonly Line[] {
  const margin: Piece = { text: " ".repeat(columns), style: "plain" };
  return lines.map((line) => (lineWidth(line) === 0 ? [] : [margin, ...line]));
}

function separated(blocks: readonly (readonly Line[])[]): readonly Line[] {
  return blocks.flatMap((lines, index) => (index === 0 ? lines : [[], ...lines]));
}
