/** The whole specification as one page that needs nothing but itself. */
import { colourProperties, escapeXml } from "../../../src/core/drawing/svg.ts";
import type { Specification } from "../../../src/core/spec/specification.ts";
import { COPYRIGHT, LICENCE_NAME, SPDX } from "../licence.ts";
import { captionsList, contentsList, type PageNumbers } from "./contents.ts";
import { renderDocument, type DrawingOf } from "./markdown.ts";
import { COVER_ID, collectTargets } from "./targets.ts";

export interface PageParts {
  /** Version of the reference implementation, from package.json. */
  readonly version: string;
  readonly styles: string;
  /** Modules without imports, run in this order. */
  readonly scripts: readonly string[];
  readonly drawingOf: DrawingOf;
  /** Where headings stand in a printed edition; empty where there is none. */
  readonly pages: PageNumbers;
}

/** The page may load nothing, not even from the folder that it lies in. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

const LICENCE_TEXT = `${COPYRIGHT}. ${LICENCE_NAME} (${SPDX}).`;

/** Before anything is drawn: the colours that the reader chose last. A browser may refuse to remember. */
const REMEMBERED_THEME = `try {
  const theme = localStorage.getItem("mctp-lpc-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}`;

export function renderPage(specification: Specification, parts: PageParts): string {
  const targets = collectTargets(specification);
  const documents = specification.documents.map((document) => ({
    file: document.file,
    ...renderDocument(document, targets, parts.drawingOf),
  }));
  const title = specification.documents[0]?.title ?? "";
  const status = documents.map((document) => document.status).join("");
  const articles = documents.map(
    ({ file, html }) => `<article class="${file.replace(/\.md$/, "")}">\n${html}</article>`,
  );
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="copyright" content="${COPYRIGHT}">
<meta name="license" content="${SPDX}">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(shortTitle(title))}</title>
<link rel="icon" href="data:,">
<script>${REMEMBERED_THEME}</script>
<style>
${themes()}
${parts.styles}</style>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header class="bar">
<button class="menu" type="button" aria-controls="contents" aria-expanded="false"><span aria-hidden="true">☰</span> Contents</button>
<a class="home" href="#${COVER_ID}">${escapeXml(shortTitle(title))}</a>
<search class="search">
<input type="search" id="search" placeholder="Search ( / )" aria-label="Search clauses, requirements and steps" role="combobox" aria-expanded="false" aria-controls="results" aria-autocomplete="list" autocomplete="off" spellcheck="false">
<ul id="results" role="listbox" aria-label="Found" hidden></ul>
</search>
<button class="theme" type="button" aria-label="Switch between light and dark"><span aria-hidden="true">◐</span></button>
</header>
<div class="layout">
<div class="cover" id="${COVER_ID}">
${coverTitle(title)}
<div class="status">
${status}<p>Reference implementation mctp-lpc ${escapeXml(parts.version)}</p>
</div>
<p class="licence">${LICENCE_TEXT}</p>
</div>
<nav id="contents" aria-label="Contents">
<p class="contents-title">Contents</p>
${contentsList(specification, targets, parts.pages)}
<p class="contents-title">Figures</p>
${captionsList(specification, "Figure", targets, parts.pages)}
<p class="contents-title">Tables</p>
${captionsList(specification, "Table", targets, parts.pages)}
</nav>
<main id="text" tabindex="-1">
${articles.join("\n")}
</main>
<footer>${LICENCE_TEXT}</footer>
</div>
${parts.scripts.map((script) => `<script type="module">\n${inScript(script)}</script>`).join("\n")}
</body>
</html>
`;
}

/** "MCTP LPC Transport Binding" of "Management Component Transport Protocol (MCTP) LPC Transport Binding". */
function shortTitle(title: string): string {
  return title.replace(/^.*\((\w+)\)/, "$1");
}

/** The long name that an abbreviation stands for goes before the title proper. */
function coverTitle(title: string): string {
  const [, family, proper] = /^(.*\(\w+\)) (.*)$/.exec(title) ?? [];
  if (family === undefined || proper === undefined) return `<h1>${escapeXml(title)}</h1>`;
  return `<h1><span class="family">${escapeXml(family)}</span> ${escapeXml(proper)}</h1>`;
}

/** The colours of the drawings are those of the page. Paper is always light. */
function themes(): string {
  const dark = colourProperties("dark");
  return [
    `:root { color-scheme: light; ${colourProperties("light")} }`,
    `@media screen { :root[data-theme="dark"] { color-scheme: dark; ${dark} } }`,
    `@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${dark} } }`,
  ].join("\n");
}

/** A script inside the page: nothing in it ends it early, and it names no other file. */
function inScript(script: string): string {
  return script
    .replace(/^\/\/# sourceMappingURL=.*\n?/gm, "")
    .replace(/<(?=\/script|!--)/gi, "\\x3c")
    .trimEnd()
    .concat("\n");
}
