/** ODR left unread: nothing in it is overwritten or cleared, and commands are handled meanwhile. */
import { Command, Status, commandName } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { NO_ONES_TYPE, bytesText, closeToDummy, openToDummy, requestUnread, tries } from "./signs.ts";
import { openSettled } from "./sessions.ts";

/** How often an STR write is watched for the moment at which it clears OBF. */
const TRIES = 20;
/** Looks in a row, a few milliseconds. */
const LONG_SPIN = 4000;

export const UNREAD_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "unread/kept",
    text: "with Rx Complete unread in ODR, the Tx Begin of a response waits",
    requirements: ["LPC-KCS-2"],
    needs: ["discovery/unasked", "session/idle", "fence/closed", "packet/in-time"],
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      const request = await requestUnread(host);
      const first = host.bytesRead.length;
      host.leavesUnread = false;
      const response = await host.serveUntil(() => host.responseTo(request));
      const bytes = host.bytesRead.slice(first);
      if (bytes[0] === Command.RX_COMPLETE && response !== undefined) return;
      if (bytes[0] !== Command.RX_COMPLETE) breakOverwritten(host, bytes, "Rx Complete");
      host.broken("LPC-KCS-2", "the response to a request is lost while ODR is full", "its Tx Begin waits for OBF = 0");
    },
  },
  {
    name: "unread/commands",
    text: "with ODR full and a byte waiting for it, commands in IDR are still read",
    requirements: ["LPC-BMC-13"],
    needs: ["unread/kept"],
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await requestUnread(host);
      for (let fence = 0; fence < 3; fence++) {
        if (await host.command(Command.DUMMY)) continue;
        host.broken(
          "LPC-BMC-13",
          `a fence stays in IDR for ${String(host.surroundings.patience)} ms while ODR is full`,
          "IDR is read when IBF is set, whatever waits for ODR (B2.4, B2.5)",
        );
      }
    },
  },
  {
    name: "unread/initialise",
    text: "with Rx Complete unread in ODR, an Initialise is answered, its dummy waits, and nothing is lost",
    requirements: ["LPC-KCS-3", "LPC-KCS-2", "LPC-BMC-4"],
    needs: ["unread/commands"],
    async play(host: PlayedHost): Promise<void> {
      const versions = await openSettled(host);
      let lost: readonly number[] | undefined;
      for (const attempt of tries(host, TRIES)) {
        if (attempt > 0) {
          await closeToDummy(host);
          await openToDummy(host, { versions });
        }
        await packetUnread(host);
        host.forgetSession();
        const seen = { cleared: false };
        const noteCleared = (): boolean => {
          seen.cleared ||= (host.status() & Status.OBF) === 0;
          return seen.cleared;
        };
        host.writeVersions(versions);
        await host.initialise();
        // By the dummy that is written over it OBF is set again at once.
        await host.spinUntil(
          noteCleared,
          attempt === 0 ? host.surroundings.silence : 0,
          lost === undefined ? undefined : LONG_SPIN,
        );
        await host.fence();
        noteCleared();
        const bytes: number[] = [];
        for (let count = 0; count < 2; count++) {
          const byte = await host.takeByte(seen.cleared ? host.surroundings.silence : undefined);
          if (byte !== undefined) bytes.push(byte);
        }
        if (seen.cleared) {
          host.shown(
            "LPC-KCS-3",
            `STR shows OBF = 0 behind an Initialise, and ODR, which held Rx Complete, was not read; then it gives ${bytesText(bytes)}`,
            "every value that is written to STR keeps OBF: bit 0 is set",
          );
        }
        if (bytes[0] !== Command.RX_COMPLETE) lost ??= bytes;
        else if (bytes[1] !== Command.DUMMY) {
          host.broken(
            "LPC-BMC-4",
            `behind Rx Complete ODR gives ${bytesText(bytes.slice(1))}`,
            "the dummy that waited",
          );
        }
        host.leavesUnread = false;
      }
      if (lost !== undefined) breakOverwritten(host, lost, "Rx Complete");
    },
  },
];

/** A packet that asks for nothing, whose Rx Complete stays in ODR. */
export async function packetUnread(host: PlayedHost): Promise<void> {
  host.leavesUnread = true;
  await host.begin(host.packet(Uint8Array.of(NO_ONES_TYPE)));
  const isFull = await host.until(() => (host.status() & Status.OBF) !== 0);
  if (isFull !== true) host.notTestable("no Rx Complete came");
}

function breakOverwritten(host: PlayedHost, bytes: readonly number[], left: string): never {
  return host.broken(
    "LPC-KCS-2",
    `${left} was left unread in ODR, and ODR gives ${bytesText(bytes.slice(0, 3))}`,
    `${commandName(Command.RX_COMPLETE)} first: no byte is written while OBF = 1`,
  );
}
