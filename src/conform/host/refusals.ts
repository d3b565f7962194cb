/** Refusals, rests, and start-ups that lead to nothing (LPC-HOST-15, LPC-HOST-7, LPC-HOST-13, LPC-TIME-2). */
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import {
  AT_ONCE,
  expectInitialise,
  expectSession,
  isClose,
  nextInitialise,
  REST,
  SURE_REST,
  takeFences,
  takeInitialise,
  takeProposal,
} from "./steps.ts";

/** Start-ups in a row that may lead to nothing (H1.29), and those at which a host without a count is told. */
const STARTS_IN_A_ROW = 8;
const MOST_STARTS = 20;

export const REFUSAL_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "refusal/first",
    text: "behind the first refusal the start-up begins again at once",
    requirements: ["LPC-HOST-15"],
    needs: ["start/session", "start/answer-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.start();
      await refuse(bmc);
      await expectInitialise(bmc, "LPC-HOST-15", "behind the first refusal", AT_ONCE);
    },
  },
  {
    name: "refusal/second",
    text: "behind the second refusal in a row the host rests for T_refused, and begins again then",
    requirements: ["LPC-TIME-2", "LPC-HOST-15"],
    needs: ["refusal/first"],
    async play(bmc: PlayedBmc): Promise<void> {
      const since = await refuseTwice(bmc);
      const hasBegun = (await nextInitialise(bmc, SURE_REST)) !== undefined;
      const rested = bmc.now - since;
      if (hasBegun && rested > SURE_REST) return;
      if (hasBegun) {
        bmc.broken(
          "LPC-TIME-2",
          `behind the second refusal in a row a start-up begins after ${String(Math.round(rested))} ms`,
          "the host rests for T_refused, 1 s",
        );
      }
      await expectInitialise(
        bmc,
        "LPC-TIME-2",
        "behind a rest of T_refused",
        REST - SURE_REST + bmc.surroundings.patience,
      );
    },
  },
  {
    name: "refusal/tx-begin-at-rest",
    text: "a Tx Begin outside a session is not answered",
    requirements: ["LPC-ERR-1", "LPC-HOST-11"],
    needs: ["refusal/second"],
    // The judge would take the answer for a packet outside a session.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await refuseTwice(bmc);
      // Until the host has judged, a Tx Begin is remembered (LPC-HOST-8).
      await bmc.odrRead();
      await bmc.pause(bmc.surroundings.silence / 3);
      await bmc.ring(Command.TX_BEGIN);
      const byte = await bmc.takeByte(bmc.surroundings.silence);
      if (byte === Command.RX_COMPLETE) {
        bmc.broken("LPC-ERR-1", "a Tx Begin outside a session is answered by Rx Complete", "it is ignored");
      }
    },
  },
  {
    name: "refusal/rest-ended",
    text: "a BMC that restarts ends the rest",
    requirements: ["LPC-TIME-2"],
    needs: ["refusal/second"],
    async play(bmc: PlayedBmc): Promise<void> {
      await refuseTwice(bmc);
      await bmc.pause(bmc.surroundings.silence / 3);
      await bmc.startUnseen();
      await expectInitialise(bmc, "LPC-TIME-2", "with the host version fields zeroed in a rest, and a dummy", AT_ONCE);
    },
  },
  {
    name: "refusal/behind-session",
    text: "a session ends a row of refusals: behind the next one the start-up begins again at once",
    requirements: ["LPC-HOST-15"],
    needs: ["refusal/first"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.start();
      await refuse(bmc);
      await bmc.reopenSession();
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      await refuse(bmc);
      await expectInitialise(bmc, "LPC-HOST-15", "behind the first refusal since a session", AT_ONCE);
    },
  },
  {
    name: "restart/zeroed-fields",
    text: "host version fields that changed tell of a BMC that restarted: the start-up begins again at once",
    requirements: ["LPC-HOST-7"],
    needs: ["refusal/first"],
    async play(bmc: PlayedBmc): Promise<void> {
      // A refusal before: a host that takes this for another one rests.
      await bmc.start();
      await refuse(bmc);
      await takeProposal(bmc);
      await bmc.startUnseen();
      await takeFences(bmc);
      await expectInitialise(bmc, "LPC-HOST-7", "behind a proposal whose fields a restart of the BMC zeroed", AT_ONCE);
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-HOST-7", "behind a restart of the BMC in the start-up");
    },
  },
  {
    name: "restart/version-0",
    text: "negotiated_ver 0 with Channel Active and changed host version fields is a restart, not an answer to decline",
    requirements: ["LPC-HOST-7"],
    needs: ["restart/zeroed-fields"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await takeProposal(bmc);
      bmc.writeOffer();
      bmc.writeStatus(SESSION_BITS | KEEP_OBF);
      await bmc.ring(Command.DUMMY);
      await takeFences(bmc);
      await expectInitialise(bmc, "LPC-HOST-7", "behind a region as a starting BMC writes it", AT_ONCE);
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      if ((await bmc.takeByte(AT_ONCE)) !== undefined) return;
      bmc.broken(
        "LPC-HOST-7",
        `behind a region as a starting BMC writes it, the host closes, and goes on with nothing in ${String(AT_ONCE)} ms`,
        "the start-up begins again at once",
      );
    },
  },
  {
    name: "start/channel-behind-close",
    text: "a channel that is active behind close and fences is closed again",
    requirements: ["LPC-HOST-13"],
    needs: ["start/session", "start/close-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      const close = await takeInitialise(bmc);
      if (!isClose(close)) bmc.notTestable("the host does not close before it opens");
      // As a BMC whose driver lost the close: it is still in its session.
      bmc.writeStatus(SESSION_BITS | KEEP_OBF);
      await takeFences(bmc);
      const next = await takeInitialise(bmc);
      if (!isClose(next)) {
        bmc.broken(
          "LPC-HOST-13",
          "the proposal is written though STR shows Channel Active behind close and fences",
          "the BMC has not seen the close: the start-up begins again",
        );
      }
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-HOST-13", "behind the second close");
    },
  },
  {
    name: "restart/in-a-row",
    text: "a ninth start-up in a row that leads to nothing is followed by a rest",
    requirements: ["LPC-TIME-2", "LPC-HOST-7"],
    needs: ["restart/zeroed-fields", "refusal/second"],
    slow: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.start();
      for (let starts = 1; starts <= MOST_STARTS; starts++) {
        await takeProposal(bmc);
        await bmc.startUnseen();
        await takeFences(bmc);
        if (await isResting(bmc)) {
          if (starts >= STARTS_IN_A_ROW) return;
          bmc.broken(
            "LPC-HOST-7",
            `the host rests behind ${String(starts)} start-ups that a restart of the BMC ended`,
            "up to eight in a row it begins again at once",
          );
        }
      }
      bmc.broken(
        "LPC-TIME-2",
        `${String(MOST_STARTS)} start-ups in a row, with neither session nor rest between`,
        "the ninth is followed by a rest",
      );
    },
  },
];

/** Has the host propose, and refuses. Gives a moment before which the host cannot have judged the answer. */
async function refuse(bmc: PlayedBmc): Promise<number> {
  await takeProposal(bmc);
  await bmc.answerInitialise({ accepted: false });
  const since = bmc.now;
  await takeFences(bmc);
  return since;
}

async function refuseTwice(bmc: PlayedBmc): Promise<number> {
  await bmc.openSession();
  await bmc.start();
  await refuse(bmc);
  return refuse(bmc);
}

/** Whether the next Initialise is not there at once. It is left in IDR. On a late machine the look may outlast the rest. */
async function isResting(bmc: PlayedBmc): Promise<boolean> {
  const since = bmc.now;
  const isThere = await bmc.until(() => (bmc.status() & Status.IBF) !== 0, AT_ONCE);
  return isThere !== true || bmc.now - since > AT_ONCE;
}
