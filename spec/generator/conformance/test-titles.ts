/** The titles of the tests of a test file, read from its source without running it. */
import ts from "typescript";

const TEST_FUNCTIONS: readonly string[] = ["test", "it", "describe"];
/** What it gives is a test function, too: see test/support/tools.ts. */
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
