/** Versions and sizes that a host may propose, and what the BMC has to answer: clause 9. */
import { encodeU32, Field, type Layout } from "../../core/binding/control-region.ts";
import { bufferBytes, mtuOfBuffer } from "../../core/binding/layout.ts";
import { Status, statusText } from "../../core/binding/registers.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../../core/binding/versions.ts";
import type { Case } from "../case.ts";
import type { Answer, PlayedHost } from "../played-host.ts";
import { BTU, SMALL_MTU } from "./signs.ts";
import { expectOffer, layoutText } from "./start-up.ts";

/** Well formed, and some beyond what is known today. */
const GOOD_RANGES: readonly VersionRange[] = [
  { min: 1, cur: 3 },
  { min: 1, cur: 1 },
  { min: 1, cur: 2 },
  { min: 2, cur: 2 },
  { min: 2, cur: 3 },
  { min: 3, cur: 3 },
  { min: 3, cur: 9 },
  { min: 1, cur: 0xffff },
];

/** Empty, or beginning at version 0. */
const BAD_RANGES: readonly VersionRange[] = [
  { min: 0, cur: 3 },
  { min: 0, cur: 1 },
  { min: 3, cur: 1 },
  { min: 2, cur: 1 },
  { min: 1, cur: 0 },
  { min: 0, cur: 0xffff },
  { min: 0x0300, cur: 0x0100 },
];

/** Beyond every BMC of today; the first is versions 1 to 3 in the wrong byte order. */
const FOREIGN_RANGES: readonly VersionRange[] = [
  { min: 0x0100, cur: 0x0300 },
  { min: 4, cur: 9 },
  { min: 0xffff, cur: 0xffff },
];

const NEEDS: readonly string[] = ["start/session", "close/in-session"];

