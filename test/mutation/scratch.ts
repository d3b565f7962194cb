/** A copy of the project to make mistakes in: sources for tests, and what was built of them for the explorer. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import ts from "typescript";
import { edited, type Edit } from "./mistake.ts";

/** Neither copied nor of use in a copy, at the top of the project. */
const LEFT_BEHIND: ReadonlySet<string> = new Set(["node_modules", ".git", "dist"]);
/** Of what was built, what the explorer runs. */
const BUILT = ["src", "host", "bmc", join("test", "mutation"), join("test", "explore"), join("test", "support")];

export interface Seeded {
  readonly file: string;
  readonly edits: readonly Edit[];
}

export class Scratch {
  readonly folder: string;

  constructor(project: string) {
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

  /** Makes a change, in source and build, and gives what takes it back. Throws when it does not fit the source. */
  seed({ file, edits }: Seeded): () => void {
    const paths = [join(this.folder, file), join(this.folder, "dist", builtFile(file))] as const;
    const [source, built] = paths.map((path) => readFileSync(path, "utf8"));
    const text = edited(source!, edits);
    writeFileSync(paths[0], text);
    writeFileSync(paths[1], transpiled(file, text));
    return () => {
      writeFileSync(paths[0], source!);
      writeFileSync(paths[1], built!);
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function builtFile(file: string): string {
  return file.replace(/\.ts$/, ".js");
}

/** What `tsc -b` would make of the file, without a look at types. */
function transpiled(fileName: string, text: string): string {
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
