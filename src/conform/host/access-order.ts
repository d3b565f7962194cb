/**
 * What a host reads between two of its accesses (LPC-KCS-1, LPC-HOST-4, -7, -8, LPC-REG-5). The tester changes something a
 * little later from try to try; what it concludes holds whenever the host made its accesses.
 */
import { CONTROL_REGION_BYTES, encodeLayout, Field, type Layout } from "../../core/binding/control-region.ts";
import { Command, commandName, KEEP_OBF, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { equalBytes } from "../../core/wire/bytes.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import type { ControlRequest } from "../player.ts";
import {
  expectOdrRead,
  expectSession,
  giveOldTxBegin,
  isClose,
  takeFences,
  takeInitialise,
  takeProposal,
} from "./steps.ts";

/** Looks of the tester by which a change comes later from try to try, up to this many. */
const MOST_LOOKS = 10;
/** Looks while a host judges an answer in four accesses. */
const JUDGING_LOOKS = 4;
/** Milliseconds behind which the tag of a request without a response is used again. */
const TAG_HOLD_OFF = 6000;
const TIMES = 3;
const NO_MAGIC: Uint8Array = Uint8Array.of(0x4d, 0x43, 0x54, 0x51);
/** Payload bytes and buffer bytes of sessions here: three buffers fit in the smallest window. */
const MTU = 300;
const ROOM = 1000;
const FIRST_AT = CONTROL_REGION_BYTES;
const SECOND_AT = FIRST_AT + ROOM;
const THIRD_AT = SECOND_AT + ROOM;
/** Bytes of a mark, which no packet begins with: its length would be out of bounds. */
const MARK: Uint8Array = new Uint8Array(64).fill(0xa5);

export const ACCESS_ORDER_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "order/status-behind-byte",
    text: "outside a session STR is read again behind a byte of ODR: a BMC that went down meanwhile is awaited",
    requirements: ["LPC-KCS-1", "LPC-HOST-1"],
    needs: ["wait/odr-before-magic", "wait/announcements"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (let looks = 0; looks < MOST_LOOKS; looks++) await goDownBeforeByte(bmc, looks);
      await bmc.start();
      await expectSession(bmc, "LPC-KCS-1", "behind a BMC that went down and came back");
    },
  },
  {
    name: "order/odr-refilled",
    text: "no proposal is written while ODR holds a byte that came behind the one just read",
    requirements: ["LPC-HOST-4"],
    needs: ["start/close-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (let times = 0; times < TIMES; times++) await refillOdr(bmc);
    },
  },
  {
    name: "order/odr-without-obf",
    text: "ODR is not read while STR shows OBF = 0: a Tx Begin that was read before is none",
    requirements: ["LPC-HOST-16", "LPC-HOST-8"],
    needs: ["start/old-tx-begin"],
    // The judge would take the Rx Complete for one that answers nothing.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await giveOldTxBegin(bmc);
      // The dummy waits, as it does for a BMC that finds the fence first (B2.1).
      await bmc.answerInitialise({ unsaid: true });
      await bmc.serveSilence();
      const isAnswered = bmc.bytesRead.includes(Command.RX_COMPLETE);
      await bmc.ring(Command.DUMMY);
      if (!isAnswered) return;
      bmc.broken(
        "LPC-HOST-16",
        "Rx Complete comes for a Tx Begin that was read from ODR behind the close, OBF being 0 since",
        "ODR is read where STR shows OBF = 1 alone (H0.3)",
      );
    },
  },
  {
    name: "order/answer-confirmed",
    text: "STR is read behind the terms of an answer: those of a BMC that is down by then are not used",
    requirements: ["LPC-HOST-7"],
    needs: ["start/answer-fences", "answer/unequal-sizes"],
    slow: true,
    // The judge may take the write of a late host for one of the session that the tester has ended.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      if (bmc.announces !== true) bmc.notTestable("the host writes no packet when a session opens");
      // Its requests in sessions that cases before have ended got no response: their tags rest.
      await bmc.openSession();
      await bmc.serveUntil(() => false, TAG_HOLD_OFF);
      for (let looks = 0; looks < JUDGING_LOOKS; looks++) {
        await bmc.openSession();
        if (!bmc.hasAnnounced) bmc.notTestable("the host writes no packet when the session opens");
        await answerThen(bmc, looks, () => {
          bmc.goDown();
          putLayout(bmc, FIRST_AT, THIRD_AT);
        });
        if (isMarked(bmc)) continue;
        bmc.broken(
          "LPC-HOST-7",
          "a packet is written to a buffer whose offset came into the region behind STR = 0x01",
          "STR is read behind the region (H1.21), and has to show BMC Active and Channel Active",
        );
      }
      await bmc.start();
      await expectSession(bmc, "LPC-HOST-7", "behind a BMC that went down while its answer was judged");
    },
  },
  {
    name: "order/terms-read-once",
    text: "the terms of an answer that are judged are those that are kept: the region may change behind the look at it",
    requirements: ["LPC-REG-5", "LPC-HOST-7"],
    needs: ["start/answer-fences", "answer/overlapping-buffers", "control/get-eid"],
    // The judge reads the region as the tester leaves it.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      for (let looks = 0; looks < MOST_LOOKS; looks++) {
        await answerThen(bmc, looks, () => {
          putLayout(bmc, THIRD_AT, THIRD_AT);
        });
        const request = bmc.controlRequest(Control.GET_ENDPOINT_ID);
        const isUsed = isMarked(bmc) && (await isAnsweredOrLeft(bmc, request));
        if (isUsed) continue;
        bmc.broken(
          "LPC-REG-5",
          "the host uses a layout with overlapping buffers, which came into the region while the answer was judged",
          "the region is read once (H1.20), judged, and kept",
        );
      }
      await bmc.start();
      await expectSession(bmc, "LPC-REG-5", "behind answers that changed while they were judged");
    },
  },
];

