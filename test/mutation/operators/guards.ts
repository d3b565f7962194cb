/**
 * What decides whether a place is reached: the conditions round it, and the early exits before it, up through functions
 * that are called in one place only. Each is taken apart into the questions that it consists of.
 */
import ts from "typescript";
import { codeAt } from "./code.ts";
import { names, onlyPlace, type Where } from "./places.ts";
import { descendants, type Part, type Place, type Sources } from "./sources.ts";
import { calleeName, constantValue, enclosing, functionName, leaves } from "./syntax.ts";

/** A question that the place is reached behind: the answer has to be `met`. */
export interface Question {
  readonly file: string;
  readonly node: ts.Expression;
  readonly met: boolean;
}

/**
 * The last question about something that is asked before a place is reached: "Status.IBF", a property, "@2.min" for a
 * parameter's, an operator such as "<", or several of them with " & " between.
 */
export function questionAbout(sources: Sources, part: Part, where: Where, about: string): Question {
  const pieces = about.split(" & ");
  const question = questionsBefore(sources, part, onlyPlace(sources, where)).find(({ node }) =>
    pieces.every((piece) => asksFor(node, piece.startsWith("@") ? codeAt(sources, node, piece) : piece)),
  );
  if (question === undefined) throw new Error(`there is no question about ${about} before ${where.says}`);
  return question;
}

/** The last one first. */
function questionsBefore(sources: Sources, part: Part, { file, node }: Place): readonly Question[] {
  const questions: Question[] = [];
  const add = (condition: ts.Expression, met: boolean): void => {
    questions.push(...apart(condition, met).map((one) => ({ file, ...one })));
  };
  const outer = enclosing(node);
  for (let inner = node; inner !== outer; inner = inner.parent) addConditions(inner, add);
  const [caller, ...others] = sources
    .all(part, ts.isCallExpression)
    .filter((place) => calleeName(place.node) === functionName(outer) && enclosing(place.node) !== outer);
  if (caller === undefined || others.length > 0) return questions;
  return [...questions, ...questionsBefore(sources, part, caller)];
}

/** The conditions that stand right round a node, and those that end the list before it comes to the node. */
function addConditions(node: ts.Node, add: (condition: ts.Expression, met: boolean) => void): void {
  const { parent } = node;
  if (ts.isIfStatement(parent) && node !== parent.expression) add(parent.expression, node === parent.thenStatement);
  if (ts.isConditionalExpression(parent) && node !== parent.condition) add(parent.condition, node === parent.whenTrue);
  if (ts.isBinaryExpression(parent) && node === parent.right) {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) add(parent.left, true);
    if (kind === ts.SyntaxKind.BarBarToken) add(parent.left, false);
  }
  if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent)) return;
  const earlier = parent.statements.slice(0, parent.statements.indexOf(node as ts.Statement));
  for (const statement of earlier.toReversed()) {
    if (ts.isIfStatement(statement) && statement.elseStatement === undefined && leaves(statement.thenStatement)) {
      add(statement.expression, false);
    }
  }
}

function apart(condition: ts.Expression, met: boolean): readonly Omit<Question, "file">[] {
  if (ts.isParenthesizedExpression(condition)) return apart(condition.expression, met);
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken) {
    return apart(condition.operand, !met);
  }
  const joint = met ? ts.SyntaxKind.AmpersandAmpersandToken : ts.SyntaxKind.BarBarToken;
  if (ts.isBinaryExpression(condition) && condition.operatorToken.kind === joint) {
    return [...apart(condition.right, met), ...apart(condition.left, met)];
  }
  return [{ node: condition, met }];
}

/** Whether a question is about something, be it by way of a constant of the same function. */
function asksFor(node: ts.Node, about: string): boolean {
  if (names(node, about)) return true;
  return descendants(node).some((one) => {
    const value = ts.isIdentifier(one) ? constantValue(one) : undefined;
    return value !== undefined && asksFor(value, about);
  });
}
