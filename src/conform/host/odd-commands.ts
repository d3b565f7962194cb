/** Bytes and bits that a host has to pass over (LPC-KCS-4, -5, -8, LPC-ERR-1, -2). */
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import { byteText } from "../../core/judge/context.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { expectKept, expectOdrRead, expectSession, STRANGER_OPTIONS, takeFences, takeProposal } from "./steps.ts";
import { payloadOf } from "./traffic.ts";

const UNKNOWN = [0x03, 0x04, 0x10, 0x55, 0x7f, 0x80, 0xfe] as const;
/** Bits 5, 4 and 2 of STR, alone and together. */
const RESERVED = [0x20, 0x10, 0x04, 0x34] as const;

export const ODD_COMMAND_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "odd-command/dummy",
    text: "a dummy behind which STR is as before changes nothing",
    requirements: ["LPC-HOST-9", "LPC-HOST-10"],
    needs: ["packet/lengths-version-3"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await bmc.ring(Command.DUMMY);
      await bmc.ring(Command.DUMMY);
      await expectKept(bmc, "LPC-HOST-9", "behind a dummy with STR as before");
    },
  },
  {
    name: "odd-command/unknown",
    text: "unknown bytes in ODR are ignored in a session",
    requirements: ["LPC-KCS-4", "LPC-ERR-3"],
    needs: ["odd-command/dummy"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (const byte of UNKNOWN) {
        await sayOdd(bmc, byte);
        await expectKept(bmc, "LPC-KCS-4", `behind the unknown byte ${byteText(byte)} in ODR`);
      }
    },
  },
  {
    name: "odd-command/unknown-in-start-up",
    text: "unknown bytes in ODR are ignored in the start-up",
    requirements: ["LPC-KCS-4"],
    needs: ["odd-command/unknown"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await bmc.ring(0x55);
      await takeProposal(bmc);
      await bmc.answerInitialise();
      await bmc.ring(0x80);
      await takeFences(bmc);
      await bmc.ring(0x03);
      await expectKept(bmc, "LPC-KCS-4", "behind unknown bytes in ODR in the start-up");
    },
  },
  {
    name: "odd-command/initialise",
    text: "Initialise in ODR is ignored",
    requirements: ["LPC-KCS-5", "LPC-ERR-3"],
    needs: ["odd-command/unknown"],
    risk: "deployed hosts take Initialise for one of their own and write into the control region (F11)",
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const before = bmc.get(0, 0x20);
      await sayOdd(bmc, Command.INITIALISE);
      await expectKept(bmc, "LPC-KCS-5", "behind an Initialise in ODR");
      const after = bmc.get(0, 0x20);
      if (before.every((byte, at) => byte === after[at])) return;
      bmc.broken("LPC-KCS-5", "behind an Initialise in ODR, the host writes into the control region", "it is ignored");
    },
  },
  {
    name: "odd-command/needless-rx-complete",
    text: "Rx Complete with nothing outstanding is ignored",
    requirements: ["LPC-ERR-2", "LPC-ERR-3"],
    needs: ["odd-command/dummy"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await sayOdd(bmc, Command.RX_COMPLETE);
      await expectKept(bmc, "LPC-ERR-2", "behind an Rx Complete that answers nothing");
      await sayOdd(bmc, Command.RX_COMPLETE);
      await bmc.ring(Command.RX_COMPLETE);
      await expectKept(bmc, "LPC-ERR-2", "behind Rx Completes that answer nothing");
    },
  },
  {
    name: "odd-command/tx-begin-twice",
    text: "a Tx Begin while Rx Complete is owed is ignored",
    requirements: ["LPC-ERR-1"],
    needs: ["packet/many", "unread/rx-complete"],
    // The judge would take a second Rx Complete for one that answers nothing.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const full = await fillPath(bmc);
      // The next Rx Complete finds IDR full, and stays owed.
      bmc.putPacket(bmc.packet(payloadOf(5), STRANGER_OPTIONS));
      await bmc.ring(Command.TX_BEGIN);
      await readByHost(bmc);
      await bmc.ring(Command.TX_BEGIN);
      await readByHost(bmc);
      const seen = await takeAll(bmc);
      if (seen <= full + 1) return;
      bmc.broken(
        "LPC-ERR-1",
        "a second Tx Begin, read while Rx Complete was owed, is answered, too",
        "it is ignored: one Rx Complete for both",
      );
    },
  },
  {
    name: "odd-command/tx-begin-twice-read",
    text: "a Tx Begin while Rx Complete is owed has no packet read",
    requirements: ["LPC-ERR-1"],
    needs: ["odd-command/tx-begin-twice", "control/get-eid"],
    // The tester writes to a buffer that is the host's: the judge would lose count of its packets.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await fillPath(bmc);
      const [first, second] = [Control.GET_ENDPOINT_UUID, Control.GET_ENDPOINT_ID].map((one) =>
        bmc.controlRequest(one),
      );
      for (const { packet } of [first!, second!]) {
        bmc.putPacket(packet);
        await bmc.ring(Command.TX_BEGIN);
        await readByHost(bmc);
      }
      await bmc.serveUntil(() => bmc.responseTo(first!));
      await bmc.serveSilence();
      if (bmc.responseTo(second!) === undefined) return;
      bmc.broken(
        "LPC-ERR-1",
        "a request is answered whose Tx Begin was read while Rx Complete was owed",
        "it is ignored",
      );
    },
  },
  {
    name: "odd-command/reserved-bits",
    text: "bits of STR without meaning change nothing",
    requirements: ["LPC-KCS-8"],
    needs: ["odd-command/dummy", "end/channel-inactive", "end/down"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      for (const bits of RESERVED) {
        bmc.writeStatus(SESSION_BITS | KEEP_OBF | bits);
        await bmc.ring(Command.DUMMY);
        await expectKept(bmc, "LPC-KCS-8", `with STR bits ${byteText(bits)} set in a session`);
      }
      bmc.goDown();
      bmc.writeOffer();
      bmc.writeStatus(Status.BMC_ACTIVE | KEEP_OBF | 0x34);
      await bmc.ring(Command.DUMMY);
      await expectSession(bmc, "LPC-KCS-8", "with STR bits 0x34 set in the start-up");
    },
  },
];

