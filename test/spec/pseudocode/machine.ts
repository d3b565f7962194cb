/** Runs the listings of annex M: one side, access by access, on a bus. */
import type { AnyBus } from "../../../src/core/binding/access-bus.ts";
import { crc32 } from "../../../src/core/wire/crc.ts";
import { BINDING_NAMES, WORDS, type Configuration, type RegisterName } from "./names.ts";
import type { Action, Block, Expression, Place, Program, Statement } from "./syntax.ts";
import {
  be32,
  bytesOf,
  combine,
  concatenated,
  decodeFields,
  encodeFields,
  extentOf,
  numberOf,
  slice,
  textOf,
  truthOf,
  ValueError,
  type Value,
} from "./values.ts";

/** What a procedure gives that returns no value. */
const NOTHING = "nothing";
/** More passes than any loop makes that ends. */
const PASS_LIMIT = 10_000;

/** A change of the side's phase, and the step that makes it. */
export interface Move {
  readonly step: string;
  readonly from: string;
  readonly to: string;
}

/** How a block ended: at its last statement, or by `return`. */
type End = "done" | { readonly returned: Value };

type Call = Extract<Expression, { readonly kind: "call" }>;
type Locals = Map<string, Value>;

/** What runs: it gives the moment until which it sleeps, and goes on when called again. */
export type Running<Result> = Generator<number, Result, undefined>;

export class Machine {
  readonly state = new Map<string, Value>();
  readonly counters = new Map<string, number>();
  /** Packets that the side has handed to its surroundings. */
  readonly delivered: Uint8Array[] = [];
  /** Changes of the phase, in their order. */
  readonly moves: Move[] = [];
  /** The lines of the page that were run. */
  visited: Set<number> = new Set<number>();
  now = 0;
  readonly #program: Program;
  readonly #configuration: Configuration;
  readonly #bus: AnyBus;
  #step = "";

  constructor(program: Program, configuration: Configuration, bus: AnyBus) {
    this.#program = program;
    this.#configuration = configuration;
    this.#bus = bus;
  }

  /** Runs a procedure that does not sleep to its end. */
  call(name: string, ...given: readonly Value[]): Value {
    const end = this.run(name, ...given).next();
    if (end.done !== true) throw new Error(`${name} sleeps`);
    return end.value;
  }

  *run(name: string, ...given: readonly Value[]): Running<Value> {
    const procedure = this.#program.get(name);
    if (procedure === undefined) throw new Error(`there is no procedure ${name}`);
    const locals: Locals = new Map(
      procedure.parameters.map((parameter, index) => [parameter, given[index] ?? NOTHING]),
    );
    const end = yield* this.#block(procedure.body, locals);
    return end === "done" ? NOTHING : end.returned;
  }

  /* ---- Statements ---- */