/**
 * A byte stands in ODR, unread for want of the magic, and STR goes down behind the moment at which the magic is there: where
 * the byte is read behind that, so is STR.
 */
async function goDownBeforeByte(bmc: PlayedBmc, looks: number): Promise<void> {
  bmc.goDown();
  await bmc.odrRead(bmc.surroundings.silence);
  await bmc.serveSilence();
  bmc.writeOffer();
  bmc.put(Field.magic, NO_MAGIC);
  bmc.writeByte(Command.DUMMY);
  bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
  await bmc.pause(bmc.surroundings.silence / 3);
  bmc.writeOffer();
  // The same dummy again: its interrupt brings a round, and OBF stays 1.
  bmc.writeByte(Command.DUMMY);
  for (let look = 0; look < looks; look++) await bmc.pause(0);
  bmc.goDown();
  const status = bmc.status();
  const isUnread = (status & Status.OBF) !== 0 && (status & Status.IBF) === 0;
  const byte = await bmc.takeByte(bmc.surroundings.silence);
  if (!isUnread || byte === undefined) return;
  bmc.broken(
    "LPC-KCS-1",
    `${commandName(byte)} is written in a round that read a byte of ODR behind STR = 0x01`,
    "STR is read again behind every byte of ODR (H0.4), and the value read last counts",
  );
}

/** ODR is filled again as soon as it is read, with IDR still full: whoever sees IBF = 0 behind that sees OBF = 1. */
async function refillOdr(bmc: PlayedBmc): Promise<void> {
  await bmc.start();
  const close = await takeInitialise(bmc);
  if (!isClose(close)) bmc.notTestable("the host does not close before it opens");
  await bmc.answerInitialise();
  // The second fence is the only byte left in the path, or waits in IDR behind the first.
  await takeFences(bmc, bmc.platform.depth === 0 ? 1 : 0);
  await bmc.until(() => (bmc.status() & Status.IBF) !== 0);
  await bmc.odrRead();
  await bmc.pause(bmc.surroundings.silence / 3);
  bmc.writeByte(Command.DUMMY);
  await expectOdrRead(bmc);
  bmc.writeByte(Command.DUMMY);
  if (bmc.readByte() !== Command.DUMMY) bmc.notTestable("the host writes no fence");
  const seen = await bmc.until(() => {
    const isProposed = bmc.hostVersions().min !== 0;
    if ((bmc.status() & Status.OBF) === 0) return "read";
    return isProposed ? "early" : undefined;
  });
  if (seen !== "early") return;
  bmc.broken(
    "LPC-HOST-4",
    "the proposal is written while ODR holds a byte that came behind the one that the host read last",
    "an STR read that shows IBF = 0 and OBF = 0 comes first (H1.9)",
  );
}

/** A session's answer, its fences read, and so many looks behind them a change. A mark stands in the third buffer. */
async function answerThen(bmc: PlayedBmc, looks: number, change: () => void): Promise<void> {
  await bmc.start({ mtu: MTU, layout: layoutOf(FIRST_AT, SECOND_AT, ROOM) });
  await takeProposal(bmc);
  bmc.hasLeft = false;
  if (!(await bmc.answerInitialise())) bmc.notTestable("the host proposes nothing that can be accepted");
  await bmc.odrRead();
  bmc.put(THIRD_AT, MARK);
  await takeFences(bmc);
  for (let look = 0; look < looks; look++) await bmc.pause(0);
  change();
  await bmc.pause(bmc.surroundings.silence / 3);
}

function isMarked(bmc: PlayedBmc): boolean {
  return equalBytes(bmc.get(THIRD_AT, MARK.length), MARK);
}

/** The host answers in the session that the tester has opened, or has declined the answer. */
async function isAnsweredOrLeft(bmc: PlayedBmc, request: ControlRequest): Promise<boolean> {
  if (!(await bmc.send(request.packet))) return bmc.hasLeft;
  return (await bmc.serveUntil(() => bmc.responseTo(request))) !== undefined || bmc.hasLeft;
}

/** Other offsets, the sizes as they were answered. */
function putLayout(bmc: PlayedBmc, bmcToHostAt: number, hostToBmcAt: number): void {
  const { bmcToHost } = bmc.region().layout;
  bmc.put(Field.rxOffset, encodeLayout(layoutOf(bmcToHostAt, hostToBmcAt, bmcToHost.size)));
}

function layoutOf(bmcToHostAt: number, hostToBmcAt: number, size: number): Layout {
  return { bmcToHost: { offset: bmcToHostAt, size }, hostToBmc: { offset: hostToBmcAt, size } };
}
