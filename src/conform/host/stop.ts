/** A host that is asked to stop (LPC-HOST-12, LPC-TIME-5). */
import { Field } from "../../core/binding/control-region.ts";
import { Command, commandName, KEEP_OBF, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { restartHost, START_PATIENCE } from "./host-restarts.ts";
import { fillPath } from "./odd-commands.ts";
import { expectSession, isClose, rangeText, takeInitialise, takeProposal } from "./steps.ts";

/** Milliseconds of T_stop, and of a wait after which IDR is emptied well within it. */
const STOP_LIMIT = 500;
const WITHIN_LIMIT = 200;
const CLOSE = "host versions 0/0 and Initialise, and nothing behind them (H4.2, H1.2, H1.3)";
const NO_MAGIC: Uint8Array = Uint8Array.of(0x4d, 0x43, 0x54, 0x51);

export const STOP_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "stop/in-session",
    text: "a host that stops in a session closes it, and writes nothing more",
    requirements: ["LPC-HOST-12"],
    needs: ["host-restart/in-session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await stop(bmc);
      await expectClose(bmc, "in a session");
      bmc.dropSession();
      const byte = await bmc.takeByte(bmc.surroundings.silence);
      await comeBack(bmc);
      if (byte === undefined) return;
      bmc.broken("LPC-HOST-12", `${commandName(byte)} is written behind the close of a host that stops`, CLOSE);
    },
  },
  {
    name: "stop/behind-proposal",
    text: "a host that stops with its proposal unanswered closes",
    requirements: ["LPC-HOST-12"],
    needs: ["stop/in-session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await takeProposal(bmc);
      await stop(bmc);
      await expectClose(bmc, "with its proposal unanswered");
      await comeBack(bmc);
    },
  },
  {
    name: "stop/behind-close",
    text: "a host that stops behind its close, before it has proposed anything, closes no second time",
    requirements: ["LPC-HOST-12", "LPC-HOST-16"],
    needs: ["stop/in-session", "start/close-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      const close = await takeInitialise(bmc);
      if (!isClose(close)) bmc.notTestable("the host does not close before it opens");
      await stop(bmc);
      // Its fence is unread: it can do nothing but stop.
      await bmc.pause(WITHIN_LIMIT);
      const again = await initialiseBehindFences(bmc);
      const proposal = bmc.proposal();
      await comeBack(bmc);
      if (!again) return;
      if (!isClose(proposal))
        bmc.notTestable(`the host goes on for ${String(WITHIN_LIMIT)} ms when it is asked to stop`);
      bmc.broken(
        "LPC-HOST-12",
        "a host that stops behind its close writes another one",
        "nothing is open: no access is made (H4.1)",
      );
    },
  },
  {
    name: "stop/without-magic",
    text: "a host that stops before the window has shown the magic writes nothing",
    requirements: ["LPC-HOST-12", "LPC-HOST-14"],
    needs: ["stop/in-session", "wait/no-magic"],
    async play(bmc: PlayedBmc): Promise<void> {
      bmc.goDown();
      await bmc.odrRead();
      await bmc.serveSilence();
      bmc.put(Field.magic, NO_MAGIC);
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      await stop(bmc);
      const byte = await bmc.takeByte(bmc.surroundings.silence + WITHIN_LIMIT);
      bmc.writeOffer();
      await comeBack(bmc);
      if (byte === undefined) return;
      bmc.broken(
        "LPC-HOST-12",
        `a host that stops writes ${commandName(byte)}, and the window has not shown the magic`,
        "nothing is open: no access is made (H4.1)",
      );
    },
  },
  {
    name: "stop/idr-full",
    text: "a host that stops waits for IDR to become empty, T_stop at most, and closes then",
    requirements: ["LPC-TIME-5", "LPC-HOST-12", "LPC-KCS-2"],
    needs: ["stop/in-session", "unread/rx-complete"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const places = await fillPath(bmc);
      await stop(bmc);
      await bmc.pause(WITHIN_LIMIT);
      await takeHeld(bmc, places);
      await expectClose(bmc, `in a session, IDR being read ${String(WITHIN_LIMIT)} ms later`, "LPC-TIME-5");
      await comeBack(bmc);
    },
  },
  {
    name: "stop/idr-stays-full",
    text: "a host that stops while IDR stays full ends without a close behind T_stop",
    requirements: ["LPC-TIME-5", "LPC-HOST-12"],
    needs: ["stop/idr-full"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const places = await fillPath(bmc);
      await stop(bmc);
      const waited = STOP_LIMIT + bmc.surroundings.patience;
      await bmc.pause(waited);
      await takeHeld(bmc, places);
      const byte = await bmc.takeByte(bmc.surroundings.silence);
      await comeBack(bmc);
      if (byte === undefined) return;
      bmc.broken(
        "LPC-TIME-5",
        `${commandName(byte)} is written by a host that was asked to stop ${String(waited)} ms before`,
        "it waits T_stop, 500 ms, for IDR to become empty, and ends without a close",
      );
    },
  },
];