export const NEGOTIATION_CASES: readonly Case<PlayedHost>[] = [
  {
    name: "versions/accepted",
    text: "ranges that overlap the BMC's are answered with the smaller of the two newest versions",
    requirements: ["LPC-VER-1"],
    needs: NEEDS,
    // Sizes are another case.
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const { bmcVersions } = await host.offer();
      for (const versions of GOOD_RANGES) {
        const expected = negotiateVersion(bmcVersions, versions);
        if (expected === 0) continue;
        const answer = await host.startUp({ versions });
        if (answer.accepted && answer.region.negotiatedVersion === expected) continue;
        host.shown(
          "LPC-VER-1",
          `to versions ${rangeText(versions)} this BMC of ${rangeText(bmcVersions)} answers ${answerText(answer)}`,
          `negotiated_ver ${String(expected)} and Channel Active`,
        );
      }
    },
  },
  {
    name: "versions/refused",
    text: "ranges that are empty, begin at 0 or do not meet the BMC's are refused",
    requirements: ["LPC-VER-2"],
    needs: NEEDS,
    async play(host: PlayedHost): Promise<void> {
      const { bmcVersions } = await host.offer();
      for (const versions of [...BAD_RANGES, ...FOREIGN_RANGES, ...GOOD_RANGES]) {
        if (negotiateVersion(bmcVersions, versions) !== 0) continue;
        const answer = await host.startUp({ versions });
        const isRefused = answer.region.negotiatedVersion === 0 && (answer.status & Status.CHANNEL_ACTIVE) === 0;
        if (isRefused) continue;
        host.shown(
          "LPC-VER-2",
          `to versions ${rangeText(versions)} this BMC of ${rangeText(bmcVersions)} answers ${answerText(answer)}`,
          "a refusal: negotiated_ver 0 and Channel Active 0",
        );
      }
    },
  },
  {
    name: "sizes/answered",
    text: "rx_size is answered with two sizes for the smaller of its MTU and the BMC's own",
    requirements: ["LPC-MTU-4", "LPC-MTU-9", "LPC-MTU-1"],
    needs: ["versions/accepted", "close/offer"],
    async play(host: PlayedHost): Promise<void> {
      const offer = await host.offer();
      for (const version of spokenOf(offer.bmcVersions)) {
        const own = ownMtu(offer.layout, offer.bmcVersions.cur);
        const most = bufferBytes(version, own);
        const room = roomOf(offer.layout);
        for (const rxSize of new Set([999, most, room, bufferBytes(version, BTU) + 13, bufferBytes(version, BTU)])) {
          if (rxSize < bufferBytes(version, BTU) || rxSize > room) continue;
          await expectSizes(host, { version, rxSize, own, offer: offer.layout });
        }
      }
    },
  },
  {
    name: "sizes/beyond-room",
    text: "an rx_size larger than the buffers have room for is answered with the BMC's own MTU",
    requirements: ["LPC-MTU-4", "LPC-VER-1"],
    needs: ["sizes/answered"],
    risk: "deployed BMCs refuse what would overlap; others might compute a buffer outside the window",
    async play(host: PlayedHost): Promise<void> {
      const offer = await host.offer();
      for (const version of spokenOf(offer.bmcVersions)) {
        if (version === 1) continue;
        const own = ownMtu(offer.layout, offer.bmcVersions.cur);
        for (const rxSize of [roomOf(offer.layout) + 1, host.window.size, 0x7fffffff, 0xffffffff]) {
          await expectSizes(host, { version, rxSize, own, offer: offer.layout });
        }
      }
    },
  },
  {
    name: "sizes/below-btu",
    text: "an rx_size below what the BTU needs in the common version is refused",
    requirements: ["LPC-MTU-7"],
    needs: ["sizes/answered"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const { bmcVersions } = await host.offer();
      for (const version of spokenOf(bmcVersions)) {
        if (version === 1) continue;
        const least = bufferBytes(version, BTU);
        for (const rxSize of [0, 1, 8, least - 1]) {
          const answer = await host.startUp({ versions: { min: 1, cur: version }, rxSize });
          if (!answer.accepted && answer.region.negotiatedVersion === 0) continue;
          host.shown(
            "LPC-MTU-7",
            `an rx_size of ${String(rxSize)} in version ${String(version)} is answered with ${answerText(answer)}`,
            `a refusal: the BTU needs ${String(least)} bytes`,
          );
        }
      }
    },
  },
  {
    name: "refusal/offer",
    text: "with every refusal the BMC writes its whole offer again",
    requirements: ["LPC-MTU-8"],
    needs: ["close/offer", "versions/refused", "sizes/below-btu"],
    async play(host: PlayedHost): Promise<void> {
      const { layout: offer, bmcVersions } = await host.offer();
      for (const versions of [
        { min: 0, cur: 3 },
        { min: 3, cur: 1 },
        { min: 0xffff, cur: 0xffff },
      ]) {
        // An rx_size of the host's stands there, and the layout of a small session.
        await host.openSession({ mtu: SMALL_MTU });
        const { region } = await host.propose({ versions, rxSize: 77 });
        expectOffer(host, region.layout, offer, `behind refused versions ${rangeText(versions)}`);
      }
      for (const version of spokenOf(bmcVersions)) {
        if (version === 1) continue;
        await host.openSession({ mtu: BTU });
        const { accepted, region } = await host.propose({ versions: { min: 1, cur: version }, rxSize: 20 });
        if (!accepted) expectOffer(host, region.layout, offer, "behind a refused rx_size of 20");
      }
    },
  },
  {
    name: "region/directions",
    text: "the answer follows rx_size, and not tx_size, which the host does not write",
    requirements: ["LPC-REG-1"],
    needs: NEEDS,
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      const { layout, bmcVersions } = await host.offer();
      if (bmcVersions.cur === 1) return;
      const least = bufferBytes(bmcVersions.cur as Version, BTU);
      const before = host.get(Field.txSize, SIZE_BYTES);
      host.put(Field.txSize, encodeU32(least));
      const { accepted, region } = await host.propose({ rxSize: layout.bmcToHost.size });
      if (!accepted) host.put(Field.txSize, before);
      if (!accepted || layout.bmcToHost.size === least || region.layout.bmcToHost.size !== least) return;
      host.shown(
        "LPC-REG-1",
        `an rx_size of ${String(layout.bmcToHost.size)} with ${String(least)} in tx_size is answered with sizes of ${String(least)}`,
        "rx_offset and rx_size are the host's receive buffer, at 0x10 and 0x14",
      );
    },
  },
  {
    name: "region/reserved",
    text: "bytes 0x0e, 0x0f and 0x20 to 0xff have no influence on the answer",
    requirements: ["LPC-REG-4"],
    needs: ["versions/accepted"],
    unjudged: true,
    async play(host: PlayedHost): Promise<void> {
      await host.offer();
      const before = host.get(RESERVED_OFFSET, RESERVED_BYTES);
      host.put(PAD_OFFSET, Uint8Array.of(0xa5, 0x5a));
      host.put(RESERVED_OFFSET, new Uint8Array(RESERVED_BYTES).fill(0xa5));
      const { accepted, status } = await host.propose();
      host.put(PAD_OFFSET, Uint8Array.of(0, 0));
      host.put(RESERVED_OFFSET, before);
      if (accepted) return;
      host.shown(
        "LPC-REG-4",
        `with 0xa5 in the reserved bytes, a good proposal is answered with STR ${statusText(status)}`,
        "a session, as without them",
      );
    },
  },
];

const SIZE_BYTES = 4;
/** Parts of a buffer beside the payload. */
const LENGTH_BYTES = 4;
const HEADER_BYTES = 4;
const TRAILER_BYTES = 4;
/** Bytes more than a BMC has answered with. */
const BEYOND = 16;
const PAD_OFFSET = 0x0e;
const RESERVED_OFFSET = 0x20;
const RESERVED_BYTES = 0xe0;

