/** Fences beside a full IDR: as many are read from an IDR that is left unread for a while as from one that is not (LPC-KCS-2). */
import { Command, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { isClose } from "./steps.ts";

/** Start-ups whose bytes are read at once: that fences overwrite each other is seen by chance where the host is quick. */
const TIMES = 2;
/** Fences of which no more are counted. */
const MOST_FENCES = 4;
const EXPECTED = "an STR read that shows IBF = 0 comes before every byte";

export const UNREAD_FENCES_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "unread/fences",
    text: "fences wait until IDR is empty: they overwrite neither an Initialise nor each other",
    requirements: ["LPC-KCS-2"],
    needs: ["start/close"],
    async play(bmc: PlayedBmc): Promise<void> {
      const held = await fencesOf(bmc, bmc.surroundings.silence / 3);
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
  let first = await takeByteHeld(bmc, hold);
  // A fence may have been left by the start-up before; behind it the close comes, unless a fence has overwritten that.
  const isFenceFirst = first === Command.DUMMY;
  for (let fences = 0; first === Command.DUMMY && fences < MOST_FENCES; fences++) first = await takeByteHeld(bmc, hold);
  if (first !== Command.INITIALISE) bmc.notTestable("the host writes no Initialise");
  if (!isClose(bmc.proposal())) {
    if (!isFenceFirst) bmc.notTestable("the host does not close before it opens");
    bmc.broken(
      "LPC-KCS-2",
      "with IDR unread for a while behind BMC Active, a fence is read, and no Initialise of a close",
      EXPECTED,
    );
  }
  await bmc.answerInitialise();
  const [close, behind] = await countFences(bmc, hold);
  // A host whose fences overwrite its proposal begins again.
  if (behind !== Command.INITIALISE || isClose(bmc.proposal())) return { close, proposal: 0 };
  await bmc.answerInitialise();
  const [proposal] = await countFences(bmc, hold);
  return { close, proposal };
}

/** Fences in a row, and the byte that comes behind them in time. */
async function countFences(bmc: PlayedBmc, hold: number): Promise<readonly [number, number | undefined]> {
  for (let fences = 0; ; fences++) {
    const byte = await takeByteHeld(bmc, hold, bmc.surroundings.silence);
    if (byte !== Command.DUMMY || fences === MOST_FENCES) return [fences, byte];
  }
}

async function takeByteHeld(bmc: PlayedBmc, hold: number, milliseconds?: number): Promise<number | undefined> {
  const isThere = await bmc.until(() => (bmc.status() & Status.IBF) !== 0, milliseconds);
  if (isThere !== true) return undefined;
  if (hold > 0) await bmc.pause(hold);
  return bmc.takeByte();
}
