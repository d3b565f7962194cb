/** A copy of the project to make mistakes in: sources for tests, and what was built of them for the explorer. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import ts from "typescript";
import { carriedOut, filesOf, type Indifference, type Mistake } from "./mistake.ts";

/** Neither copied nor of use in a copy, at the top of the project. */
const LEFT_BEHIND: ReadonlySet<string> = new Set(["node_modules", ".git", "dist"]);
/** Of what was built, what the explorer runs. */
const BUILT = [
  "src",
  "host",
  "bmc",
  join("test", "mutation"),
  join("test", "core"),
  join("test", "support"),
  join("test", "conform"),
];

export class Scratch {
  readonly folder: string;
  /** That it is a copy of. */
  readonly project: string;

  constructor(project: string) {
    this.project = project;
    this.folder = mkdtempSync(join(tmpdir(), "mctp-lpc-mutation-"));
    cpSync(project, this.folder, {
      recursive: true,
      filter: (source) => source === project || !LEFT_BEHIND.has(basename(source)),
    });
    for (const part of BUILT) {
      cpSync(join(project, "dist", part), join(this.folder, "dist", part), {
        recursive: true,
        filter: (source) => !/\.(map|d\.ts)$/.test(source),
      });
    }
    symlinkSync(join(project, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Makes a change, in sources and build, and gives what takes it back. Throws when it does not find its places. */
  seed(change: Mistake | Indifference): () => void {
    const changed = [...carriedOut(change, filesOf(this.folder))].flatMap(([file, text]) => [
      { path: join(this.folder, file), text },
      { path: join(this.folder, "dist", builtFile(file)), text: transpiled(file, text) },
    ]);
    const before = changed.map(({ path }) => ({ path, text: readFileSync(path, "utf8") }));
    for (const { path, text } of changed) writeFileSync(path, text);
    return () => {
      for (const { path, text } of before) writeFileSync(path, text);
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function builtFile(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/** What `tsc -b` would make of the file, without a look at types. */
export function transpiled(fileName: string, text: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  const [first] = diagnostics;
  if (first === undefined) return outputText;
  throw new Error(`${fileName} is no program: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`);
}
