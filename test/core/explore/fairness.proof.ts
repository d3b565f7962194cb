/** LPC-KCS-12: with our sides at most one packet passes another, whatever the peer does; deployed sides know no bound. */
import { describe } from "@jest/globals";
import { FAIRNESS } from "./fairness-cases.ts";
import { measureEach } from "./fairness-runs.ts";

/** Two deployed sides behind a driver take as long as all others together. */
const chosen = FAIRNESS.filter(
  ({ text, depth }) => process.env["MCTP_LPC_LONG"] === "1" || depth === 0 || !text.startsWith("both deployed"),
);

describe("LPC-KCS-12: packets that pass a packet which waits for its Tx Begin, with every kind of peer", () => {
  measureEach(chosen);
});
