/** IDR that the BMC does not read for a while: nothing is overwritten, and what waits comes in order (LPC-KCS-2, -6, -12). */
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { fillPath, readByHost } from "./odd-commands.ts";
import { expectKept, STRANGER_OPTIONS } from "./steps.ts";
import { expectAnswer, payloadOf } from "./traffic.ts";

/** An order that may be another for once is looked at so often. */
const TIMES = 3;

export const UNREAD_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "unread/start-up",
    text: "bytes of the start-up wait until IDR is empty: none is overwritten",
    requirements: ["LPC-KCS-2"],
    needs: ["start/session", "start/close-fences", "start/answer-fences"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      const hold = bmc.surroundings.silence / 3;
      const expected = [Command.INITIALISE, Command.DUMMY, Command.DUMMY];
      for (const opening of [false, true]) {
        for (const byte of expected) {
          const isThere = await bmc.until(() => (bmc.status() & Status.IBF) !== 0);
          if (isThere !== true && byte === Command.INITIALISE) bmc.notTestable("the host writes no Initialise");
          await bmc.pause(hold);
          await expectByte(bmc, byte, opening ? "the proposal" : "the close");
          if (byte === Command.INITIALISE) await bmc.answerInitialise();
        }
      }
    },
  },
  {
    name: "unread/rx-complete",
    text: "a Rx Complete that IDR has no room for waits, and none is lost",
    requirements: ["LPC-KCS-2"],
    needs: ["packet/many", "unread/start-up"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const places = await fillPath(bmc);
      bmc.putPacket(bmc.packet(payloadOf(5), STRANGER_OPTIONS));
      await bmc.ring(Command.TX_BEGIN);
      await readByHost(bmc);
      await bmc.pause(bmc.surroundings.silence / 3);
      for (let taken = 0; taken <= places; taken++)
        await expectByte(bmc, Command.RX_COMPLETE, "packets left unanswered");
      await bmc.serveSilence();
      await expectKept(bmc, "LPC-KCS-2", "behind a while in which IDR was not read");
    },
  },
  {
    name: "unread/rx-complete-first",
    text: "where both wait for IDR, Rx Complete goes before Tx Begin",
    requirements: ["LPC-KCS-6"],
    needs: ["unread/rx-complete", "control/get-eid", "packet/rx-complete-withheld"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      const seen: number[] = [];
      for (let times = 0; times < TIMES; times++) seen.push(await firstOfBoth(bmc));
      if (seen.some((byte) => byte !== Command.TX_BEGIN)) return;
      bmc.broken(
        "LPC-KCS-6",
        `${String(TIMES)} times out of ${String(TIMES)} Tx Begin is written while Rx Complete is owed`,
        "Rx Complete goes first, unless one was written while this Tx Begin waited",
      );
    },
  },
  {
    name: "unread/tx-begin-has-its-turn",
    text: "behind one Rx Complete a Tx Begin that waits is written before the next Rx Complete",
    requirements: ["LPC-KCS-12"],
    needs: ["unread/rx-complete-first"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await waitBoth(bmc);
      await bmc.until(() => (bmc.status() & Status.IBF) !== 0);
      // An Rx Complete was written while the Tx Begin waited; the next packet makes the host owe another one.
      bmc.putPacket(bmc.packet(payloadOf(8), STRANGER_OPTIONS));
      await bmc.ring(Command.TX_BEGIN);
      await readByHost(bmc);
      await bmc.pause(bmc.surroundings.silence / 3);
      const bytes: number[] = [];
      for (;;) {
        const byte = await bmc.takeByte(bmc.surroundings.silence);
        if (byte === undefined || byte === Command.TX_BEGIN) break;
        bytes.push(byte);
      }
      const completes = bytes.filter((byte) => byte === Command.RX_COMPLETE).length;
      if (completes <= 1 + bmc.platform.depth) return;
      bmc.broken(
        "LPC-KCS-12",
        `${String(completes)} Rx Completes are written while a Tx Begin waits`,
        "behind one Rx Complete the Tx Begin that waits has its turn",
      );
    },
  },
  {
    name: "unread/needless-rx-complete",
    text: "an Rx Complete that comes before the Tx Begin does not free the buffer",
    requirements: ["LPC-ERR-2", "LPC-BUF-7"],
    needs: ["unread/rx-complete", "odd-command/needless-rx-complete", "packet/rx-complete-withheld"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const first = bmc.controlRequest(Control.GET_ENDPOINT_ID);
      const second = bmc.controlRequest(Control.GET_ENDPOINT_UUID);
      await fillBehind(bmc, first.packet);
      // The response is in the buffer, and its Tx Begin waits: nothing is outstanding.
      await bmc.ring(Command.RX_COMPLETE);
      await readByHost(bmc);
      bmc.putPacket(second.packet);
      await bmc.ring(Command.TX_BEGIN);
      await readByHost(bmc);
      await bmc.pause(bmc.surroundings.silence / 3);
      await bmc.serveUntil(() => bmc.responseTo(second));
      if (bmc.responseTo(first) === undefined && bmc.responseTo(second) !== undefined) {
        bmc.broken(
          "LPC-ERR-2",
          "behind an Rx Complete that came before its Tx Begin, a response is lost",
          "an Rx Complete with no packet outstanding has no effect",
        );
      }
      await expectAnswer(bmc, "LPC-ERR-2", "behind an Rx Complete that came before the Tx Begin");
    },
  },
];

