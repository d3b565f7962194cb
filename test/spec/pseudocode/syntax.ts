/** What a listing of annex M is made of: procedures, statements and expressions. */
import type { RegisterName } from "./names.ts";

/** A part of the window: fields of the control region, both included, or bytes. */
export type Place =
  | { readonly kind: "fields"; readonly from: string; readonly to: string }
  | { readonly kind: "bytes"; readonly start: Expression; readonly length: Expression };

export type BinaryOperator =
  "or" | "and" | "=" | "≠" | "<" | "≤" | ">" | "≥" | "has" | "lacks" | "+" | "-" | "div" | "mod";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "field"; readonly of: Expression; readonly field: string }
  | { readonly kind: "slice"; readonly of: Expression; readonly start: Expression; readonly length: Expression }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "readRegister"; readonly register: RegisterName }
  | { readonly kind: "readWindow"; readonly place: Place };

export type Action =
  | { readonly kind: "let" | "assign"; readonly name: string; readonly value: Expression }
  | { readonly kind: "writeRegister"; readonly register: RegisterName; readonly value: Expression }
  | { readonly kind: "writeWindow"; readonly place: Place; readonly values: readonly Expression[] }
  | { readonly kind: "return"; readonly value: Expression | undefined }
  | { readonly kind: "call"; readonly call: Extract<Expression, { readonly kind: "call" }> }
  | { readonly kind: "count"; readonly counter: string }
  | { readonly kind: "if"; readonly condition: Expression; readonly then: Block; readonly otherwise: Block }
  | { readonly kind: "repeat"; readonly body: Block; readonly until: Expression };

export interface Statement {
  readonly action: Action;
  /** "H1.3", where the line has one in its margin. */
  readonly step: string | undefined;
  /** Of the page, counted from 1. */
  readonly line: number;
}

export type Block = readonly Statement[];

export interface Procedure {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Block;
  readonly line: number;
}

export type Program = ReadonlyMap<string, Procedure>;

/** A line that is no pseudocode. */
export class ListingError extends Error {
  constructor(line: number, message: string) {
    super(`spec/annex-pseudocode.md, line ${String(line)}: ${message}`);
    this.name = "ListingError";
  }
}

/** Calls `visit` with each statement of a block, those inside others included, in the order of the page. */
export function eachStatement(block: Block, visit: (statement: Statement) => void): void {
  for (const statement of block) {
    visit(statement);
    const { action } = statement;
    if (action.kind === "if") {
      eachStatement(action.then, visit);
      eachStatement(action.otherwise, visit);
    } else if (action.kind === "repeat") {
      eachStatement(action.body, visit);
    }
  }
}

/** The expressions that a statement itself holds, without those of statements inside it. */
export function expressionsOf(action: Action): readonly Expression[] {
  switch (action.kind) {
    case "let":
    case "assign":
    case "writeRegister":
      return [action.value];
    case "writeWindow":
      return [...placeExpressions(action.place), ...action.values];
    case "return":
      return action.value === undefined ? [] : [action.value];
    case "call":
      return [action.call];
    case "if":
      return [action.condition];
    case "repeat":
      return [action.until];
    case "count":
      return [];
  }
}

/** Calls `visit` with an expression and each one inside it, from the left. */
export function eachExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  for (const part of partsOf(expression)) eachExpression(part, visit);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "name":
    case "readRegister":
      return [];
    case "call":
      return expression.given;
    case "field":
    case "not":
      return [expression.of];
    case "slice":
      return [expression.of, expression.start, expression.length];
    case "binary":
      return [expression.left, expression.right];
    case "readWindow":
      return placeExpressions(expression.place);
  }
}

function placeExpressions(place: Place): readonly Expression[] {
  return place.kind === "fields" ? [] : [place.start, place.length];
}
