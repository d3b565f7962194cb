/** The pages of spec/ as a whole: their captions numbered, and what in them has to be mended by hand. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "prettier";
import { readDocument } from "../../src/core/spec/document.ts";
import { BODY_FILE, type SpecFile } from "../../src/core/spec/specification.ts";
import { wordingFaults } from "../../src/core/spec/wording.ts";
import type { Artefact } from "./artefact.ts";
import { numberCaptions } from "./captions.ts";
import { formatMarkdown } from "./fragments.ts";
import { projectFiles } from "./project-files.ts";

/** Written line by line as it is to be. */
const UNFORMATTED: ReadonlySet<string> = new Set(["conformance.md"]);

export interface MadeFiles {
  readonly artefacts: readonly Artefact[];
  /** What no generator can put right, each with file and line. */
  readonly problems: readonly string[];
}

/** The pages of the project at `root`, in which these artefacts take the place of what lies there. */
export async function pageArtefacts(root: string, artefacts: readonly Artefact[]): Promise<MadeFiles> {
  const lying = new Map(
    projectFiles(root, ["spec"], /^[^/]+\.md$/)
      .filter(({ path }) => /^spec\/[^/]+$/.test(path))
      .map(({ path, text }) => [path.slice("spec/".length), text]),
  );
  const made = new Map(artefacts.map(({ path, text }) => [path, text]));
  const files = [...lying].map(([file, text]): SpecFile => ({ file, text: made.get(`spec/${file}`) ?? text }));
  const numbered = numberCaptions(files, lying);
  const options = JSON.parse(readFileSync(join(root, ".prettierrc.json"), "utf8")) as Options;
  const pages: Artefact[] = [];
  for (const [index, { file, text }] of numbered.files.entries()) {
    const isSame = text === files[index]?.text || UNFORMATTED.has(file);
    pages.push({ path: `spec/${file}`, text: isSame ? text : await formatMarkdown(text, options) });
  }
  const paths = new Set(pages.map(({ path }) => path));
  return {
    artefacts: [...artefacts.filter(({ path }) => !paths.has(path)), ...pages],
    problems: [...numbered.problems, ...wordingProblems(numbered.files)],
  };
}

function wordingProblems(files: readonly SpecFile[]): readonly string[] {
  const body = files.find(({ file }) => file === BODY_FILE);
  if (body === undefined) return [];
  return wordingFaults(readDocument(BODY_FILE, body.text)).map(
    ({ line, text }) => `spec/${BODY_FILE}, line ${String(line + 1)}: ${text}`,
  );
}
