/** The witnesses that `witnesses.test.ts` leaves out because of the size of their explorations. */
import { describe } from "@jest/globals";
import { judgeEach, SMALL_STATES, witnesses } from "./witness-runs.ts";

describe("LPC-HOST-4, LPC-HOST-6, LPC-MCTP-6, LPC-BUF-7, LPC-KCS-12: what the explorer finds, the judge names, in the larger explorations", () => {
  judgeEach(witnesses(SMALL_STATES, 250_000));
});
