/** The contents of the page: a tree of its headings, which is a side bar on a screen and a table on paper. */
import { escapeXml } from "../../../src/core/drawing/svg.ts";
import type { CaptionKind } from "../../../src/core/spec/captions.ts";
import type { CaptionedTable, Figure, Section, SpecDocument } from "../../../src/core/spec/document.ts";
import { numberLabel, plainText } from "../../../src/core/spec/headings.ts";
import { BODY_FILE, type Specification } from "../../../src/core/spec/specification.ts";
import type { Targets } from "./targets.ts";

/** Pages of a printed edition by the identifier of what begins there. */
export type PageNumbers = ReadonlyMap<string, number>;

/** Headings below this level, that of the title being 1, are not listed. */
const DEEPEST = 3;

interface Entry {
  readonly section: Section;
  /** Level in the page: 2 for clauses and annexes. */
  readonly level: number;
}

/** All headings that are listed, in the order of the page. */
export function listedSections(specification: Specification): readonly Entry[] {
  return specification.documents.flatMap(listedOf).filter(({ level }) => level >= 2 && level <= DEEPEST);
}

function listedOf({ file, sections }: SpecDocument): readonly Entry[] {
  const shift = file === BODY_FILE ? 0 : 1;
  return sections.map((section) => ({ section, level: section.level + shift }));
}

/** The tree as nested lists. Without page numbers the places for them are there all the same. */
export function contentsList(specification: Specification, targets: Targets, pages: PageNumbers): string {
  const lines = ['<ol class="contents-list">'];
  let open = false;
  let inner = false;
  for (const { section, level } of listedSections(specification)) {
    if (level === 2) {
      if (inner) lines.push("</ol>");
      if (open) lines.push("</li>");
      lines.push(`<li>${entryLink(section, targets, pages)}`);
      open = true;
      inner = false;
    } else {
      if (!inner) lines.push("<ol>");
      inner = true;
      lines.push(`<li>${entryLink(section, targets, pages)}</li>`);
    }
  }
  if (inner) lines.push("</ol>");
  if (open) lines.push("</li>");
  lines.push("</ol>");
  return lines.join("\n");
}

function entryLink(section: Section, targets: Targets, pages: PageNumbers): string {
  const id = targets.sectionId(section);
  const { number, title } = section;
  const label = number === undefined ? "" : `<span class="number">${numberLabel(number)}</span> `;
  // That an annex is informative its heading says; here it would stand behind each of them.
  const text = `<span class="title">${escapeXml(title.replace(/(?<=.) \(informative\)$/, ""))}</span>`;
  return `<a href="#${id}">${label}${text}<span class="page">${String(pages.get(id) ?? "")}</span></a>`;
}

/** The list of figures or of tables, in the order of the page; a table without a caption is not listed. */
export function captionsList(
  specification: Specification,
  kind: CaptionKind,
  targets: Targets,
  pages: PageNumbers,
): string {
  const items: readonly (Figure | CaptionedTable)[] =
    kind === "Figure" ? specification.figures : specification.tables.filter(({ caption }) => caption !== undefined);
  const entries = items.map((item) => {
    const label = targets.label(item) ?? "";
    const id = targets.captioned(kind, label) ?? "";
    const text = "text" in item ? item.text : (item.caption?.text ?? "");
    const title = `<span class="title">${escapeXml(plainText(text))}</span>`;
    const page = `<span class="page">${String(pages.get(id) ?? "")}</span>`;
    return `<li><a href="#${id}"><span class="number">${label}</span> ${title}${page}</a></li>`;
  });
  return ['<ol class="captions-list">', ...entries, "</ol>"].join("\n");
}
