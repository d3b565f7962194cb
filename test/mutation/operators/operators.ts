/** What a mistake does to the code, at a place that its steps or its rule name. */
import ts from "typescript";
import { codeAt } from "./code.ts";
import { questionAbout } from "./guards.ts";
import { at, moveAt, onlyPlace, partOf, rule, type Step, type Where } from "./places.ts";
import { put, type Change, type Part, type Place, type Sources } from "./sources.ts";
import { calleeName, enclosing, isFunction, isInList, listedStatementOf, statementOf } from "./syntax.ts";

export interface Operator {
  /** For lists and messages. */
  readonly says: string;
  /** Throws where there is not exactly one place for it. */
  apply(sources: Sources): void;
}

type Anywhere = Step | Where;

function placed(anywhere: Anywhere): Where {
  return typeof anywhere === "string" ? at(anywhere) : anywhere;
}

function operator(says: string, changes: (sources: Sources) => readonly Change[]): Operator {
  return {
    says,
    apply: (sources) => {
      sources.change(changes(sources));
    },
  };
}

/* ---- Statements and values ---- */

/** The call, statement or clause is left out. What a call would have given is `gives`. */
export function leaveOut(anywhere: Anywhere, gives?: string): Operator {
  const where = placed(anywhere);
  return operator(`leave out ${where.says}`, (sources) => {
    const place = onlyPlace(sources, where);
    if (gives !== undefined) return [put(place, codeAt(sources, place.node, gives, place.node.getText()))];
    const statement = statementOf(place.node);
    if (ts.isCallExpression(place.node) && !ts.isExpressionStatement(statement)) {
      throw new Error(`what ${where.says} gives is used: say what it gives instead`);
    }
    return [put({ file: place.file, node: statement }, "{}")];
  });
}

/** Another value instead of a call's, a constant's or a property's; `@it` is the old one. */
export function instead(anywhere: Anywhere, code: string): Operator {
  const where = placed(anywhere);
  return operator(`${code} instead of ${where.says}`, (sources) => {
    const place = onlyPlace(sources, where);
    const { node } = place;
    if (ts.isShorthandPropertyAssignment(node)) {
      return [put(place, `${node.name.text}: ${codeAt(sources, node, code, node.name.text)}`)];
    }
    const isTop = !hasFunction(node);
    return [put(place, isTop ? code.replaceAll("@it", node.getText()) : codeAt(sources, node, code, node.getText()))];
  });
}

function hasFunction(node: ts.Node): boolean {
  for (let outer = node; !ts.isSourceFile(outer); outer = outer.parent) if (isFunction(outer)) return true;
  return false;
}

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  writeIdr: ["step", "value"],
  writeOdr: ["step", "value"],
  writeStatus: ["step", "value"],
  readWindow: ["step", "offset", "into", "at", "length"],
  writeWindow: ["step", "offset", "bytes", "start", "end"],
};

/** The step's access with another argument: "value" of a register write, "offset" and so on of a window's. */
export function access(step: Step, argument: string, code: string): Operator {
  return operator(`${argument} ${code} at step ${step}`, (sources) => {
    const { file, node } = onlyPlace(sources, at(step)) as Place & { node: ts.CallExpression };
    const index = ARGUMENTS[calleeName(node)]?.indexOf(argument) ?? -1;
    const old = node.arguments[index];
    if (old === undefined) throw new Error(`step ${step} has no ${argument}`);
    return [put({ file, node: old }, codeAt(sources, node, code, old.getText()))];
  });
}

/** A call with another argument, by its place from 0. */
export function argument(anywhere: Anywhere, index: number, code: string): Operator {
  const where = placed(anywhere);
  return operator(`argument ${String(index)} ${code} at ${where.says}`, (sources) => {
    const { file, node: found } = onlyPlace(sources, where);
    const node = ts.isExpressionStatement(found) ? found.expression : found;
    const old = ts.isCallExpression(node) ? node.arguments[index] : undefined;
    if (old === undefined) throw new Error(`${where.says} has no argument ${String(index)}`);
    return [put({ file, node: old }, codeAt(sources, node, code, old.getText()))];
  });
}

/** Code before the statement of a place. */
export function before(anywhere: Anywhere, code: string): Operator {
  return beside(anywhere, code, true);
}

/** Code behind the statement of a place. */
export function after(anywhere: Anywhere, code: string): Operator {
  return beside(anywhere, code, false);
}

function beside(anywhere: Anywhere, code: string, isBefore: boolean): Operator {
  const where = placed(anywhere);
  return operator(`${code} ${isBefore ? "before" : "behind"} ${where.says}`, (sources) => {
    const { file, node } = onlyPlace(sources, where);
    const statement = statementOf(node);
    const added = codeAt(sources, node, code);
    const text = statement.getText();
    if (isInList(statement))
      return [put({ file, node: statement }, isBefore ? `${added} ${text}` : `${text} ${added}`)];
    return [put({ file, node: statement }, isBefore ? `{ ${added} ${text} }` : `{ ${text} ${added} }`)];
  });
}

