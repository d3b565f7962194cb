/** A session in which the BMC says nothing: what a host does then of its own accord (LPC-HOST-16, LPC-KCS-11). */
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { expectKept } from "./steps.ts";

/** Milliseconds: longer than every timer of a host but MT4. */
const QUIET = 2500;

export const QUIET_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "quiet/session",
    text: "in a session without traffic the host writes no byte but those of its packets, and stays in it",
    requirements: ["LPC-HOST-16", "LPC-KCS-11"],
    needs: ["packet/many"],
    slow: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      // PlayedBmc counts the fences; a Tx Begin without a packet is seen there, too.
      await bmc.serveUntil(() => false, QUIET);
      if (bmc.hasLeft) {
        bmc.broken(
          "LPC-HOST-16",
          "in a session without traffic, Initialise is written",
          "a session ends for the host when STR shows so, or when it stops",
        );
      }
      await expectKept(bmc, "LPC-HOST-16", `behind ${String(QUIET)} ms without traffic`);
    },
  },
];
