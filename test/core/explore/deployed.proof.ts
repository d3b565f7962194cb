/**
 * What `deployed.test.ts` leaves out because of its size. `MCTP_LPC_LONG=1 npm run proofs -- explore/deployed` explores the
 * largest, too: minutes, and up to 2 GiB.
 */
import { describe } from "@jest/globals";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST } from "./deployed-cases.ts";
import { exploreEach, QUICK_STATES } from "./deployed-runs.ts";

const MOST_STATES = process.env["MCTP_LPC_LONG"] === "1" ? Infinity : 250_000;

describe("LPC-HOST-3, LPC-HOST-4, LPC-HOST-6, LPC-HOST-7, LPC-HOST-9, LPC-BUF-7: our host with a deployed BMC", () => {
  exploreEach(OUR_HOST, "ourHost", QUICK_STATES, MOST_STATES);
});

describe("LPC-KCS-2, LPC-KCS-6, LPC-BMC-1, LPC-BMC-3, LPC-BMC-4, LPC-BMC-6, LPC-BMC-9, LPC-MTU-4: our BMC with a deployed host", () => {
  exploreEach(OUR_BMC, "ourBmc", QUICK_STATES, MOST_STATES);
});

describe("deployed sides at both ends", () => {
  exploreEach(BOTH_DEPLOYED, "bothDeployed", QUICK_STATES, MOST_STATES);
});

describe("with a ruling left out", () => {
  exploreEach(LEFT_OUT, "leftOut", QUICK_STATES, MOST_STATES);
});
