/** One line of Markdown as plain text. */
import { inlinePieces } from "../spec/markdown-text.ts";

export function plainMarkdown(markdown: string): string {
  return inlinePieces(markdown)
    .map(({ text }) => text)
    .join("");
}
