/** `npm run mutate`: mistakes in the two roles, one at a time; each must be found by the explorer or a named test. */
import { afterAll, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { judgeMutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

const LIMIT_MILLISECONDS = 600_000;
const rows: string[] = [];

afterAll(() => {
  process.stdout.write(`\n${rows.join("\n")}\n\n`);
});

describe("seeded mistakes", () => {
  test.each(MUTANTS.map((mutant, index) => ({ ...mutant, index })))(
    "$breaks: $mistake",
    ({ index, ...mutant }) => {
      const { caught, by } = judgeMutant(mutant, join(__dirname, "..", "..", "dist", "mutants", String(index)));
      rows.push(`${mutant.breaks}: ${mutant.mistake}\n    ${caught ? "caught by" : "NOT CAUGHT:"} ${by}`);
      expect(caught).toBe(true);
    },
    LIMIT_MILLISECONDS,
  );
});
