/** Where source code cites requirements, and in which declaration: lines would churn, names rarely do. */
import ts from "typescript";
import { citations } from "../../../src/core/spec/citations.ts";

export interface CodeCitation {
  readonly id: string;
  /** "rest", "Agent.stop"; undefined for what is said of the file as a whole. */
  readonly symbol: string | undefined;
}

/** Every citation of a source file once a declaration, in order of the text. */
export function codeCitations(path: string, text: string): readonly CodeCitation[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = new Map<string, CodeCitation>();
  const add = (part: string, symbol: string | undefined): void => {
    for (const id of citations(part)) found.set(`${id} ${symbol ?? ""}`, { id, symbol });
  };
  const start = endOfFileComment(text);
  add(text.slice(0, start), undefined);
  for (const statement of source.statements) {
    const from = Math.max(statement.getFullStart(), start);
    const members = ts.isClassDeclaration(statement) ? statement.members : [];
    const name = declaredName(statement);
    add(text.slice(from, members[0]?.getFullStart() ?? statement.end), name);
    for (const member of members) {
      const own = member.name?.getText() ?? (ts.isConstructorDeclaration(member) ? "constructor" : undefined);
      add(text.slice(member.getFullStart(), member.end), own === undefined ? name : `${name ?? ""}.${own}`);
    }
  }
  return [...found.values()];
}

/** A comment that begins the file and has no declaration right below it speaks of the file. */
function endOfFileComment(text: string): number {
  const [first] = ts.getLeadingCommentRanges(text, 0) ?? [];
  if (first === undefined) return 0;
  return /^\s*(import\b|\n|$)/.test(text.slice(first.end).replace(/^\n/, "")) ? first.end : 0;
}

function declaredName(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed ? statement.name?.getText() : undefined;
}
