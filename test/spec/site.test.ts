/** The specification as one page and as a printed edition. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { parse, type DefaultTreeAdapterMap, type ParserError } from "parse5";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { pageNumbersOf, printPage } from "../../spec/generator/site/pdf.ts";
import { sitePage } from "../../spec/generator/site/site.ts";
import { collectTargets } from "../../spec/generator/site/targets.ts";
import { colourProperties } from "../../src/core/drawing/svg.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { needsTool } from "../support/tools.ts";

type Node = DefaultTreeAdapterMap["node"];
type Element = DefaultTreeAdapterMap["element"];

jest.setTimeout(240_000);

let folder: string;
let page: string;
let elements: readonly Element[];
const errors: ParserError[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mctp-lpc-site-"));
  page = sitePage(PROJECT);
  writeFileSync(join(folder, "index.html"), page);
  elements = elementsOf(parse(page, { sourceCodeLocationInfo: true, onParseError: (error) => errors.push(error) }));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function elementsOf(node: Node): readonly Element[] {
  const below = "childNodes" in node ? node.childNodes.flatMap(elementsOf) : [];
  return "tagName" in node ? [node, ...below] : below;
}

function attribute({ attrs }: Element, name: string): string | undefined {
  return attrs.find((candidate) => candidate.name === name)?.value;
}

function named(...tags: readonly string[]): readonly Element[] {
  return elements.filter(({ tagName }) => tags.includes(tagName));
}

function textOf(node: Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

describe("the page", () => {
  test("is HTML without a mistake", () => {
    expect(errors.map(({ code, startLine }) => `${code} in line ${startLine}`)).toEqual([]);
    const allowed = new Set(["listbox", "combobox", "img"]);
    const roles = elements.flatMap((element) => attribute(element, "role") ?? []);
    expect(roles.filter((role) => !allowed.has(role))).toEqual([]);
  });

  test("has every clause, requirement, step and figure once, and no identifier twice", () => {
    const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const { sections, requirements, steps, figures } = specification;
    const targets = collectTargets(specification);
    const wanted = [
      ...sections.map(targets.sectionId),
      ...[...requirements, ...steps].map(({ id }) => id),
      ...figures.map((_figure, index) => `figure-${index + 1}`),
    ];
    expect(wanted.length).toBeGreaterThan(200);
    expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test("has no link that leads nowhere, and links wherever a requirement, a clause or a step is named", () => {
    const ids = new Set(elements.flatMap((element) => attribute(element, "id") ?? []));
    const links = named("a").map((element) => attribute(element, "href") ?? "");
    const inside = links.filter((href) => href.startsWith("#")).map((href) => href.slice(1));
    expect(inside.filter((id) => !ids.has(id))).toEqual([]);
    expect(links.filter((href) => !/^(#.|https?:\/\/)/.test(href))).toEqual([]);
    const linked = new Set(inside);
    expect(specification.requirements.filter(({ id }) => !linked.has(id))).toEqual([]);
    for (const target of ["92-mtu-negotiation", "101-h0-every-round-outside-a-session", "H1.3", "B2.3"]) {
      expect(inside.filter((id) => id === target).length).toBeGreaterThan(2);
    }
  });

  test("needs nothing but itself", () => {
    const loading = ["img", "iframe", "object", "embed", "audio", "video", "source", "image", "feimage"];
    expect(named(...loading).map(({ tagName }) => tagName)).toEqual([]);
    expect(named("script").filter((script) => attribute(script, "src") !== undefined)).toEqual([]);
    expect(named("link").map((link) => attribute(link, "href"))).toEqual(["data:,"]);
    const styles = named("style").map(textOf).join("\n");
    expect(styles).not.toMatch(/@import|url\((?!#)/);
    expect(page).not.toMatch(/sourceMappingURL/);
    expect(page).toContain("default-src 'none'");
  });

  test("has figures that say what they show, numbered in order", () => {
    const figures = named("figure");
    expect(figures.length).toBe(specification.figures.length);
    for (const [index, figure] of figures.entries()) {
      const within = elementsOf(figure);
      const text = (tag: string): string =>
        within
          .filter(({ tagName }) => tagName === tag)
          .map(textOf)
          .join();
      expect(text("title").length).toBeGreaterThan(3);
      expect(text("desc").length).toBeGreaterThan(10);
      expect(text("figcaption")).toMatch(new RegExp(`^Figure ${index + 1} \\S`));
    }
  });

  test("has headings that skip no level, and landmarks", () => {
    const levels = named("h1", "h2", "h3", "h4", "h5", "h6").map(({ tagName }) => Number(tagName.slice(1)));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    for (const tag of ["header", "nav", "main", "search"]) expect(named(tag)).toHaveLength(1);
    const controlled = elements.flatMap((element) => attribute(element, "aria-controls") ?? []);
    expect(controlled.sort()).toEqual(["contents", "results"]);
  });

  test.each(["light", "dark"] as const)("has colours that can be read in %s", (theme) => {
    const colours = new Map(
      [...colourProperties(theme).matchAll(/--(\w+): #(\w{6});/g)].map(([, n = "", c = ""]) => [n, c]),
    );
    for (const ground of ["ground", "panel"]) {
      for (const ink of ["ink", "faint", "host", "bmc", "fault", "other"]) {
        expect({ ink, ground, enough: contrast(colours.get(ink), colours.get(ground)) >= 4.5 }).toEqual({
          ink,
          ground,
          enough: true,
        });
      }
    }
  });
});

/** Contrast as WCAG 2 computes it, of two colours like "1c2126". */
function contrast(one = "", other = ""): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/../g) ?? []).map((digits) => {
      const share = Number.parseInt(digits, 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe("the page in a browser", () => {
  let browser: Browser | undefined;
  const testWithBrowser = needsTool("chromium");
  afterAll(() => browser?.close());

  /** The page, opened; whatever it asks for, or complains of, is remembered. */
  async function open(options: BrowserContextOptions): Promise<{ readonly view: Page; readonly complaints: string[] }> {
    browser ??= await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
    const context = await browser.newContext(options);
    const view = await context.newPage();
    const complaints: string[] = [];
    const address = pathToFileURL(join(folder, "index.html")).href;
    view.on("console", (message) => complaints.push(message.text()));
    view.on("pageerror", ({ message }) => complaints.push(message));
    view.on("request", (request) => {
      if (request.url().split("#")[0] !== address && !request.url().startsWith("data:")) complaints.push(request.url());
    });
    await view.goto(address);
    return { view, complaints };
  }

  const target = (view: Page): Promise<string> => view.evaluate("decodeURIComponent(location.hash)");

  testWithBrowser("search: / begins it, what is found is gone to by Enter, and stands out", async () => {
    const { view, complaints } = await open({ viewport: { width: 1280, height: 800 } });
    await view.keyboard.press("/");
    await view.keyboard.type("lpc-buf-4");
    expect(await view.locator("#results li").first().textContent()).toMatch(/^LPC-BUF-4requirement/);
    await view.keyboard.press("Enter");
    expect(await target(view)).toBe("#LPC-BUF-4");
    expect(await view.locator("#results").isVisible()).toBe(false);
    expect(await view.locator("[id='LPC-BUF-4']:target").isVisible()).toBe(true);

    await view.keyboard.press("/");
    await view.keyboard.type("packet buffers");
    await view.keyboard.press("ArrowDown");
    await view.keyboard.press("ArrowDown");
    expect(await view.locator("#results [aria-selected=true]").textContent()).toContain("Packet buffers");
    await view.keyboard.press("Escape");
    expect(await view.locator("#search").inputValue()).toBe("");
    await view.locator("#search").fill("xyzzy");
    expect(await view.locator("#results").textContent()).toBe("nothing found");
    expect(complaints).toEqual([]);
    await view.context().close();
  });

  testWithBrowser("colours: as the system has them, until the button is pressed; that is remembered", async () => {
    const { view, complaints } = await open({ colorScheme: "dark" });
    const ground = (): Promise<string> => view.evaluate("getComputedStyle(document.body).backgroundColor");
    const dark = await ground();
    // Drawings are on the same ground, and write with the same ink.
    const drawn = "getComputedStyle(document.querySelector('.drawing')).backgroundColor";
    const inks = "[...document.querySelectorAll('figure svg text')].map((text) => getComputedStyle(text).fill)";
    const hasInk = `${inks}.includes(getComputedStyle(document.body).color)`;
    expect([await view.evaluate(drawn), await view.evaluate(hasInk)]).toEqual([dark, true]);
    await view.locator("button.theme").click();
    const light = await ground();
    expect(light).toBe("rgb(255, 255, 255)");
    expect(dark).not.toBe(light);
    expect([await view.evaluate(drawn), await view.evaluate(hasInk)]).toEqual([light, true]);
    await view.reload();
    expect(await ground()).toBe(light);
    await view.locator("button.theme").click();
    expect(await ground()).toBe(dark);
    expect(complaints).toEqual([]);
    await view.context().close();
  });

  testWithBrowser("contents: the clause that is read is marked", async () => {
    const { view } = await open({ viewport: { width: 1280, height: 800 } });
    await view.evaluate("location.hash = '#92-mtu-negotiation'");
    await view.locator("#contents a[aria-current]").filter({ hasText: "MTU negotiation" }).waitFor({ timeout: 5000 });
    expect(await view.locator("#contents a[aria-current]").count()).toBe(1);
    await view.context().close();
  });

  testWithBrowser("on a phone: nothing is wider than the screen, contents come and go by their button", async () => {
    const { view, complaints } = await open({ viewport: { width: 390, height: 844 } });
    expect(await view.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    // Shadows lie below what scrolls, and grounds of drawings must not hide them.
    const hinted = "getComputedStyle(element).backgroundAttachment.includes('local')";
    const wide =
      "[...document.querySelectorAll('.drawing, div.table')].filter((one) => one.scrollWidth > one.clientWidth)";
    expect(await view.evaluate(`${wide}.length`)).toBeGreaterThan(10);
    expect(await view.evaluate(`${wide}.filter((element) => !(${hinted})).length`)).toBe(0);
    const grounds = "[...document.querySelectorAll('.drawing svg > rect:first-of-type')]";
    expect(await view.evaluate(`${grounds}.filter((rect) => getComputedStyle(rect).fill !== 'none').length`)).toBe(0);
    const contents = view.locator("#contents");
    expect(await contents.isVisible()).toBe(false);
    await view.locator("button.menu").click();
    expect(await contents.isVisible()).toBe(true);
    expect(await view.locator("button.menu").getAttribute("aria-expanded")).toBe("true");
    await contents.getByText("Negotiation", { exact: true }).click();
    expect(await contents.isVisible()).toBe(false);
    expect(await target(view)).toBe("#9-negotiation");
    expect(complaints).toEqual([]);
    await view.context().close();
  });

  testWithBrowser("without a script: everything is there", async () => {
    const { view } = await open({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
    expect(await view.locator("main h2").count()).toBeGreaterThan(15);
    expect(await view.locator("#contents ol ol").first().isVisible()).toBe(true);
    await view.context().close();
  });

  const hasBrowser = spawnSync("chromium", ["--version"]).error === undefined;
  const testWithPdf = hasBrowser ? needsTool("pdftotext") : needsTool("chromium");
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

    const text = (...options: readonly string[]): string =>
      spawnSync("pdftotext", ["-layout", ...options, pdf, "-"], { encoding: "utf8", maxBuffer: 1 << 26 }).stdout;
    const contents = text("-f", "1", "-l", "5");
    expect(contents).toMatch(/LPC Transport Binding[^]*Contents/);
    expect(contents).toMatch(new RegExp(`9\\.2 +MTU negotiation +${sheet}\\n`));
    const all = text();
    expect(specification.requirements.filter(({ id }) => !all.includes(id))).toEqual([]);
    expect(text("-f", String(sheet), "-l", String(sheet))).toMatch(new RegExp(`${sheet} / \\d+`));
    const outline = spawnSync("pdfinfo", [pdf], { encoding: "utf8" }).stdout;
    expect(outline).toMatch(/^Title: +MCTP LPC Transport Binding$/m);
    expect(outline).toMatch(/^Page size: .*A4/m);
    await Promise.resolve();
  });
});
