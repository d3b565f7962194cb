/** The requirements of the specification, and where sources and tests cite them. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import ts from "typescript";

export const PROJECT: string = resolve(__dirname, "..", "..");

export interface Requirement {
  /** "LPC-BUF-4" */
  readonly id: string;
  /** "BUF" */
  readonly area: string;
  readonly number: number;
  readonly bound: "Host" | "BMC" | "Both";
  readonly text: string;
}

const REQUIREMENT = /^- \*\*(LPC-([A-Z]+)-(\d+))\*\* \((Host|BMC|Both)\): (.+)$/;

/** Requirements in the order of the text; lines that begin like one without being one are `malformed`. */
export function readRequirements(specification: string): {
  readonly requirements: readonly Requirement[];
  readonly malformed: readonly string[];
} {
  const requirements: Requirement[] = [];
  const malformed: string[] = [];
  for (const line of specification.split("\n")) {
    const match = REQUIREMENT.exec(line);
    if (match !== null) {
      const [, id = "", area = "", number = "", bound = "", text = ""] = match;
      requirements.push({ id, area, number: Number(number), bound: bound as Requirement["bound"], text });
    } else if (/^\s*[-*]\s+\**LPC-/.test(line)) {
      malformed.push(line);
    }
  }
  return { requirements, malformed };
}

/** Numbers missing from 1 to the largest of each area, as identifiers. */
export function gaps(requirements: readonly Requirement[]): readonly string[] {
  const areas = new Map<string, Set<number>>();
  for (const { area, number } of requirements) areas.set(area, (areas.get(area) ?? new Set()).add(number));
  return [...areas].flatMap(([area, numbers]) =>
    Array.from({ length: Math.max(...numbers) }, (_, index) => index + 1)
      .filter((number) => !numbers.has(number))
      .map((number) => `LPC-${area}-${number}`),
  );
}

/** Identifiers that stand more than once. */
export function duplicates(identifiers: readonly string[]): readonly string[] {
  return identifiers.filter((id, index) => identifiers.indexOf(id) !== index);
}

const CITATION = /\b(LPC-[A-Z]+-)(\d+)((?:(?:,| and|,? to) -\d+)*)/g;

/** Every identifier that a text cites; "LPC-HOST-9 to -11" and "LPC-BMC-1, -2" are read as they are meant. */
export function citations(text: string): readonly string[] {
  return [...text.matchAll(CITATION)].flatMap(([, prefix = "", first = "", more = ""]) => {
    const numbers = [Number(first)];
    for (const [, link = "", digits = ""] of more.matchAll(/(,| and|,? to) -(\d+)/g)) {
      const last = Number(digits);
      let next = link.endsWith("to") ? (numbers.at(-1) ?? last) + 1 : last;
      for (; next <= last; next++) numbers.push(next);
    }
    return numbers.map((number) => `${prefix}${number}`);
  });
}

const TEST_FUNCTIONS: readonly string[] = ["test", "it", "describe"];
/** What it gives is a test function, too: see support/tools.ts. */
const MAKES_TEST_FUNCTIONS = "needsTool";
const NOT_RUN: ReadonlySet<string> = new Set(["skip", "todo"]);

/** The titles of the tests and groups of a test file that are run, as far as they are written in it. */
export function testTitles(path: string, text: string): readonly string[] {
  const names = new Set(TEST_FUNCTIONS);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && makesTestFunction(node.initializer)) {
      names.add(node.name.text);
    } else if (ts.isCallExpression(node) && isTestFunction(node.expression, names)) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
      else if (title !== undefined && ts.isTemplateExpression(title)) titles.push(title.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return titles;
}

function makesTestFunction(node: ts.Node | undefined): boolean {
  return (
    node !== undefined &&
    ts.isCallExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === MAKES_TEST_FUNCTIONS
  );
}

/** `test`, `test.each(table)`, `describe.each`…`, `needsTool("gcc")`, but none that is skipped. */
function isTestFunction(callee: ts.Expression, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(callee)) return names.has(callee.text);
  if (ts.isPropertyAccessExpression(callee)) {
    return !NOT_RUN.has(callee.name.text) && isTestFunction(callee.expression, names);
  }
  if (ts.isCallExpression(callee)) return makesTestFunction(callee) || isTestFunction(callee.expression, names);
  return ts.isTaggedTemplateExpression(callee) && isTestFunction(callee.tag, names);
}

export interface ProjectFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** All files below these folders whose names end so, in order. */
export function projectFiles(folders: readonly string[], ending: RegExp): readonly ProjectFile[] {
  return folders
    .flatMap((folder) => readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(PROJECT, path), text: readFileSync(path, "utf8") }));
}
