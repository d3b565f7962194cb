/** A host's start-up against a BMC as it should be. */
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";

export const START_UP_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "start/session",
    text: "the host closes, fences, proposes and fences again, and opens the session that the BMC answers with",
    requirements: ["LPC-HOST-3", "LPC-HOST-4", "LPC-HOST-5", "LPC-HOST-6", "LPC-MTU-3", "LPC-HOST-16"],
    async play(bmc) {
      await bmc.start();
      if (await bmc.serveStartUp()) return;
      if (bmc.bytesRead.length === 0) bmc.notTestable("no host has written a byte");
      bmc.broken(
        "LPC-HOST-7",
        "the host opened no session on a good answer",
        "a session, and two fences behind Initialise",
      );
    },
  },
];
