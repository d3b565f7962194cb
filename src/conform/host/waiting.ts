/** What a host does not touch before a BMC is there: BMC Active and the magic (LPC-HOST-1, LPC-HOST-14, LPC-REG-2). */
import { Field } from "../../core/binding/control-region.ts";
import { Command, commandName, KEEP_OBF, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { AT_ONCE, expectSession, takeInitialise } from "./steps.ts";

const NO_MAGIC: Uint8Array = Uint8Array.of(0x4d, 0x43, 0x54, 0x51);
/** Host versions that no host writes: a write of any value to them is seen. */
const UNTOUCHED: Uint8Array = Uint8Array.of(0x5a, 0xa5, 0x5a, 0xa5);
/** How often a BMC goes down behind each step of a start-up. */
const STEPS = ["the close", "the first fence", "the second fence", "the proposal", "a fence behind the proposal"];

export const WAITING_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "wait/not-active",
    text: "without BMC Active the host writes neither window nor IDR, and with it begins a start-up",
    requirements: ["LPC-HOST-1"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await quieten(bmc, KEEP_OBF);
      bmc.writeOffer();
      bmc.put(Field.hostVersionMin, UNTOUCHED);
      await expectUntouched(bmc, "LPC-HOST-1", "while BMC Active is 0", "the host awaits the BMC");
      bmc.writeOffer();
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      await bmc.ring(Command.DUMMY);
      await expectSession(bmc, "LPC-HOST-1", "behind BMC Active");
    },
  },
  {
    name: "wait/goes-down",
    text: "a BMC that goes down while a byte of the start-up is unread is waited for: nothing more is written",
    requirements: ["LPC-HOST-1"],
    needs: ["wait/not-active"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (let step = 0; step < STEPS.length; step++) if (!(await goDownBehind(bmc, step))) return;
    },
  },
  {
    name: "wait/no-magic",
    text: "with BMC Active and without the magic the host writes neither window nor IDR",
    requirements: ["LPC-REG-2", "LPC-HOST-2", "LPC-HOST-14"],
    needs: ["wait/not-active"],
    async play(bmc: PlayedBmc): Promise<void> {
      await quieten(bmc, KEEP_OBF);
      bmc.writeOffer();
      bmc.put(Field.magic, NO_MAGIC);
      bmc.put(Field.hostVersionMin, UNTOUCHED);
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      await expectUntouched(
        bmc,
        "LPC-REG-2",
        "with BMC Active, and without the magic in the window",
        "the interface may be another service's",
      );
    },
  },
  {
    name: "wait/announced",
    text: "an announcement is a reason to look for the magic, and no more: the host writes nothing behind it",
    requirements: ["LPC-HOST-1"],
    needs: ["wait/no-magic"],
    async play(bmc: PlayedBmc): Promise<void> {
      await quieten(bmc, KEEP_OBF);
      bmc.writeOffer();
      bmc.put(Field.hostVersionMin, UNTOUCHED);
      bmc.writeByte(Command.DUMMY);
      await expectUntouched(bmc, "LPC-HOST-1", "behind an announcement, BMC Active still 0", "the host awaits the BMC");
    },
  },
  {
    name: "wait/odr-before-magic",
    text: "without the magic the host does not read ODR, and reads it once the magic is there",
    requirements: ["LPC-HOST-14"],
    needs: ["wait/no-magic"],
    async play(bmc: PlayedBmc): Promise<void> {
      await quieten(bmc, KEEP_OBF);
      bmc.writeOffer();
      bmc.put(Field.magic, NO_MAGIC);
      bmc.put(Field.hostVersionMin, UNTOUCHED);
      bmc.writeByte(Command.DUMMY);
      await expectUnread(bmc, "BMC Active 0");
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      await expectUnread(bmc, "BMC Active 1");
      await expectUntouched(
        bmc,
        "LPC-HOST-14",
        "with a byte in ODR, and without the magic in the window",
        "the host looks for the magic in later rounds",
      );
      bmc.goDown();
      bmc.writeOffer();
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
      await expectSession(bmc, "LPC-HOST-14", "behind a magic that came later");
    },
  },
  {
    name: "wait/announcements",
    text: "a byte in ODR is read once the magic is there, with BMC Active still 0",
    requirements: ["LPC-HOST-14", "LPC-HOST-16"],
    needs: ["wait/odr-before-magic"],
    async play(bmc: PlayedBmc): Promise<void> {
      await quieten(bmc, KEEP_OBF);
      bmc.writeOffer();
      for (const which of ["first", "second"]) {
        bmc.writeByte(Command.DUMMY);
        if (await bmc.odrRead()) continue;
        bmc.broken(
          "LPC-HOST-16",
          `the ${which} announcement is not read in ${String(bmc.surroundings.patience)} ms, the magic in the window`,
          "a byte in ODR is a reason to look for the magic (H0.2), and is read behind it (H0.3)",
        );
      }
    },
  },
];

