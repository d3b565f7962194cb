/** EIDs that are assigned to a host (LPC-MCTP-2, LPC-MCTP-11). */
import { Command } from "../../core/binding/registers.ts";
import { Completion, Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { ask } from "./asking.ts";

export const DEFAULT_EID = 9;
export const NEW_EID = 0x1d;

export const EID_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "control/set-eid",
    text: "an EID that is set is taken, and the response comes from it",
    requirements: ["LPC-MCTP-11", "LPC-MCTP-2"],
    needs: ["control/mandatory"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await setEid(bmc, NEW_EID);
      const response = await bmc.ask(Control.GET_ENDPOINT_ID, undefined, { destination: NEW_EID });
      if (response?.data[0] !== NEW_EID) {
        bmc.broken(
          "LPC-MCTP-11",
          `behind Set Endpoint ID ${String(NEW_EID)}, Get Endpoint ID to that EID ${response === undefined ? "is not answered" : `tells EID ${String(response.data[0])}`}`,
          "the EID that was accepted is the endpoint's",
        );
      }
      await setEid(bmc, DEFAULT_EID);
    },
  },
  {
    name: "control/eid-outlives-session",
    text: "an EID that was assigned is the host's in the next session, too",
    requirements: ["LPC-MCTP-2"],
    needs: ["control/set-eid", "end/channel-inactive"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await setEid(bmc, NEW_EID);
      bmc.dropSession();
      bmc.peerEid = bmc.reachedAt;
      await bmc.ring(Command.DUMMY);
      await bmc.reopenSession();
      const response = await ask(bmc, Control.GET_ENDPOINT_ID, [], "Get Endpoint ID");
      const [told] = response.data;
      await setEid(bmc, DEFAULT_EID);
      if (told === NEW_EID) return;
      bmc.broken(
        "LPC-MCTP-2",
        `a host with the assigned EID ${String(NEW_EID)} has EID ${String(told)} in the next session`,
        "the EID that was assigned, until another is",
      );
    },
  },
];

async function setEid(bmc: PlayedBmc, wanted: number): Promise<void> {
  bmc.peerEid = bmc.reachedAt;
  const response = await ask(bmc, Control.SET_ENDPOINT_ID, [0, wanted], "Set Endpoint ID");
  const [status = 0, told] = response.data;
  if (response.completion !== Completion.SUCCESS || (status & 0x30) !== 0) bmc.notTestable("the host accepts no EID");
  if (bmc.peerEid === wanted && told === wanted) return;
  bmc.broken(
    "LPC-MCTP-11",
    `the response to Set Endpoint ID ${String(wanted)} comes from EID ${String(bmc.peerEid)}, and tells EID ${String(told)}`,
    "the response comes from the EID that was accepted",
  );
}
