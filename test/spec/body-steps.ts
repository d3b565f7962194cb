/**
 * The steps that the bodies of a role name, in the order in which a reader meets them who follows each call: as a string
 * that is handed to the bus or to a move, or in a comment.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";

const STEP = /\b[HB]\d\.\d+\b/g;

export interface BodySteps {
  /** Steps in reading order, each once, without those of shared functions. */
  readonly inLine: readonly string[];
  /** Shared functions are those that several places of one file call. Their steps, and the steps that stood last before each of these calls. */
  readonly shared: readonly { readonly steps: readonly string[]; readonly calledBehind: readonly string[] }[];
}

interface Body {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Reads from the function `entry` on; every function that is called and declared in one of the files is read. */
export function readBodySteps(files: readonly string[], entry: string): BodySteps {
  const bodies = new Map(files.flatMap(bodiesOf).map((body) => [body.name, body]));
  const calls = [...bodies.values()].flatMap(({ text, file }) =>
    pieces(text, bodies).map((piece) => `${file} ${piece}`),
  );
  const isShared = (name: string): boolean =>
    files.some((file) => calls.filter((call) => call === `${file} ${name}`).length > 1);
  const inLine: string[] = [];
  const calledBehind = new Map<string, string[]>();
  const read = (name: string): void => {
    for (const piece of pieces(bodies.get(name)!.text, bodies)) {
      if (!bodies.has(piece)) {
        if (!inLine.includes(piece)) inLine.push(piece);
      } else if (isShared(piece)) {
        calledBehind.set(piece, [...(calledBehind.get(piece) ?? []), ...inLine.slice(-1)]);
      } else {
        read(piece);
      }
    }
  };
  read(entry);
  const shared = [...calledBehind].map(([name, behind]) => ({
    steps: pieces(bodies.get(name)!.text, bodies).filter((piece) => !bodies.has(piece)),
    calledBehind: behind,
  }));
  return { inLine, shared: shared.filter(({ steps }) => steps.length > 0) };
}

/** The functions of a file: text between the braces, comments included. */
function bodiesOf(file: string): readonly Body[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) =>
    ts.isFunctionDeclaration(statement) && statement.name !== undefined && statement.body !== undefined
      ? [{ name: statement.name.text, file, text: statement.body.getFullText(source) }]
      : [],
  );
}

/** Steps and calls of the text, in its order. Arguments of a call are read before what it calls. */
function pieces(text: string, bodies: ReadonlyMap<string, Body>): readonly string[] {
  const found: { readonly at: number; readonly piece: string }[] = [];
  for (const match of text.matchAll(STEP)) found.push({ at: match.index, piece: match[0] });
  for (const match of text.matchAll(/\b(\w+)\(/g)) {
    const [, name = ""] = match;
    if (bodies.has(name)) found.push({ at: endOfCall(text, match.index + match[0].length), piece: name });
  }
  return found.sort((one, other) => one.at - other.at).map(({ piece }) => piece);
}

/** Where the parenthesis that was opened before `start` closes. */
function endOfCall(text: string, start: number): number {
  let open = 1;
  let at = start;
  for (; open > 0 && at < text.length; at++) open += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
  return at;
}