/* ---- Order ---- */

/** Two statements in each other's places. */
export function swap(one: Anywhere, other: Anywhere): Operator {
  const [first, second] = [placed(one), placed(other)];
  return operator(`swap ${first.says} and ${second.says}`, (sources) => {
    const [a, b] = statementsOf(sources, first, second);
    return [put(a, b.node.getText()), put(b, a.node.getText())];
  });
}

/** A statement before another one of the same function. */
export function moveBefore(what: Anywhere, other: Anywhere): Operator {
  const [moved, target] = [placed(what), placed(other)];
  return operator(`${moved.says} before ${target.says}`, (sources) => {
    const [a, b] = statementsOf(sources, moved, target);
    return [put(a, "{}"), { ...put(b, ""), end: b.node.getStart(), text: `${a.node.getText()} ` }];
  });
}

/** A statement right behind another one of the same function. */
export function moveBehind(what: Anywhere, other: Anywhere): Operator {
  const [moved, target] = [placed(what), placed(other)];
  return operator(`${moved.says} behind ${target.says}`, (sources) => {
    const [a, b] = statementsOf(sources, moved, target);
    return [put(a, "{}"), { ...put(b, ""), start: b.node.getEnd(), text: ` ${a.node.getText()}` }];
  });
}

function statementsOf(sources: Sources, one: Where, other: Where): readonly [Place, Place] {
  const [a, b] = [listedPlace(sources, one), listedPlace(sources, other)];
  if (enclosing(a.node) !== enclosing(b.node)) throw new Error(`${one.says} and ${other.says} are not in one function`);
  return [a, b];
}

function listedPlace(sources: Sources, where: Where): Place {
  const { file, node } = onlyPlace(sources, where);
  return { file, node: listedStatementOf(node) };
}

/* ---- Conditions ---- */

/** The place is reached whatever the answer to the question about something. */
export function always(anywhere: Anywhere, about: string): Operator {
  return asked(anywhere, about, "true", `whatever ${about} says`);
}

/** The place is never reached: the question about something is answered with no. */
export function never(anywhere: Anywhere, about: string): Operator {
  return asked(anywhere, about, "false", `never, for ${about}`);
}

/** Another question instead of the one about something: the place is reached when `code` holds; `@it` is the old one. */
export function asks(anywhere: Anywhere, about: string, code: string): Operator {
  return asked(anywhere, about, code, `if ${code}, not as ${about} says`);
}

function asked(anywhere: Anywhere, about: string, code: string, says: string): Operator {
  const where = placed(anywhere);
  return operator(`${where.says}: ${says}`, (sources) => {
    const part = partAt(sources, anywhere);
    const { file, node, met } = questionAbout(sources, part, where, about);
    const text = node.getText();
    const asking = codeAt(sources, node, code, met ? `(${text})` : `!(${text})`);
    return [put({ file, node }, met ? `(${asking})` : `!(${asking})`)];
  });
}

function partAt(sources: Sources, anywhere: Anywhere): Part {
  if (typeof anywhere === "string") return partOf(anywhere);
  const { file } = onlyPlace(sources, anywhere);
  const part = (["host", "bmc", "binding", "mctp"] as const).find((one) => sources.files(one).includes(file));
  if (part === undefined) throw new Error(`${file} belongs to no part`);
  return part;
}

/* ---- Phases and rules ---- */

/** The step leads to another phase, whatever the table of transitions says; `@it` is the phase of the table. */
export function goTo(step: Step, phase: string): Operator {
  return operator(`step ${step} leads to ${phase}`, (sources) => {
    const place = onlyPlace(sources, moveAt(step)) as Place & { node: ts.CallExpression };
    const [state, , to] = place.node.arguments;
    if (state === undefined || to === undefined) throw new Error(`step ${step} leads nowhere`);
    return [put(place, `((${state.getText()} as any).phase = ${codeAt(sources, place.node, phase, to.getText())})`)];
  });
}

/** Code before the first statement of a rule's function. */
export function atStart(part: Part, name: string, code: string): Operator {
  const where = rule(part, name);
  return operator(`${code} at the start of ${where.says}`, (sources) => {
    const { file, node } = onlyPlace(sources, where);
    const { body } = node as ts.FunctionDeclaration;
    if (body === undefined) throw new Error(`${where.says} has no body`);
    const start = body.getStart() + 1;
    return [{ file, start, end: start, text: ` ${codeAt(sources, node, code)} ` }];
  });
}

/** A rule's function gives this, whatever it is asked. `@1`, `@2` are its parameters. */
export function returns(part: Part, name: string, code: string): Operator {
  const where = rule(part, name);
  return operator(`${where.says} returns ${code}`, (sources) => {
    const { file, node } = onlyPlace(sources, where);
    const { body } = node as ts.FunctionLikeDeclaration;
    if (body === undefined) throw new Error(`${where.says} has no body`);
    return [put({ file, node: body }, `{ return ${codeAt(sources, node, code)}; }`)];
  });
}
