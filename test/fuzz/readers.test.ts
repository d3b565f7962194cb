/** Readers of bytes with the inputs that were worth keeping, and small changes of them; led by coverage in readers.proof.ts. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { decodeCorpus, encodeCorpus, fuzzBytes, type Led } from "./bytes-campaign.ts";
import { spoilt } from "./messages.ts";
import { TARGETS } from "./targets.ts";

const CHANGES = 8;

test.each(TARGETS.map((target) => [target.name, target] as const))(
  "%s: nothing fails for any input of its corpus, or one beside it",
  (name, target) => {
    const random = new SeededRandom(11);
    const corpus = decodeCorpus(readFileSync(join(__dirname, "corpus", `${name}.txt`), "latin1"));
    expect(corpus.length).toBeGreaterThan(0);
    for (const input of [...target.seeds, ...corpus]) {
      target.run(input);
      for (let change = 0; change < CHANGES; change++) target.run(spoilt(random, input));
    }
  },
);

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

  test("a corpus is what it was after it was kept in a file", () => {
    const inputs = [Uint8Array.of(1, 2, 255), Uint8Array.of(), Uint8Array.of(0)];
    expect(decodeCorpus(encodeCorpus(inputs))).toEqual(inputs);
  });
});
