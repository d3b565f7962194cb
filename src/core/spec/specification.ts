/** The whole specification: its files in order, and what they hold together. */
import { LabelCounter } from "./captions.ts";
import {
  readDocument,
  type CaptionedTable,
  type Figure,
  type PlacedRequirement,
  type Section,
  type SpecDocument,
  type Step,
} from "./document.ts";

export interface SpecFile {
  /** "mctp-lpc.md" */
  readonly file: string;
  readonly text: string;
}

export interface Specification {
  /** The body, then the annexes by their letters, then what else there is. */
  readonly documents: readonly SpecDocument[];
  readonly sections: readonly Section[];
  readonly requirements: readonly PlacedRequirement[];
  readonly steps: readonly Step[];
  readonly figures: readonly Figure[];
  readonly tables: readonly CaptionedTable[];
  /** "3", "A.1": of every figure, and of every table with a caption. */
  readonly labels: ReadonlyMap<Figure | CaptionedTable, string>;
}

/** The file that everything else belongs to. */
export const BODY_FILE = "mctp-lpc.md";

/** Reads the Markdown files of spec/, given in any order. */
export function readSpecification(files: readonly SpecFile[]): Specification {
  const documents = files.map(({ file, text }) => readDocument(file, text)).sort(inOrder);
  return {
    documents,
    sections: documents.flatMap(({ sections }) => sections),
    requirements: documents.flatMap(({ requirements }) => requirements),
    steps: documents.flatMap(({ steps }) => steps),
    figures: documents.flatMap(({ figures }) => figures),
    tables: documents.flatMap(({ tables }) => tables),
    labels: labelsOf(documents),
  };
}

/** Files without a letter count on from the body. */
function labelsOf(documents: readonly SpecDocument[]): Specification["labels"] {
  const labels = new Map<Figure | CaptionedTable, string>();
  const counters = new Map<string | undefined, LabelCounter>();
  for (const { letter, figures, tables } of documents) {
    const counter = counters.get(letter) ?? new LabelCounter(letter);
    counters.set(letter, counter);
    for (const figure of figures) labels.set(figure, counter.next("Figure"));
    for (const table of tables) if (table.caption !== undefined) labels.set(table, counter.next("Table"));
  }
  return labels;
}

function inOrder(one: SpecDocument, other: SpecDocument): number {
  const key = ({ file, letter }: SpecDocument): string => {
    if (file === BODY_FILE) return "0";
    if (letter !== undefined) return `1${letter}`;
    return `${file.startsWith("annex-") ? "2" : "3"}${file}`;
  };
  return key(one) < key(other) ? -1 : 1;
}

/** The steps that cite a requirement. */
export function stepsCiting(specification: Specification, id: string): readonly Step[] {
  return specification.steps.filter(({ requirements }) => requirements.includes(id));
}
