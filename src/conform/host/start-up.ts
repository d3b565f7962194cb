/** A host's start-up against a BMC as it should be: close, fences, proposal, fences, session. */
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import { Broken } from "../outcome.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import {
  expectOdrRead,
  giveOldTxBegin,
  isClose,
  isServing,
  nextInitialise,
  rangeText,
  STRANGER_OPTIONS,
  takeFences,
  takeInitialise,
  takeProposal,
} from "./steps.ts";

/** Packets behind the first: what a host does wrong with a later one is seen before other cases depend on it. */
const PROBES = 6;
/** An rx_size that no host asks for by chance: it is odd, and a little less than the room. */
const ODD_SIZE = 3333;
const ROOM = 4108;
const OFFSET = 0x100;
/** Start-ups in which the order of the fields is looked for, and looks in a row without a rest. */
const START_UPS = 4;
const SPINS = 2000;

export const START_UP_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "start/session",
    text: "the host opens the session that the BMC answers its proposal with, and takes a packet in it",
    requirements: ["LPC-HOST-7", "LPC-HOST-5", "LPC-BUF-8"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await servedOrNamed(bmc);
      nameLeftUnread(bmc);
      nameWrongFences(bmc, true);
      // The first packet waits for its Rx Complete: whatever the host writes twice comes meanwhile.
      bmc.withholds = true;
      await bmc.serveUntil(() => bmc.isHeld, 2 * bmc.surroundings.silence);
      await bmc.serveSilence();
      bmc.release();
      await bmc.serveUntil(() => bmc.hasAnnounced, bmc.surroundings.silence);
      bmc.announces = bmc.hasAnnounced;
      await bmc.serveUntil(() => bmc.isIdle, bmc.surroundings.silence);
      for (let sent = 0; sent < PROBES; sent++) {
        if (await isServing(bmc)) continue;
        bmc.broken(
          "LPC-BUF-8",
          `packet number ${String(sent + 2)} of a session gets no Rx Complete${bmc.hasLeft ? ", and the host begins a start-up" : ""}`,
          "Rx Complete follows every packet that was announced",
        );
      }
    },
  },
  {
    name: "start/close",
    text: "a start-up begins with host versions 0/0 and Initialise, whatever the fields held",
    requirements: ["LPC-HOST-3"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      expectClose(bmc, await takeInitialise(bmc));
      await bmc.answerInitialise();
      await bmc.reopenSession();
      // The versions of the session that the BMC drops stand in the fields.
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      const second = await nextInitialise(bmc);
      expectClose(bmc, second ?? bmc.notTestable("the host writes no Initialise when the BMC drops the session"));
    },
  },
  {
    name: "start/close-fences",
    text: "two fences follow the close, and the proposal waits until the second was read and ODR is empty",
    requirements: ["LPC-HOST-4"],
    needs: ["start/session", "start/close", "unread/fences"],
    play: playCloseFences,
  },
  {
    name: "start/proposal",
    text: "the host writes its versions, then rx_size, then Initialise",
    requirements: ["LPC-HOST-5", "LPC-MTU-3", "LPC-REG-1", "LPC-REG-3"],
    needs: ["start/session"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (let times = 0; times < START_UPS; times++) {
        await bmc.start({ layout: oddLayout() });
        const proposal = await takeWatchedProposal(bmc);
        if (proposal.rxSize !== ODD_SIZE || proposal.versions.cur < 2) continue;
        bmc.broken(
          "LPC-HOST-5",
          `versions ${rangeText(proposal)} are proposed to a BMC of versions 1 to 3, and rx_size is as the BMC wrote it`,
          "rx_size is written before Initialise where the common version is 2 or 3",
        );
      }
    },
  },
  {
    name: "start/answer-fences",
    text: "two fences follow the proposal, and the host does not judge the answer until the second was read",
    requirements: ["LPC-HOST-6"],
    needs: ["start/session", "start/close-fences"],
    play: playAnswerFences,
  },
  {
    name: "start/first-packet",
    text: "a Tx Begin read between the opening Initialise and the judgement is the session's first",
    requirements: ["LPC-HOST-8"],
    needs: ["start/session", "start/answer-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await takeProposal(bmc);
      await bmc.answerInitialise();
      await expectOdrRead(bmc);
      const packet = bmc.packet(Uint8Array.of(0x7f, 0, 0, 0, 0, 0xc1), STRANGER_OPTIONS);
      bmc.putPacket(packet);
      bmc.writeByte(Command.TX_BEGIN);
      bmc.outstanding = true;
      await expectOdrRead(bmc);
      if (await bmc.completed()) return;
      bmc.broken(
        "LPC-HOST-8",
        bmc.hasLeft
          ? "behind a Tx Begin that it read before the judgement, the host begins a start-up"
          : "a Tx Begin that the host read before the judgement gets no Rx Complete",
        "the session opens, and its packet is taken",
      );
    },
  },
  {
    name: "start/old-tx-begin",
    text: "a Tx Begin read before the opening Initialise is forgotten with it",
    requirements: ["LPC-HOST-8", "LPC-ERR-1"],
    needs: ["start/session", "start/first-packet"],
    // The judge would take the Rx Complete for one that answers nothing.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await giveOldTxBegin(bmc);
      await bmc.answerInitialise();
      await bmc.serveSilence();
      if (!bmc.bytesRead.includes(Command.RX_COMPLETE)) return;
      bmc.broken(
        "LPC-HOST-8",
        "Rx Complete comes for a Tx Begin that was read behind the close",
        "only a Tx Begin read behind the opening Initialise counts",
      );
    },
  },
];

