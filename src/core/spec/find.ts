/** Finds what a reader names: a requirement, an area of them, a step, a section by its number or its title. */
import type { PlacedRequirement, Section, Step } from "./document.ts";
import { numberLabel } from "./headings.ts";
import { areasOf } from "./requirements.ts";
import type { Specification } from "./specification.ts";

export type Found =
  | { readonly kind: "requirement"; readonly requirement: PlacedRequirement }
  | { readonly kind: "area"; readonly area: string; readonly requirements: readonly PlacedRequirement[] }
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "section"; readonly section: Section }
  /** Words that stand in the titles of several sections. */
  | { readonly kind: "several"; readonly sections: readonly Section[] }
  /** Nothing of that name; names that are nearly so, best first. */
  | { readonly kind: "none"; readonly near: readonly string[] };

/** Capitals and spaces do not matter: "lpc-buf-4", "BUF-4", "LPC-BUF", "h1.3", "7.2", "clause 7", "annex e", "packet buff". */
export function find(specification: Specification, name: string): Found {
  const wanted = name.trim().replace(/\s+/g, " ").toUpperCase();
  return (
    findRequirements(specification, wanted) ??
    findStep(specification, wanted) ??
    findNumber(specification, wanted) ??
    findTitle(specification, wanted) ?? { kind: "none", near: nearNames(specification, wanted) }
  );
}

function findRequirements({ requirements }: Specification, wanted: string): Found | undefined {
  const id = wanted.startsWith("LPC-") ? wanted : `LPC-${wanted}`;
  const requirement = requirements.find((candidate) => candidate.id === id);
  if (requirement !== undefined) return { kind: "requirement", requirement };
  const area = id.slice("LPC-".length).replace(/-$/, "");
  const members = requirements.filter((candidate) => candidate.area === area);
  return members.length === 0 ? undefined : { kind: "area", area, requirements: members };
}

function findStep({ steps }: Specification, wanted: string): Found | undefined {
  const step = steps.find(({ id }) => id === wanted);
  return step === undefined ? undefined : { kind: "step", step };
}

function findNumber({ sections }: Specification, wanted: string): Found | undefined {
  const number = wanted.replace(/^(CLAUSE|SECTION|ANNEX) /, "").replace(/\.$/, "");
  const section = sections.find((candidate) => candidate.number === number);
  return section === undefined ? undefined : { kind: "section", section };
}

/** Sections whose titles have every word, each perhaps as the beginning of one; the whole title goes before that. */
function findTitle({ sections }: Specification, wanted: string): Found | undefined {
  const words = wordsOf(wanted);
  if (words.length === 0) return undefined;
  const whole = sections.filter(({ title }) => wordsOf(title).join(" ") === words.join(" "));
  const having = sections.filter(({ title }) => {
    const there = wordsOf(title);
    return words.every((word) => there.some((candidate) => candidate.startsWith(word)));
  });
  const [section, ...others] = whole.length > 0 ? whole : having;
  if (section === undefined) return undefined;
  return others.length === 0 ? { kind: "section", section } : { kind: "several", sections: [section, ...others] };
}

function wordsOf(text: string): readonly string[] {
  return text.toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** "7.2 Packet buffers", "Annex E Virtual board", "Conformance" */
export function sectionName({ number, title }: Section): string {
  return number === undefined ? title : `${numberLabel(number)} ${title}`;
}

const NEAR_NAMES = 5;

/** Names that may have been meant by an unknown one. */
function nearNames({ requirements, steps, sections }: Specification, wanted: string): readonly string[] {
  const areas = [...areasOf(requirements)].map(([area, members]) => ({
    name: `LPC-${area}-1 to LPC-${area}-${String(members.length)}`,
    keys: [`LPC-${area}`, area],
  }));
  // What ends in a number behind a hyphen is near an area with any number.
  const base = /^[A-Z-]*[A-Z](?=-\d*$)/.exec(wanted)?.[0];
  const candidates = [
    ...areas.map(({ name, keys }) => ({
      name,
      distance: Math.min(...keys.map((key) => distance(base ?? wanted, key))),
    })),
    ...(base === undefined ? steps : []).map(({ id }) => ({ name: id, distance: distance(wanted, id) })),
    ...(base === undefined ? sections : []).map((section) => ({
      name: sectionName(section),
      distance: Math.min(
        distance(wanted.replace(/^(CLAUSE|SECTION|ANNEX) /, ""), section.number ?? section.title.toUpperCase()),
        ...wordsOf(section.title).map((word) => distance(wanted, word)),
      ),
    })),
  ];
  const { length } = base ?? wanted;
  const limit = length < 2 ? 0 : Math.max(1, Math.floor(length / 3));
  return candidates
    .filter((candidate) => candidate.distance <= limit)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, NEAR_NAMES)
    .map(({ name }) => name);
}

/** How many letters have to be put in, taken out or replaced to make one word of the other. */
export function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 0; column < other.length; column++) {
      const replaced = row[column]! + (other[column] === one[index] ? 0 : 1);
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
