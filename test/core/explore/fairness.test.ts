/** LPC-KCS-12: with our sides at most one packet passes another, whatever the peer does; deployed sides know no bound. */
import { describe, expect, test } from "@jest/globals";
import { readExplorationRecord } from "../../../spec/generator/tables/exploration-record.ts";
import { FAIRNESS, leastPatience, waitsOf } from "./fairness-cases.ts";

const LIMIT = 400_000;
/** Two sizes tell a bound from a growth; Annex I has more. */
const PACKETS = [2, 3];
/** Two deployed sides behind a driver take as long as all others together. */
const chosen = FAIRNESS.filter(
  ({ text, depth }) => process.env["MCTP_LPC_LONG"] === "1" || depth === 0 || !text.startsWith("both deployed"),
);

describe("LPC-KCS-12: packets that pass a packet which waits for its Tx Begin", () => {
  test.each(chosen.map((one) => [`${one.text}; depth ${String(one.depth)}`, one] as const))("%s", (_, one) => {
    for (const packets of PACKETS) {
      expect([packets, leastPatience(one, "host", packets, LIMIT)]).toEqual([
        packets,
        waitsOf(one.waits.host, packets),
      ]);
      expect([packets, leastPatience(one, "bmc", packets, LIMIT)]).toEqual([packets, waitsOf(one.waits.bmc, packets)]);
    }
  });

  test("the record has every pair, and the same of them", () => {
    const { fairness } = readExplorationRecord(process.cwd());
    expect(fairness).toEqual(
      FAIRNESS.map(({ text, depth, waits, packets }) => ({ text, pathDepth: depth, ...waits, packets })),
    );
  });
});
