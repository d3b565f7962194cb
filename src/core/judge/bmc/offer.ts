/** What a BMC offers from its start on: its versions and its layout (LPC-REG-1, LPC-VER-4, LPC-MTU-5). */
import { Field, MAGIC, decodeControlRegion, type Layout } from "../../binding/control-region.ts";
import { judgeLayout } from "../../binding/layout.ts";
import { isVersion, type Version, type VersionRange } from "../../binding/versions.ts";
import { sizeCause, swapped32, versionCause } from "../causes.ts";
import { PLACE } from "../requirements.ts";
import { isEmptyRange } from "../rules.ts";
import { layoutText } from "../texts.ts";
import type { Rulings } from "../rulings.ts";

/** Keeps what the BMC offered last, as far as it is known. */
export class BmcOffer {
  readonly #rulings: Rulings;
  #versions: VersionRange | undefined;
  #layout: Layout | undefined;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  get versions(): VersionRange | undefined {
    return this.#versions;
  }

  get layout(): Layout | undefined {
    return this.#layout;
  }

  forget(): void {
    this.#versions = undefined;
    this.#layout = undefined;
  }

  /** BMC Active is set; `fields` are those that were written in the start. */
  made(fields: Uint8Array): void {
    const region = decodeControlRegion(fields);
    this.#layout = region.layout;
    this.#versions = region.bmcVersions;
    const { magic } = region;
    const { min, cur } = region.bmcVersions;
    const cause = versionCause(min, cur);
    const isEmpty = isEmptyRange(region.bmcVersions);
    if (magic !== MAGIC || cause !== undefined || isEmpty) {
      this.#rulings.break("LPC-REG-1", "wire", {
        seen: `magic ${magic.toString(16)}, BMC versions ${String(min)} to ${String(cur)}`,
        expected: `4d 43 54 50, and ${isEmpty && cause === undefined ? "bmc_ver_min, 1 or more, not above bmc_ver_cur" : "16-bit big-endian fields"}`,
        bytes: fields,
        offset: 0,
        cause:
          cause ??
          (swapped32(magic) === MAGIC ? { name: "byteOrder", text: "the control region is little-endian" } : undefined),
      });
      return;
    }
    this.#rulings.keep(PLACE["LPC-REG-1"]);
    if (min === 1 && cur >= 3) this.#rulings.keep(PLACE["LPC-VER-4"]);
    else {
      this.#rulings.break("LPC-VER-4", "draft", {
        seen: `the BMC speaks versions ${String(min)} to ${String(cur)}`,
        expected: "1 to 3: then it works with every deployed host",
      });
    }
    judgeBuffers(this.#rulings, newest(region.bmcVersions), region.layout, "offer");
  }
}

/** LPC-MTU-5, of an offer or an answer. */
export function judgeBuffers(rulings: Rulings, version: Version, layout: Layout, what: "offer" | "answer"): void {
  const { windowBytes } = rulings.context;
  const judged = judgeLayout(layout, version, windowBytes ?? Number.MAX_SAFE_INTEGER);
  if (judged.ok) {
    rulings.keep(PLACE["LPC-MTU-5"]);
    return;
  }
  rulings.break("LPC-MTU-5", "wire", {
    seen: `the layout of the ${what}: ${layoutText({ layout })}`,
    expected: "two buffers behind the control region, apart from each other, each of the BTU at least",
    offset: Field.rxOffset,
    cause: sizeCause(layout.bmcToHost.size, windowBytes ?? 0xffffff),
  });
}

/** The newest version of a range that the BMC offers. */
export function newest({ cur }: VersionRange): Version {
  return isVersion(cur) ? cur : 3;
}
