/** Annex M's listings as a reader has them: every step once and in its order, nothing unknown, nothing too much. */
import { describe, expect, test } from "@jest/globals";
import { BMC_STEPS } from "../../../bmc/role/steps.ts";
import { HOST_STEPS } from "../../../host/role/steps.ts";
import { BINDING_COUNTERS } from "../../../src/core/binding/counters.ts";
import { LISTINGS, PAGE } from "./listings.ts";
import { BINDING_NAMES, camelCase, CONFIGURATION_NAMES, FUNCTIONS, WORDS } from "./names.ts";
import { readListings } from "./parser.ts";
import { eachExpression, eachStatement, expressionsOf, type Block, type Expression, type Statement } from "./syntax.ts";

const STEPS: Readonly<Record<string, string>> = { ...HOST_STEPS, ...BMC_STEPS };
const WORDS_AT_MOST = 2600;
const COLUMNS_AT_MOST = 92;

/** What a statement itself evaluates, from the left. */
function expressionsIn({ action }: Statement): readonly Expression[] {
  const all: Expression[] = [];
  for (const expression of expressionsOf(action)) eachExpression(expression, (part) => all.push(part));
  return all;
}

function statementsOf(block: Block): readonly Statement[] {
  const all: Statement[] = [];
  eachStatement(block, (statement) => all.push(statement));
  return all;
}

const procedures = [...LISTINGS.values()];
const statements = procedures.flatMap(({ body }) => statementsOf(body));

/** The kind of access that a statement makes, as the lists of steps call it. */
function accessOf(statement: Statement): readonly string[] {
  const reads = expressionsIn(statement).flatMap((expression) => {
    if (expression.kind === "readWindow") return ["readWindow"];
    if (expression.kind !== "readRegister") return [];
    return [
      expression.register === "STR"
        ? "readStatus"
        : `read${expression.register[0]!}${expression.register.slice(1).toLowerCase()}`,
    ];
  });
  const { action } = statement;
  if (action.kind === "writeWindow") return [...reads, "writeWindow"];
  if (action.kind !== "writeRegister") return reads;
  return [
    ...reads,
    action.register === "STR" ? "writeStatus" : `write${action.register[0]!}${action.register.slice(1).toLowerCase()}`,
  ];
}

describe("LPC-HOST-16, LPC-BMC-13: the listings of annex M", () => {
  test("name every step, each once", () => {
    const named = statements.flatMap(({ step }) => step ?? []);
    expect([...named].sort()).toEqual(Object.keys(STEPS).sort());
  });

  test("make an access where its step says so, and nowhere else", () => {
    const made = statements.flatMap((statement) => {
      const accesses = accessOf(statement);
      return statement.step === undefined && accesses.length === 0
        ? []
        : [[statement.step ?? `line ${String(statement.line)}`, accesses.join(" and ") || "none"]];
    });
    expect(Object.fromEntries(made)).toEqual(STEPS);
  });

  test("have the steps of each table in its order, followed through their calls", () => {
    const callers = (name: string): number =>
      statements.flatMap(expressionsIn).filter((each) => each.kind === "call" && each.name === name).length;
    const inOrder = (name: string): readonly string[] => {
      const { body } = LISTINGS.get(name)!;
      return statementsOf(body).flatMap((statement) => {
        const calls = expressionsIn(statement).flatMap((each) =>
          each.kind === "call" && LISTINGS.has(each.name) && callers(each.name) === 1 ? inOrder(each.name) : [],
        );
        return [...calls, ...(statement.step === undefined ? [] : [statement.step])];
      });
    };
    for (const entry of ["host_round", "bmc_round"]) {
      const tables = new Map<string, number[]>();
      for (const step of inOrder(entry)) {
        const [table = "", number] = step.split(".");
        tables.set(table, [...(tables.get(table) ?? []), Number(number)]);
      }
      for (const [table, numbers] of tables)
        expect([table, ...numbers]).toEqual([table, ...numbers.toSorted((a, b) => a - b)]);
    }
  });

  test("use no name that has no meaning, and give none two", () => {
    const state = new Set(statements.flatMap(({ action }) => (action.kind === "assign" ? action.name : [])));
    const given = new Set([...WORDS, ...Object.keys(BINDING_NAMES), ...CONFIGURATION_NAMES, "now"]);
    const wrong: string[] = [];
    for (const { name, parameters, body } of procedures) {
      const own = statementsOf(body);
      const locals = new Set([
        ...parameters,
        ...own.flatMap(({ action }) => (action.kind === "let" ? action.name : [])),
      ]);
      for (const local of locals) if (given.has(local) || WORDS.has(local)) wrong.push(`${name} has a ${local}`);
      for (const part of own.flatMap(expressionsIn)) {
        if (part.kind === "name" && !locals.has(part.name) && !state.has(part.name) && !given.has(part.name))
          wrong.push(`${name} knows no ${part.name}`);
        if (part.kind === "call") {
          const wanted = LISTINGS.get(part.name)?.parameters.length ?? FUNCTIONS[part.name];
          if (wanted !== part.given.length) wrong.push(`${name} calls ${part.name} with ${String(part.given.length)}`);
        }
      }
    }
    for (const name of state) if (given.has(name)) wrong.push(`${name} is assigned`);
    expect(wrong).toEqual([]);
  });

  test("LPC-ERR-4: count by the names of the program's counters, and leave none out", () => {
    const counted = statements.flatMap(({ action }) => (action.kind === "count" ? camelCase(action.counter) : []));
    expect([...new Set(counted)].sort()).toEqual(Object.keys(BINDING_COUNTERS).sort());
  });

  test("call every procedure", () => {
    const called = new Set(
      statements.flatMap(expressionsIn).flatMap((each) => (each.kind === "call" ? each.name : [])),
    );
    const roots = ["host_main", "bmc_main"];
    expect(procedures.map(({ name }) => name).filter((name) => !called.has(name) && !roots.includes(name))).toEqual([]);
  });

  test("say in M.1 what each name stands for", () => {
    const notation = PAGE.slice(PAGE.indexOf("## M.1"), PAGE.indexOf("## M.2"));
    const names = [
      ...Object.keys(BINDING_NAMES),
      ...CONFIGURATION_NAMES,
      "now",
      "none",
      "be32",
      "has",
      "lacks",
      "deliver",
    ];
    expect(names.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(notation))).toEqual([]);
  });

  test("are short, and as wide as the page", () => {
    expect(PAGE.split(/\s+/).length).toBeLessThan(WORDS_AT_MOST);
    expect(Math.max(...listingLines().map(({ length }) => length))).toBeLessThanOrEqual(COLUMNS_AT_MOST);
  });

  test.each([
    ["procedure a()\n    x := 1 2", 'line 3: "2" is one too many'],
    ["procedure a()\n    if x:\n    return", "line 3: nothing stands below"],
    ["procedure a()\n      return", "indented by 6"],
    ["x := 1", "made of procedures"],
    ["procedure a()\n    window[rx_size..magic] := 1", "no fields"],
  ])("are not just anything: %j", (listing, message) => {
    expect(() => readListings(`\`\`\`text\n${listing}\n\`\`\``)).toThrow(message);
  });
});

function listingLines(): readonly string[] {
  let isListing = false;
  return PAGE.split("\n").filter((line) => {
    if (line.startsWith("```")) isListing = line === "```text";
    return isListing;
  });
}
