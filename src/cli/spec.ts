/** `mctp-lpc spec`: the specification in the terminal, by clause, requirement, step or words of a title. */
import { Command } from "commander";
import { fileURLToPath } from "node:url";
import { parseCount } from "../agent/run-options.ts";
import { Failure } from "../platform/failure.ts";
import type { Section } from "../spec/document.ts";
import { find, sectionName, type Found } from "../spec/find.ts";
import type { Specification } from "../spec/specification.ts";
import { areaFacts, requirementFacts, sectionFacts, sectionMarkdown, stepFacts } from "./spec/facts.ts";
import { readSpecificationFolder } from "./spec/folder.ts";
import { paint, type Line, type Painter } from "./spec/pieces.ts";
import { coloursFor } from "./terminal.ts";

/** Checkout and package have it at the same place beside dist/. */
const FOLDER = fileURLToPath(new URL("../../../spec", import.meta.url));

/** Where output goes that is no terminal, and the widest that is used of one. */
const WIDTH = { unknown: 100, least: 40, most: 160 } as const;

export function specCommand(): Command {
  return new Command("spec")
    .summary("read the specification")
    .description(
      "print a clause, a requirement with all that hangs on it, or a step of the specification; without a name its contents",
    )
    .argument("[name...]", "what to print, like 7.2, LPC-BUF-4, LPC-BUF, H1.3, annex E, or words of a title")
    .option("-w, --width <columns>", "columns to use (default: the terminal's)", parseCount)
    .option("--json", "as JSON, texts in Markdown")
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc spec\n  mctp-lpc spec 7.2\n  mctp-lpc spec LPC-BUF-4\n  mctp-lpc spec annex E",
    )
    .action(async (words: readonly string[], given: { width?: number; json?: true }) => {
      const specification = readSpecificationFolder(FOLDER);
      const name = words.join(" ");
      const found = name === "" ? undefined : oneOf(find(specification, name), name);
      if (given.json === true) {
        print(JSON.stringify(factsOf(specification, found), undefined, 2));
        return;
      }
      const colours = coloursFor(process.stdout);
      const painter: Painter = {
        plain: (text) => text,
        bold: colours.bold,
        italic: colours.italic,
        code: colours.cyan,
        faint: colours.dim,
      };
      const lines = await linesOf(specification, found, columns(given.width));
      print(lines.map((line) => paint(line, painter)).join("\n"));
    });
}

type FoundOne = Exclude<Found, { kind: "none" | "several" }>;

/** What was found if it is one. Throws a Failure that tells what there is instead. */
function oneOf(found: Found, name: string): FoundOne {
  switch (found.kind) {
    case "none": {
      const near = found.near.length === 0 ? "" : `\nDid you mean ${listed(found.near)}?`;
      const help = "(mctp-lpc spec lists clauses and requirements)";
      throw new Failure("no-such-clause", `the specification has nothing named "${name}" ${help}${near}`);
    }
    case "several": {
      const names = listed(found.sections.map(sectionName));
      throw new Failure("which-clause", `"${name}" may be ${names}: name one by its number or its whole title`);
    }
    default:
      return found;
  }
}

function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return [quoted.slice(0, -1).join(", "), ...quoted.slice(-1)].filter((part) => part !== "").join(" or ");
}

async function linesOf(
  specification: Specification,
  found: FoundOne | undefined,
  width: number,
): Promise<readonly Line[]> {
  // The Markdown parser is loaded by this command alone: agents are not to start the later for it.
  const answer = await import("./spec/answer.ts");
  switch (found?.kind) {
    case undefined:
      return answer.contentsLines(specification);
    case "requirement":
      return answer.requirementLines(specification, found.requirement, width);
    case "area":
      return answer.areaLines(found.requirements, width);
    case "step":
      return answer.stepLines(found.step, width);
    case "section":
      return answer.sectionLines(specification, found.section, width);
  }
}

function factsOf(specification: Specification, found: FoundOne | undefined): unknown {
  switch (found?.kind) {
    case undefined:
      return {
        documents: specification.documents.map(({ file, title, letter }) => ({ file, title, letter })),
        sections: specification.sections.map((section) => ({ ...sectionFacts(section), level: section.level })),
        areas: areaFacts(specification),
      };
    case "requirement":
      return requirementFacts(specification, found.requirement);
    case "area":
      return found.requirements.map((requirement) => requirementFacts(specification, requirement));
    case "step":
      return stepFacts(found.step);
    case "section":
      return wholeSection(specification, found.section);
  }
}

function wholeSection(specification: Specification, section: Section): unknown {
  const inside = specification.requirements.filter(
    (requirement) =>
      requirement.section.file === section.file && requirement.line > section.line && requirement.line < section.end,
  );
  return {
    ...sectionFacts(section),
    requirements: inside.map(({ id }) => id),
    markdown: sectionMarkdown(specification, section),
  };
}

function columns(given: number | undefined): number {
  const there = given ?? (process.stdout.isTTY ? process.stdout.columns : WIDTH.unknown);
  return Math.min(WIDTH.most, Math.max(WIDTH.least, there));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
