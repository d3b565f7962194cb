/** What of the window a host leaves alone (LPC-SEC-1): all but its fields and its own buffer. */
import { CONTROL_REGION_BYTES, type Layout } from "../../core/binding/control-region.ts";
import { BTU, bufferBytes } from "../../core/binding/layout.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { STRANGER_OPTIONS } from "./steps.ts";
import { payloadOf } from "./traffic.ts";

const MTU = 2 * BTU;
/** Bytes that are looked at in front of a buffer, behind it and at the end of the window. */
const MARGIN = 256;
const PATTERN = 0xb7;

export const WINDOW_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "packet/window-left-alone",
    text: "the host writes nowhere beside its own fields and its own buffer",
    requirements: ["LPC-SEC-1"],
    needs: ["packet/buffer-left-alone", "control/get-eid"],
    async play(bmc: PlayedBmc): Promise<void> {
      const size = bufferBytes(3, MTU);
      const bmcToHost = { offset: CONTROL_REGION_BYTES + MARGIN, size };
      const hostToBmc = { offset: bmcToHost.offset + size + 2 * MARGIN, size };
      const layout: Layout = { bmcToHost, hostToBmc };
      const margins = [
        CONTROL_REGION_BYTES,
        bmcToHost.offset + size,
        hostToBmc.offset - MARGIN,
        hostToBmc.offset + size,
        bmc.window.size - MARGIN,
      ];
      for (const at of margins) bmc.put(at, new Uint8Array(MARGIN).fill(PATTERN));
      await bmc.openSession({ mtu: MTU, layout });
      const { sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
      if (!(await bmc.send(bmc.packet(payloadOf(sendsMtu), STRANGER_OPTIONS)))) {
        bmc.notTestable("a packet gets no Rx Complete");
      }
      if ((await bmc.ask(Control.GET_ENDPOINT_ID)) === undefined) bmc.notTestable("Get Endpoint ID is not answered");
      for (const at of margins) {
        const changed = bmc.get(at, MARGIN).findIndex((byte) => byte !== PATTERN);
        if (changed < 0) continue;
        bmc.shown(
          "LPC-SEC-1",
          `in a session with buffers at 0x${bmcToHost.offset.toString(16)} and 0x${hostToBmc.offset.toString(16)} of ${String(size)} bytes, the byte at 0x${(at + changed).toString(16)} has changed`,
          "the host writes in its fields and in the hostToBmc buffer alone",
        );
      }
    },
  },
];
