/**
 * Parts of the specification's pages that are generated. A page says where one stands:
 *
 *     <!-- generated: comparison -->
 *     …
 *     <!-- end -->
 *
 * What is between the two lines is replaced by the fragment of that name, and the page is formatted as prettier does
 * it, so that a page without changes stays the same byte for byte. Lines of fenced code are left alone.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import * as markdownPlugin from "prettier/plugins/markdown";
import { format } from "prettier/standalone";
import type { Artefact } from "./artefact.ts";

/** Markdown by name. */
export type Fragments = ReadonlyMap<string, string>;

const BEGIN = /^<!-- generated: ([a-z0-9-]+) -->$/;
const END = "<!-- end -->";
/** What was surely meant as a marker. */
const MARKER = /<!--\s*(generated:|end\s*-->)/;
const FENCE = /^ {0,3}(```|~~~)/;

/** The page with its fragments renewed, not formatted yet. Throws, naming the line, for markers that do not fit. */
export function renewFragments(page: string, fragments: Fragments): string {
  const written: string[] = [];
  let open: { readonly name: string; readonly line: number } | undefined;
  let isFenced = false;
  for (const [index, line] of page.split("\n").entries()) {
    const number = index + 1;
    if (open === undefined && FENCE.test(line)) isFenced = !isFenced;
    if (isFenced) {
      written.push(line);
      continue;
    }
    if (line === END) {
      if (open === undefined) throw new FragmentError(number, `"${END}" ends nothing`);
      written.push(END);
      open = undefined;
      continue;
    }
    if (MARKER.test(line)) {
      const [, name] = BEGIN.exec(line) ?? [];
      if (name === undefined) throw new FragmentError(number, `"${line}" is no marker, though it looks like one`);
      if (open !== undefined) throw new FragmentError(number, `"${name}" begins before "${open.name}" has ended`);
      const fragment = fragments.get(name);
      if (fragment === undefined) throw new FragmentError(number, `there is no fragment "${name}"`);
      open = { name, line: number };
      written.push(line, "", fragment.trim(), "");
      continue;
    }
    if (open === undefined) written.push(line);
  }
  if (open !== undefined) throw new FragmentError(open.line, `"${open.name}" has no "${END}"`);
  return written.join("\n");
}

/** Whether a page speaks of fragments at all, be it rightly or not. */
function hasFragments(page: string): boolean {
  return MARKER.test(page);
}

export class FragmentError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${String(line)}: ${message}`);
    this.line = line;
  }
}

/** Markdown as `npx prettier` writes it with these options. */
export function formatMarkdown(page: string, options: Options): Promise<string> {
  return format(page, { ...options, parser: "markdown", plugins: [markdownPlugin] });
}

/** Where pages with fragments lie. */
const FOLDERS = ["docs/guides", "spec", "spec/vectors"];

/** Every page that has a fragment, with all of its fragments as they are now. */
export async function fragmentArtefacts(project: string, fragments: Fragments): Promise<readonly Artefact[]> {
  const options = JSON.parse(readFileSync(join(project, ".prettierrc.json"), "utf8")) as Options;
  const pages = FOLDERS.filter((folder) => existsSync(join(project, folder))).flatMap((folder) =>
    readdirSync(join(project, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );
  const artefacts: Artefact[] = [];
  for (const path of pages.sort()) {
    const page = readFileSync(join(project, path), "utf8");
    if (!hasFragments(page)) continue;
    try {
      artefacts.push({ path, text: await formatMarkdown(renewFragments(page, fragments), options) });
    } catch (error) {
      throw error instanceof FragmentError ? new Error(`${path}, ${error.message}`, { cause: error }) : error;
    }
  }
  return artefacts;
}
