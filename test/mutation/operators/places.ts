/**
 * Where a mistake is made: found by the step that the place carries out, or by the function of a rule and the counter,
 * property or function that is named there. Never by formatting or by the name of a local variable.
 */
import ts from "typescript";
import { BMC_STEPS, type BmcStep } from "../../../bmc/role/steps.ts";
import { HOST_STEPS, type HostStep } from "../../../host/role/steps.ts";
import { descendants, type Part, type Place, type Sources } from "./sources.ts";
import { calleeName, enclosing, functionName, isCall, isFunction, statementOf } from "./syntax.ts";

export type Step = HostStep | BmcStep;

/** A way to a place. */
export interface Where {
  /** For messages. */
  readonly says: string;
  find(sources: Sources): readonly Place[];
}

const STEPS: Readonly<Record<string, string>> = { ...HOST_STEPS, ...BMC_STEPS };
/** Changes a phase, see transitions.ts of either role. */
const MOVE = "move";

/** The one place there. */
export function onlyPlace(sources: Sources, where: Where): Place {
  const places = where.find(sources);
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(`there are ${String(places.length)} places, not one, for ${where.says}`);
  }
  return place;
}

export function partOf(step: Step): Part {
  return step.startsWith("H") ? "host" : "bmc";
}

/** The call that makes the step's access; of a decision the call, or the statement with the comment, that names it. */
export function at(step: Step): Where {
  return {
    says: `step ${step}`,
    find: (sources) => {
      const isDecision = STEPS[step] === "none";
      const calls = callsNaming(sources, step).filter(({ node }) => isDecision || calleeName(node) !== MOVE);
      return calls.length > 0 ? calls : statementsNaming(sources, step);
    },
  };
}

/** The call by which the step changes the phase. */
export function moveAt(step: Step): Where {
  return {
    says: `the move of step ${step}`,
    find: (sources) => callsNaming(sources, step).filter(({ node }) => calleeName(node) === MOVE),
  };
}

function callsNaming(sources: Sources, step: Step): readonly (Place & { node: ts.CallExpression })[] {
  return sources
    .all(partOf(step), ts.isCallExpression)
    .filter(({ node }) => node.arguments.some((argument) => ts.isStringLiteral(argument) && argument.text === step));
}

/** Statements and clauses that a comment names a step of: one behind them on their line, or before them on its own. */
function statementsNaming(sources: Sources, step: Step): readonly Place[] {
  const name = new RegExp(`(?<![\\w.])${step.replace(".", "\\.")}(?![\\w.])`);
  return sources.files(partOf(step)).flatMap((file) => {
    const tree = sources.tree(file);
    return commentsOf(tree)
      .filter(({ pos, end }) => name.test(tree.text.slice(pos, end)))
      .flatMap(({ pos }) => {
        const node = commented(tree, pos);
        return node === undefined ? [] : [{ file, node }];
      });
  });
}

function commentsOf(tree: ts.SourceFile): readonly ts.CommentRange[] {
  const ranges = new Map<number, ts.CommentRange>();
  const add = (found: readonly ts.CommentRange[] | undefined): void => {
    for (const range of found ?? []) ranges.set(range.pos, range);
  };
  for (const node of descendants(tree)) {
    add(ts.getLeadingCommentRanges(tree.text, node.pos));
    add(ts.getTrailingCommentRanges(tree.text, node.end));
    // Behind a clause's colon.
    if (ts.isCaseOrDefaultClause(node) && node.statements.length > 0) {
      add(ts.getTrailingCommentRanges(tree.text, node.statements.pos));
    }
  }
  return [...ranges.values()];
}

function commented(tree: ts.SourceFile, pos: number): ts.Node | undefined {
  const isOwn = (node: ts.Node): boolean =>
    (ts.isStatement(node) && !ts.isBlock(node)) || ts.isCaseOrDefaultClause(node);
  const own = descendants(tree).filter(isOwn);
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  const clause = own.find(
    (node) =>
      ts.isCaseOrDefaultClause(node) &&
      node.statements.length > 0 &&
      node.statements.pos <= pos &&
      pos < node.statements[0]!.getStart(),
  );
  const behind = own
    .filter((node) => node.end <= pos && lineOf(node.end) === lineOf(pos))
    .sort((one, other) => other.end - one.end || other.pos - one.pos)[0];
  if (clause !== undefined && lineOf((clause as ts.CaseOrDefaultClause).statements.pos) === lineOf(pos)) return clause;
  if (behind !== undefined) return behind;
  return own.filter((node) => node.pos <= pos && pos < node.getStart()).sort((one, other) => other.end - one.end)[0];
}

/* ---- Rules ---- */

/** A function of a rule, "judgeLayout" or "Assembler.expire". */
export function rule(part: Part, name: string): Where {
  return {
    says: `${name} of ${part}`,
    find: (sources) => sources.all(part, isFunction).filter(({ node }) => functionName(node) === name),
  };
}