/** STR as given, no host at work, and nothing of it in IDR. A dummy says it, which some hosts need to look at STR. */
async function quieten(bmc: PlayedBmc, status: number): Promise<void> {
  bmc.forgetSession();
  bmc.writeStatus(status);
  await bmc.ring(Command.DUMMY, AT_ONCE);
  await bmc.odrRead(AT_ONCE);
  // ODR may hold a byte that a host without a magic leaves there.
  if ((bmc.status() & Status.OBF) !== 0) bmc.writeStatus(status & ~KEEP_OBF);
  await bmc.serveSilence();
}

/** Nothing is written to IDR or to the host's fields for a while. */
async function expectUntouched(bmc: PlayedBmc, requirement: string, when: string, expected: string): Promise<void> {
  const before = bmc.bytesRead.length;
  await bmc.serveSilence();
  const byte = bmc.bytesRead[before];
  if (byte !== undefined) bmc.broken(requirement, `${when}, ${commandName(byte)} is written to IDR`, expected);
  const fields = bmc.get(Field.hostVersionMin, UNTOUCHED.length);
  if (fields.every((value, at) => value === UNTOUCHED[at])) return;
  bmc.broken(requirement, `${when}, the host version fields are written`, expected);
}

async function expectUnread(bmc: PlayedBmc, when: string): Promise<void> {
  if (!(await bmc.odrRead(bmc.surroundings.silence))) return;
  bmc.broken(
    "LPC-HOST-14",
    `with ${when}, and without the magic in the window, ODR is read`,
    "ODR is not read before the window has shown the magic: its byte may be another service's",
  );
}

/**
 * STR goes down while the byte of this step is unread: IBF = 0 and BMC Active = 0 come together for the host. False: it
 * does not come to this step.
 */
async function goDownBehind(bmc: PlayedBmc, step: number): Promise<boolean> {
  const behind = STEPS[step]!;
  await bmc.start();
  await takeInitialise(bmc);
  for (let at = 0; at < step; at++) if (!(await passOn(bmc))) return false;
  // The host has written what it may write at this step, and waits for room.
  await bmc.pause(0);
  await bmc.until(() => (bmc.status() & Status.IBF) !== 0, AT_ONCE);
  await bmc.pause(20);
  bmc.goDown();
  const { depth } = bmc.platform;
  for (let held = 0; held <= depth; held++) {
    if ((bmc.status() & Status.IBF) === 0) break;
    bmc.readByte();
  }
  const versions = bmc.hostVersions();
  await bmc.pause(bmc.surroundings.silence / 3);
  const later = bmc.hostVersions();
  const isWritten = (bmc.status() & Status.IBF) !== 0;
  if (!isWritten && versions.min === later.min && versions.cur === later.cur) return true;
  return bmc.broken(
    "LPC-HOST-1",
    `the BMC goes down behind ${behind}, and ${isWritten ? `${commandName(bmc.readByte())} is written to IDR` : "the host version fields are written"}`,
    "nothing is written in a round whose last STR read shows BMC Active = 0",
  );
}

/** The next byte of a start-up, handled as a BMC should. False: none comes. */
async function passOn(bmc: PlayedBmc): Promise<boolean> {
  if (bmc.bytesRead.at(-1) === Command.INITIALISE) await bmc.answerInitialise();
  return (await bmc.takeByte(AT_ONCE)) !== undefined;
}
