/** Markdown as the project's formatter writes it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import * as markdownPlugin from "prettier/plugins/markdown";
import { format } from "prettier/standalone";
import { PROJECT } from "../support/processes.ts";

const options = JSON.parse(readFileSync(join(PROJECT, ".prettierrc.json"), "utf8")) as Options;

export function formatted(markdown: string): Promise<string> {
  return format(markdown, { ...options, parser: "markdown", plugins: [markdownPlugin] });
}