interface SizesAsked {
  readonly version: Version;
  readonly rxSize: number;
  /** Payload bytes. */
  readonly own: number;
  readonly offer: Layout;
}

async function expectSizes(host: PlayedHost, { version, rxSize, own, offer }: SizesAsked): Promise<void> {
  const asked = version === 1 ? ("none" as const) : rxSize;
  const answer = await host.startUp({ versions: { min: 1, cur: version }, rxSize: asked });
  const { layout } = answer.region;
  const proposal = `rx_size ${String(asked)} in version ${String(version)}`;
  if (!answer.accepted) {
    host.shown(
      "LPC-VER-1",
      `${proposal} is answered with ${answerText(answer)}`,
      "a session: only an rx_size below what the BTU needs is refused (LPC-MTU-7)",
    );
  }
  if (layout.bmcToHost.offset !== offer.bmcToHost.offset || layout.hostToBmc.offset !== offer.hostToBmc.offset) {
    host.shown(
      "LPC-MTU-9",
      `${proposal} is answered with ${layoutText(layout)}`,
      `the offsets of the offer: ${layoutText(offer)}`,
    );
  }
  const mtu = version === 1 ? BTU : Math.min(own, mtuOfBuffer(version, rxSize));
  const size = bufferBytes(version, mtu);
  if (layout.bmcToHost.size === size && layout.hostToBmc.size === size) return;
  await breakFraming(host, { version, own, layout, proposal, most: mtuOfBuffer(version, rxSize) });
  host.shown(
    "LPC-MTU-4",
    `${proposal} is answered with rx_size ${String(layout.bmcToHost.size)} and tx_size ${String(layout.hostToBmc.size)}`,
    `both ${String(size)}, for an MTU of ${String(mtu)}`,
  );
}

interface OddAnswer {
  readonly version: Version;
  readonly own: number;
  readonly layout: Layout;
  readonly proposal: string;
  /** Payload bytes of the rx_size that was asked for. */
  readonly most: number;
}

/** Breaks LPC-MTU-1 where the sizes are right but for the bytes beside the payload that they count. */
async function breakFraming(host: PlayedHost, { version, own, layout, proposal, most }: OddAnswer): Promise<void> {
  const { size } = layout.bmcToHost;
  if (layout.hostToBmc.size !== size || version === 1) return;
  const mtu = Math.min(own, most);
  // The offer without the trailer of version 3 looks like that of a smaller MTU, which the answers of version 2 exceed.
  const isOfferShort = version === 2 && size === bufferBytes(2, own + TRAILER_BYTES) && own + TRAILER_BYTES <= most;
  // One that grants what is asked for exceeds it, too, and more so where more is asked for.
  if (isOfferShort && (await answeredSize(host, size + BEYOND)) === size) {
    host.shown(
      "LPC-MTU-1",
      `${proposal} is answered with sizes of ${String(size)}, an MTU of ${String(own + TRAILER_BYTES)}, and the offer has the same sizes in version 3`,
      `the sizes of an MTU are the MTU plus 8 in version 2, plus 12 in version 3`,
    );
  }
  if (![mtu, mtu + LENGTH_BYTES, mtu + HEADER_BYTES + LENGTH_BYTES].includes(size)) return;
  host.shown(
    "LPC-MTU-1",
    `${proposal} is answered with sizes of ${String(size)} for an MTU of ${String(mtu)}`,
    `${String(bufferBytes(version, mtu))}: the MTU plus 8 in version 2, plus 12 in version 3`,
  );
}

/** rx_size of the answer to a proposal of version 2. */
async function answeredSize(host: PlayedHost, rxSize: number): Promise<number> {
  const { region } = await host.startUp({ versions: { min: 1, cur: 2 }, rxSize });
  return region.layout.bmcToHost.size;
}

/** Payload bytes of the smaller buffer of the offer, which is for the BMC's newest version. */
function ownMtu({ bmcToHost, hostToBmc }: Layout, newest: number): number {
  return mtuOfBuffer(isVersion(newest) ? newest : 1, Math.min(bmcToHost.size, hostToBmc.size));
}

/** Bytes that a deployed BMC leaves a host to ask for. */
function roomOf({ bmcToHost, hostToBmc }: Layout): number {
  return hostToBmc.offset > bmcToHost.offset ? hostToBmc.offset - bmcToHost.offset : bmcToHost.size;
}

/** The versions that a BMC speaks, the oldest first. */
export function spokenOf({ min, cur }: VersionRange): readonly Version[] {
  return ([1, 2, 3] as const).filter((version) => version >= min && version <= cur);
}

function rangeText({ min, cur }: VersionRange): string {
  return `${String(min)}-${String(cur)}`;
}

function answerText({ status, region }: Pick<Answer, "status" | "region">): string {
  return `STR ${statusText(status)}, negotiated_ver ${String(region.negotiatedVersion)}`;
}
