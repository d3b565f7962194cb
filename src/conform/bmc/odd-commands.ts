/** Bytes that are no command, and commands that are out of place. */
import { Command, SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { NO_ONES_TYPE, bytesText, drain, expectSessionKept, requestUnread } from "./signs.ts";
import { packetUnread } from "./unread.ts";
import { openOldest, openSettled } from "./sessions.ts";

const UNKNOWN_BYTES: readonly number[] = [0x03, 0x10, 0x7f, 0x80, 0xfe];

export const ODD_COMMAND_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "command/unknown",
    text: "unknown bytes in a session are ignored",
    requirements: ["LPC-KCS-4", "LPC-ERR-3"],
    needs: ["packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      await host.serveSilence();
      // No packet of the tester is under way then, whose Rx Complete would pass for an answer.
      host.answersRequests = false;
      for (const byte of UNKNOWN_BYTES) {
        const since = host.bytesRead.length;
        if (!(await host.command(byte))) host.notTestable("the BMC does not empty IDR");
        await host.fence();
        const read = host.bytesRead.slice(since);
        const status = host.status();
        if (!read.includes(Command.RX_COMPLETE) && (status & SESSION_BITS) === SESSION_BITS) continue;
        host.shown(
          "LPC-KCS-4",
          `behind the byte 0x${byte.toString(16)} in a session ODR gives ${bytesText(read)}, and STR shows ${statusText(status)}`,
          "it is ignored, and not answered",
        );
      }
      await expectSessionKept(host, "LPC-KCS-4", "behind unknown bytes in a session");
    },
  },
  {
    name: "command/unknown-closed",
    text: "unknown bytes outside a session are ignored",
    requirements: ["LPC-KCS-4"],
    needs: ["fence/closed"],
    async play(host: PlayedHost): Promise<void> {
      await expectIgnoredOutside(host, UNKNOWN_BYTES, "LPC-KCS-4", "unknown bytes");
    },
  },
  {
    name: "command/outside-session",
    text: "Tx Begin and Rx Complete outside a session are ignored",
    requirements: ["LPC-BMC-5", "LPC-ERR-1", "LPC-ERR-2", "LPC-BMC-8"],
    needs: ["fence/closed", "packet/buffer-reused"],
    async play(host: PlayedHost): Promise<void> {
      // The buffer holds a good request of the session that is over.
      const session = await openOldest(host);
      host.putPacket(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
      await expectIgnoredOutside(
        host,
        [Command.RX_COMPLETE, Command.TX_BEGIN],
        "LPC-BMC-5",
        "Rx Complete and Tx Begin",
      );
      await expectIgnoredOutside(host, [Command.TX_BEGIN], "LPC-BMC-5", "Tx Begin");
      await host.openSession({ versions: { min: 1, cur: session.version } });
      await expectSessionKept(host, "LPC-BMC-5", "behind Tx Begin outside a session");
    },
  },
  {
    name: "command/refused",
    text: "Tx Begin behind a refused proposal is ignored",
    requirements: ["LPC-BMC-8", "LPC-BMC-5"],
    needs: ["command/outside-session", "refusal/offer"],
    async play(host: PlayedHost): Promise<void> {
      for (const rxSize of [undefined, 20]) {
        const { version } = await openOldest(host);
        host.putPacket(host.controlRequest(Control.GET_ENDPOINT_ID).packet);
        const proposal =
          rxSize === undefined ? { versions: { min: 3, cur: 1 } } : { versions: { min: 1, cur: version }, rxSize };
        const { accepted } = await host.startUp(proposal);
        if (accepted) continue;
        await host.serveSilence();
        await expectNothing(host, [Command.TX_BEGIN], "LPC-BMC-8", "Tx Begin behind a refusal");
      }
    },
  },
  {
    name: "command/rx-complete",
    text: "Rx Complete with no packet outstanding is ignored",
    requirements: ["LPC-ERR-2", "LPC-ERR-3"],
    needs: ["packet/buffer-reused"],
    // A packet of the BMC that begins at that moment is completed by it.
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openOldest(host);
      for (let times = 0; times < 2; times++) {
        await host.serveSilence();
        if (!(await host.command(Command.RX_COMPLETE))) host.notTestable("the BMC does not empty IDR");
        await host.fence();
        await expectSessionKept(host, "LPC-ERR-2", "behind Rx Complete with nothing outstanding");
      }
    },
  },
  {
    name: "command/rx-complete-early",
    text: "Rx Complete for a packet whose Tx Begin still waits is ignored: it goes out all the same",
    requirements: ["LPC-ERR-2", "LPC-BUF-7"],
    needs: ["command/rx-complete", "unread/kept"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      const { receives } = host.joinSession();
      const first = await requestUnread(host);
      const waiting = host.get(receives.offset, COMPARED_BYTES).join();
      if (!(await host.command(Command.RX_COMPLETE))) host.notTestable("the BMC does not empty IDR");
      await host.fence();
      const second = host.controlRequest(Control.GET_ENDPOINT_ID);
      await host.begin(second.packet);
      await host.pause(host.surroundings.silence);
      const isKept = host.get(receives.offset, COMPARED_BYTES).join() === waiting;
      host.leavesUnread = false;
      const response = await host.serveUntil(() => host.responseTo(first));
      if (isKept && response !== undefined) return;
      host.broken(
        "LPC-ERR-2",
        isKept
          ? "a response that waited for ODR is never sent behind an Rx Complete that came too early"
          : "a response that waits for ODR is overwritten in its buffer behind an Rx Complete that came too early",
        "an Rx Complete with no packet outstanding has no effect",
      );
    },
  },
  {
    name: "command/tx-begin-twice",
    text: "a second Tx Begin while Rx Complete is owed is ignored",
    requirements: ["LPC-ERR-1"],
    needs: ["unread/kept"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      // The Rx Complete of the first packet fills ODR, so that of the second is owed.
      await packetUnread(host);
      await host.begin(host.packet(Uint8Array.of(NO_ONES_TYPE)));
      await host.fence();
      const third = host.controlRequest(Control.GET_ENDPOINT_UUID);
      await host.begin(third.packet);
      await host.fence();
      host.leavesUnread = false;
      await host.serveSilence();
      const completions = host.bytesRead.filter((byte) => byte === Command.RX_COMPLETE).length;
      const isAnswered = host.responseTo(third) !== undefined;
      if (completions <= 2 && !isAnswered) return;
      host.shown(
        "LPC-ERR-1",
        isAnswered
          ? "a packet is taken whose Tx Begin came while Rx Complete was owed"
          : `two packets and a Tx Begin while Rx Complete was owed are answered with ${String(completions)} Rx Completes`,
        "a Tx Begin while Rx Complete is owed is ignored, and not answered",
      );
    },
  },
];

/** Bytes of a response that are compared: length, header and message. */
const COMPARED_BYTES = 16;

/** Closes, and sends the bytes outside a session. */
async function expectIgnoredOutside(
  host: PlayedHost,
  bytes: readonly number[],
  requirement: string,
  what: string,
): Promise<void> {
  await host.awaitBmc();
  await host.close();
  await host.serveSilence();
  await expectNothing(host, bytes, requirement, `${what} outside a session`);
}

async function expectNothing(
  host: PlayedHost,
  bytes: readonly number[],
  requirement: string,
  what: string,
): Promise<void> {
  // What comes at once is read while a byte waits for IDR.
  const since = host.bytesRead.length;
  for (const byte of bytes) if (!(await host.command(byte))) host.notTestable("the BMC does not empty IDR");
  await host.fence();
  await drain(host);
  const read = host.bytesRead.slice(since);
  const status = host.status();
  if (read.length === 0 && (status & SESSION_BITS) === Status.BMC_ACTIVE) return;
  host.shown(
    requirement,
    `behind ${what}, ODR gives ${bytesText(read)}, and STR shows ${statusText(status)}`,
    "they are ignored, and not answered",
  );
}
