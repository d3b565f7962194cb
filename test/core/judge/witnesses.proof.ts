/** The witnesses that `witnesses.test.ts` leaves out because of the size of their explorations. */
import { describe } from "@jest/globals";
import { QUICK_STATES } from "../explore/deployed-runs.ts";
import { judgeEach, witnesses } from "./witness-runs.ts";

describe("LPC-HOST-4, LPC-HOST-6, LPC-MCTP-6, LPC-BUF-7, LPC-KCS-12: what the explorer finds, the judge names, in the larger explorations", () => {
  judgeEach(witnesses(QUICK_STATES, 250_000));
});
