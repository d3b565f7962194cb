/** States have the same words in figures and ladders as in clauses 7.3, 8, 10 and 11, which set them in italics. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { withoutCode } from "../../src/core/spec/document.ts";
import { BODY_FILE } from "../../src/core/spec/specification.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { cellOf, readSpecification, tableOf } from "../project/tables.ts";

const FOLDER = join(PROJECT, "spec", "figures");
const body = readSpecification(BODY_FILE);

function figure(name: string): string {
  return readFileSync(join(FOLDER, `${name}.svg`), "utf8");
}

/** The words in the boxes of a state figure. */
function drawnStates(name: string): readonly string[] {
  const texts = [...figure(name).matchAll(/<text [^>]*>(?:<[^>]*>)?([^<]*)/g)].map(([, text = ""]) => text);
  const [, told = ""] = /<desc>States: ([^.]*)\./.exec(figure(name)) ?? [];
  const states = told.split(", ");
  expect(states.filter((state) => !texts.includes(state))).toEqual([]);
  return states.toSorted();
}

/** What a round ends with is in italics, too, and no state. */
const ENDS_OF_ROUNDS: ReadonlySet<string> = new Set(["wait", "again"]);

/** The words in italics in a clause of the body: its states. */
function statesOf(clause: string): readonly string[] {
  const [document] = specification.documents;
  const section = document?.sections.find(({ number }) => number === clause);
  if (document === undefined || section === undefined) throw new Error(`there is no clause ${clause}`);
  const text = withoutCode(document.lines).slice(section.line, section.end).join("\n");
  const words = [...text.matchAll(/(?<!\w)_([a-zA-Z ]+)_(?!\w)/g)].map(([, word = ""]) => word);
  return [...new Set(words)].filter((word) => !ENDS_OF_ROUNDS.has(word)).toSorted();
}

describe("state figures have the words of the text", () => {
  test("the host: the phases of clause 10", () => {
    expect(drawnStates("states-host")).toEqual(statesOf("10"));
  });

  test("the BMC: the phases of clause 11", () => {
    expect(drawnStates("states-bmc")).toEqual(statesOf("11"));
  });

  test("a packet buffer: the sender's states of clause 7.3, and none", () => {
    expect(drawnStates("states-buffer")).toEqual(["no session", ...statesOf("7.3")].toSorted());
  });
});

/** "0x01 (down), 0x81 (active, no session)": what the text calls the values of STR. */
function valueName(value: string): string {
  return new RegExp(`0x${value} \\(([^)]*)\\)`).exec(body)?.[1] ?? `no name for 0x${value}`;
}

describe("STR has the words of clause 8", () => {
  test("in the status register's figure", () => {
    const drawn = figure("status-register");
    for (const value of ["01", "81", "c1"]) expect(drawn).toContain(valueName(value));
  });

  test("in every ladder: the names of the bits that are set, and otherwise what 0x01 is called", () => {
    const bits = tableOf(body, "bit", "name", "owner", "meaning").map((row) => cellOf(row, "name"));
    const [high = "", low = ""] = bits;
    const names = new Set([high, low, `${high}, ${low}`, valueName("01")]);
    const told = readdirSync(FOLDER)
      .filter((name) => name.endsWith(".svg"))
      .flatMap((name) => {
        const text = readFileSync(join(FOLDER, name), "utf8").replace(/<\/?tspan[^>]*>/g, "");
        return [...text.matchAll(/>(?:sees )?STR = [0-9a-f]{2} ([^<·]*)/g)].map(([, word = ""]) => word);
      });
    expect(told.length).toBeGreaterThan(40);
    expect([...new Set(told)].filter((word) => !names.has(word))).toEqual([]);
  });
});
