/** The specification as one page: whole, without a link that leads nowhere, and in need of nothing but itself. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { findBrowser, printPage } from "../../spec/generator/site/pdf.ts";
import { sitePage } from "../../spec/generator/site/site.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { needsTool } from "../support/tools.ts";

const page = sitePage(PROJECT);
const folder = mkdtempSync(join(tmpdir(), "mctp-lpc-site-"));
const file = join(folder, "index.html");
writeFileSync(file, page);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function all(pattern: RegExp): readonly string[] {
  return [...page.matchAll(pattern)].map(([, found = ""]) => found);
}

const identifiers = all(/\sid="([^"]+)"/g);

describe("the page", () => {
  test("no identifier is there twice", () => {
    expect(identifiers.filter((id, index) => identifiers.indexOf(id) !== index)).toEqual([]);
  });

  test("every link inside leads to a place that there is", () => {
    const known = new Set(identifiers);
    const links = all(/\shref="#([^"]*)"/g);
    expect(links.length).toBeGreaterThan(1000);
    expect(links.filter((target) => !known.has(decodeURIComponent(target)))).toEqual([]);
  });

  test("every requirement and every step can be linked to", () => {
    const wanted = [...specification.requirements, ...specification.steps].map(({ id }) => id);
    expect(wanted.length).toBeGreaterThan(120);
    expect(wanted.filter((id) => !identifiers.includes(id))).toEqual([]);
  });

  test("every clause and annex is there by its number", () => {
    const text = page.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
    const missing = specification.sections.filter(({ number }) => number !== undefined && !text.includes(number));
    expect(missing).toEqual([]);
  });

  test("it loads nothing: no file, no address", () => {
    expect(all(/\s(?:src|srcset)="([^"]*)"/g)).toEqual([]);
    expect(all(/<link\s[^>]*href="(?!data:)([^"]*)"/g)).toEqual([]);
    expect(all(/url\((?!#|"?data:)([^)]*)\)/g)).toEqual([]);
    expect(all(/@import\s+([^;]+);/g)).toEqual([]);
  });

  test("every figure of the text is drawn in it, with a title and its contents in words", () => {
    const drawings = all(/<svg [^>]*class="[^"]*\bmctp-lpc-drawing"[^>]*>([\s\S]*?)<\/svg>/g);
    expect(drawings.length).toBe(specification.figures.length);
    expect(drawings.length).toBeGreaterThan(30);
    for (const drawing of drawings) {
      expect(drawing).toMatch(/<title[^>]*>[^<]{5,}<\/title>/);
      expect(drawing).toMatch(/<desc[^>]*>[^<]{20,}<\/desc>/);
    }
  });
});

const testWithChromium = needsTool("chromium");
const LIMIT_MILLISECONDS = 120_000;

jest.setTimeout(LIMIT_MILLISECONDS);

describe("the page in a browser", () => {
  let browser: Browser | undefined;

  beforeAll(async () => {
    if (findBrowser() === undefined) return;
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  }, LIMIT_MILLISECONDS);

  afterAll(async () => {
    await browser?.close();
  });

  async function open(width: number): Promise<{ readonly tab: Page; readonly complaints: readonly string[] }> {
    const tab = await browser!.newPage({ viewport: { width, height: 900 } });
    const complaints: string[] = [];
    tab.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    tab.on("pageerror", (error) => complaints.push(error.message));
    tab.on("request", (request) => {
      if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) complaints.push(request.url());
    });
    await tab.goto(pathToFileURL(file).href);
    return { tab, complaints };
  }

  testWithChromium("opens without a complaint, and is no wider than a screen or a phone", async () => {
    for (const width of [1280, 390]) {
      const { tab, complaints } = await open(width);
      const overhang = await tab.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect({ width, overhang, complaints }).toEqual({ width, overhang: 0, complaints: [] });
      await tab.close();
    }
  });

  testWithChromium("its search finds a requirement, and leads there", async () => {
    const { tab, complaints } = await open(1280);
    await tab.keyboard.press("/");
    await tab.keyboard.type("LPC-BUF-4");
    await tab.locator("#results [role=option]").first().waitFor();
    expect(await tab.locator("#results").innerText()).toContain("LPC-BUF-4");
    await tab.keyboard.press("Enter");
    await tab.waitForFunction("location.hash === '#LPC-BUF-4'");
    expect(complaints).toEqual([]);
    await tab.close();
  });

  testWithChromium("light and dark are switched, for the figures, too", async () => {
    const { tab } = await open(1280);
    const colours = (): Promise<unknown> =>
      tab.evaluate(
        `["body", ".mctp-lpc-drawing"].map((place) =>
          getComputedStyle(document.querySelector(place)).getPropertyValue("--ground"))`,
      );
    expect(await colours()).toEqual(["#ffffff", "#ffffff"]);
    await tab.locator("button.theme").click();
    const dark = await colours();
    expect(dark).not.toContain("#ffffff");
    await tab.reload();
    expect(await colours()).toEqual(dark);
    await tab.close();
  });

  testWithChromium("it prints", async () => {
    const pdf = join(folder, "printed.pdf");
    printPage(findBrowser()!, file, pdf);
    expect(statSync(pdf).size).toBeGreaterThan(500_000);
    const { stdout, error } = spawnSync("pdftotext", [pdf, "-"], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    if (error === undefined) expect(stdout.replace(/\s+/g, " ")).toContain("LPC-HOST-13");
    return Promise.resolve();
  });
});
