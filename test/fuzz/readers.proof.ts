/** Readers of bytes, led by coverage from their corpora to some thousand new inputs. */
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../support/processes.ts";
import { TARGETS } from "./targets.ts";

const FUZZ = join(PROJECT, "dist", "test", "fuzz", "main.js");
const INPUTS = 3000;
/** Below this the modules under test were not instrumented, or the corpus does not lead into them. */
const LEAST_POINTS = 80;

test.each(TARGETS.map(({ name }) => name))(
  "%s: its corpus and some thousand new inputs",
  (name) => {
    const options = ["--target", name, "--inputs", String(INPUTS), "--seconds", "60", "--seed", "11"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [FUZZ, ...options], {
      encoding: "utf8",
      cwd: PROJECT,
    });
    expect({ status, stderr, found: stdout.includes("found:") }).toEqual({ status: 0, stderr: "", found: false });
    const [, inputs, points] = /: (\d+) inputs .* (\d+) points covered/.exec(stdout) ?? [];
    expect(Number(inputs)).toBe(INPUTS);
    expect(Number(points)).toBeGreaterThan(LEAST_POINTS);
  },
  120_000,
);
