/** The table of what the vectors find is of the mistakes and of the vectors that there are. Nothing is run: the proof does that. */
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project/requirements.ts";
import { MISTAKES } from "./mistakes.ts";
import { OUT_OF_REACH } from "./vectors/out-of-reach.ts";

const PAGE = readFileSync(join(PROJECT, "spec", "vectors", "mistakes.md"), "utf8");
/** Name and last cell. */
const ROWS = [...PAGE.matchAll(/^\| ([a-z0-9-]+) \|.*\| ([^|]+) \|$/gm)]
  .map(([, name = "", last = ""]) => [name, last] as const)
  .filter(([name]) => name !== "mistake" && name !== "---");

describe("spec/vectors/mistakes.md", () => {
  test("has every mistake once: found, or out of reach for the reason that is listed", () => {
    expect(ROWS.map(([name]) => name).sort()).toEqual(MISTAKES.map(({ name }) => name).sort());
    const excused = ROWS.filter(([name]) => OUT_OF_REACH.has(name));
    expect(Object.fromEntries(excused)).toEqual(Object.fromEntries(OUT_OF_REACH));
  });

  test("names vectors that there are", () => {
    const files = ROWS.filter(([name]) => !OUT_OF_REACH.has(name)).map(
      ([, vector]) => /^[a-z0-9/-]+\.json/.exec(vector)?.[0],
    );
    expect(files).not.toContain(undefined);
    const missing = files.filter((file) => !existsSync(join(PROJECT, "spec", "vectors", file ?? "")));
    expect(missing).toEqual([]);
  });
});