/** The next byte of IDR is this one; another says that it was overwritten. A Tx Begin may be of a request of the host's own. */
async function expectByte(bmc: PlayedBmc, expected: number, behind: string): Promise<void> {
  let byte = await bmc.takeByte();
  if (byte === Command.TX_BEGIN && expected === Command.RX_COMPLETE) byte = await bmc.takeByte();
  if (byte === expected) return;
  if (byte === undefined) {
    bmc.broken(
      "LPC-KCS-2",
      `${commandName(expected)} is not read behind ${behind}, of which IDR was not read for a while`,
      "every byte waits until STR shows IBF = 0",
    );
  }
  bmc.broken(
    "LPC-KCS-2",
    `${commandName(byte)} is read in place of ${commandName(expected)} behind ${behind}, of which IDR was not read for a while`,
    "every byte waits until STR shows IBF = 0",
  );
}

/**
 * The path into the BMC is full, and behind it an Rx Complete and a Tx Begin wait. The first byte is taken out: the host
 * has room for one.
 */
async function waitBoth(bmc: PlayedBmc): Promise<void> {
  for (let times = 0; times < TIMES; times++) {
    await bmc.openSession();
    await fillBehind(bmc, bmc.controlRequest(Control.GET_ENDPOINT_ID).packet);
    bmc.putPacket(bmc.packet(payloadOf(7), STRANGER_OPTIONS));
    await bmc.ring(Command.TX_BEGIN);
    await readByHost(bmc);
    await bmc.pause(bmc.surroundings.silence / 3);
    // A host that asked something of its own meanwhile has written its Tx Begin here.
    if ((await bmc.takeByte()) === Command.RX_COMPLETE) return;
  }
  bmc.notTestable("the host sends requests of its own, which take the place in IDR");
}

/** Of the two bytes that wait, the one that the host writes first. */
async function firstOfBoth(bmc: PlayedBmc): Promise<number> {
  await waitBoth(bmc);
  // A driver still holds the Rx Complete of the packet before.
  for (let held = 0; held < bmc.platform.depth; held++) await bmc.takeByte();
  const byte = (await bmc.takeByte()) ?? bmc.notTestable("neither Rx Complete nor Tx Begin is written");
  await bmc.serveSilence();
  return byte;
}

/** The path into the BMC is full, the last byte being the Rx Complete of this request, and its response waits for room. */
async function fillBehind(bmc: PlayedBmc, request: Uint8Array): Promise<void> {
  await fillPath(bmc, bmc.platform.depth === 0 ? [request] : [bmc.packet(payloadOf(9), STRANGER_OPTIONS), request]);
  const isThere = await bmc.until(() => bmc.hasPacketWaiting);
  if (isThere !== true) bmc.notTestable("the host writes no response while IDR is full");
  await bmc.pause(5);
}