/** Writes a byte that means nothing once ODR is empty; not testable where the host reads none. */
async function sayOdd(bmc: PlayedBmc, byte: number): Promise<void> {
  if (!(await bmc.ring(byte))) bmc.notTestable("the host does not read ODR");
}

/** The host has read ODR, and the round in which it did is over. */
export async function readByHost(bmc: PlayedBmc): Promise<void> {
  await expectOdrRead(bmc);
  await bmc.pause(5);
}

/** Sends packets whose Rx Completes are left in the path until it is full; gives how many. IDR stays unread. */
export async function fillPath(bmc: PlayedBmc, packets?: readonly Uint8Array[]): Promise<number> {
  const places = 1 + bmc.platform.depth;
  for (let place = 0; place < places; place++) {
    bmc.putPacket(packets?.[place] ?? bmc.packet(payloadOf(6 + place), STRANGER_OPTIONS));
    await expectOdrRead(bmc);
    bmc.writeByte(Command.TX_BEGIN);
    await readByHost(bmc);
    // The first byte in the path shows; a second one stands where the tester cannot see it.
    const isThere = await bmc.until(() => (bmc.status() & Status.IBF) !== 0);
    if (isThere !== true) bmc.notTestable("a packet gets no Rx Complete");
    if (place > 0) await bmc.pause(bmc.surroundings.silence / 3);
  }
  return places;
}

/** Takes bytes of IDR until none comes; gives the number of Rx Completes. */
async function takeAll(bmc: PlayedBmc): Promise<number> {
  let completes = 0;
  for (;;) {
    const byte = await bmc.takeByte(bmc.surroundings.silence);
    if (byte === undefined) return completes;
    if (byte === Command.RX_COMPLETE) completes++;
  }
}
