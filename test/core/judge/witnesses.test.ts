/** The judge and the explorer name the same requirement. The proof of the same name has the larger explorations. */
import { describe, expect, test } from "@jest/globals";
import { ONE_FENCE } from "../../../src/cli/explore/one-fence.ts";
import { QUICK_STATES } from "../explore/deployed-runs.ts";
import { judgeEach, witnesses } from "./witness-runs.ts";

describe("LPC-HOST-4, LPC-HOST-6, LPC-MCTP-6, LPC-BUF-7, LPC-KCS-12: what the explorer finds, the judge names", () => {
  judgeEach(ONE_FENCE.map(({ scenario }) => [scenario.text, scenario]));
  judgeEach(witnesses(0, QUICK_STATES));

  test("there are runs of every kind", () => {
    expect(witnesses(0, QUICK_STATES).length).toBeGreaterThan(12);
    expect(witnesses(0, Infinity).length).toBeGreaterThan(25);
  });
});
