/** Reads the listings of annex M: procedures, whose lines are indented by four for each level. */
import { isRegister } from "./names.ts";
import { readExpression, readList, readPlace, Tokens } from "./expressions.ts";
import { ListingError, type Action, type Block, type Procedure, type Program, type Statement } from "./syntax.ts";

const INDENT = 4;
const STEP = / {2,}([HB]\d\.\d+)$/;

interface Line {
  readonly number: number;
  readonly depth: number;
  readonly text: string;
  readonly step: string | undefined;
}

/** Reads the fenced listings of the page together. */
export function readListings(page: string): Program {
  const lines = linesOf(page);
  const program = new Map<string, Procedure>();
  let next = 0;
  while (next < lines.length) {
    const { text, number, depth } = lines[next]!;
    const tokens = new Tokens(text, number);
    if (depth > 0 || !tokens.accept("procedure")) throw new ListingError(number, "a listing is made of procedures");
    const name = tokens.name();
    tokens.expect("(");
    const parameters: string[] = [];
    while (!tokens.accept(")")) {
      parameters.push(tokens.name());
      tokens.accept(",");
    }
    tokens.end();
    if (program.has(name)) throw new ListingError(number, `there are two procedures ${name}`);
    const end = endOfBlock(lines, next + 1, 1);
    const body = readBlock(lines.slice(next + 1, end), 1);
    if (body.length === 0) throw new ListingError(number, `${name} does nothing`);
    program.set(name, { name, parameters, body, line: number });
    next = end;
  }
  return program;
}

/** The lines of listings that say something, without comments. */
function linesOf(page: string): readonly Line[] {
  const lines: Line[] = [];
  let isListing = false;
  for (const [index, whole] of page.split("\n").entries()) {
    if (whole.startsWith("```")) {
      isListing = whole === "```text" && !isListing;
      continue;
    }
    const bare = whole.replace(/ *\/\/.*$/, "");
    if (!isListing || bare === "") continue;
    const [, step] = STEP.exec(bare) ?? [];
    const text = bare.replace(STEP, "").trim();
    const indent = bare.length - bare.trimStart().length;
    if (indent % INDENT !== 0) throw new ListingError(index + 1, `indented by ${String(indent)}`);
    lines.push({ number: index + 1, depth: indent / INDENT, text, step });
  }
  return lines;
}

function endOfBlock(lines: readonly Line[], start: number, depth: number): number {
  const end = lines.findIndex((line, index) => index >= start && line.depth < depth);
  return end < 0 ? lines.length : end;
}

function readBlock(lines: readonly Line[], depth: number): Block {
  const statements: Statement[] = [];
  let next = 0;
  /** Takes the lines of the block that begins behind this line, and what they hold. */
  const inner = (): Block => {
    const end = endOfBlock(lines, next + 1, depth + 1);
    const block = readBlock(lines.slice(next + 1, end), depth + 1);
    if (block.length === 0) throw new ListingError(lines[next]!.number, "nothing stands below");
    next = end;
    return block;
  };
  /** What is done if a condition holds: the rest of the line, or the lines below. */
  const branch = (tokens: Tokens, line: Line): Block => {
    tokens.expect(":");
    if (tokens.isAtEnd) {
      if (line.step !== undefined) throw tokens.error("a condition has no step");
      return inner();
    }
    next++;
    return [{ action: readAction(tokens), step: line.step, line: line.number }];
  };
  const conditional = (tokens: Tokens, line: Line): Statement => {
    const condition = readExpression(tokens);
    const then = branch(tokens, line);
    const action = { kind: "if", condition, then, otherwise: alternative() } as const;
    return { action, step: undefined, line: line.number };
  };
  const alternative = (): Block => {
    const line = lines[next];
    if (line?.depth !== depth) return [];
    const tokens = new Tokens(line.text, line.number);
    if (!tokens.accept("else")) return [];
    return tokens.accept("if") ? [conditional(tokens, line)] : branch(tokens, line);
  };

  while (next < lines.length) {
    const line = lines[next]!;
    if (line.depth !== depth) throw new ListingError(line.number, "indented too far");
    const tokens = new Tokens(line.text, line.number);
    if (tokens.accept("if")) {
      statements.push(conditional(tokens, line));
    } else if (tokens.accept("repeat")) {
      statements.push({ action: repetition(tokens), step: undefined, line: line.number });
    } else {
      statements.push({ action: readAction(tokens), step: line.step, line: line.number });
      next++;
    }
  }
  return statements;

  function repetition(tokens: Tokens): Action {
    tokens.expect(":");
    tokens.end();
    const body = inner();
    const last = lines[next];
    const end = new Tokens(last?.text ?? "", last?.number ?? tokens.line);
    end.expect("until");
    const until = readExpression(end);
    end.end();
    next++;
    return { kind: "repeat", body, until };
  }
}

/** A statement without others inside it. */
function readAction(tokens: Tokens): Action {
  const action = readOneAction(tokens);
  tokens.end();
  return action;
}

function readOneAction(tokens: Tokens): Action {
  if (tokens.accept("return")) {
    return { kind: "return", value: tokens.isAtEnd ? undefined : readExpression(tokens) };
  }
  if (tokens.accept("count")) return { kind: "count", counter: tokens.name() };
  const isLocal = tokens.accept("let");
  if (tokens.peek() === "window" && tokens.peek(1) === "[") {
    tokens.take();
    tokens.take();
    const place = readPlace(tokens);
    tokens.expect(":=");
    return { kind: "writeWindow", place, values: readList(tokens, undefined) };
  }
  if (tokens.peek(1) === "(") {
    const call = readExpression(tokens);
    if (isLocal || call.kind !== "call") throw tokens.error("this does nothing");
    return { kind: "call", call };
  }
  const name = tokens.name();
  tokens.expect(":=");
  const value = readExpression(tokens);
  if (isRegister(name)) return { kind: "writeRegister", register: name, value };
  return { kind: isLocal ? "let" : "assign", name, value };
}
