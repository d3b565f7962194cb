/** A BMC's answer to an Initialise: its order, its version and its layout (LPC-BMC-4, LPC-VER-1, -2, LPC-MTU-4 to -9). */
import { Field, type Layout } from "../../binding/control-region.ts";
import { BTU, bufferBytes, mtuOfBuffer } from "../../binding/layout.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../../binding/versions.ts";
import { PLACE } from "../requirements.ts";
import { hexOffset } from "../side-watch.ts";
import { judgeBuffers, newest, type BmcOffer } from "./offer.ts";
import type { HostProposals, Proposal } from "./proposals.ts";
import type { Rulings } from "../rulings.ts";

/** Compares each answer with what the BMC offers and what the host asked for. */
export class AnswerJudge {
  readonly #rulings: Rulings;
  readonly #offer: BmcOffer;
  readonly #proposals: HostProposals;

  constructor(rulings: Rulings, offer: BmcOffer, proposals: HostProposals) {
    this.#rulings = rulings;
    this.#offer = offer;
    this.#proposals = proposals;
  }

  /** STR answers. `layout`, `version`: as they were written, undefined if not. `isOpen`: Channel Active is set. */
  judge(layout: Layout | undefined, version: number | undefined, isOpen: boolean): void {
    if (layout === undefined || version === undefined) this.#breakOrder(layout === undefined);
    else this.#rulings.keep(PLACE["LPC-BMC-4"]);
    if (isOpen && version === 0) {
      this.#rulings.break("LPC-VER-2", "wire", {
        seen: "Channel Active is set with negotiated_ver 0",
        expected: "a refusal leaves Channel Active 0",
      });
    } else if (version !== undefined) this.#judgeVersion(version, isOpen);
    if (layout !== undefined) this.#judgeAnswerLayout(layout, version, isOpen);
  }

  /** A part of the answer is written at `offset` when STR has answered. */
  breakLate(offset: number): void {
    this.#rulings.break("LPC-BMC-4", "draft", {
      seen: `${offset >= Field.rxOffset ? "the layout" : "negotiated_ver"} is written behind STR, which answers the Initialise`,
      expected: "layout, negotiated_ver and STR, in this order",
      offset,
    });
  }

  #breakOrder(isLayout: boolean): void {
    this.#rulings.break("LPC-BMC-4", "draft", {
      seen: `STR answers an Initialise before ${isLayout ? "the layout" : "negotiated_ver"} is written`,
      expected: "layout, negotiated_ver and STR, in this order",
    });
  }

  #judgeVersion(version: number, isOpen: boolean): void {
    const own = this.#offer.versions;
    const proposal =
      this.#proposals.kept.find((one) => own !== undefined && isRight(own, one, version, isOpen)) ??
      this.#proposals.kept.at(-1);
    if (own === undefined || proposal === undefined) return;
    const { versions, asked } = proposal;
    const common = negotiateVersion(own, versions);
    const isTiny = common >= 2 && asked < bufferBytes(common as Version, BTU);
    const spoken = `BMC ${String(own.min)} to ${String(own.cur)}, host ${String(versions.min)} to ${String(versions.cur)}`;
    if (common === 0) {
      if (!isOpen && version === 0) this.#rulings.keep(PLACE["LPC-VER-2"]);
      else {
        this.#rulings.break("LPC-VER-2", "wire", {
          seen: `${spoken}: answered with version ${String(version)}${isOpen ? " and a session" : ""}`,
          expected: "ranges that do not meet, are empty or begin at 0 are refused: negotiated_ver 0, Channel Active 0",
        });
      }
      return;
    }
    if (isTiny) {
      if (!isOpen) this.#rulings.keep(PLACE["LPC-MTU-7"]);
      else {
        this.#rulings.break("LPC-MTU-7", "wire", {
          seen: `an rx_size of ${String(asked)} is accepted in version ${String(common)}`,
          expected: `less than ${String(bufferBytes(common, BTU))} is refused`,
        });
      }
      return;
    }
    if (isOpen && version === common) this.#rulings.keep(PLACE["LPC-VER-1"]);
    else {
      this.#rulings.break("LPC-VER-1", "wire", {
        seen: `${spoken}: ${isOpen ? `answered with version ${String(version)}` : "refused"}`,
        expected: `version ${String(common)}, the smaller of the two newest`,
      });
    }
  }

  #judgeAnswerLayout(layout: Layout, version: number | undefined, isOpen: boolean): void {
    const offer = this.#offer.layout;
    if (offer === undefined) return;
    if (layout.bmcToHost.offset !== offer.bmcToHost.offset || layout.hostToBmc.offset !== offer.hostToBmc.offset) {
      this.#rulings.break("LPC-MTU-9", "draft", {
        seen: `the answer has its buffers at ${hexOffset(layout.bmcToHost.offset)} and ${hexOffset(layout.hostToBmc.offset)}`,
        expected: `they stay where the offer had them, ${hexOffset(offer.bmcToHost.offset)} and ${hexOffset(offer.hostToBmc.offset)}`,
      });
    } else this.#rulings.keep(PLACE["LPC-MTU-9"]);
    if (!isOpen) {
      this.#judgeOfferAgain(layout, offer);
      return;
    }
    if (version === undefined || !isVersion(version)) return;
    judgeBuffers(this.#rulings, version, layout, "answer");
    this.#judgeSizes(layout, version, offer);
  }

  #judgeOfferAgain(layout: Layout, offer: Layout): void {
    if (layout.bmcToHost.size === offer.bmcToHost.size && layout.hostToBmc.size === offer.hostToBmc.size) {
      this.#rulings.keep(PLACE["LPC-MTU-8"]);
      return;
    }
    this.#rulings.break("LPC-MTU-8", "draft", {
      seen: `a refusal leaves sizes ${String(layout.bmcToHost.size)} and ${String(layout.hostToBmc.size)}`,
      expected: `the offer again: ${String(offer.bmcToHost.size)} and ${String(offer.hostToBmc.size)}`,
    });
  }

  #judgeSizes(layout: Layout, version: Version, offer: Layout): void {
    const own = this.#offer.versions;
    if (own === undefined || this.#proposals.kept.length === 0) return;
    const offered = mtuOfBuffer(newest(own), Math.min(offer.bmcToHost.size, offer.hostToBmc.size));
    const sizes = this.#proposals.kept.map(({ asked }) => {
      const mtu = version === 1 ? BTU : Math.min(offered, mtuOfBuffer(version, asked));
      return { asked, mtu, size: bufferBytes(version, mtu) };
    });
    const { asked, mtu, size } = sizes.find((one) => one.size === layout.bmcToHost.size) ?? sizes.at(-1)!;
    const { bmcToHost, hostToBmc } = layout;
    if (bmcToHost.size === size && hostToBmc.size === size) {
      this.#rulings.keep(PLACE["LPC-MTU-4"]);
      return;
    }
    const isAbove = version !== 1 && (hostToBmc.size > asked || bmcToHost.size > asked);
    const isBeyond = bmcToHost.size > size || hostToBmc.size > size;
    this.#rulings.break("LPC-MTU-4", isAbove ? "wire" : "draft", {
      seen: `sizes ${String(bmcToHost.size)} and ${String(hostToBmc.size)} answer an rx_size of ${String(asked)} in version ${String(version)}`,
      expected: `${String(size)} for both: the smaller of the two MTUs is ${String(mtu)}`,
      offset: Field.rxOffset,
      cause:
        isBeyond && bmcToHost.size === size + 4
          ? { name: "headerInMtu", text: "the header, or the trailer, is counted a second time" }
          : undefined,
    });
  }
}

/** Whether an answer is that to a proposal. */
function isRight(own: VersionRange, { versions, asked }: Proposal, version: number, isOpen: boolean): boolean {
  const common = negotiateVersion(own, versions);
  const isTiny = common >= 2 && asked < bufferBytes(common as Version, BTU);
  return common === 0 || isTiny ? !isOpen && version === 0 : isOpen && version === common;
}