function inRule(part: Part, name: string, says: string, isWanted: (node: ts.Node) => boolean): Where {
  const where = rule(part, name);
  return {
    says: `${says} in ${where.says}`,
    find: (sources) => {
      const { file, node: outer } = onlyPlace(sources, where);
      return descendants(outer)
        .filter((node) => isWanted(node) && enclosing(node) === outer)
        .map((node) => ({ file, node }));
    },
  };
}

/** The call of a function, method or constructor in a rule. */
export function call(part: Part, name: string, callee: string): Where {
  return inRule(part, name, `the call of ${callee}`, (node) => isCall(node) && calleeName(node) === callee);
}

/** What a rule takes a property from: `host` of `const { channel } = host`. */
export function source(part: Part, name: string, property: string): Where {
  const where = inRule(
    part,
    name,
    `what ${property} is taken from`,
    (node) =>
      ts.isVariableDeclaration(node) &&
      ts.isObjectBindingPattern(node.name) &&
      node.name.elements.some((element) => (element.propertyName ?? element.name).getText() === property),
  );
  return {
    says: where.says,
    find: (sources) =>
      where.find(sources).map(({ file, node }) => ({ file, node: (node as ts.VariableDeclaration).initializer! })),
  };
}

/** The statement of a rule that gives a property or counter another value. */
export function sets(part: Part, name: string, property: string): Where {
  const targets = ({ node }: Place): boolean => setsProperty(node, property);
  const where = inRule(part, name, `the statement that sets ${property}`, () => true);
  return {
    says: where.says,
    find: (sources) =>
      where
        .find(sources)
        .filter(targets)
        .map(({ file, node }) => ({ file, node: statementOf(node) })),
  };
}

function setsProperty(node: ts.Node, property: string): boolean {
  const target =
    ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)
      ? node.left
      : ts.isPostfixUnaryExpression(node)
        ? node.operand
        : undefined;
  return target !== undefined && ts.isPropertyAccessExpression(target) && target.name.text === property;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** The only one among several of a place's kind that names something, too: a function, a property, a text. */
export function naming(where: Where, what: string): Where {
  return {
    says: `${where.says} that names ${what}`,
    find: (sources) => where.find(sources).filter(({ node }) => names(node, what)),
  };
}

/** The first (0), second (1) and so on of several, in the order of the text. */
export function nth(where: Where, index: number): Where {
  return {
    says: `${where.says}, number ${String(index + 1)}`,
    find: (sources) => {
      const place = where.find(sources)[index];
      return place === undefined ? [] : [place];
    },
  };
}

/** The value of a property in the objects that a rule makes. */
export function entry(part: Part, name: string, property: string): Where {
  const where = inRule(part, name, `the value of ${property}`, (node) => isEntry(node, property));
  return { says: where.says, find: (sources) => where.find(sources).map(valueOf) };
}

function isEntry(node: ts.Node, property: string): boolean {
  return (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && node.name.getText() === property;
}

function valueOf({ file, node }: Place): Place {
  return { file, node: ts.isPropertyAssignment(node) ? node.initializer : node };
}

/** The return of a rule that names something. */
export function returning(part: Part, name: string, what: string): Where {
  return inRule(part, name, `the return of ${what}`, (node) => ts.isReturnStatement(node) && names(node, what));
}

/** The value of a constant of a part, or of an entry in it: ("binding", "FRAMINGS", "1", "fixedMtu"). */
export function constant(part: Part, name: string, ...path: readonly string[]): Where {
  return {
    says: [`the constant ${name} of ${part}`, ...path].join(", "),
    find: (sources) =>
      sources
        .all(part, ts.isVariableDeclaration)
        .filter(({ node }) => node.name.getText() === name && ts.isSourceFile(node.parent.parent.parent))
        .flatMap(({ file, node }) => {
          const value = path.reduce<ts.Expression | undefined>(entryOf, node.initializer);
          return value === undefined ? [] : [{ file, node: value }];
        }),
  };
}

function entryOf(object: ts.Expression | undefined, name: string): ts.Expression | undefined {
  if (object === undefined || !ts.isObjectLiteralExpression(object)) return undefined;
  const property = object.properties.find((one) => one.name?.getText() === name);
  return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
}

/**
 * Whether a node has something in it: "Status.IBF", a property, a function that is called, a text between quotes, an
 * operator, true or false.
 */
export function names(node: ts.Node, what: string): boolean {
  return descendants(node).some((one) => {
    if (ts.isBinaryExpression(one)) return one.operatorToken.getText() === what;
    if (one.kind === ts.SyntaxKind.TrueKeyword || one.kind === ts.SyntaxKind.FalseKeyword)
      return one.getText() === what;
    if (ts.isPropertyAccessExpression(one)) return one.name.text === what || one.getText() === what;
    if (ts.isStringLiteral(one)) return one.text === what;
    return ts.isIdentifier(one) && one.text === what && isShared(one);
  });
}

/** A name that more than one function knows: not a local variable's. */
function isShared(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return (ts.isCallExpression(parent) && parent.expression === identifier) || /^[A-Z]/.test(identifier.text);
}
