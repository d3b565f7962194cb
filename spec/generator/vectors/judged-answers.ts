/** Answers that a host finds at H1.20, and its verdict on each. */
import {
  Field,
  MAGIC,
  decodeControlRegion,
  encodeControlRegion,
  type BufferRange,
} from "../../../src/core/binding/control-region.ts";
import { framingOf, isVersion, negotiateVersion, type VersionRange } from "../../../src/core/binding/versions.ts";
import { HostBench } from "./bench.ts";
import { proposalJson, range, regionJson, termsJson } from "./regions.ts";
import type { Json } from "./vector-file.ts";

export type Verdict =
  | { readonly verdict: "session"; readonly version: number; readonly mtu: { hostToBmc: number; bmcToHost: number } }
  | {
      /** Begin again at once; close and rest for T_refused; wait for the magic, without having written anything. */
      readonly verdict: "beginAgain" | "closeAndRest" | "wait";
      /** The counter that grows, and the requirement that says so. */
      readonly reason: "magicMismatch" | "negotiatedVersionInvalid" | "rxSizeAboveAsked" | "layoutInvalid";
      readonly requirement: string;
    };

interface Answer {
  readonly name: string;
  /** The host's. */
  readonly versions?: VersionRange;
  /** The BMC's, of its offer. */
  readonly offered?: VersionRange;
  readonly negotiated?: number;
  /** The host's. */
  readonly mtu?: number;
  readonly rx?: BufferRange;
  readonly tx?: BufferRange;
  /** Bytes laid over the region at the end. */
  readonly over?: readonly (readonly [offset: number, hex: string])[];
  readonly expected: Verdict;
}

/** Of all regions that a host judges. */
export const JUDGE_WINDOW = 4096;
/** Payload bytes that the host wants, and the rx_size that it asks for then in version 3. */
const MTU = 1024;
const ASKED = 1036;
const RX: BufferRange = { offset: 0x100, size: ASKED };
const TX: BufferRange = { offset: 0x100 + ASKED, size: ASKED };

const session = (version: number, hostToBmc: number, bmcToHost = hostToBmc): Verdict => ({
  verdict: "session",
  version,
  mtu: { hostToBmc, bmcToHost },
});
const badVersion: Verdict = {
  verdict: "closeAndRest",
  reason: "negotiatedVersionInvalid",
  requirement: "LPC-VER-3",
};
const badLayout: Verdict = { verdict: "closeAndRest", reason: "layoutInvalid", requirement: "LPC-MTU-5" };
const otherAnswer: Verdict = { verdict: "beginAgain", reason: "rxSizeAboveAsked", requirement: "LPC-MTU-6" };
const V1 = { versions: range(1, 3), offered: range(1, 1), negotiated: 1 } as const;

