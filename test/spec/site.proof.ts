/** The specification as one page in a browser, and as a printed edition. */
import { afterAll, beforeAll, expect, jest } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { pageNumbersOf, printPage } from "../../spec/generator/site/pdf.ts";
import { sitePage } from "../../spec/generator/site/site.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { needsTool } from "../support/tools.ts";

jest.setTimeout(240_000);

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 } };
const testWithBrowser = needsTool("chromium");

let folder: string;
let browser: Browser | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-site-"));
  writeFileSync(join(folder, "index.html"), sitePage(PROJECT));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Opens the page, and looks that it asks for nothing and complains of nothing meanwhile. */
async function browse(options: BrowserContextOptions, look: (view: Page) => Promise<void>): Promise<void> {
  browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  const view = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  const address = pathToFileURL(join(folder, "index.html")).href;
  view.on("console", (message) => complaints.push(message.text()));
  view.on("pageerror", ({ message }) => complaints.push(message));
  view.on("request", (request) => {
    if (request.url().split("#")[0] !== address && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  await view.goto(address);
  await look(view);
  expect(complaints).toEqual([]);
  await view.context().close();
}

const target = (view: Page): Promise<string> => view.evaluate("decodeURIComponent(location.hash)");

testWithBrowser("search: / begins it, what is found is gone to by Enter; contents mark the clause that is read", () =>
  browse(DESKTOP, async (view) => {
    await view.keyboard.press("/");
    await view.keyboard.type("lpc-buf-4");
    expect(await view.locator("#results li").first().textContent()).toMatch(/^LPC-BUF-4requirement/);
    await view.keyboard.press("Enter");
    expect(await target(view)).toBe("#LPC-BUF-4");
    expect(await view.locator("#results").isVisible()).toBe(false);
    await view.keyboard.press("/");
    await view.keyboard.type("packet buffers");
    await view.keyboard.press("ArrowDown");
    await view.keyboard.press("ArrowDown");
    expect(await view.locator("#results [aria-selected=true]").textContent()).toContain("Packet buffers");
    await view.keyboard.press("Escape");
    await view.locator("#search").fill("xyzzy");
    expect(await view.locator("#results").textContent()).toBe("nothing found");
    await view.evaluate("location.hash = '#92-mtu-negotiation'");
    await view.locator("#contents a[aria-current]").filter({ hasText: "MTU negotiation" }).waitFor({ timeout: 5000 });
  }),
);

testWithBrowser("colours: as the system has them, until the button is pressed; that is remembered", () =>
  browse({ colorScheme: "dark" }, async (view) => {
    const ground = (): Promise<string> => view.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await ground();
    await view.locator("button.theme").click();
    const light = await ground();
    expect(light).not.toBe(dark);
    await view.reload();
    expect(await ground()).toBe(light);
  }),
);

testWithBrowser("on a phone: nothing is wider than the screen, contents come and go by their button", () =>
  browse(PHONE, async (view) => {
    expect(await view.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    const contents = view.locator("#contents");
    expect(await contents.isVisible()).toBe(false);
    await view.locator("button.menu").click();
    expect(await contents.isVisible()).toBe(true);
    await contents.getByText("Negotiation", { exact: true }).click();
    expect(await contents.isVisible()).toBe(false);
    expect(await target(view)).toBe("#9-negotiation");
  }),
);

testWithBrowser("without a script: everything is there", () =>
  browse({ ...DESKTOP, javaScriptEnabled: false }, async (view) => {
    expect(await view.locator("main h2").count()).toBeGreaterThan(15);
    expect(await view.locator("#contents ol ol").first().isVisible()).toBe(true);
  }),
);

const hasBrowser = spawnSync("chromium", ["--version"]).error === undefined;
const testWithPdf = hasBrowser ? needsTool("pdftotext") : testWithBrowser;
testWithPdf("printed: sheets with all requirements, and contents that name the sheets", async () => {
  const pdf = join(folder, "edition.pdf");
  printPage("chromium", join(folder, "index.html"), pdf);
  const pages = pageNumbersOf(pdf) ?? new Map<string, number>();
  const sheet = pages.get("92-mtu-negotiation") ?? 0;
  expect(sheet).toBeGreaterThan(5);
  writeFileSync(join(folder, "numbered.html"), sitePage(PROJECT, pages));
  printPage("chromium", join(folder, "numbered.html"), pdf);
  // The numbers have moved nothing.
  expect(pageNumbersOf(pdf)).toEqual(pages);
  const { stdout } = spawnSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8", maxBuffer: 1 << 26 });
  expect(stdout).toMatch(new RegExp(`9\\.2 +MTU negotiation +${sheet}\\n`));
  expect(specification.requirements.filter(({ id }) => !stdout.includes(id))).toEqual([]);
  await Promise.resolve();
});
