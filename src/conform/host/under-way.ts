/** The hostToBmc buffer while a packet in it waits for Rx Complete, and no Tx Begin can follow (LPC-BUF-7, LPC-HOST-11). */
import { equalBytes } from "../../core/wire/bytes.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { readByHost } from "./odd-commands.ts";
import { expectKept } from "./steps.ts";
import { holdPacket } from "./traffic.ts";

/** Bytes of the buffer that are compared: a response lies in them. */
const COMPARED = 64;

export const UNDER_WAY_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "packet/under-way",
    text: "with a packet under way the next one is not written, whatever waits in IDR",
    requirements: ["LPC-BUF-7", "LPC-HOST-11"],
    needs: ["packet/many", "control/get-eid"],
    // A host that writes another packet writes another Tx Begin, too, of which the judge would speak first.
    unjudged: true,
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.openSession();
      await holdPacket(bmc);
      const { receives } = bmc.session ?? bmc.notTestable("the host has left its session");
      const before = bmc.get(receives.offset, COMPARED);
      await bmc.begin(bmc.controlRequest(Control.GET_ENDPOINT_UUID).packet);
      // Its Rx Complete stays in IDR.
      await readByHost(bmc);
      await bmc.pause(bmc.surroundings.silence / 3);
      if (!equalBytes(bmc.get(receives.offset, COMPARED), before)) {
        bmc.broken(
          "LPC-BUF-7",
          "the buffer of a packet that has no Rx Complete is written with the next one",
          "the buffer is left alone until Rx Complete is read or the session has ended",
        );
      }
      await bmc.serveSilence();
      bmc.release();
      await bmc.serveSilence();
      await expectKept(bmc, "LPC-BUF-7", "behind an Rx Complete that came late");
    },
  },
];
