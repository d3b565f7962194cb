/** The examples of public docstrings and of the library's guide compile against what the entries export. */
import { expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(__dirname, "../..");
const ENTRIES = ["mctp-lpc", "mctp-lpc/api", "mctp-lpc/host", "mctp-lpc/bmc", "mctp-lpc/core"] as const;

interface Example {
  readonly name: string;
  readonly text: string;
}

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function docstringExamples(path: string): readonly Example[] {
  const blocks = readFileSync(join(ROOT, path), "utf8").matchAll(/\* @example\n\s*\* ```ts\n(.*?)\n\s*\* ```/gs);
  return [...blocks].map(([, text = ""], at) => ({
    name: `${path} example ${String(at + 1)}`,
    text: text.replaceAll(/^ *\* ?/gm, ""),
  }));
}

function guideExamples(path: string): readonly Example[] {
  const blocks = readFileSync(join(ROOT, path), "utf8").matchAll(/```ts\n(.*?)\n```/gs);
  return [...blocks].map(([, text = ""], at) => ({ name: `${path} example ${String(at + 1)}`, text }));
}

/** A program of virtual files beside the examples of docs, which find the package by its own name. */
function compile(files: ReadonlyMap<string, string>): ts.Program {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.examples.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  delete options.tsBuildInfoFile;
  // An example shows a result by its name alone, and has no references of a build.
  const checked: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    composite: false,
    incremental: false,
    noUnusedLocals: false,
  };
  const host = ts.createCompilerHost(checked);
  const { readFile, fileExists } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  return ts.createProgram([...files.keys()], checked, host);
}

function exportsOfEntries(): ReadonlyMap<string, string> {
  const path = join(ROOT, "docs/examples/entries.virtual.ts");
  const text = ENTRIES.map((entry, at) => `import * as e${String(at)} from "${entry}"; e${String(at)};`).join("\n");
  const program = compile(new Map([[path, text]]));
  const checker = program.getTypeChecker();
  const found = new Map<string, string>();
  for (const statement of program.getSourceFile(path)!.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier)!;
    const entry = (statement.moduleSpecifier as ts.StringLiteral).text;
    for (const { name } of checker.getExportsOfModule(module)) if (!found.has(name)) found.set(name, entry);
  }
  return found;
}

/** Imports what the example uses by name and does not import itself; `endpoint` and `agent` are there already. */
function completed({ text }: Example, exported: ReadonlyMap<string, string>): string {
  const words = new Set(text.replaceAll(/"[^"]*"/g, "").match(/(?<![.\w])[A-Za-z]\w*/g));
  const imported = new Set([...text.matchAll(/import \{(.*?)\}/gs)].flatMap(([, names = ""]) => names.match(/\w+/g)));
  const lines: string[] = [];
  for (const [name, type] of [
    ["endpoint", "Endpoint"],
    ["agent", "Agent"],
  ] as const) {
    if (!words.has(name) || new RegExp(`(const|using|function) ${name}\\b`).test(text)) continue;
    words.add(type);
    lines.push(`declare const ${name}: ${type};`);
  }
  for (const word of words) {
    const entry = exported.get(word);
    if (entry !== undefined && !imported.has(word) && !new RegExp(`(const|let) (\\{ )?${word}\\b`).test(text))
      lines.unshift(`import { ${word} } from "${entry}";`);
  }
  if (words.has("readFile")) lines.unshift('import { readFile } from "node:fs/promises";');
  return `${lines.join("\n")}\n${text}\nexport {};\n`;
}

test("every example compiles", () => {
  const examples = [
    ...["src", "host", "bmc"].flatMap(sources).flatMap(docstringExamples),
    ...["library", "services"].flatMap((guide) => guideExamples(`docs/guides/${guide}.md`)),
  ];
  expect(examples.length).toBeGreaterThan(10);
  const exported = exportsOfEntries();
  const files = new Map(
    examples.map((example, at) => [
      join(ROOT, `docs/examples/example-${String(at)}.virtual.ts`),
      completed(example, exported),
    ]),
  );
  const program = compile(files);
  const paths = [...files.keys()];
  const complaints = paths.flatMap((path, at) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => `${examples[at]!.name}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`),
  );
  expect(complaints).toEqual([]);
});
