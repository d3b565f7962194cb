/** The conformance list: every requirement with its tests and its code, as a page of the specification. */
import { readSpecificationFolder } from "../../../src/cli/spec/folder.ts";
import type { PlacedRequirement } from "../../../src/core/spec/document.ts";
import { sectionName } from "../../../src/core/spec/find.ts";
import { areasOf, versionsText } from "../../../src/core/spec/requirements.ts";
import { stepsCiting, type Specification } from "../../../src/core/spec/specification.ts";
import { join } from "node:path";
import type { Artefact } from "../artefact.ts";
import { COPYRIGHT, SPDX } from "../licence.ts";
import { gatherEvidence, type Evidence } from "./evidence.ts";
import { KEPT_ELSEWHERE, SHOWN_BY_NO_TEST } from "./rules.ts";
import { titleText } from "./title-text.ts";

const PATH = "spec/conformance.md";

const HEAD = `# Conformance

<!-- Made by npm run spec from specification, tests and code. -->
<!-- ${COPYRIGHT}. ${SPDX} -->

For every requirement, in the order of the text: who is bound, in which versions, the steps that cite it, the tests whose
titles cite it, and the code that does. A side that keeps all requirements bound to its role, in the versions that it
speaks, conforms. The tests are those of the reference implementation; their titles say what each shows, with … where the
cases of one test differ.
`;

/** Makes the list from the project at `root`. */
export function conformanceArtefacts(root: string): readonly Artefact[] {
  const specification = readSpecificationFolder(join(root, "spec"));
  const evidence = gatherEvidence(root, specification.requirements);
  return [{ path: PATH, text: conformanceText(specification, evidence) }];
}

export function conformanceText(specification: Specification, evidence: ReadonlyMap<string, Evidence>): string {
  const parts = [HEAD, summary(specification.requirements, evidence)];
  for (const [area, members] of areasOf(specification.requirements)) {
    parts.push(`## LPC-${area}\n`);
    for (const { id } of members) {
      const requirement = specification.requirements.find((candidate) => candidate.id === id);
      if (requirement !== undefined) parts.push(entry(specification, requirement, evidence.get(id)));
    }
  }
  return parts.join("\n");
}

/** Counts of each area: requirements by who is bound, titles of tests, places in code. */
function summary(requirements: readonly PlacedRequirement[], evidence: ReadonlyMap<string, Evidence>): string {
  const count = (members: readonly { readonly id: string; readonly bound: string }[]): readonly number[] => {
    const bound = (name: string): number => members.filter((member) => member.bound === name).length;
    const found = members.flatMap(({ id }) => evidence.get(id) ?? []);
    const tests = sum(found.flatMap(({ tests: files }) => files.map(({ titles }) => titles.length)));
    const code = sum(found.flatMap(({ code: files }) => files.map(({ symbols }) => Math.max(1, symbols.length))));
    return [members.length, bound("Host"), bound("BMC"), bound("Both"), tests, code];
  };
  const rows = [...areasOf(requirements)].map(
    ([area, members]) => [`[LPC-${area}](#lpc-${area.toLowerCase()})`, members] as const,
  );
  return [
    "**Table —** Requirements of each area, with their tests and their places in code",
    "",
    "| area | requirements | Host | BMC | Both | tests | places in code |",
    "| --- | --: | --: | --: | --: | --: | --: |",
    ...[...rows, ["all", requirements] as const].map(
      ([name, members]) => `| ${[name, ...count(members)].join(" | ")} |`,
    ),
    "",
  ].join("\n");
}

function entry(specification: Specification, requirement: PlacedRequirement, evidence: Evidence | undefined): string {
  const { id, bound, versions, section } = requirement;
  const place = `[${escaped(sectionName(section))}](${section.file}#${section.anchor})`;
  const steps = stepsCiting(specification, id).map((step) => step.id);
  const facts = [place, bound, versionsText(versions), ...(steps.length === 0 ? [] : [`steps ${steps.join(", ")}`])];
  const lines = [`### ${id}`, "", `${facts.join("; ")}.`, ""];
  for (const { path, titles } of evidence?.tests ?? []) {
    for (const title of titles) lines.push(`- \`${path}\`: ${escaped(titleText(title))}`);
  }
  for (const { path, symbols } of evidence?.code ?? []) {
    const names = symbols.map((symbol) => `\`${symbol}\``).join(", ");
    lines.push(`- code: \`${path}\`${names === "" ? "" : `, ${names}`}`);
  }
  const elsewhere = KEPT_ELSEWHERE[id];
  if (elsewhere !== undefined) lines.push(`- kept elsewhere: ${elsewhere}`);
  const untestable = SHOWN_BY_NO_TEST[id];
  if (untestable !== undefined) lines.push(`- shown by no test: ${untestable}`);
  return [...lines, ""].join("\n");
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, "\\$&");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
