/**
 * Our sides with deployed peers, access by access, in every interleaving, with registers alone and behind a driver that
 * holds a byte: what they live with, what they cure, and what they cannot. The proof of the same name has the larger cases.
 */
import { describe } from "@jest/globals";
import { BOTH_DEPLOYED, LEFT_OUT, OUR_BMC, OUR_HOST, type Case } from "./deployed-cases.ts";
import { exploreEach, QUICK_STATES } from "./deployed-runs.ts";

/** The plainest kill with each peer has more. */
const ONE_KILL_STATES = 66_000;
const ONE_KILL = /^F1.*: one kill of either side$/;
const plain = (cases: readonly Case[]): readonly Case[] =>
  cases.filter(({ scenario: { text } }) => ONE_KILL.test(text) && !text.includes("U10"));

describe("LPC-HOST-3, LPC-HOST-4, LPC-HOST-6, LPC-HOST-7, LPC-HOST-9, LPC-BUF-7: our host with a deployed BMC", () => {
  exploreEach(OUR_HOST, "ourHost", 0, QUICK_STATES);
});

describe("LPC-KCS-2, LPC-KCS-6, LPC-BMC-1, LPC-BMC-3, LPC-BMC-4, LPC-BMC-6, LPC-BMC-9, LPC-MTU-4: our BMC with a deployed host", () => {
  exploreEach(OUR_BMC, "ourBmc", 0, QUICK_STATES);
});

describe("a deployed peer, and one kill", () => {
  exploreEach(plain(OUR_HOST), "ourHost", QUICK_STATES, ONE_KILL_STATES);
  exploreEach(plain(OUR_BMC), "ourBmc", QUICK_STATES, ONE_KILL_STATES);
});

describe("deployed sides at both ends", () => {
  exploreEach(BOTH_DEPLOYED, "bothDeployed", 0, QUICK_STATES);
});

describe("with a ruling left out", () => {
  exploreEach(LEFT_OUT, "leftOut", 0, QUICK_STATES);
});
