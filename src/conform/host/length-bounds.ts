/**
 * Which lengths a host takes (LPC-BUF-4). A packet that is dropped for its length ends the message under way (LPC-ERR-5), one
 * that is for another EID does not: the message tells what became of a packet between its own.
 */
import { CONTROL_REGION_BYTES, type Layout } from "../../core/binding/control-region.ts";
import { BTU, bufferBytes } from "../../core/binding/layout.ts";
import type { Version } from "../../core/binding/versions.ts";
import { Control } from "../../core/mctp/control/codec.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { askAround } from "./asking.ts";
import { STRANGER_OPTIONS, takeProposal } from "./steps.ts";
import { payloadOf } from "./traffic.ts";

/** Of a packet's header. */
const HEADER_BYTES = 4;
/** Payload bytes, and the sizes that hold them in any version. */
const MTU = 300;
const ROOM = bufferBytes(3, MTU);
const SMALL = bufferBytes(3, BTU);
/** Between the buffers. */
const GAP = 64;
/** Far above what any window holds. */
const HOPELESS = 0x7fff_fff0;

interface Terms {
  readonly version: Version;
  readonly what: string;
  readonly layout: Layout;
}

const AT = CONTROL_REGION_BYTES;
const TERMS: readonly Terms[] = [
  { version: 1, what: "version 1", layout: layoutOf(ROOM, ROOM) },
  { version: 2, what: "version 2", layout: layoutOf(ROOM, ROOM) },
  { version: 3, what: "version 3", layout: layoutOf(ROOM, ROOM) },
  { version: 3, what: "version 3, a smaller hostToBmc buffer", layout: layoutOf(ROOM, SMALL) },
  { version: 3, what: "version 3, a smaller bmcToHost buffer", layout: layoutOf(SMALL, ROOM) },
];

export const LENGTH_BOUNDS_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "length/taken",
    text: "a packet of every legal length is taken, by the bounds of its own direction",
    requirements: ["LPC-BUF-4", "LPC-MTU-2"],
    needs: ["mctp/small-packets", "packet/lengths-version-1", "packet/lengths-version-2", "answer/unequal-sizes"],
    async play(bmc: PlayedBmc): Promise<void> {
      for (const terms of TERMS) {
        if (!(await opens(bmc, terms))) continue;
        const most = largest(bmc, terms);
        for (const length of [HEADER_BYTES, most - 1, most]) {
          if (await outlives(bmc, length)) continue;
          bmc.broken(
            "LPC-BUF-4",
            `a packet of length ${String(length)} is dropped for its length: the message that is under way ends (${terms.what})`,
            `every length from ${String(HEADER_BYTES)} to ${String(most)} is taken`,
          );
        }
      }
    },
  },
  {
    name: "length/dropped",
    text: "a packet whose length is out of bounds by little is dropped for it",
    requirements: ["LPC-BUF-4", "LPC-ERR-5"],
    needs: ["length/taken", "bad-packet/length-version-3", "bad-packet/length-version-1", "bad-packet/ends-assembly"],
    risk: "deployed hosts answer a length out of bounds with nothing (F7), and read memory that was not sent (F18)",
    async play(bmc: PlayedBmc): Promise<void> {
      for (const terms of TERMS) {
        if (!(await opens(bmc, terms))) continue;
        const most = largest(bmc, terms);
        if (await outlives(bmc, HOPELESS)) {
          bmc.broken(
            "LPC-ERR-5",
            `a packet of length ${String(HOPELESS)} does not end the message under way (${terms.what})`,
            "a packet dropped for its length ends every message under way",
          );
        }
        for (const length of [HEADER_BYTES - 1, most + 1, most + HEADER_BYTES]) {
          if (!(await outlives(bmc, length))) continue;
          bmc.broken(
            "LPC-BUF-4",
            `a packet of length ${String(length)} is taken: it does not end the message under way, as one of length ${String(HOPELESS)} does (${terms.what})`,
            `a length outside ${String(HEADER_BYTES)} to ${String(most)} drops the packet`,
          );
        }
      }
    },
  },
];

function layoutOf(bmcToHost: number, hostToBmc: number): Layout {
  return {
    bmcToHost: { offset: AT, size: bmcToHost },
    hostToBmc: { offset: AT + bmcToHost + GAP, size: hostToBmc },
  };
}

/** A session on these terms; false where this host does not speak the version, or asks for less. */
async function opens(bmc: PlayedBmc, { version, layout }: Terms): Promise<boolean> {
  await bmc.start({ versions: { min: 1, cur: version }, layout, mtu: MTU });
  const { versions, rxSize } = await takeProposal(bmc);
  const isSpoken = versions.min <= version && version <= versions.cur;
  if (!isSpoken || (version !== 1 && rxSize < layout.bmcToHost.size)) return false;
  await bmc.answerInitialise(version === 1 ? {} : { layout });
  await bmc.reopenSession();
  return bmc.session?.version === version;
}

/** The largest legal length: in version 1 what fits in front of the other buffer. */
function largest(bmc: PlayedBmc, { version }: Terms): number {
  const { sends, receives, sendsMtu } = bmc.session ?? bmc.notTestable("the host has left its session");
  return version === 1 ? receives.offset - sends.offset - HEADER_BYTES : HEADER_BYTES + sendsMtu;
}

/** Whether a request in three packets is answered that has a packet of this length for another EID between them. */
async function outlives(bmc: PlayedBmc, length: number): Promise<boolean> {
  const isBounded = length <= bmc.window.size;
  const between = bmc.packet(payloadOf(isBounded ? Math.max(0, length - HEADER_BYTES) : 0), STRANGER_OPTIONS);
  const request = await askAround(bmc, between.subarray(0, isBounded ? length : between.length), { length });
  // Behind it one that is answered in any case: no need to wait for what does not come.
  const marker = bmc.controlRequest(Control.GET_ENDPOINT_ID);
  if (!(await bmc.send(marker.packet))) bmc.notTestable("a packet gets no Rx Complete");
  await bmc.serveUntil(() => bmc.responseTo(marker));
  return bmc.responseTo(request) !== undefined;
}