/** Asks the host to stop. Not testable where that cannot be done, or takes too long to tell what the host does in time. */
async function stop(bmc: PlayedBmc): Promise<void> {
  const { stop: ask, restart } = bmc.surroundings;
  if (ask === undefined) bmc.notTestable("the host cannot be asked to stop from here: give --stop-command");
  if (restart === undefined) bmc.notTestable("the host cannot be restarted here: give --restart-command");
  const began = bmc.now;
  await ask();
  const taken = Math.round(bmc.now - began);
  if (taken <= WITHIN_LIMIT) return;
  await restart();
  bmc.notTestable(
    `asking the host to stop took ${String(taken)} ms, ${String(WITHIN_LIMIT)} at most: do not wait for its end`,
  );
}

/** The Rx Completes that the path held when the host was asked to stop. */
async function takeHeld(bmc: PlayedBmc, places: number): Promise<void> {
  for (let place = 0; place < places; place++) {
    const byte = await bmc.takeByte();
    if (byte !== Command.INITIALISE) continue;
    await comeBack(bmc);
    bmc.broken(
      "LPC-KCS-2",
      "Initialise is read in place of an Rx Complete that IDR held when the host was asked to stop",
      "an STR read that shows IBF = 0 comes before every byte",
    );
  }
}

/** The host's next Initialise is a close. What else waits in the path comes first. */
async function expectClose(bmc: PlayedBmc, when: string, requirement = "LPC-HOST-12"): Promise<void> {
  const end = bmc.now + bmc.surroundings.patience;
  for (;;) {
    const byte = await bmc.takeByte(Math.max(0, end - bmc.now));
    if (byte === Command.INITIALISE) break;
    if (byte !== undefined) continue;
    await comeBack(bmc);
    bmc.broken(requirement, `a host that stops ${when} writes no Initialise`, CLOSE);
  }
  const seen = bmc.proposal();
  if (isClose(seen)) return;
  await comeBack(bmc);
  bmc.broken(requirement, `a host that stops ${when} writes Initialise with versions ${rangeText(seen)}`, CLOSE);
}

/** Whether an Initialise comes behind the fences that the path holds. */
async function initialiseBehindFences(bmc: PlayedBmc): Promise<boolean> {
  for (;;) {
    const byte = await bmc.takeByte(bmc.surroundings.silence);
    if (byte !== Command.DUMMY) return byte === Command.INITIALISE;
  }
}

/** The host is started again, and opens a session. */
async function comeBack(bmc: PlayedBmc): Promise<void> {
  await restartHost(bmc);
  await bmc.start();
  await takeInitialise(bmc, START_PATIENCE * bmc.surroundings.patience);
  await bmc.answerInitialise();
  await expectSession(bmc, "LPC-HOST-3", "behind a stop and a start of the host");
}
