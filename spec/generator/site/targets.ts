/** What can be linked to in the page that holds the whole specification, and the identifier of each there. */
import type { CaptionKind } from "../../../src/core/spec/captions.ts";
import type { CaptionedTable, Figure, Section, SpecDocument } from "../../../src/core/spec/document.ts";
import { BODY_FILE, type Specification } from "../../../src/core/spec/specification.ts";

export interface Targets {
  /** Identifier of a section: the anchor that it has in its file, with the file's name where another has that too. */
  readonly sectionId: (section: Section) => string;
  /** Of a link as it stands in a file, like "annex-formats.md#g2-echo" or "#5-hardware"; undefined: no page of ours. */
  readonly linkId: (file: string, href: string) => string | undefined;
  /** Of a clause by its number, "7.2" or "E". */
  readonly numbered: (number: string) => string | undefined;
  readonly requirement: (id: string) => string | undefined;
  /** Of the row of a step, "H1.3". */
  readonly step: (id: string) => string | undefined;
  /** Of the clause of a procedure, "H1": the one whose title begins with it. */
  readonly procedure: (name: string) => string | undefined;
  /** "3", "A.1": of every figure, and of every table with a caption. */
  readonly label: (captioned: Figure | CaptionedTable) => string | undefined;
  /** Of a figure or a table by its label. */
  readonly captioned: (kind: CaptionKind, label: string) => string | undefined;
  /** Of the entry of a requirement in the conformance list. */
  readonly evidence: (requirement: string) => string | undefined;
}

/** Identifier of the page's cover, which bears the title of the body. */
export const COVER_ID = "cover";
const CONFORMANCE_FILE = "conformance.md";

export function collectTargets(specification: Specification): Targets {
  const { documents, sections, requirements, steps, figures, tables, labels } = specification;
  const ids = sectionIds(documents);
  const idOf = (section: Section): string => ids.get(section) ?? section.anchor;
  const byNumber = new Map<string, string>();
  for (const section of sections) {
    // The body comes first: what another file numbers like it is not what texts mean.
    if (section.number !== undefined && !byNumber.has(section.number)) byNumber.set(section.number, idOf(section));
  }
  const known = new Set([...requirements, ...steps].map(({ id }) => id));
  const captionIds = new Set([
    ...figures.map((figure) => captionId("Figure", labels.get(figure) ?? "")),
    ...tables.map((table) => captionId("Table", labels.get(table) ?? "")),
  ]);
  const own = (id: string): string | undefined => (known.has(id) ? id : undefined);
  return {
    sectionId: idOf,
    linkId: (file, href) => {
      const [path = "", anchor] = href.split("#");
      const document = documents.find((candidate) => candidate.file === (path === "" ? file : path));
      const section = document?.sections.find((candidate, index) =>
        anchor === undefined ? index === 0 : candidate.anchor === anchor,
      );
      return section === undefined ? undefined : idOf(section);
    },
    numbered: (number) => byNumber.get(number),
    requirement: own,
    step: own,
    procedure: procedureIds(sections, idOf),
    label: (captioned) => labels.get(captioned),
    captioned: (kind, label) => {
      const id = captionId(kind, label);
      return label !== "" && captionIds.has(id) ? id : undefined;
    },
    evidence: (requirement) => {
      const entry = sections.find(({ file, title }) => file === CONFORMANCE_FILE && title === requirement);
      return entry === undefined ? undefined : idOf(entry);
    },
  };
}

/** "figure-3", "table-a-1" */
function captionId(kind: CaptionKind, label: string): string {
  return `${kind}-${label.replace(".", "-")}`.toLowerCase();
}

function sectionIds(documents: readonly SpecDocument[]): ReadonlyMap<Section, string> {
  const ids = new Map<Section, string>();
  const taken = new Set<string>();
  for (const { file, sections } of documents) {
    for (const section of sections) {
      if (file === BODY_FILE && section.level === 1) {
        // The title of the whole is the page's cover.
        ids.set(section, COVER_ID);
        continue;
      }
      const id = taken.has(section.anchor) ? `${file.replace(/\.md$/, "")}--${section.anchor}` : section.anchor;
      taken.add(id);
      ids.set(section, id);
    }
  }
  return ids;
}

/** "10.1 H0 and H1: start-up" is where H0 and H1 are. */
function procedureIds(
  sections: readonly Section[],
  idOf: (section: Section) => string,
): (name: string) => string | undefined {
  const ids = new Map<string, string>();
  for (const section of sections) {
    const [, names] = /^((?:[HB]\d(?:, | and )?)+):/.exec(section.title) ?? [];
    if (section.file !== BODY_FILE || names === undefined) continue;
    for (const name of names.match(/[HB]\d/g) ?? []) if (!ids.has(name)) ids.set(name, idOf(section));
  }
  return (name) => ids.get(name);
}