/** The first session; where none comes about, why. */
async function servedOrNamed(bmc: PlayedBmc): Promise<void> {
  try {
    if (!(await bmc.serveStartUp())) await nameNoSession(bmc);
  } catch (error) {
    if (error instanceof Broken && error.requirement === "LPC-BUF-8") await nameEarlyTxBegin(bmc);
    throw error;
  }
}

/** No Rx Complete comes for the packet behind the fences: does it for one that comes later? */
async function nameEarlyTxBegin(bmc: PlayedBmc): Promise<void> {
  await bmc.start();
  await takeProposal(bmc);
  if (!(await bmc.answerInitialise())) return;
  await takeFences(bmc);
  await bmc.serveSilence();
  if (bmc.session === undefined || !(await isServing(bmc))) return;
  bmc.broken(
    "LPC-HOST-8",
    "a packet whose Tx Begin is written right behind the answer gets no Rx Complete, and a later one does",
    "a Tx Begin read before the judgement is the session's first",
  );
}

/** The host opened no session that it uses: why, as far as that can be told. */
async function nameNoSession(bmc: PlayedBmc): Promise<never> {
  const { bytesRead } = bmc;
  if (bytesRead.length === 0) bmc.notTestable("no host has written a byte to IDR");
  const initialises = bytesRead.filter((byte) => byte === Command.INITIALISE).length;
  if (initialises === 0) bmc.notTestable("no host has written Initialise");
  nameLeftUnread(bmc);
  nameWrongFences(bmc, bmc.session !== undefined);
  await nameOverwritten(bmc);
  if (bmc.session !== undefined) {
    bmc.broken(
      "LPC-BUF-8",
      "a packet for the host gets no Rx Complete",
      "Rx Complete follows every packet that was announced",
    );
  }
  await nameLateFields(bmc);
  return bmc.broken(
    "LPC-HOST-7",
    `the host writes ${String(initialises)} Initialises, and opens no session on a good answer`,
    "a session",
  );
}

function nameLeftUnread(bmc: PlayedBmc): void {
  if (!bmc.hasLeftUnread) return;
  bmc.broken(
    "LPC-HOST-16",
    `in its start-up the host leaves a byte in ODR for ${String(bmc.surroundings.patience)} ms`,
    "a byte in ODR is read in every round (H0.3)",
  );
}

