/** A BMC that is asked to stop (LPC-BMC-7). */
import { encodeU32, Field, MAGIC } from "../../core/binding/control-region.ts";
import { Command, SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { goOn, restarted } from "./restarting.ts";
import { bytesText, drain } from "./signs.ts";
import { packetUnread } from "./unread.ts";
import { openSettled } from "./sessions.ts";

const STOPPED = "STR without BMC Active and Channel Active, and then a dummy if ODR is empty";

export const STOP_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "stop/told",
    text: "a BMC that stops clears BMC Active and Channel Active, and writes a dummy behind it",
    requirements: ["LPC-BMC-7"],
    needs: ["packet/buffer-reused", "restart/announced"],
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await host.serveSilence();
      await stop(host);
      const seen = await host.spinUntil(() => {
        const status = host.status();
        return (status & Status.OBF) !== 0 || (status & SESSION_BITS) === 0 ? status : undefined;
      });
      if (seen === undefined || (seen & SESSION_BITS) !== 0) {
        host.broken("LPC-BMC-7", `while the BMC stops, STR shows ${statusText(host.status())}`, STOPPED);
      }
      const byte = await host.takeByte();
      if (byte !== Command.DUMMY) {
        host.broken("LPC-BMC-7", `behind the stop ODR gives ${bytesText(byte === undefined ? [] : [byte])}`, STOPPED);
      }
      await comeBack(host);
    },
  },
  {
    name: "stop/odr-full",
    text: "a BMC that stops leaves an unread byte in ODR, and writes none over it",
    requirements: ["LPC-KCS-2", "LPC-KCS-3"],
    needs: ["stop/told", "unread/initialise"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await packetUnread(host);
      await stop(host);
      const isDown = await host.spinUntil(() => (host.status() & SESSION_BITS) === 0);
      if (isDown !== true) host.notTestable("the BMC does not stop");
      await host.pause(host.surroundings.silence);
      const isKept = (host.status() & Status.OBF) !== 0;
      const bytes = await drain(host);
      await comeBack(host);
      if (isKept && bytes[0] === Command.RX_COMPLETE) return;
      host.broken(
        isKept ? "LPC-KCS-2" : "LPC-KCS-3",
        `Rx Complete was left unread in ODR, and behind the stop it gives ${bytesText(bytes)}`,
        "an unread byte is neither cleared nor overwritten",
      );
    },
  },
  {
    name: "stop/before-magic",
    text: "a BMC that is stopped before it has written the magic writes nothing to ODR",
    requirements: ["LPC-BMC-11"],
    needs: ["stop/told", "restart/magic"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await host.serveSilence();
      if ((host.status() & Status.OBF) !== 0) host.notTestable("ODR does not stay empty");
      host.put(Field.magic, encodeU32(0));
      const { restart } = host.surroundings;
      if (restart === undefined) return host.notTestable("the BMC cannot be restarted from here");
      // Nothing between the two: it has not made an access.
      await restart();
      await stop(host);
      await host.pause(host.surroundings.silence);
      const isSilent = (host.status() & Status.OBF) === 0;
      const { magic } = host.region();
      host.put(Field.magic, encodeU32(MAGIC));
      await comeBack(host);
      if (isSilent || magic === MAGIC) return;
      host.broken(
        "LPC-BMC-11",
        "a dummy stands in ODR, and the magic is not in the window",
        "no dummy before the magic",
      );
    },
  },
];

/** Not testable where it cannot be asked. */
async function stop(host: PlayedHost): Promise<void> {
  const { stop: ask } = host.surroundings;
  if (ask === undefined) host.notTestable("the BMC cannot be asked to stop from here");
  await ask();
}

async function comeBack(host: PlayedHost): Promise<void> {
  await restarted(host);
  await goOn(host);
}
