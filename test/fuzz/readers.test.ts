/** Readers of bytes with the inputs that were worth keeping, and small changes of them; led by coverage in readers.proof.ts. */
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../../src/platform/faulty.ts";
import { decodeCorpus } from "./bytes-campaign.ts";
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