/** Fences that are missing behind an Initialise, although the next one or a packet came, or that are too many. */
function nameWrongFences(bmc: PlayedBmc, isUsed: boolean): void {
  const wrong = bmc.startUps.wrong(isUsed);
  if (wrong === undefined) return;
  bmc.shown(wrong.requirement, wrong.seen, "two fences, each written when IDR is empty");
}

/** With IDR unread for a while, is the close still there? */
async function nameOverwritten(bmc: PlayedBmc): Promise<void> {
  const { session } = bmc;
  await bmc.start();
  await bmc.until(() => (bmc.status() & Status.IBF) !== 0);
  await bmc.pause(bmc.surroundings.silence);
  const byte = await bmc.takeByte();
  bmc.session = session;
  if (byte !== Command.DUMMY) return;
  bmc.broken(
    "LPC-KCS-2",
    "with IDR unread for a while behind BMC Active, a fence is read, and no Initialise before it",
    "an STR read that shows IBF = 0 comes before every byte",
  );
}

/** Every Initialise was read with versions 0/0: do they come behind it? */
async function nameLateFields(bmc: PlayedBmc): Promise<void> {
  const end = bmc.now + 2 * bmc.surroundings.patience;
  while (bmc.now < end) {
    const initialise = await nextInitialise(bmc);
    if (initialise === undefined) return;
    // The fields of a close stay 0/0 until its fences are read.
    const late = isClose(initialise) ? await bmc.until(() => bmc.hostVersions().min !== 0, 300) : undefined;
    if (late === true) {
      bmc.broken(
        "LPC-HOST-5",
        "host versions are written behind the Initialise that they belong to",
        "the fields are written first, then their Initialise",
      );
    }
    await bmc.answerInitialise();
  }
}

function expectClose(bmc: PlayedBmc, proposal: ReturnType<PlayedBmc["proposal"]>): void {
  if (isClose(proposal)) return;
  bmc.broken(
    "LPC-HOST-3",
    `the first Initialise of a start-up comes with host versions ${rangeText(proposal)}`,
    "host versions 0/0 and Initialise come first: the close of any session that is left",
  );
}

async function playCloseFences(bmc: PlayedBmc): Promise<void> {
  const { depth } = bmc.platform;
  const hold = bmc.surroundings.silence;
  await bmc.start();
  await takeInitialise(bmc);
  // A slow BMC: with the driver's place (depth 1) or with IDR alone, the path is full before both fences were read.
  await expectNoProposal(bmc, hold, "before a fence was read");
  await bmc.answerInitialise();
  if (depth === 0) {
    await takeCloseFence(bmc, "no fence");
    await expectNoProposal(bmc, hold, "before the second fence was read");
  }
  // Unread when the second fence leaves IDR: nothing but the host empties ODR.
  await bmc.odrRead();
  bmc.writeByte(Command.DUMMY);
  if (depth > 0) await takeCloseFence(bmc, "no fence");
  await takeCloseFence(bmc, "one fence");
  const early = await bmc.until(() => {
    if (bmc.hostVersions().min === 0) return (bmc.status() & Status.OBF) === 0 ? "read" : undefined;
    return (bmc.status() & Status.OBF) === 0 ? "read" : "early";
  });
  if (early === "early") {
    bmc.broken(
      "LPC-HOST-4",
      "the proposal is written while ODR holds a byte that the host has not read",
      "an STR read that shows IBF = 0 and OBF = 0 behind the second fence comes first",
    );
  }
  if (early === undefined) {
    bmc.broken(
      "LPC-HOST-16",
      `a byte in ODR is not read in ${String(bmc.surroundings.patience)} ms`,
      "a byte in ODR is read in every round (H0.3)",
    );
  }
}