  *#block(block: Block, locals: Locals): Running<End> {
    for (const statement of block) {
      const end = yield* this.#statement(statement, locals);
      if (end !== "done") return end;
    }
    return "done";
  }

  *#statement({ action, step, line }: Statement, locals: Locals): Running<End> {
    this.visited.add(line);
    if (step !== undefined) this.#step = step;
    try {
      switch (action.kind) {
        case "if":
          return yield* this.#block(
            truthOf(this.#value(action.condition, locals)) ? action.then : action.otherwise,
            locals,
          );
        case "repeat":
          return yield* this.#repeat(action, locals);
        case "return":
          return { returned: action.value === undefined ? NOTHING : this.#value(action.value, locals) };
        case "call":
          if (action.call.name === "sleep") yield numberOf(this.#value(action.call.given[0]!, locals));
          else this.#called(action.call, locals);
          return "done";
        default:
          this.#act(action, locals);
          return "done";
      }
    } catch (error) {
      if (error instanceof ValueError && !error.message.startsWith("line ")) {
        throw new ValueError(`line ${String(line)}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  *#repeat({ body, until }: Extract<Action, { readonly kind: "repeat" }>, locals: Locals): Running<End> {
    for (let pass = 0; pass < PASS_LIMIT; pass++) {
      const end = yield* this.#block(body, locals);
      if (end !== "done" || truthOf(this.#value(until, locals))) return end;
    }
    throw new ValueError("this repeats without an end");
  }

  #act(
    action: Extract<Action, { readonly kind: "let" | "assign" | "writeRegister" | "writeWindow" | "count" }>,
    locals: Locals,
  ): void {
    switch (action.kind) {
      case "let":
        locals.set(action.name, this.#value(action.value, locals));
        return;
      case "assign": {
        const value = this.#value(action.value, locals);
        if (locals.has(action.name)) locals.set(action.name, value);
        else this.#setState(action.name, value);
        return;
      }
      case "writeRegister":
        this.#writeRegister(action.register, numberOf(this.#value(action.value, locals)));
        return;
      case "writeWindow":
        this.#writeWindow(
          action.place,
          action.values.map((value) => this.#value(value, locals)),
          locals,
        );
        return;
      case "count":
        this.counters.set(action.counter, (this.counters.get(action.counter) ?? 0) + 1);
    }
  }

  #setState(name: string, value: Value): void {
    const before = this.state.get(name);
    this.state.set(name, value);
    if (name === "phase" && typeof before === "string" && before !== value) {
      this.moves.push({ step: this.#step, from: before, to: textOf(value) });
    }
  }

  /* ---- Expressions ---- */

  #value(expression: Expression, locals: Locals): Value {
    switch (expression.kind) {
      case "number":
        return expression.value;
      case "name":
        return this.#named(expression.name, locals);
      case "call": {
        const result = this.#called(expression, locals);
        if (result === NOTHING) throw new ValueError(`${expression.name} gives nothing`);
        return result;
      }
      case "field": {
        const fields = this.#value(expression.of, locals);
        const value = fields instanceof Map ? (fields.get(expression.field) as Value | undefined) : undefined;
        if (value === undefined) throw new ValueError(`${expression.field} was not read`);
        return value;
      }
      case "slice":
        return slice(
          bytesOf(this.#value(expression.of, locals)),
          numberOf(this.#value(expression.start, locals)),
          numberOf(this.#value(expression.length, locals)),
        );
      case "not":
        return !truthOf(this.#value(expression.of, locals));
      case "binary": {
        const { operator, left, right } = expression;
        const value = this.#value(left, locals);
        if (operator === "and") return truthOf(value) && truthOf(this.#value(right, locals));
        if (operator === "or") return truthOf(value) || truthOf(this.#value(right, locals));
        return combine(operator, value, this.#value(right, locals));
      }
      case "readRegister":
        return this.#readRegister(expression.register);
      case "readWindow":
        return this.#readWindow(expression.place, locals);
    }
  }

  #named(name: string, locals: Locals): Value {
    const value = locals.get(name) ?? this.state.get(name) ?? BINDING_NAMES[name];
    if (value !== undefined) return value;
    if (name === "now") return this.now;
    if (name === "true" || name === "false") return name === "true";
    if (WORDS.has(name)) return name;
    if (name in this.#configuration) return this.#configuration[name as keyof Configuration];
    throw new ValueError(`${name} has no value`);
  }

  #called({ name, given: expressions }: Call, locals: Locals): Value {
    const given = expressions.map((value) => this.#value(value, locals));
    const [first = NOTHING, second = NOTHING] = given;
    switch (name) {
      case "min":
        return Math.min(numberOf(first), numberOf(second));
      case "max":
        return Math.max(numberOf(first), numberOf(second));
      case "be32":
        return be32(first);
      case "crc32":
        return crc32(bytesOf(first), 0, bytesOf(first).length);
      case "size":
        return bytesOf(first).length;
      case "deliver":
        this.delivered.push(bytesOf(first));
        return NOTHING;
      default:
        return this.call(name, ...given);
    }
  }

  /* ---- Accesses ---- */

  #readRegister(register: RegisterName): number {
    switch (register) {
      case "STR":
        return this.#bus.readStatus(this.#step);
      case "IDR":
        return this.#bus.readIdr(this.#step);
      case "ODR":
        return this.#bus.readOdr(this.#step);
    }
  }

  #writeRegister(register: RegisterName, value: number): void {
    switch (register) {
      case "STR":
        this.#bus.writeStatus(this.#step, value);
        return;
      case "IDR":
        this.#bus.writeIdr(this.#step, value);
        return;
      case "ODR":
        this.#bus.writeOdr(this.#step, value);
    }
  }

  #readWindow(place: Place, locals: Locals): Value {
    const { offset, length } = this.#extent(place, locals);
    const bytes = new Uint8Array(length);
    this.#bus.readWindow(this.#step, offset, bytes, 0, length);
    return place.kind === "fields" ? decodeFields(place.from, place.to, bytes) : bytes;
  }

  #writeWindow(place: Place, values: readonly Value[], locals: Locals): void {
    const { offset, length } = this.#extent(place, locals);
    const bytes =
      place.kind === "fields"
        ? encodeFields(place.from, place.to, values.map(numberOf))
        : concatenated(values.map(bytesOf));
    if (bytes.length !== length)
      throw new ValueError(`${String(bytes.length)} bytes for ${String(length)} of the window`);
    this.#bus.writeWindow(this.#step, offset, bytes, 0, length);
  }

  #extent(place: Place, locals: Locals): { readonly offset: number; readonly length: number } {
    if (place.kind === "fields") return extentOf(place.from, place.to);
    return {
      offset: numberOf(this.#value(place.start, locals)),
      length: numberOf(this.#value(place.length, locals)),
    };
  }
}
