import { describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../support/processes.ts";
import { decodeCorpus, encodeCorpus, fuzzBytes, type Led } from "./bytes-campaign.ts";
import { TARGETS } from "./targets.ts";

const FUZZ = join(PROJECT, "dist", "test", "fuzz", "main.js");
const INPUTS = 3000;
/** Below this the modules under test were not instrumented, or the corpus does not lead into them. */
const LEAST_POINTS = 80;

describe("readers of bytes, led by coverage", () => {
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
});

/** What runs in a reader that goes a step further with each byte of a word. */
function stepwise(): { readonly led: Led; readonly reader: (bytes: Uint8Array) => void } {
  const word = Buffer.from("MCTP!");
  const seen = new Set<number>();
  let reached = 0;
  return {
    led: {
      begin: () => {
        reached = 0;
      },
      isNew: () => {
        const before = seen.size;
        seen.add(reached);
        return seen.size > before;
      },
      get points() {
        return seen.size;
      },
    },
    reader: (bytes) => {
      reached = 0;
      while (reached < word.length && bytes[reached] === word[reached]) reached++;
      if (reached === word.length) throw new Error("the word was read");
    },
  };
}

describe("the fuzzer of readers", () => {
  test("is led byte by byte to what chance would never find, and cuts it down", () => {
    const { led, reader } = stepwise();
    const target = { name: "word", seeds: [], run: reader };
    const { finding, inputs } = fuzzBytes(target, [], led, { seed: 5, inputs: 500_000, seconds: 60 });
    expect(finding?.what).toBe("the word was read");
    expect(Buffer.from(finding!.bytes).toString("latin1")).toBe("MCTP!");
    // By chance alone it takes 2^40.
    expect(inputs).toBeLessThan(500_000);
  });

  test("the same seed gives the same inputs", () => {
    const run = () => {
      const { led, reader } = stepwise();
      return fuzzBytes({ name: "word", seeds: [], run: reader }, [], led, { seed: 5, inputs: 2000, seconds: 60 }).kept;
    };
    expect(run()).toEqual(run());
  });

  test("a corpus is what it was after it was kept in a file", () => {
    const inputs = [Uint8Array.of(1, 2, 255), Uint8Array.of(), Uint8Array.of(0)];
    expect(decodeCorpus(encodeCorpus(inputs))).toEqual(inputs);
  });
});
