/** Questions to a syntax tree that more than one operator asks. */
import ts from "typescript";
import { descendants } from "./sources.ts";

export type Function = ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration;

export function isFunction(node: ts.Node): node is Function {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessorDeclaration(node);
}

/** "endSession", or "Assembler.#begin". */
export function functionName(node: Function): string {
  const name = node.name?.getText() ?? "";
  return ts.isFunctionDeclaration(node) ? name : `${(node.parent as ts.ClassLikeDeclaration).name?.text ?? ""}.${name}`;
}

/** The function or method around a node. */
export function enclosing(node: ts.Node): Function {
  for (let outer = node; ; outer = outer.parent) {
    if (isFunction(outer)) return outer;
    if (ts.isSourceFile(outer)) throw new Error("it stands in no function");
  }
}

export type Call = ts.CallExpression | ts.NewExpression;

export function isCall(node: ts.Node): node is Call {
  return ts.isCallExpression(node) || ts.isNewExpression(node);
}

/** The name by which something is called: "move" of `move(…)`, "readStatus" of `bus.readStatus(…)`. */
export function calleeName({ expression }: Call): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
}

/** The statement or clause that a node stands in. */
export function statementOf(node: ts.Node): ts.Statement {
  for (let outer = node; ; outer = outer.parent) {
    if (ts.isStatement(outer) && !ts.isBlock(outer)) return outer;
    if (ts.isSourceFile(outer)) throw new Error("it stands in no statement");
  }
}

/** The innermost statement round a node that stands in a list of them. */
export function listedStatementOf(node: ts.Node): ts.Statement {
  for (let statement = statementOf(node); ; statement = statementOf(statement.parent)) {
    if (isInList(statement)) return statement;
  }
}

/** Whether other statements may stand before and behind this one. */
export function isInList({ parent }: ts.Statement): boolean {
  return ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) || ts.isSourceFile(parent);
}

/** The name of what takes the value of a call: `status` of `status = bus.readStatus(…)`. */
export function takerOf(call: ts.Node): string | undefined {
  for (let node = call; ; node = node.parent) {
    const { parent } = node;
    if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
    if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      return parent.right === node ? parent.left.getText() : undefined;
    }
    if (!ts.isExpression(parent)) return undefined;
  }
}

/** What a name stands for that a `const` of the same function gives to a value. */
export function constantValue(identifier: ts.Identifier): ts.Expression | undefined {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return undefined;
  const declaration = descendants(enclosing(identifier)).find(
    (node): node is ts.VariableDeclaration =>
      ts.isVariableDeclaration(node) &&
      ts.isIdentifier(node.name) &&
      node.name.text === identifier.text &&
      (node.parent.flags & ts.NodeFlags.Const) !== 0,
  );
  return declaration?.initializer;
}

/** Whether a statement leaves the list that it stands in. */
export function leaves(statement: ts.Statement): boolean {
  if (ts.isBlock(statement)) return statement.statements.some(leaves);
  return (
    ts.isReturnStatement(statement) ||
    ts.isThrowStatement(statement) ||
    ts.isContinueStatement(statement) ||
    ts.isBreakStatement(statement)
  );
}