async function expectNoProposal(bmc: PlayedBmc, hold: number, when: string): Promise<void> {
  const early = await bmc.until(() => bmc.hostVersions().min !== 0, hold);
  if (early !== true) return;
  bmc.broken(
    "LPC-HOST-4",
    `the proposal is written ${when}`,
    "two fences, and an STR read that shows IBF = 0 and OBF = 0 behind the second, come first",
  );
}

async function takeCloseFence(bmc: PlayedBmc, before: string): Promise<void> {
  const byte = await bmc.takeByte();
  if (byte === Command.DUMMY) return;
  if (byte === undefined) bmc.notTestable("the host writes no fence");
  bmc.broken(
    byte === Command.INITIALISE ? "LPC-HOST-4" : "LPC-HOST-16",
    `${commandName(byte)} is read behind the close and ${before}`,
    "two fences follow the close",
  );
}

async function playAnswerFences(bmc: PlayedBmc): Promise<void> {
  const { depth } = bmc.platform;
  await bmc.start();
  await takeProposal(bmc);
  // A path of depth 1 takes a fence out of IDR while the BMC still works on Initialise.
  if (depth === 0) await takeAnswerFence(bmc, "no fence");
  await expectNoRestart(bmc, bmc.surroundings.silence);
  await bmc.answerInitialise();
  if (depth > 0) await takeAnswerFence(bmc, "no fence");
  await takeAnswerFence(bmc, "one fence");
  if (await isServing(bmc)) return;
  bmc.broken(
    "LPC-HOST-6",
    bmc.hasLeft
      ? "the host begins again behind a good answer that came while its last fence was unread"
      : "the host takes no packet behind an answer that came while its last fence was unread",
    "STR is not judged before the second fence has left IDR",
  );
}

/** A host that judges too early finds no channel, and writes its close. */
async function expectNoRestart(bmc: PlayedBmc, hold: number): Promise<void> {
  const zeroed = await bmc.until(() => bmc.hostVersions().cur === 0, hold);
  if (zeroed !== true) return;
  bmc.broken(
    "LPC-HOST-6",
    "the host begins again while a fence behind its proposal is unread, and the proposal unanswered",
    "STR is not judged before the second fence has left IDR",
  );
}

async function takeAnswerFence(bmc: PlayedBmc, before: string): Promise<void> {
  const byte = await bmc.takeByte();
  if (byte === Command.DUMMY) return;
  bmc.broken(
    "LPC-HOST-6",
    byte === undefined
      ? `${before} is read behind the proposal, and nothing follows`
      : `${commandName(byte)} is read behind the proposal and ${before}`,
    "two fences follow the proposal",
  );
}

function oddLayout(): { bmcToHost: { offset: number; size: number }; hostToBmc: { offset: number; size: number } } {
  return {
    bmcToHost: { offset: OFFSET, size: ODD_SIZE },
    hostToBmc: { offset: OFFSET + ROOM, size: ODD_SIZE },
  };
}

/**
 * Has the host propose, and looks at versions and rx_size without a rest from the moment at which it may write them: an
 * rx_size that comes before the versions is seen by chance.
 */
async function takeWatchedProposal(bmc: PlayedBmc): Promise<ReturnType<PlayedBmc["proposal"]>> {
  const close = await takeInitialise(bmc);
  if (!isClose(close)) return close;
  await bmc.answerInitialise();
  await bmc.takeByte();
  await bmc.takeByte();
  await bmc.spinUntil(
    () => {
      // Rx_size first: what is written behind this look is no evidence.
      const rxSize = bmc.rxSize();
      const { min } = bmc.hostVersions();
      if (min === 0 && rxSize !== ODD_SIZE && bmc.hostVersions().min === 0) {
        bmc.broken(
          "LPC-HOST-5",
          "rx_size is written before the host versions",
          "the versions, then rx_size: a proposal that a restart of the BMC cuts in two is then known as such",
        );
      }
      return min !== 0;
    },
    bmc.surroundings.silence,
    SPINS,
  );
  return takeProposal(bmc);
}
