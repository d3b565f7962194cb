/** How a session ends for a host, and what it keeps of it: nothing (LPC-HOST-9, LPC-HOST-10, LPC-HOST-11, LPC-MCTP-6). */
import { Command, commandName, KEEP_OBF, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { fillPath } from "./odd-commands.ts";
import { expectInitialise, expectSession, STRANGER_OPTIONS } from "./steps.ts";
import { expectAnswer, holdPacket, payloadOf } from "./traffic.ts";

/** A change of STR without a byte is seen in T_poll, 1 s. */
const POLL = 1000;
/** Changes between two accesses of the host are tried so often, each time a little later. */
const TIMES = 10;
/** The same behind the read of a byte, in which a host is fast or reads STR again. */
const SLOW_TIMES = 5;
/** Milliseconds that no host needs from a read of STR to the write that follows it. */
const SLOW = 15;
/** Looks of the tester by which a change comes later from try to try. */
const LATER = 7;

interface End {
  readonly name: string;
  readonly what: string;
  readonly status: number;
  readonly slow?: true;
}

const ENDS: readonly End[] = [
  { name: "channel-inactive", what: "Channel Active = 0 and a dummy", status: Status.BMC_ACTIVE | KEEP_OBF },
  { name: "down", what: "STR = 0x01 and a dummy", status: KEEP_OBF },
];

/** What ends a session, and keeps the host from beginning a start-up. */
const DOWNS: readonly (readonly [what: string, status: number])[] = [
  ["STR = 0x01", KEEP_OBF],
  ["BMC Active = 0 and Channel Active = 1", Status.CHANNEL_ACTIVE | KEEP_OBF],
];

const SILENT_ENDS: readonly End[] = [
  { name: "channel-inactive-unsaid", what: "Channel Active = 0 without a byte", status: Status.BMC_ACTIVE | KEEP_OBF },
  { name: "status-reset", what: "an STR of 0x00 without a byte", status: 0, slow: true },
];

export const SESSION_END_CASES: readonly Case<PlayedBmc>[] = [
  ...ENDS.map(({ name, what, status }): Case<PlayedBmc> => {
    return {
      name: `end/${name}`,
      text: `${what} end the session: the host begins a start-up`,
      requirements: ["LPC-HOST-9"],
      needs: ["start/session"],
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession();
        bmc.forgetSession();
        bmc.writeStatus(status);
        await bmc.ring(Command.DUMMY);
        await comeBack(bmc, status, what);
      },
    };
  }),
  {
    name: "end/bmc-restart",
    text: "a BMC that restarts between two looks of the host ends the session",
    requirements: ["LPC-HOST-9"],
    needs: ["end/channel-inactive"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.startUnseen();
      await expectBegun(bmc, "behind a restart of the BMC that the host did not see");
    },
  },
  ...SILENT_ENDS.map(({ name, what, status, slow }): Case<PlayedBmc> => {
    return {
      name: `end/${name}`,
      text: `${what} is seen within T_poll, and ends the session`,
      requirements: ["LPC-HOST-9", "LPC-KCS-11", "LPC-KCS-10"],
      needs: ["end/channel-inactive"],
      ...(slow === undefined ? {} : { slow }),
      async play(bmc: PlayedBmc): Promise<void> {
        await bmc.openSession();
        bmc.forgetSession();
        bmc.writeStatus(status);
        if (status === 0) {
          // A host that has not seen it by now answers a packet of the session that is over.
          await bmc.pause(POLL + bmc.surroundings.silence);
          await expectNoTransfer(bmc, what);
        }
        await comeBack(bmc, status, what);
      },
    };
  }),
  {
    name: "end/packet-behind",
    text: "behind the end of a session no packet is answered or sent",
    requirements: ["LPC-HOST-9", "LPC-ERR-1"],
    needs: ["end/channel-inactive", "refusal/tx-begin-at-rest"],
    // The judge would take the answer for a packet outside a session.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      for (const [what, status] of DOWNS) {
        await bmc.openSession();
        bmc.putPacket(bmc.packet(payloadOf(12), STRANGER_OPTIONS));
        bmc.forgetSession();
        bmc.writeStatus(status);
        await bmc.ring(Command.DUMMY);
        await bmc.odrRead();
        await bmc.pause(bmc.surroundings.silence / 3);
        await bmc.ring(Command.TX_BEGIN);
        const byte = await bmc.takeByte(bmc.surroundings.silence);
        if (byte !== Command.RX_COMPLETE) continue;
        bmc.shown(
          "LPC-HOST-9",
          `a Tx Begin behind ${what} and a dummy is answered by Rx Complete`,
          "the session is over when STR shows BMC Active or Channel Active = 0",
        );
      }
    },
  },
  {
    name: "end/behind-byte",
    text: "STR is read again behind a byte of ODR: a session that ended meanwhile is not used",
    requirements: ["LPC-HOST-10"],
    needs: ["end/channel-inactive", "packet/many", "refusal/tx-begin-at-rest"],
    // The judge would take the answer for a packet outside a session.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      for (let times = 0; times < TIMES; times++) await endBehindByte(bmc, times);
    },
  },
  {
    name: "end/behind-slow-byte",
    text: "nothing is written long behind the end of a session by an STR that was read before it",
    requirements: ["LPC-HOST-10"],
    needs: ["end/behind-byte"],
    // The judge would take the answer for a packet outside a session.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      let late = 0;
      for (let times = 0; times < SLOW_TIMES; times++) if (await answersLate(bmc)) late++;
      if (late < SLOW_TIMES - 1) return;
      bmc.broken(
        "LPC-HOST-10",
        `${String(late)} times out of ${String(SLOW_TIMES)} Rx Complete is written more than ${String(SLOW)} ms behind the end of the session, which came behind the read of its Tx Begin`,
        "STR is read again behind every byte that is read from ODR, and IDR written by what it shows",
      );
    },
  },
  {
    name: "end/tx-begin-given-up",
    text: "a Tx Begin that waited when its session ended is not written in the next one",
    requirements: ["LPC-HOST-11", "LPC-HOST-9", "LPC-MCTP-6"],
    needs: ["end/channel-inactive", "unread/rx-complete", "control/get-eid"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const request = bmc.controlRequest(Control.GET_ENDPOINT_ID).packet;
      await fillPath(bmc, bmc.platform.depth === 0 ? [request] : [bmc.packet(payloadOf(9), STRANGER_OPTIONS), request]);
      if ((await bmc.until(() => bmc.hasPacketWaiting)) !== true)
        bmc.notTestable("the host writes no response while IDR is full");
      await bmc.pause(5);
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      await expectSession(bmc, "LPC-HOST-9", "behind a session that ended with a packet waiting");
      await bmc.serveSilence();
      await expectAnswer(bmc, "LPC-HOST-9", "behind a session that ended with a packet waiting");
    },
  },
  {
    name: "end/message-waiting",
    text: "a message that waited for its turn when its session ended is not sent in the next one",
    requirements: ["LPC-MCTP-6", "LPC-HOST-9"],
    needs: ["end/packet-outstanding"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await holdPacket(bmc);
      const requests = [Control.GET_ENDPOINT_UUID, Control.GET_ENDPOINT_ID].map((command) =>
        bmc.controlRequest(command),
      );
      for (const { packet } of requests) if (!(await bmc.send(packet))) bmc.notTestable("a packet gets no Rx Complete");
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      await expectSession(bmc, "LPC-HOST-9", "behind a session that ended with messages waiting");
      await bmc.serveSilence();
      if (!requests.some((request) => bmc.responseTo(request) !== undefined)) return;
      bmc.broken(
        "LPC-MCTP-6",
        "a response that waited when its session ended is sent in the next one",
        "messages under way end with their session",
      );
    },
  },
  {
    name: "end/packet-outstanding",
    text: "a packet that was outstanding when its session ended does not keep the next session from passing packets",
    requirements: ["LPC-HOST-9", "LPC-MCTP-6"],
    needs: ["end/channel-inactive", "packet/rx-complete-withheld"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.begin(bmc.controlRequest(Control.GET_ENDPOINT_ID).packet);
      bmc.withholds = true;
      await bmc.serveUntil(() => bmc.isHeld && !bmc.outstanding);
      if (!bmc.isHeld) bmc.notTestable("the host sends no response to Get Endpoint ID");
      bmc.withholds = false;
      bmc.dropSession();
      await bmc.ring(Command.DUMMY);
      await expectSession(bmc, "LPC-HOST-9", "behind a session that ended with a packet outstanding");
      await bmc.serveSilence();
      await expectAnswer(bmc, "LPC-HOST-9", "behind a session that ended with a packet outstanding");
    },
  },
];

