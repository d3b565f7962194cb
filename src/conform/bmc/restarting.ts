/** A restart of the BMC, watched from the moment at which it is asked for. */
import { Command, SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import type { PlayedHost } from "../played-host.ts";

export const BROKEN_START = "both session bits cleared, and two announcements, each read before the start goes on";

/** Milliseconds that a process may take to start. */
export const START_TIME = 10_000;

/**
 * Has the BMC restarted, and looks on meanwhile: STR may be down for T_ann only. ODR is left as it is. Not testable where
 * it cannot be restarted.
 */
export async function restarted(host: PlayedHost): Promise<void> {
  const { restart } = host.surroundings;
  if (restart === undefined) host.notTestable("the BMC cannot be restarted from here: name a command for it");
  host.leavesUnread = true;
  let isDone = false;
  let failure: unknown;
  restart().then(
    () => (isDone = true),
    (error: unknown) => {
      failure = error;
      isDone = true;
    },
  );
  await host.until(() => isDone || (host.status() & Status.BMC_ACTIVE) === 0, START_TIME);
  if (failure !== undefined) throw failure as Error;
}

/** STR is cleared. Breaks LPC-BMC-1 where a byte comes or nothing happens before it. */
export async function awaitDown(host: PlayedHost): Promise<void> {
  const seen = await host.spinUntil(() => {
    const status = host.status();
    const isDown = (status & SESSION_BITS) === 0;
    return isDown || (status & Status.OBF) !== 0 ? status : undefined;
  }, START_TIME);
  // What stood in ODR may have come before: STR is looked at once more.
  if (seen !== undefined && (host.status() & SESSION_BITS) === 0) return;
  host.broken("LPC-BMC-1", `behind a restart STR shows ${statusText(host.status())}`, BROKEN_START);
}

/** Reads an announcement, with BMC Active still 0. */
export async function takeAnnouncement(host: PlayedHost, which: string): Promise<void> {
  const status = await host.until(() => {
    const seen = host.status();
    return (seen & (Status.OBF | Status.BMC_ACTIVE)) !== 0 ? seen : undefined;
  });
  const isSilent = status === undefined || (status & Status.OBF) === 0;
  if (isSilent || (status & Status.BMC_ACTIVE) !== 0) {
    host.broken(
      "LPC-BMC-1",
      status === undefined
        ? `the ${which} announcement does not come`
        : `BMC Active is set before the ${which} announcement was read`,
      BROKEN_START,
    );
  }
  const byte = host.readByte();
  if (byte === Command.DUMMY) return;
  host.broken("LPC-BMC-1", `the ${which} announcement is 0x${byte.toString(16)}`, "0xff");
}

/** The host goes on as it should. */
export async function goOn(host: PlayedHost): Promise<void> {
  host.leavesUnread = false;
  host.forgetSession();
  await host.awaitBmc(START_TIME);
}
