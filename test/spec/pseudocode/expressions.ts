/** Reads the expressions of annex M's listings. */
import { fieldsBetween, isRegister } from "./names.ts";
import { ListingError, type BinaryOperator, type Expression, type Place } from "./syntax.ts";

const TOKEN = /\s*(0x[0-9a-f]+|\d+|[A-Za-z_]\w*|:=|\.\.|[()[\].,:=≠<≤>≥+-])/y;

/** From the weakest to the strongest. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["or"],
  ["and"],
  ["=", "≠", "<", "≤", ">", "≥", "has", "lacks"],
  ["+", "-"],
  ["div", "mod"],
];
/** `not` stands between "and" and the comparisons. */
const NOT_LEVEL = 2;

/** The words and marks of one line, read from the left. */
export class Tokens {
  readonly line: number;
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string, line: number) {
    this.line = line;
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let end = 0; end < text.length; end = TOKEN.lastIndex) {
      const match = TOKEN.exec(text);
      if (match === null) throw new ListingError(line, `"${text.slice(end)}" begins with nothing known`);
      tokens.push(match[1]!);
    }
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#next + ahead];
  }

  take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw this.error("the line ends too early");
    return token;
  }

  /** Takes the token if it is this one. */
  accept(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#next++;
    return true;
  }

  expect(token: string): void {
    const found = this.take();
    if (found !== token) throw this.error(`"${found}" stands where "${token}" is expected`);
  }

  name(): string {
    const token = this.take();
    if (!/^[A-Za-z_]/.test(token)) throw this.error(`"${token}" is no name`);
    return token;
  }

  end(): void {
    if (!this.isAtEnd) throw this.error(`"${this.take()}" is one too many`);
  }

  error(message: string): ListingError {
    return new ListingError(this.line, message);
  }
}

export function readExpression(tokens: Tokens, level = 0): Expression {
  if (level === NOT_LEVEL && tokens.accept("not")) return { kind: "not", of: readExpression(tokens, level) };
  const operators = LEVELS[level];
  if (operators === undefined) return readPostfix(tokens);
  let left = readExpression(tokens, level + 1);
  for (;;) {
    const operator = operators.find((candidate) => tokens.accept(candidate));
    if (operator === undefined) return left;
    left = { kind: "binary", operator, left, right: readExpression(tokens, level + 1) };
  }
}

/** Expressions up to the closing mark, which is taken; or to the end of the line. */
export function readList(tokens: Tokens, closing: string | undefined): readonly Expression[] {
  const list: Expression[] = [];
  if (closing !== undefined && tokens.accept(closing)) return list;
  do list.push(readExpression(tokens));
  while (tokens.accept(","));
  if (closing === undefined) tokens.end();
  else tokens.expect(closing);
  return list;
}

/** What stands behind `window[`, up to and with the bracket. */
export function readPlace(tokens: Tokens): Place {
  const following = tokens.peek(1);
  if (following === "]" || following === "..") {
    const from = tokens.name();
    const to = tokens.accept("..") ? tokens.name() : from;
    tokens.expect("]");
    if (fieldsBetween(from, to) === undefined) throw tokens.error(`${from} to ${to} are no fields`);
    return { kind: "fields", from, to };
  }
  const start = readExpression(tokens);
  tokens.expect("for");
  const length = readExpression(tokens);
  tokens.expect("]");
  return { kind: "bytes", start, length };
}

function readPostfix(tokens: Tokens): Expression {
  let expression = readPrimary(tokens);
  for (;;) {
    if (tokens.accept(".")) {
      expression = { kind: "field", of: expression, field: tokens.name() };
    } else if (tokens.accept("[")) {
      const start = readExpression(tokens);
      tokens.expect("for");
      const length = readExpression(tokens);
      tokens.expect("]");
      expression = { kind: "slice", of: expression, start, length };
    } else {
      return expression;
    }
  }
}

function readPrimary(tokens: Tokens): Expression {
  if (tokens.accept("(")) {
    const inner = readExpression(tokens);
    tokens.expect(")");
    return inner;
  }
  if (/^\d/.test(tokens.peek() ?? "")) return { kind: "number", value: Number(tokens.take()) };
  const name = tokens.name();
  if (name === "window") {
    tokens.expect("[");
    return { kind: "readWindow", place: readPlace(tokens) };
  }
  if (isRegister(name)) return { kind: "readRegister", register: name };
  if (tokens.accept("(")) return { kind: "call", name, given: readList(tokens, ")") };
  return { kind: "name", name };
}
