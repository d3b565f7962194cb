/** The same program in another dress: local variables called otherwise, lines broken elsewhere. */
import ts from "typescript";
import { descendants } from "./operators/sources.ts";

const RENAMED = /^other[A-Z]/;

export function disguised(file: string, text: string): string {
  const tree = ts.createSourceFile(file, renamed(file, text), ts.ScriptTarget.Latest, true);
  return ts.createPrinter().printFile(tree);
}

/** Every parameter and variable of a function gets another name. */
function renamed(file: string, text: string): string {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const nodes = descendants(tree);
  const locals = new Set(nodes.flatMap((node) => localName(node) ?? []));
  let result = text;
  for (const node of nodes.filter((one) => ts.isIdentifier(one)).toReversed()) {
    if (!locals.has(node.text) || isProperty(node)) continue;
    const other = `other${node.text.charAt(0).toUpperCase()}${node.text.slice(1)}`;
    const isShort =
      ts.isShorthandPropertyAssignment(node.parent) ||
      (ts.isBindingElement(node.parent) &&
        node.parent.propertyName === undefined &&
        ts.isObjectBindingPattern(node.parent.parent));
    const name = isShort ? `${node.text}: ${other}` : other;
    result = result.slice(0, node.getStart()) + name + result.slice(node.getEnd());
  }
  return result;
}

function localName(node: ts.Node): string | undefined {
  if (!ts.isParameter(node) && !ts.isVariableDeclaration(node) && !ts.isBindingElement(node)) return undefined;
  if (!ts.isIdentifier(node.name) || RENAMED.test(node.name.text) || isTopLevel(node)) return undefined;
  return node.name.text;
}

function isTopLevel(node: ts.Node): boolean {
  return ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent);
}

/** Names of properties, of types' members and of modules stay. */
function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isBindingElement(parent) && parent.propertyName === node) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isTypeNode(parent) ||
    (ts.isFunctionDeclaration(parent) && parent.name === node)
  );
}
