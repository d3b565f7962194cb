/** The quick configurations that `configurations.test.ts` leaves out because of their size: kills and stops at depth 1. */
import { describe } from "@jest/globals";
import { exploreEach, isSmall, QUICK } from "./configuration-runs.ts";

describe("LPC-KCS-2, LPC-BUF-7, LPC-HOST-7, LPC-BMC-4, LPC-MCTP-6, LPC-SEC-1: every interleaving", () => {
  exploreEach(QUICK.filter((one) => !isSmall(one)));
});
