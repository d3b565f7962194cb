/** What the program knows of a requirement, a step, an area or a section: the same facts for people and for JSON. */
import { BINDING_COUNTERS } from "../../core/binding/counters.ts";
import { MCTP_COUNTERS } from "../../core/mctp/counters.ts";
import { citations } from "../../core/spec/citations.ts";
import type { PlacedRequirement, Section, SpecDocument, Step } from "../../core/spec/document.ts";
import { areasOf } from "../../core/spec/requirements.ts";
import { stepsCiting, type Specification } from "../../core/spec/specification.ts";

export interface SectionFacts {
  readonly number: string | undefined;
  readonly title: string;
  readonly file: string;
  readonly anchor: string;
}

export interface RequirementFacts {
  readonly id: string;
  readonly bound: PlacedRequirement["bound"];
  readonly versions: readonly number[] | "all";
  /** In Markdown. */
  readonly text: string;
  readonly section: SectionFacts;
  readonly steps: readonly StepFacts[];
  readonly counters: readonly { readonly name: string; readonly text: string }[];
  /** Other sections whose text cites it. */
  readonly citedIn: readonly SectionFacts[];
}

export interface StepFacts {
  readonly step: string;
  /** Each row by its headings, in Markdown; a step may have several. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly requirements: readonly string[];
  readonly section: SectionFacts;
}

export interface AreaFacts {
  readonly area: string;
  readonly requirements: readonly string[];
  readonly sections: readonly SectionFacts[];
}

export function sectionFacts({ number, title, file, anchor }: Section): SectionFacts {
  return { number, title, file, anchor };
}

export function requirementFacts(specification: Specification, requirement: PlacedRequirement): RequirementFacts {
  const { id, bound, versions, text, section } = requirement;
  const counters = Object.entries({ ...BINDING_COUNTERS, ...MCTP_COUNTERS })
    .filter(([, { clause }]) => clause === id)
    .map(([name, counter]) => ({ name, text: counter.text }));
  return {
    id,
    bound,
    versions: versions ?? "all",
    text,
    section: sectionFacts(section),
    steps: stepsCiting(specification, id).map(stepFacts),
    counters,
    citedIn: sectionsCiting(specification, id)
      .filter((other) => other !== section)
      .map(sectionFacts),
  };
}

export function stepFacts({ id, headings, rows, requirements, section }: Step): StepFacts {
  return {
    step: id,
    rows: rows.map((row) => Object.fromEntries(headings.map((heading, index) => [heading, row[index] ?? ""]))),
    requirements,
    section: sectionFacts(section),
  };
}

export function areaFacts({ requirements }: Specification): readonly AreaFacts[] {
  return [...areasOf(requirements)].map(([area, members]) => {
    const placed = requirements.filter((requirement) => requirement.area === area);
    return {
      area: `LPC-${area}`,
      requirements: members.map(({ id }) => id),
      sections: [...new Set(placed.map(({ section }) => section))].map(sectionFacts),
    };
  });
}

/** The Markdown of a section, sections below it included. */
export function sectionMarkdown({ documents }: Specification, { file, line, end }: Section): string {
  return linesOf(documents, file).slice(line, end).join("\n").trimEnd();
}

/** The generated list cites every requirement: naming it would tell nothing. */
const CITES_ALL = "conformance.md";

function sectionsCiting({ documents, sections }: Specification, id: string): readonly Section[] {
  return sections.filter((section) => {
    if (section.file === CITES_ALL) return false;
    const below = sections.find(({ file, line }) => file === section.file && line > section.line);
    const own = linesOf(documents, section.file).slice(section.line, below?.line);
    return citations(own.join("\n")).includes(id);
  });
}

function linesOf(documents: readonly SpecDocument[], file: string): readonly string[] {
  return documents.find((document) => document.file === file)?.lines ?? [];
}
