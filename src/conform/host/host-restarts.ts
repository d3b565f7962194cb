/** A host that is killed and started again, at moments that leave bytes in the registers. */
import { Command, commandName, Status } from "../../core/binding/registers.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { fillPath } from "./odd-commands.ts";
import { expectSession, isClose, rangeText, STRANGER_OPTIONS, takeInitialise, takeProposal } from "./steps.ts";
import { payloadOf } from "./traffic.ts";

/** EID of a host to which none was assigned nor configured, and what tells that none was: the EID type "dynamic". */
const DEFAULT_EID = 9;
const EID_TYPE_MASK = 0x03;

export const HOST_RESTART_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "host-restart/in-session",
    text: "a host that is started again in a session closes it first, and opens another",
    requirements: ["LPC-HOST-3", "LPC-HOST-4"],
    needs: ["start/session", "start/close"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await restartHost(bmc);
      // It is still a session to the BMC: what stands in the fields are its versions.
      bmc.hasLeft = false;
      await expectCloseFirst(bmc, "in a session");
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-HOST-3", "behind a start of the host in a session");
    },
  },
  {
    name: "host-restart/own-eid",
    text: "a host that is started, to which no EID is configured, has EID 9",
    requirements: ["LPC-MCTP-2"],
    needs: ["host-restart/in-session", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await restartHost(bmc);
      await bmc.openSession();
      const response = await bmc.ask(Control.GET_ENDPOINT_ID);
      const [told, type = 0] = response?.data ?? [];
      if (told === undefined) bmc.notTestable("Get Endpoint ID is not answered");
      // Where one is configured, the type says so (14.4).
      if (told === DEFAULT_EID || (type & EID_TYPE_MASK) !== 0) return;
      bmc.shown(
        "LPC-MCTP-2",
        `a host that was started tells EID ${String(told)}, of the type "dynamic", and none was assigned`,
        "EID 9 until another is assigned or where none is configured",
      );
    },
  },
  {
    name: "host-restart/unread-tx-begin",
    text: "a Tx Begin of the session before, left in ODR, is not answered",
    requirements: ["LPC-HOST-4", "LPC-ERR-1"],
    needs: ["host-restart/in-session"],
    // The judge would take the answer for one in the session that is over.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      // Rx Completes that come answer no packet of the tester.
      bmc.answersRequests = false;
      bmc.putPacket(bmc.packet(payloadOf(11), STRANGER_OPTIONS));
      await restartHost(bmc, () => {
        if ((bmc.status() & Status.OBF) === 0) bmc.writeByte(Command.TX_BEGIN);
      });
      bmc.forgetSession();
      const initialise = await takeInitialise(bmc, START_PATIENCE * bmc.surroundings.patience);
      if (!isClose(initialise)) bmc.notTestable("the host does not close before it opens");
      const before = bmc.bytesRead.length;
      await bmc.answerInitialise();
      await takeProposal(bmc);
      await bmc.answerInitialise();
      await bmc.serveSilence();
      if (!bmc.bytesRead.includes(Command.RX_COMPLETE, before)) return;
      bmc.broken(
        "LPC-HOST-4",
        "a Tx Begin that was in ODR when the host started is answered",
        "what an older session left in ODR is read and discarded behind the fences of the close",
      );
    },
  },
  {
    name: "host-restart/full-idr",
    text: "a byte that stands in IDR when the host starts is not overwritten",
    requirements: ["LPC-KCS-2"],
    needs: ["host-restart/in-session", "unread/rx-complete"],
    // The tester sends packets without waiting for Rx Complete: the judge would lose count of them.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      const places = await fillPath(bmc);
      await restartHost(bmc);
      await bmc.pause(bmc.surroundings.silence);
      bmc.forgetSession();
      for (let place = 0; place < places; place++) {
        const byte = await bmc.takeByte();
        if (byte === Command.RX_COMPLETE) continue;
        if (byte === Command.TX_BEGIN) bmc.notTestable("the host sent a request of its own before it was restarted");
        bmc.broken(
          "LPC-KCS-2",
          `${byte === undefined ? "nothing" : commandName(byte)} is read in place of an Rx Complete that IDR held when the host started`,
          "an STR read that shows IBF = 0 comes before every byte",
        );
      }
      await expectCloseFirst(bmc, "with IDR full");
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-KCS-2", "behind a start of the host with IDR full");
    },
  },
  {
    name: "host-restart/in-start-up",
    text: "a host that is started again behind its proposal closes first",
    requirements: ["LPC-HOST-3"],
    needs: ["host-restart/in-session"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start();
      await takeProposal(bmc);
      await restartHost(bmc);
      await bmc.answerInitialise();
      bmc.forgetSession();
      await expectCloseFirst(bmc, "behind its proposal");
      await bmc.answerInitialise();
      await expectSession(bmc, "LPC-HOST-3", "behind a start of the host in its start-up");
    },
  },
];

/** A program that starts takes its time: so many times the patience of a run. */
export const START_PATIENCE = 4;

/** `between`: what the tester does when the host is gone, as near to that as can be. */
export async function restartHost(bmc: PlayedBmc, between?: () => void): Promise<void> {
  const again =
    bmc.surroundings.restart ?? bmc.notTestable("the host cannot be restarted here: give --restart-command");
  between?.();
  await again();
}

async function expectCloseFirst(bmc: PlayedBmc, when: string): Promise<void> {
  const initialise = await takeInitialise(bmc, START_PATIENCE * bmc.surroundings.patience);
  if (isClose(initialise)) return;
  bmc.broken(
    "LPC-HOST-3",
    `a host that starts ${when} writes its first Initialise with versions ${rangeText(initialise)}`,
    "host versions 0/0 and Initialise come first: the close of any session that is left",
  );
}
