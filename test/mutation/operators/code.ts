/**
 * Code that an operator puts into a function, with names that it does not know:
 *
 * - `@it`: what stood there before
 * - `@bus`, `@state`, `@channel`, `@config`, `@tools`, `@now`: what the function calls its bus, role state and so on
 * - `@{H2.2}`: the variable that takes what the step reads; `@{negotiate}`: the one that takes what that function gives
 * - `@1`, `@2`: the function's parameters by their place
 */
import ts from "typescript";
import { at, type Step } from "./places.ts";
import { descendants, type Sources } from "./sources.ts";
import { calleeName, enclosing, isCall, takerOf, type Function } from "./syntax.ts";

const TYPES: Readonly<Record<string, RegExp>> = {
  bus: /^\w*Bus\b/,
  state: /^(Host|Bmc)State$/,
  channel: /^OpenChannel\b/,
  config: /^(Host|Bmc)Config$/,
  tools: /^PacketBufferTools$/,
  now: /^Millis$/,
};
const GLOBALS: ReadonlySet<string> = new Set(["Math", "Number", "DataView", "Uint8Array", "Infinity", "undefined"]);

/** The code as it reads in the function round `node`. */
export function codeAt(sources: Sources, node: ts.Node, code: string, it = ""): string {
  const outer = enclosing(node);
  const resolved = code.replace(
    /@(?:\{([^}]+)\}|([a-z]+)|(\d))/g,
    (_, taken?: string, known?: string, place?: string) => {
      if (taken !== undefined) return takerName(sources, outer, taken);
      if (place !== undefined) return parameterName(outer, Number(place) - 1);
      return known === "it" ? it : nameByType(outer, known ?? "");
    },
  );
  checkNames(resolved, node.getSourceFile());
  return resolved;
}

function takerName(sources: Sources, outer: Function, what: string): string {
  const isStep = /^[HB]\d/.test(what);
  const steps = isStep
    ? at(what as Step)
        .find(sources)
        .map(({ node }) => node)
    : [];
  const calls = descendants(outer).filter(
    (node) => isCall(node) && (isStep ? steps.includes(node) : calleeName(node) === what),
  );
  const [name] = calls.flatMap((node) => takerOf(node) ?? []);
  if (name === undefined) throw new Error(`nothing takes what ${what} gives in ${outer.name?.getText() ?? "it"}`);
  return name;
}

function parameterName({ parameters }: Function, place: number): string {
  const parameter = parameters[place];
  if (parameter === undefined) throw new Error(`there is no parameter ${String(place + 1)}`);
  return parameter.name.getText();
}

function nameByType(outer: Function, what: string): string {
  const type = TYPES[what];
  if (type === undefined) throw new Error(`@${what} stands for nothing`);
  const parameter = outer.parameters.find((one) => type.test(one.type?.getText() ?? ""));
  if (parameter !== undefined) return parameter.name.getText();
  // `const { channel } = host`
  const element = descendants(outer).find(
    (node): node is ts.BindingElement =>
      ts.isBindingElement(node) && (node.propertyName ?? node.name).getText() === what,
  );
  if (element === undefined) throw new Error(`${outer.name?.getText() ?? "it"} has no ${what}`);
  return element.name.getText();
}

/** Code that names what the file has not would fail for another reason than the mistake. */
function checkNames(code: string, file: ts.SourceFile): void {
  const known = new Set(descendants(file).flatMap((node) => (ts.isIdentifier(node) ? [node.text] : [])));
  const expression = ts.createSourceFile("code.ts", `(${code})`, ts.ScriptTarget.Latest, true);
  const isExpression = expression.statements.length === 1;
  const added = isExpression ? expression : ts.createSourceFile("code.ts", code, ts.ScriptTarget.Latest, true);
  const own = descendants(added).flatMap((node) =>
    ts.isVariableDeclaration(node) || ts.isParameter(node) ? [node.name.getText()] : [],
  );
  for (const node of descendants(added)) {
    if (!ts.isIdentifier(node) || isProperty(node) || own.includes(node.text)) continue;
    if (!known.has(node.text) && !GLOBALS.has(node.text))
      throw new Error(`there is no ${node.text} in ${file.fileName}`);
  }
}

function isProperty(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node) ||
    ts.isTypeNode(parent)
  );
}
