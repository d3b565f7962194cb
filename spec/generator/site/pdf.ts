/** The printed edition: Chromium prints the page, and pdfinfo tells on which sheet each heading has come to stand. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PageNumbers } from "./contents.ts";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome"] as const;
const LIMIT_MILLISECONDS = 180_000;

/** The name of a browser that can print, if this machine has one. */
export function findBrowser(): string | undefined {
  return BROWSERS.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined);
}

/** Prints a page with an outline made of its headings. Throws with what the browser said if it does not. */
export function printPage(browser: string, page: string, pdf: string): void {
  const profile = mkdtempSync(join(tmpdir(), "mctp-lpc-print-"));
  try {
    const { status, stderr, error } = spawnSync(
      browser,
      [
        "--headless",
        // In a container, and as root, there is no other way; the page is our own and loads nothing.
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        `--user-data-dir=${profile}`,
        "--no-pdf-header-footer",
        "--generate-pdf-document-outline",
        `--print-to-pdf=${pdf}`,
        pathToFileURL(page).href,
      ],
      { encoding: "utf8", timeout: LIMIT_MILLISECONDS },
    );
    if (error !== undefined) throw error;
    if (status !== 0 || !stderr.includes("written to file")) throw new Error(`${browser} does not print:\n${stderr}`);
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The sheet of every place that something in the PDF links to; undefined without pdfinfo. */
export function pageNumbersOf(pdf: string): PageNumbers | undefined {
  const { stdout, error } = spawnSync("pdfinfo", ["-dests", pdf], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  const places = [...stdout.matchAll(/^ *(\d+) \[.*\] "(.*)"$/gm)];
  return new Map(places.map(([, sheet, name = ""]) => [name, Number(sheet)]));
}
