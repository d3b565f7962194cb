/** What a host asks for: its rx_size by the room that a BMC leaves and by its own MTU (LPC-MTU-3), its versions' terms. */
import { CONTROL_REGION_BYTES, type Layout } from "../../core/binding/control-region.ts";
import { BTU, bufferBytes, overheadBytes } from "../../core/binding/layout.ts";
import type { Version } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import type { PlayedBmc } from "../played-bmc.ts";
import { isClose, takeFences, takeInitialise, takeProposal } from "./steps.ts";

/** A size that nobody asks for: the BMC's fields show whether the host has written rx_size. */
const ODD_SIZE = 3331;

interface Placed {
  readonly what: string;
  readonly bmcToHost: number;
  readonly hostToBmc: number;
}

export const OFFER_CASES: readonly Case<PlayedBmc>[] = [
  {
    name: "offer/room",
    text: "rx_size is what the host's own MTU needs, but no more than the room behind rx_offset",
    requirements: ["LPC-MTU-3", "LPC-MTU-1"],
    needs: ["start/session", "start/proposal"],
    async play(bmc: PlayedBmc): Promise<void> {
      const asked = [0, 0, await largestAsked(bmc, 2), await largestAsked(bmc, 3)];
      const largest = largestRoom(bmc);
      const isOwn = asked[3]! < largest;
      if (isOwn && asked[2]! < largest && asked[3]! - asked[2]! !== overheadBytes(3) - overheadBytes(2)) {
        bmc.broken(
          "LPC-MTU-1",
          `rx_size ${String(asked[2])} is asked for in version 2, and ${String(asked[3])} in version 3, with more room in both`,
          "a size is the MTU plus 8 in version 2, plus 12 in version 3",
        );
      }
      for (const version of [2, 3] as const) {
        for (const placed of placesIn(bmc.window.size)) {
          await expectAsked(bmc, version, placed, isOwn ? asked[version]! : undefined, asked[version]!);
        }
      }
    },
  },
  {
    name: "offer/version-1",
    text: "in version 1 no rx_size is written",
    requirements: ["LPC-HOST-5"],
    needs: ["start/session", "start/proposal"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start({ versions: { min: 1, cur: 1 }, layout: layoutAt(CONTROL_REGION_BYTES, 4096) });
      await takeProposal(bmc);
      expectNoSize(bmc, "a BMC of version 1");
    },
  },
  {
    name: "offer/no-common-version",
    text: "without a common version the host proposes its versions, and no rx_size",
    requirements: ["LPC-HOST-5"],
    needs: ["offer/version-1"],
    async play(bmc: PlayedBmc): Promise<void> {
      await bmc.start({ versions: { min: 7, cur: 9 }, layout: layoutAt(CONTROL_REGION_BYTES, 4096) });
      const close = await takeInitialise(bmc);
      if (!isClose(close)) bmc.notTestable("the host does not close before it opens");
      await bmc.answerInitialise();
      await takeFences(bmc);
      const proposal = await takeInitialise(bmc);
      if (isClose(proposal)) {
        bmc.broken(
          "LPC-HOST-5",
          "to a BMC of versions 7 to 9, Initialise is written with host versions 0/0",
          "the host proposes its versions: the BMC's refusal then is an answer",
        );
      }
      expectNoSize(bmc, "a BMC of versions 7 to 9");
    },
  },
];

function layoutAt(rx: number, tx: number): Layout {
  return { bmcToHost: { offset: rx, size: ODD_SIZE }, hostToBmc: { offset: tx, size: ODD_SIZE } };
}

function expectNoSize(bmc: PlayedBmc, to: string): void {
  const rxSize = bmc.rxSize();
  if (rxSize === ODD_SIZE) return;
  bmc.broken(
    "LPC-HOST-5",
    `to ${to}, rx_size ${String(rxSize)} is written`,
    "rx_size is written where the common version is 2 or 3",
  );
}

function largestRoom(bmc: PlayedBmc): number {
  return bmc.window.size - CONTROL_REGION_BYTES;
}

/** What the host asks for where the buffer may fill the window. */
async function largestAsked(bmc: PlayedBmc, version: Version): Promise<number> {
  // The other buffer lies behind the window: then the room ends with it.
  return askedFor(bmc, version, layoutAt(CONTROL_REGION_BYTES, bmc.window.size));
}

async function askedFor(bmc: PlayedBmc, version: Version, layout: Layout): Promise<number> {
  await bmc.start({ versions: { min: 1, cur: version }, layout });
  const { versions, rxSize } = await takeProposal(bmc);
  if (versions.cur < 2) bmc.notTestable("the host speaks version 1 alone");
  return rxSize;
}

function placesIn(windowBytes: number): readonly Placed[] {
  const at = CONTROL_REGION_BYTES;
  return [
    { what: "room for the BTU alone", bmcToHost: at, hostToBmc: at + bufferBytes(3, BTU) },
    { what: "room for 300 bytes", bmcToHost: at, hostToBmc: at + 300 },
    { what: "less room than the BTU needs", bmcToHost: at, hostToBmc: at + 40 },
    { what: "tx_offset before rx_offset", bmcToHost: windowBytes - 1000, hostToBmc: at },
    { what: "tx_offset behind the window", bmcToHost: windowBytes - 500, hostToBmc: windowBytes + 4096 },
  ];
}

/** `own`: what the host's own MTU needs, undefined where it takes whatever there is up to `most`, or more. */
async function expectAsked(
  bmc: PlayedBmc,
  version: Version,
  { what, bmcToHost, hostToBmc }: Placed,
  own: number | undefined,
  most: number,
): Promise<void> {
  const windowBytes = bmc.window.size;
  const room = (hostToBmc > bmcToHost ? Math.min(hostToBmc, windowBytes) : windowBytes) - bmcToHost;
  const expected = Math.max(bufferBytes(version, BTU), Math.min(own ?? most, room));
  const asked = await askedFor(bmc, version, layoutAt(bmcToHost, hostToBmc));
  if (asked === expected) return;
  bmc.broken(
    "LPC-MTU-3",
    `with rx_offset ${String(bmcToHost)} and tx_offset ${String(hostToBmc)} (${what}) the host asks for ${String(asked)} in version ${String(version)}`,
    `${String(expected)}, the smaller of the room and of what its own MTU needs, but not less than the BTU's`,
  );
}
