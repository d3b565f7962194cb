import { describe, expect, test } from "@jest/globals";
import { citationPlaces, citations } from "../../src/core/spec/citations.ts";
import {
  areasOf,
  boundText,
  readRequirement,
  versionsText,
  type Requirement,
} from "../../src/core/spec/requirements.ts";
import { made, requirementLine } from "./made.ts";

function read(line: string): Requirement {
  const requirement = readRequirement(line);
  if (requirement === undefined || requirement === "malformed") throw new Error(`no requirement: ${line}`);
  return requirement;
}

describe("a line that says a requirement", () => {
  test.each([
    ["Both", undefined, "Both", "all versions"],
    ["BMC; version 3", [3], "BMC, version 3", "version 3"],
    ["Both; versions 2 and 3", [2, 3], "Both, versions 2 and 3", "versions 2 and 3"],
  ])("(%s)", (bound, versions, text, alone) => {
    const requirement = read(requirementLine(made("ONE", 1), bound));
    expect(requirement.versions).toEqual(versions);
    expect(boundText(requirement)).toBe(text);
    expect(versionsText(requirement.versions)).toBe(alone);
    expect(requirement.text).toBe("A side shall be.");
  });

  test.each([
    `- ${made("ONE", 4)}: not so`,
    `- **${made("ONE", 4)}**: nobody is bound`,
    `- **${made("ONE", 4)}** (Guest): The guest shall not be.`,
    `- **${made("ONE", 4)}** (Both; version two): A side shall be.`,
    `* **${made("ONE", 4)}** (Both): A side shall be.`,
    `  - **${made("ONE", 4)}** (Both): A side shall be.`,
  ])("that is almost one is found out: %s", (line) => {
    expect(readRequirement(line)).toBe("malformed");
  });

  test("others are none", () => {
    const lines = [`see ${made("ONE", 4)}`, "- another thing", "", `| ${made("ONE", 4)} |`];
    expect(lines.map(readRequirement)).toEqual(lines.map(() => undefined));
  });
});

describe("numbers", () => {
  const several = [made("ONE", 3), made("TWO", 1), made("ONE", 1)].map((id) => read(requirementLine(id)));

  test("areas keep the order of the text, their members that of the numbers", () => {
    const areas = [...areasOf(several)].map(([area, members]) => [area, members.map(({ number }) => number)]);
    expect(areas).toEqual([
      ["ONE", [1, 3]],
      ["TWO", [1]],
    ]);
  });
});

describe("citations", () => {
  const one = (number: number): string => made("ONE", number);

  test("short forms are written out", () => {
    expect(citations(`${one(9)} to -11`)).toEqual([one(9), one(10), one(11)]);
    expect(citations(`${one(1)}, -2 and -4, ${one(7)}.`)).toEqual([one(1), one(2), one(4), one(7)]);
    expect(citations(`${one(1)}\nto -3`)).toEqual([one(1), one(2), one(3)]);
    expect(citations("LPC-* is none")).toEqual([]);
  });

  test("each stands at its place, the short ones too", () => {
    const text = `as ${one(9)} to -11, and ${one(1)}, -12 say`;
    expect(citationPlaces(text).map(({ start, end, id }) => [text.slice(start, end), id])).toEqual([
      [one(9), one(9)],
      ["-11", one(11)],
      [one(1), one(1)],
      ["-12", one(12)],
    ]);
  });
});