/** The host begins a start-up, and a session comes of it. */
async function expectBegun(bmc: PlayedBmc, behind: string): Promise<void> {
  await expectInitialise(bmc, "LPC-HOST-9", behind);
  await bmc.answerInitialise();
  await expectSession(bmc, "LPC-HOST-9", behind);
}

/** With BMC Active the host comes back by itself; without it the BMC starts first. */
async function comeBack(bmc: PlayedBmc, status: number, what: string): Promise<void> {
  if ((status & Status.BMC_ACTIVE) === 0) {
    await bmc.odrRead(POLL);
    bmc.writeOffer();
    bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
    await bmc.ring(Command.DUMMY);
  }
  await expectBegun(bmc, `behind ${what}`);
}

async function expectNoTransfer(bmc: PlayedBmc, what: string): Promise<void> {
  const byte = await bmc.takeByte(0);
  if (byte === undefined) return;
  bmc.broken("LPC-HOST-9", `behind ${what}, ${commandName(byte)} is written`, "the host awaits the BMC");
}

/** STR changes while a Tx Begin is unread: where ODR is read behind the change, so is STR. */
async function endBehindByte(bmc: PlayedBmc, times: number): Promise<void> {
  await bmc.openSession();
  bmc.putPacket(bmc.packet(payloadOf(10), STRANGER_OPTIONS));
  await bmc.odrRead();
  bmc.writeByte(Command.TX_BEGIN);
  let isUnread = true;
  for (let look = 0; look < times * LATER && isUnread; look++) {
    if (look % LATER === 0) await bmc.pause(0);
    isUnread = (bmc.status() & Status.OBF) !== 0;
  }
  if (!isUnread) return;
  bmc.forgetSession();
  bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
  const wasUnread = (bmc.status() & Status.OBF) !== 0;
  const byte = await bmc.takeByte();
  if (!wasUnread || byte !== Command.RX_COMPLETE) return;
  bmc.broken(
    "LPC-HOST-10",
    "Rx Complete is written for a Tx Begin that was read behind the end of the session",
    "STR is read again behind every byte that is read from ODR, before IDR is written",
  );
}

/** STR changes right behind the host's read of a Tx Begin. Whether Rx Complete is written for it long behind that. */
async function answersLate(bmc: PlayedBmc): Promise<boolean> {
  await bmc.openSession();
  bmc.putPacket(bmc.packet(payloadOf(13), STRANGER_OPTIONS));
  await bmc.odrRead();
  bmc.writeByte(Command.TX_BEGIN);
  const isRead = await bmc.spinUntil(() => (bmc.status() & Status.OBF) === 0);
  if (isRead !== true || (bmc.status() & Status.IBF) !== 0) return false;
  bmc.forgetSession();
  bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
  const since = bmc.now;
  // What is there by now was written by an STR that was read before the change.
  if ((bmc.status() & Status.IBF) !== 0) return false;
  await bmc.until(() => (bmc.status() & Status.IBF) !== 0 || bmc.now - since > SLOW, 2 * SLOW);
  if ((bmc.status() & Status.IBF) !== 0) return false;
  return (await bmc.takeByte()) === Command.RX_COMPLETE;
}
