/** LPC-KCS-12 as tests: of a pair, how many packets pass one that waits, with two sizes that tell a bound from a growth. */
import { expect, test } from "@jest/globals";
import { leastPatience, waitsOf, type FairnessCase } from "./fairness-cases.ts";

const STATE_LIMIT = 400_000;
/** Annex I has more. */
const PACKETS = [2, 3];

export function measureEach(cases: readonly FairnessCase[]): void {
  test.each(cases.map((one) => [`${one.text}; depth ${String(one.depth)}`, one] as const))("%s", (_, one) => {
    for (const packets of PACKETS) {
      const least = (role: "host" | "bmc"): number => leastPatience(one, role, packets, STATE_LIMIT);
      expect({ packets, host: least("host"), bmc: least("bmc") }).toEqual({
        packets,
        host: waitsOf(one.waits.host, packets),
        bmc: waitsOf(one.waits.bmc, packets),
      });
    }
  });
}
