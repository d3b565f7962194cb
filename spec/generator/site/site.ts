/** Writes the specification as one page, and as a printed edition where a browser can print it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSpecificationFolder } from "../../../src/cli/spec/folder.ts";
import type { PageNumbers } from "./contents.ts";
import { inlineDrawing, readDrawing } from "./figures.ts";
import { renderPage } from "./page.ts";
import { findBrowser, pageNumbersOf, printPage } from "./pdf.ts";

/** Below the project's folder; neither is committed. */
export const PAGE_PATH = "dist/spec/index.html";
export const PDF_PATH = "dist/spec/mctp-lpc.pdf";

const SCRIPTS: readonly string[] = ["theme", "contents", "search"];
/** What is there only to make the page, from the project's folder. */
const STYLES_PATH = "spec/generator/site/page.css";
const SCRIPTS_FOLDER = "dist/spec/generator/site/client";

/** The page of the project at `root`, as text. Throws where the specification does not hold together. */
export function sitePage(root: string, pages: PageNumbers = new Map()): string {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const { version } = JSON.parse(read("package.json")) as { readonly version: string };
  return renderPage(readSpecificationFolder(join(root, "spec")), {
    version,
    styles: read(STYLES_PATH),
    scripts: SCRIPTS.map((name) => read(`${SCRIPTS_FOLDER}/${name}.js`)),
    drawingOf: (path, id) => inlineDrawing(readDrawing(join(root, "spec", path), path), id),
    pages,
  });
}

/** Writes page and printed edition; gives what was done, a line each. */
export function writeSite(root: string): readonly string[] {
  const page = join(root, PAGE_PATH);
  const pdf = join(root, PDF_PATH);
  mkdirSync(join(root, "dist", "spec"), { recursive: true });
  writeFileSync(page, sitePage(root));
  const browser = findBrowser();
  if (browser === undefined) {
    return [
      `${PAGE_PATH}: written`,
      `${PDF_PATH}: left out, for there is no Chromium to print it (apt-get install chromium)`,
    ];
  }
  // Where headings stand is known only once they are printed: the contents get their numbers in a second edition.
  printPage(browser, page, pdf);
  const pages = pageNumbersOf(pdf);
  if (pages === undefined) {
    const lack = "its contents without page numbers, for there is no pdfinfo (apt-get install poppler-utils)";
    return [`${PAGE_PATH}: written`, `${PDF_PATH}: written, ${lack}`];
  }
  const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-numbered-"));
  try {
    const numbered = join(folder, "index.html");
    writeFileSync(numbered, sitePage(root, pages));
    printPage(browser, numbered, pdf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [`${PAGE_PATH}: written`, `${PDF_PATH}: written`];
}
