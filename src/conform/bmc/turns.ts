/** The order of waiting bytes, whose turn it is, and a packet whose Rx Complete is withheld. */
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { NO_ONES_TYPE, bytesText, expectSessionKept, requestUnread } from "./signs.ts";
import { openOldest, openSettled } from "./sessions.ts";

/** Bytes of a response that are compared: length, header and message. */
const COMPARED_BYTES = 16;
/** Milliseconds for which Rx Complete is withheld: above MT2 and T_stall. */
const WITHHELD = 1500;

export const TURN_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "turns/order",
    text: "of a dummy, an Rx Complete and a Tx Begin that wait for ODR, the dummy goes first and the Tx Begin last",
    requirements: ["LPC-KCS-6", "LPC-BMC-4"],
    needs: ["unread/initialise"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const versions = await openSettled(host);
      host.leavesUnread = true;
      await host.begin(host.packet(Uint8Array.of(NO_ONES_TYPE)));
      await host.until(() => (host.status() & Status.OBF) !== 0);
      const answer = await host.propose({ versions });
      if (!answer.accepted) host.notTestable("no session was opened");
      await host.begin(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      await host.fence();
      await host.pause(host.surroundings.silence);
      const bytes = await takeBytes(host, 4);
      expectByte(host, bytes, 0, Command.RX_COMPLETE, "LPC-KCS-2");
      expectByte(host, bytes, 1, Command.DUMMY, "LPC-KCS-6");
      expectByte(host, bytes, 2, Command.RX_COMPLETE, "LPC-KCS-6");
      expectByte(host, bytes, 3, Command.TX_BEGIN, "LPC-KCS-6");
    },
  },
  {
    name: "turns/tx-begin",
    text: "behind an Rx Complete that went first, the Tx Begin that waits has its turn, however many packets come",
    requirements: ["LPC-KCS-12"],
    needs: ["turns/order"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await requestUnread(host);
      const bytes: number[] = [];
      // One more packet is there whenever the BMC may write a byte.
      for (let packets = 0; packets < 4 && !bytes.includes(Command.TX_BEGIN); packets++) {
        await host.begin(host.packet(Uint8Array.of(NO_ONES_TYPE)));
        await host.fence();
        bytes.push(...(await takeBytes(host, 1)));
        await host.until(() => (host.status() & Status.OBF) !== 0);
      }
      if (bytes.length < 3 || bytes.slice(0, 3).includes(Command.TX_BEGIN)) return;
      host.shown(
        "LPC-KCS-12",
        `a Tx Begin waits for ODR, and ODR gives ${bytesText(bytes)}`,
        "one Rx Complete at most goes before it from then on",
      );
    },
  },
  {
    name: "turns/withheld",
    text: "while Rx Complete is withheld from the BMC, its packet stays as it is and is not announced again",
    requirements: ["LPC-BUF-7", "LPC-TIME-3"],
    needs: ["packet/buffer-reused"],
    slow: true,
    async play(host: PlayedHost): Promise<void> {
      const { receives } = await openOldest(host);
      await host.begin(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      const begun = await host.until(() => (host.status() & Status.OBF) !== 0 && host.readByte() === Command.TX_BEGIN);
      if (begun !== true) host.notTestable("no response came");
      host.outstanding = false;
      const before = host.get(receives.offset, COMPARED_BYTES).join();
      await host.begin(host.controlRequest(Control.GET_ENDPOINT_UUID).packet);
      const end = host.now + WITHHELD;
      const since = host.bytesRead.length;
      const isBegunAgain = await host.until(() => {
        if ((host.status() & Status.OBF) !== 0) host.readByte();
        return host.bytesRead.includes(Command.TX_BEGIN, since) || host.now >= end;
      }, 2 * WITHHELD);
      if (isBegunAgain !== true || host.bytesRead.includes(Command.TX_BEGIN, since)) {
        host.shown("LPC-TIME-3", "Tx Begin comes again, Rx Complete withheld", "a packet is announced once");
      }
      if (host.get(receives.offset, COMPARED_BYTES).join() !== before) {
        host.shown(
          "LPC-BUF-7",
          "the bmcToHost buffer changes while its packet is outstanding",
          "it is left alone until Rx Complete is read",
        );
      }
      host.outstanding = false;
      host.takePacket();
      host.completeReceived();
      await expectSessionKept(host, "LPC-TIME-3", `behind an Rx Complete withheld for ${String(WITHHELD)} ms`);
    },
  },
  {
    name: "turns/many-requests",
    text: "forty requests, one after the other, are all answered",
    requirements: ["LPC-MCTP-8", "LPC-BUF-3"],
    needs: ["packet/answered-v3"],
    slow: true,
    async play(host: PlayedHost): Promise<void> {
      await host.openSession();
      for (let count = 1; count <= 40; count++) {
        if ((await host.ask(Control.GET_ENDPOINT_ID)) !== undefined) continue;
        host.broken("LPC-MCTP-8", `request ${String(count)} of 40 is not answered`, "every request is answered");
      }
    },
  },
];

/** Reads so many bytes, each when it comes. */
async function takeBytes(host: PlayedHost, count: number): Promise<number[]> {
  const bytes: number[] = [];
  while (bytes.length < count) {
    const byte = await host.takeByte();
    if (byte === undefined) break;
    bytes.push(byte);
  }
  return bytes;
}

function expectByte(
  host: PlayedHost,
  bytes: readonly number[],
  place: number,
  expected: number,
  requirement: string,
): void {
  if (bytes[place] === expected) return;
  host.broken(
    requirement,
    `ODR gives ${bytesText(bytes)}, with a dummy, an Rx Complete and a Tx Begin waiting behind an Rx Complete`,
    `${commandName(expected)} at place ${String(place + 1)}`,
  );
}