const ANSWERS: readonly Answer[] = [
  { name: "as asked", expected: session(3, 1024) },
  { name: "smaller than asked", rx: { ...RX, size: 76 }, tx: { ...TX, size: 76 }, expected: session(3, 64) },
  { name: "unequal sizes", rx: { ...RX, size: 500 }, expected: session(3, 1024, 488) },
  { name: "tx_size above the asked rx_size", tx: { ...TX, size: 2000 }, expected: session(3, 1988, 1024) },
  {
    name: "tx before rx",
    rx: { offset: 0x100 + ASKED, size: ASKED },
    tx: { offset: 0x100, size: ASKED },
    expected: session(3, 1024),
  },
  {
    name: "the hostToBmc buffer ends with the window",
    tx: { offset: 4096 - 76, size: 76 },
    expected: session(3, 64, 1024),
  },
  { name: "version 2 in the same sizes", negotiated: 2, expected: session(2, 1028) },
  { name: "version 1: the MTU is the BTU whatever the sizes", ...V1, expected: session(1, 64) },
  {
    name: "version 1 has no asked size",
    ...V1,
    rx: { ...RX, size: 2000 },
    tx: { offset: 0x100 + 2000, size: 76 },
    expected: session(1, 64),
  },
  { name: "pad and reserved bytes set", over: [[Field.pad, "ffff"]], expected: session(3, 1024) },
  { name: "host versions changed meanwhile", over: [[Field.hostVersionMin, "00090009"]], expected: session(3, 1024) },
  { name: "BMC versions changed meanwhile", over: [[Field.bmcVersionMin, "00070007"]], expected: session(3, 1024) },

  { name: "negotiated_ver 0", negotiated: 0, expected: badVersion },
  { name: "negotiated_ver above the host's newest", negotiated: 4, expected: badVersion },
  { name: "negotiated_ver in the wrong byte order", negotiated: 0x0300, expected: badVersion },
  { name: "negotiated_ver below the host's oldest", versions: range(3, 3), negotiated: 2, expected: badVersion },

  {
    name: "rx_size above the asked",
    rx: { ...RX, size: ASKED + 1 },
    tx: { ...TX, offset: 0x100 + ASKED + 1 },
    expected: otherAnswer,
  },
  { name: "rx_size far above the asked", rx: { ...RX, size: 0xffff_ffff }, expected: otherAnswer },
  { name: "rx_size above the asked, version 2", offered: range(1, 2), negotiated: 2, mtu: 64, expected: otherAnswer },

  { name: "rx_size 0", rx: { ...RX, size: 0 }, expected: badLayout },
  { name: "rx_size one below the BTU's", rx: { ...RX, size: 75 }, expected: badLayout },
  { name: "tx_size one below the BTU's", tx: { ...TX, size: 75 }, expected: badLayout },
  { name: "tx_size one below the BTU's, version 2", negotiated: 2, tx: { ...TX, size: 71 }, expected: badLayout },
  { name: "tx_size one below the BTU's, version 1", ...V1, tx: { ...TX, size: 71 }, expected: badLayout },
  { name: "rx_offset one byte in the control region", rx: { ...RX, offset: 0xff }, expected: badLayout },
  { name: "tx_offset 0", tx: { ...TX, offset: 0 }, expected: badLayout },
  {
    name: "the bmcToHost buffer ends one byte behind the window",
    rx: { offset: 4096 - ASKED + 1, size: ASKED },
    expected: badLayout,
  },
  {
    name: "the hostToBmc buffer ends one byte behind the window",
    tx: { offset: 4096 - 76, size: 77 },
    expected: badLayout,
  },
  { name: "tx_offset behind the window", tx: { ...TX, offset: 4096 }, expected: badLayout },
  { name: "an end that does not fit in 32 bits", tx: { offset: 0xffff_ff00, size: 0x200 }, expected: badLayout },
  { name: "buffers that overlap by one byte", tx: { ...TX, offset: TX.offset - 1 }, expected: badLayout },
  { name: "both buffers in one place", tx: RX, expected: badLayout },
  { name: "one buffer inside the other", tx: { offset: 0x200, size: 76 }, expected: badLayout },
];

const NONE = range(0, 0);

/** What stands behind BMC Active before the host proposes. */
function offerBytes({ offered = range(1, 3) }: Answer): Uint8Array {
  return encodeControlRegion({
    magic: MAGIC,
    bmcVersions: offered,
    hostVersions: NONE,
    negotiatedVersion: 0,
    layout: { bmcToHost: RX, hostToBmc: TX },
  });
}

function answerBytes(answer: Answer): Uint8Array {
  const { offered = range(1, 3), negotiated = 3, versions = range(1, 3), rx = RX, tx = TX, over = [] } = answer;
  const bytes = encodeControlRegion({
    magic: MAGIC,
    bmcVersions: offered,
    hostVersions: versions,
    negotiatedVersion: negotiated,
    layout: { bmcToHost: rx, hostToBmc: tx },
  });
  for (const [offset, hex] of over) bytes.set(Buffer.from(hex, "hex"), offset);
  return bytes;
}

function judgedVector(answer: Answer): Json {
  const { name, versions = range(1, 3), offered = range(1, 3), mtu = MTU, expected } = answer;
  const terms = { versions, mtu, windowBytes: JUDGE_WINDOW };
  const offer = offerBytes(answer);
  const proposal = HostBench.propose(terms, offer);
  const version = negotiateVersion(offered, versions);
  const asks = isVersion(version) && !framingOf(version).fixedMtu;
  return {
    name,
    windowBytes: JUDGE_WINDOW,
    host: termsJson(terms),
    offer: regionJson(offer),
    proposal: proposalJson(proposal, asks),
    asked: asks ? decodeControlRegion(proposal).layout.bmcToHost.size : null,
    answer: regionJson(answerBytes(answer)),
    ...expected,
  };
}

export function judgedVectors(): readonly Json[] {
  return ANSWERS.map(judgedVector);
}
