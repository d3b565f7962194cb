/** spec/vectors/control-regions.json: control regions as both sides write them, and as a host has to judge them. */
import { CONTROL_FIELDS_BYTES, Field, decodeControlRegion } from "../../../src/core/binding/control-region.ts";
import { framingOf, negotiateVersion } from "../../../src/core/binding/versions.ts";
import { toHex, writeU32be } from "../../../src/core/wire/bytes.ts";
import type { Artefact } from "../artefact.ts";
import { BmcBench, HostBench, type BmcTerms } from "./bench.ts";
import { JUDGE_WINDOW, judgedVectors, type Verdict } from "./judged-answers.ts";
import { REGION_UNITS, proposalJson, range, regionJson, termsJson } from "./regions.ts";
import { vectorArtefact, type Json } from "./vector-file.ts";

const MEBIBYTE = 1024 * 1024;

/* ---- Offer, proposal, answer ---- */

type SideTerms = Pick<BmcTerms, "versions" | "mtu">;

interface Meeting {
  readonly name: string;
  readonly bmc: SideTerms;
  readonly host: SideTerms;
  readonly windowBytes?: number;
}

const terms = (min: number, cur: number, mtu?: number): SideTerms => ({ versions: range(min, cur), mtu });

const MEETINGS: readonly Meeting[] = [
  { name: "both without a limit", bmc: terms(1, 3), host: terms(1, 3) },
  { name: "host of versions 1 to 2", bmc: terms(1, 3), host: terms(1, 2) },
  { name: "BMC of versions 1 to 2", bmc: terms(1, 2), host: terms(1, 3) },
  { name: "host of version 1", bmc: terms(1, 3), host: terms(1, 1) },
  { name: "BMC of version 1", bmc: terms(1, 1), host: terms(1, 3) },
  { name: "both of version 3 alone", bmc: terms(3, 3), host: terms(3, 3) },
  { name: "host with MTU 4096", bmc: terms(1, 3), host: terms(1, 3, 4096) },
  { name: "host with MTU 4096, version 2", bmc: terms(1, 3), host: terms(1, 2, 4096) },
  { name: "BMC with MTU 4096, host with 32768", bmc: terms(1, 3, 4096), host: terms(1, 3, 32768) },
  { name: "deployed hosts: MTU 32768", bmc: terms(1, 3), host: terms(1, 3, 32768) },
  { name: "BMC with the BTU, host with 4096", bmc: terms(1, 3, 64), host: terms(1, 3, 4096) },
  { name: "host with the BTU", bmc: terms(1, 3), host: terms(1, 3, 64) },
  { name: "an MTU that is no multiple of anything", bmc: terms(1, 3, 101), host: terms(1, 3, 67) },
  { name: "the smallest window", bmc: terms(1, 3), host: terms(1, 3), windowBytes: 4096 },
  { name: "the largest window", bmc: terms(1, 3), host: terms(1, 3), windowBytes: 16 * MEBIBYTE },
  { name: "refused: no common version", bmc: terms(2, 2), host: terms(3, 3) },
  { name: "refused: the BMC is too new", bmc: terms(3, 3), host: terms(1, 2, 64) },
];

function meetingVector({ name, bmc, host, windowBytes = MEBIBYTE }: Meeting): Json {
  const bench = new BmcBench({ ...bmc, windowBytes });
  const offer = bench.region;
  const hostTerms = { ...host, windowBytes };
  const proposal = HostBench.propose(hostTerms, offer);
  const version = negotiateVersion(bmc.versions, host.versions);
  const asks = version !== 0 && !framingOf(version).fixedMtu;
  const asked = decodeControlRegion(proposal).layout.bmcToHost.size;
  bench.initialise(host.versions, asks ? asked : undefined);
  const answer = bench.region;
  const { session } = bench.side;
  return {
    name,
    windowBytes,
    bmc: termsJson(bmc),
    host: termsJson(host),
    offer: regionJson(offer),
    proposal: proposalJson(proposal, asks),
    answer: regionJson(answer),
    session: session === undefined ? null : { version: session.version, mtu: session.mtu },
  };
}

/* ---- What a host finds behind BMC Active ---- */

function foundVectors(): readonly Json[] {
  const offer = new BmcBench({ ...terms(1, 3), windowBytes: JUDGE_WINDOW }).region;
  const changed = (magic: number): Uint8Array => {
    const bytes = offer.slice();
    writeU32be(bytes, Field.magic, magic);
    return bytes;
  };
  const wrong: Verdict = { verdict: "wait", reason: "magicMismatch", requirement: "LPC-REG-2" };
  const found: readonly (readonly [string, Uint8Array])[] = [
    ["zeros", new Uint8Array(CONTROL_FIELDS_BYTES)],
    ["all ones", new Uint8Array(CONTROL_FIELDS_BYTES).fill(0xff)],
    ["the magic in the wrong byte order", changed(0x5054434d)],
    ["the last byte of the magic is another", changed(0x4d435451)],
    ["the magic in lower case", changed(0x6d637470)],
  ];
  return found.map(([name, bytes]) => ({ name, windowBytes: JUDGE_WINDOW, found: toHex(bytes), ...wrong }));
}

export function controlRegionsArtefact(): Artefact {
  return vectorArtefact({
    name: "control-regions",
    schema: "control-regions",
    title: "Control regions",
    description:
      "The control region from a BMC's offer over a host's proposal to the answer, for sides of many kinds; then regions that a host finds or gets for an answer, most of them unusable, with its verdict.",
    units: {
      ...REGION_UNITS,
      session: "version and payload bytes of a packet each way; null: refused",
      rxSizeWritten: "whether the host writes rx_size (versions 2 and 3)",
      offer: "the region behind BMC Active, before the host has written anything to it",
      proposal: "the region as H1.11 and H1.12 leave it",
      asked: "the rx_size that the host has written; null in version 1, where it has written none",
      verdict:
        "session: opened; beginAgain: a new start-up at once; closeAndRest: a close, then T_refused; wait: until the magic is there, nothing consumed and nothing written",
      reason: "why, by the name of the reference implementation's counter",
      requirement: "the requirement that has it so",
    },
    use: "meetings: as a BMC, start with these terms and compare the region with offer, write the bytes of proposal and Initialise, compare with answer. As a host, put offer there, compare what H1.11 and H1.12 leave with proposal. judged: as a host with these terms, find offer at H1.10 with STR = 0x80, leave proposal at H1.13, and find answer with STR = 0xc0 at H1.20 and H1.21. found: as a host, find these bytes at H0.2 with STR = 0x80.",
    generator: "control-regions.ts",
    contents: {
      meetings: MEETINGS.map(meetingVector),
      judged: judgedVectors(),
      found: foundVectors(),
    },
  });
}
