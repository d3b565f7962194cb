/** `mctp-lpc spec`: the specification in the terminal, by clause, requirement, step or words of a title. */
import { Command } from "commander";
import { countIn } from "../../agent/run-options.ts";
import { Failure } from "../../platform/failure.ts";
import { terminalSize } from "../../platform/standard-streams.ts";
import type { Section } from "../../core/spec/document.ts";
import { find, sectionName, type Found } from "../../core/spec/find.ts";
import type { Specification } from "../../core/spec/specification.ts";
import { areaFacts, requirementFacts, sectionFacts, sectionMarkdown, stepFacts } from "./facts.ts";
import { printJson, printLines } from "../output.ts";
import { SPECIFICATION_FOLDER, readSpecificationFolder } from "./folder.ts";
import type { Line } from "../styled.ts";

/** Where output goes that is no terminal, the least and most that can be asked for, and the widest that is used of a terminal. */
const WIDTH = { unknown: 100, least: 40, most: 1000, widestTerminal: 160 } as const;

interface SpecArguments {
  readonly requirement?: string;
  readonly width?: number;
  readonly json?: true;
}

export function specCommand(): Command {
  return new Command("spec")
    .description(
      "Prints a clause, a step, or a requirement with its steps, counters and citations. Without a name: the contents of the specification.",
    )
    .argument("[name...]", "what to print, like 7.2, LPC-BUF-4, LPC-BUF, H1.3, annex E, or words of a title")
    .option("--requirement <id>", "print this requirement, like LPC-BUF-4; no other kind of name is looked for")
    .option(
      "-w, --width <columns>",
      `columns to use, ${String(WIDTH.least)} to ${String(WIDTH.most)} (default: the terminal's)`,
      countIn(WIDTH.least, WIDTH.most),
    )
    .option("--json", "as JSON, texts in Markdown")
    .addHelpText(
      "after",
      "\nExamples:\n  mctp-lpc spec\n  mctp-lpc spec 7.2\n  mctp-lpc spec LPC-BUF-4\n  mctp-lpc spec --requirement LPC-BUF-4 --json\n  mctp-lpc spec annex E",
    )
    .action(async (words: readonly string[], given: SpecArguments) => {
      const specification = readSpecificationFolder(SPECIFICATION_FOLDER);
      const found = foundBy(specification, words.join(" "), given.requirement);
      if (given.json === true) {
        printJson(factsOf(specification, found));
        return;
      }
      printLines(await linesOf(specification, found, columns(given.width)));
    });
}

type FoundOne = Exclude<Found, { kind: "none" | "several" }>;

/** What is asked for, undefined for the contents. Throws a Failure for a name of nothing. */
function foundBy(specification: Specification, name: string, requirement: string | undefined): FoundOne | undefined {
  if (requirement === undefined) return name === "" ? undefined : oneOf(specification, find(specification, name), name);
  if (name !== "") throw new Failure("options", `give "${name}" or --requirement, not both`);
  const found = find(specification, /^LPC-/i.test(requirement) ? requirement : `LPC-${requirement}`);
  if (found.kind === "requirement") return found;
  const near = requirementsIn(found);
  const hint = near.length === 0 ? "" : `. Did you mean ${listed(near)}?`;
  throw new Failure(
    "no-such-requirement",
    `the specification has no requirement "${requirement}" (mctp-lpc spec lists them)${hint}`,
  );
}

/** The names of requirements among those that are near, an area as its first and last. */
function requirementsIn(found: Found): readonly string[] {
  if (found.kind === "area") return [`${found.requirements.at(0)?.id ?? ""} to ${found.requirements.at(-1)?.id ?? ""}`];
  return found.kind === "none" ? found.near.filter((name) => name.startsWith("LPC-")) : [];
}

/** What was found if it is one. Throws a Failure that tells what there is instead. */
function oneOf(specification: Specification, found: Found, name: string): FoundOne {
  switch (found.kind) {
    case "none": {
      const names =
        [neighbours(specification, name), found.near, around(specification, name)].find(({ length }) => length > 0) ??
        [];
      const near = names.length === 0 ? "" : `. Did you mean ${listed(names)}?`;
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

/** What there is beside an annex or a step that there is not: all annexes, the steps of its side. */
function neighbours({ sections, steps }: Specification, name: string): readonly string[] {
  const wanted = name.trim().toUpperCase();
  if (/^ANNEX\b/.test(wanted)) {
    const annexes = sections
      .filter(({ number }) => /^[A-Z]$/.test(number ?? ""))
      .map(({ number }) => `annex ${number ?? ""}`);
    return annexes.length < 2 ? annexes : [`${annexes[0] ?? ""} to ${annexes.at(-1) ?? ""}`];
  }
  const [, letter] = /^([A-Z])\d/.exec(wanted) ?? [];
  const ofLetter = letter === undefined ? [] : steps.filter(({ id }) => id.startsWith(letter)).map(({ id }) => id);
  const [firstStep, lastStep] = [ofLetter[0], ofLetter.at(-1)];
  return firstStep === undefined || lastStep === undefined ? [] : [`${firstStep} to ${lastStep}`];
}

/** The clause in which one would be that there is not, and the first and last of its parts. */
function around({ sections }: Specification, name: string): readonly string[] {
  let number = name
    .trim()
    .toUpperCase()
    .replace(/^(CLAUSE|SECTION) /, "");
  while (/^[A-Z\d]+(\.\d+)+$/.test(number)) {
    number = number.slice(0, number.lastIndexOf("."));
    const clause = sections.find((section) => section.number === number);
    if (clause === undefined) continue;
    const parts = sections.filter((section) => section.number?.startsWith(`${number}.`) === true);
    return parts.length === 0
      ? [sectionName(clause)]
      : [`${parts[0]?.number ?? ""} to ${parts.at(-1)?.number ?? ""}`, sectionName(clause)];
  }
  return [];
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
  const answer = await import("./answer.ts");
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
  if (given !== undefined) return given;
  const there = terminalSize("stdout")?.columns ?? WIDTH.unknown;
  return Math.min(WIDTH.widestTerminal, Math.max(WIDTH.least, there));
}
