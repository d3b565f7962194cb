/** Fences beside a full IDR: as many are read from an IDR that is left unread for a while as from one that is not (LPC-KCS-2). */
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { FENCES, isClose } from "./steps.ts";

/** Start-ups whose bytes are read at once: of fences that overwrite each other one is seen by chance. */
const TIMES = 3;
const EXPECTED = "an STR read that shows IBF = 0 comes before every byte";

export const UNREAD_FENCES_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "unread/fences",
    text: "fences wait until IDR is empty: they overwrite neither an Initialise nor each other",
    requirements: ["LPC-KCS-2"],
    needs: ["start/close"],
    async play(bmc: PlayedBmc): Promise<void> {
      const held = await fencesOf(bmc, bmc.surroundings.silence / 3);
      if (held.close >= FENCES && held.proposal >= FENCES) return;
      let most = held;
      for (let times = 0; times < TIMES; times++) {
        const seen = await fencesOf(bmc, 0);
        most = { close: Math.max(most.close, seen.close), proposal: Math.max(most.proposal, seen.proposal) };
      }
      for (const behind of ["close", "proposal"] as const) {
        if (held[behind] >= most[behind]) continue;
        bmc.broken(
          "LPC-KCS-2",
          `${String(most[behind])} fences are read behind the ${behind} where IDR is read at once, and ${String(held[behind])} where it is left unread for a while`,
          EXPECTED,
        );
      }
    },
  },
];

interface Fences {
  readonly close: number;
  readonly proposal: number;
}

/** Fences behind the close and behind the proposal of a start-up, each byte read after so many milliseconds. */
async function fencesOf(bmc: PlayedBmc, hold: number): Promise<Fences> {
  await bmc.start();
  await takeHeld(bmc, hold, Command.INITIALISE);
  if (!isClose(bmc.proposal())) bmc.notTestable("the host does not close before it opens");
  await bmc.answerInitialise();
  const close = await takeFencesHeld(bmc, hold);
  if (close < FENCES) return { close, proposal: 0 };
  await takeHeld(bmc, hold, Command.INITIALISE);
  await bmc.answerInitialise();
  return { close, proposal: await takeFencesHeld(bmc, hold) };
}

/** Takes two fences, or what comes in place of one, which is an Initialise of the host. */
async function takeFencesHeld(bmc: PlayedBmc, hold: number): Promise<number> {
  for (let fence = 0; fence < FENCES; fence++) {
    const byte = await takeByteHeld(bmc, hold, bmc.surroundings.silence);
    if (byte !== Command.DUMMY) return fence;
  }
  return FENCES;
}

async function takeHeld(bmc: PlayedBmc, hold: number, expected: number): Promise<void> {
  const byte = await takeByteHeld(bmc, hold);
  if (byte === expected) return;
  if (byte === undefined) bmc.notTestable(`the host writes no ${commandName(expected)}`);
  bmc.broken(
    "LPC-KCS-2",
    `${commandName(byte)} is read in place of ${commandName(expected)}, IDR being unread for a while`,
    EXPECTED,
  );
}

async function takeByteHeld(bmc: PlayedBmc, hold: number, milliseconds?: number): Promise<number | undefined> {
  const isThere = await bmc.until(() => (bmc.status() & Status.IBF) !== 0, milliseconds);
  if (isThere !== true) return undefined;
  if (hold > 0) await bmc.pause(hold);
  return bmc.takeByte();
}
