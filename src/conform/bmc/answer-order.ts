/** The order in which the answer to Initialise is written, as a host sees it that looks all the time (LPC-BMC-4). */
import { encodeVersionRange, Field } from "../../core/binding/control-region.ts";
import { SESSION_BITS, Status } from "../../core/binding/registers.ts";
import type { Case } from "../case.ts";
import type { PlayedHost } from "../played-host.ts";
import { BTU, closeToDummy, expectDummy, settle, tries } from "./signs.ts";

const TRIES = 20;
const ANSWER_BYTES = 0x20 - Field.negotiatedVersion;
const VERSION_BYTES = 2;
/** Of the layout, behind negotiated_ver and pad. */
const LAYOUT_AT = 4;
/** An rx_size whose answer differs from what stands in the fields before it. */
const ASKED = BTU + 20;

export const ANSWER_ORDER_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "answer/order",
    text: "layout, negotiated_ver and STR are written in this order, the dummy behind them, each of 20 times",
    requirements: ["LPC-BMC-4"],
    needs: ["start/dummy", "versions/accepted"],
    async play(host: PlayedHost): Promise<void> {
      await settle(host);
      for (const attempt of tries(host, TRIES)) {
        if (attempt > 0) await closeToDummy(host);
        host.writeVersions({ min: 1, cur: 3 });
        host.writeRxSize(ASKED);
        const proposed = answerOf(host).subarray(LAYOUT_AT).join();
        const since = host.bytesRead.length;
        host.leavesUnread = true;
        await host.initialise();
        const early: string[] = [];
        const seen = { isHalf: false };
        await host.spinUntil(() => {
          const status = host.status();
          const answer = host.get(Field.negotiatedVersion, ANSWER_BYTES);
          const isUp = (status & SESSION_BITS) === SESSION_BITS;
          if (isUp || (status & Status.OBF) !== 0) early.push(`${String(isUp)} ${answer.join()}`);
          else seen.isHalf ||= hasVersionAlone(answer, proposed);
          return isUp;
        });
        await host.fence();
        const layout = answerOf(host).subarray(LAYOUT_AT).join();
        if (seen.isHalf && layout !== proposed) {
          host.shown(
            "LPC-BMC-4",
            "negotiated_ver is written while the layout is still that of the proposal",
            "the layout first, then negotiated_ver, then STR",
          );
        }
        const final = answerOf(host).join();
        const first = early[0];
        if (first !== undefined && first !== `true ${final}`) {
          host.shown(
            "LPC-BMC-4",
            first.startsWith("true")
              ? "Channel Active is set before layout and negotiated_ver are written"
              : "the dummy stands in ODR before Channel Active is set",
            "layout, negotiated_ver and STR are written in this order, then the dummy",
          );
        }
        host.leavesUnread = false;
        await expectDummy(host, since, "behind an accepted proposal");
      }
    },
  },
  {
    name: "answer/host-fields",
    text: "the answer leaves the host's version fields alone",
    requirements: ["LPC-REG-3"],
    needs: ["answer/order"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await settle(host);
      for (const attempt of tries(host, TRIES)) {
        if (attempt > 0) await closeToDummy(host);
        host.writeVersions({ min: 1, cur: 3 });
        const since = host.bytesRead.length;
        await host.initialise();
        let cur = 3;
        let written = encodeVersionRange({ min: 1, cur });
        const hasChanged = await host.spinUntil(() => {
          if (host.get(Field.hostVersionMin, written.length).join() !== written.join()) return "changed" as const;
          if ((host.status() & SESSION_BITS) === SESSION_BITS) return "up" as const;
          cur = cur === 3 ? 4 : 3;
          written = encodeVersionRange({ min: 1, cur });
          host.put(Field.hostVersionMin, written);
          return undefined;
        });
        await host.fence();
        if (hasChanged === "up" && host.get(Field.hostVersionMin, written.length).join() === written.join()) {
          await expectDummy(host, since, "behind an accepted proposal");
          continue;
        }
        if (hasChanged === undefined) host.notTestable("no session was opened");
        host.shown(
          "LPC-REG-3",
          "host_ver_min and host_ver_cur are written by the BMC with its answer",
          "they are the host's: the BMC zeroes them at its start, and never writes them else",
        );
      }
    },
  },
];

/** negotiated_ver is there while the layout is not. */
function hasVersionAlone(answer: Uint8Array, proposed: string): boolean {
  const hasVersion = answer.subarray(0, VERSION_BYTES).some((byte) => byte !== 0);
  return hasVersion && answer.subarray(LAYOUT_AT).join() === proposed;
}

function answerOf(host: PlayedHost): Uint8Array {
  return host.get(Field.negotiatedVersion, ANSWER_BYTES);
}
