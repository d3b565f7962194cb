/** Step tables of the text, lists of steps, transition tables and the bodies of both roles say the same in the same order. */
import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { BMC_STEPS } from "../../bmc/role/steps.ts";
import { BMC_TRANSITIONS } from "../../bmc/role/transitions.ts";
import { HOST_STEPS } from "../../host/role/steps.ts";
import { HOST_TRANSITIONS } from "../../host/role/transitions.ts";
import type { TransitionTable } from "../../src/core/binding/transitions.ts";
import type { Step } from "../../src/core/spec/document.ts";
import { PROJECT, specification } from "../project/requirements.ts";
import { readBodySteps } from "./body-steps.ts";

interface RoleTables {
  readonly role: string;
  readonly letter: "H" | "B";
  readonly steps: Readonly<Record<string, string>>;
  readonly transitions: TransitionTable<string>;
  readonly files: readonly string[];
}

const ROLES: readonly RoleTables[] = [
  {
    role: "host",
    letter: "H",
    steps: HOST_STEPS,
    transitions: HOST_TRANSITIONS,
    files: ["start-up.ts", "service.ts", "stop.ts"],
  },
  {
    role: "bmc",
    letter: "B",
    steps: BMC_STEPS,
    transitions: BMC_TRANSITIONS,
    files: ["start.ts", "service.ts"],
  },
];

/** What an access of the text is in the lists of steps. */
const ACCESSES: readonly (readonly [RegExp, string])[] = [
  [/^—$/, "none"],
  [/^read STR$/, "readStatus"],
  [/^read ODR$/, "readOdr"],
  [/^read IDR$/, "readIdr"],
  [/^IDR = 0x[0-9a-f]{2}\b/, "writeIdr"],
  [/^ODR = 0x[0-9a-f]{2}\b/, "writeOdr"],
  [/^STR = 0x[0-9a-f]{2}$/, "writeStatus"],
  [/^read (?:0x[0-9a-f]{2}–0x[0-9a-f]{2}|length|packet and trailer)$/, "readWindow"],
  [/^write (?:0x[0-9a-f]{2}–0x[0-9a-f]{2}\b|length and MCTP header$|payload$|trailer$)/, "writeWindow"],
];

function cell(step: Step, heading: string): string {
  const row = step.rows[0] ?? [];
  return row[step.headings.indexOf(heading)] ?? "";
}

/** "_fencing close_" is fencingClose. */
function phasesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<!\w)_([a-zA-Z ]+)_(?!\w)/g)].map(([, words = ""]) =>
    words.replace(
      / ([A-Za-z])([A-Za-z]*)/g,
      (_match, first: string, rest: string) => first.toUpperCase() + rest.toLowerCase(),
    ),
  );
}

const tableOf = (step: string): string => step.slice(0, step.indexOf("."));
const numberOf = (step: string): number => Number(step.slice(step.indexOf(".") + 1));

/** The steps of each table in their order. */
function byTable(steps: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const tables: Record<string, string[]> = {};
  for (const step of steps) (tables[tableOf(step)] ??= []).push(step);
  return Object.fromEntries(Object.entries(tables).sort(([one], [other]) => (one < other ? -1 : 1)));
}

describe.each(ROLES)(
  "LPC-HOST-16, LPC-BMC-13: the steps of the $role",
  ({ role, letter, steps, transitions, files }) => {
    const rows = specification.steps.filter(
      ({ id, section }) => id.startsWith(letter) && section.file === "mctp-lpc.md",
    );
    const names = Object.keys(steps);

    test("each table counts its steps from 1, without a gap", () => {
      const expected = Object.values(byTable(names)).flatMap((table) => table.map((_step, index) => index + 1));
      expect(names.map(numberOf)).toEqual(expected);
    });

    test("the rows of the text are the steps of the list, one row each, in the same order", () => {
      expect(rows.map(({ id }) => id)).toEqual(names);
      expect(rows.filter((row) => row.rows.length !== 1).map(({ id }) => id)).toEqual([]);
      for (const { id, headings } of rows) {
        expect([id, ...headings]).toEqual([id, "step", "when", "access", "then", "requirement"]);
      }
    });

    test("a row makes the access that the list has", () => {
      const made = rows.map((row) => {
        const text = cell(row, "access");
        return [row.id, ACCESSES.find(([pattern]) => pattern.test(text))?.[1] ?? `? ${text}`];
      });
      expect(Object.fromEntries(made)).toEqual(steps);
    });

    test("a row leads to the phase to which the transition table leads, and from one of its phases", () => {
      const led = rows.flatMap((row) => {
        const phases = phasesIn(cell(row, "then"));
        return phases.length === 0 ? [] : [[row.id, ...phases]];
      });
      expect(led).toEqual(
        rows.filter(({ id }) => transitions[id] !== undefined).map(({ id }) => [id, transitions[id]!.to]),
      );
      for (const row of rows) {
        const from = transitions[row.id]?.from;
        const named = phasesIn(cell(row, "when"));
        if (from !== undefined && named.length > 0)
          expect([row.id, ...from].sort()).toEqual(expect.arrayContaining([...named]));
      }
    });

    test("a row cites a requirement", () => {
      expect(rows.filter(({ requirements }) => requirements.length === 0).map(({ id }) => id)).toEqual([]);
    });

    test("bodies name the steps in the order of their tables", () => {
      const { inLine, shared } = readBodySteps(
        files.map((file) => join(PROJECT, role, "role", file)),
        "service",
      );
      const apart = shared.flatMap((part) => part.steps);
      expect([...inLine, ...apart].sort()).toEqual([...names].sort());
      expect(byTable(inLine)).toEqual(byTable(names.filter((name) => !apart.includes(name))));
      // What several places call is read behind the last of them.
      for (const { steps: own, calledBehind } of shared) {
        expect(own).toEqual(names.filter((name) => own.includes(name)));
        for (const [before, after] of own.flatMap((step) => calledBehind.map((behind) => [behind, step] as const))) {
          if (tableOf(before) === tableOf(after)) expect(numberOf(before)).toBeLessThan(numberOf(after));
        }
      }
    });
  },
);
