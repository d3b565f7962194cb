/** Registers that the platform resets under a BMC that runs: it begins again (LPC-BMC-9). Virtual boards have resets. */
import { Command, SESSION_BITS, Status, statusText } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { SMALL_MTU, expectSessionKept, tries } from "./signs.ts";
import { openOldest, openSettled } from "./sessions.ts";

/** Milliseconds: T_poll, within which each side looks. */
const T_POLL = 1000;
/** Resets at different moments of a round. */
const RACES = 8;
const BEGUN_AGAIN = "STR cleared, two announcements, and the region written again: the BMC goes back to B1.1";

export const RESET_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "reset/noticed",
    text: "a BMC whose registers are reset in a session ends it and starts again, with two announcements",
    requirements: ["LPC-BMC-9"],
    needs: ["restart/announced", "restart/waits"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await openSettled(host);
      await host.serveSilence();
      reset(host);
      await expectBegunAgain(host, "with the registers reset in a session");
      await openOldest(host);
      await expectSessionKept(host, "LPC-BMC-9", "in the session behind a reset of the registers");
    },
  },
  {
    name: "reset/initialise",
    text: "the 0x00 that a reset leaves in IDR is not carried out as Initialise, each of several times",
    requirements: ["LPC-BMC-9"],
    needs: ["reset/noticed"],
    slow: true,
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      for (const race of tries(host, RACES)) {
        const versions = await openSettled(host);
        await host.serveSilence();
        // A proposal that would be accepted, and that no Initialise was written for.
        host.writeVersions(versions);
        host.writeRxSize(SMALL_MTU);
        host.writeByte(Command.DUMMY);
        for (let turn = 0; turn < race; turn++) await host.pause(0);
        reset(host);
        await expectBegunAgain(host, "with the registers reset while a fence stood in IDR, no Initialise behind it");
        await host.serveSilence();
      }
    },
  },
];

/** Not testable where there is no way to it. */
function reset(host: PlayedHost): void {
  const { resetRegisters } = host.platform;
  if (resetRegisters === undefined) return host.notTestable("only a virtual board resets its registers");
  host.forgetSession();
  host.leavesUnread = true;
  resetRegisters();
}

/** Whether the program of the BMC reads IDR, which a start does not. */
async function isServing(host: PlayedHost): Promise<boolean> {
  for (let byte = 0; byte <= host.platform.depth; byte++) if (!(await host.command(Command.DUMMY))) return false;
  return host.outboundEmpty();
}

async function expectBegunAgain(host: PlayedHost, what: string): Promise<void> {
  for (const which of ["first", "second"]) {
    const status = await host.until(() => {
      const seen = host.status();
      return (seen & (Status.OBF | Status.BMC_ACTIVE)) !== 0 ? seen : undefined;
    }, T_POLL + host.surroundings.patience);
    if (status !== undefined && (status & SESSION_BITS) === 0) {
      host.readByte();
      continue;
    }
    if (status === undefined && (await isServing(host))) {
      host.shown("LPC-BMC-9", `${what}, the BMC reads bytes from IDR and does not start again`, BEGUN_AGAIN);
    }
    host.broken(
      "LPC-BMC-9",
      `${what}, ${status === undefined ? "no announcement comes" : `STR shows ${statusText(status)} before the ${which} announcement`}`,
      BEGUN_AGAIN,
    );
  }
  host.leavesUnread = false;
  await host.awaitBmc();
}
