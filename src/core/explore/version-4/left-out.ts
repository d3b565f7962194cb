/** Rules of version 4 left out, one at a time: for each the smallest configuration found in which something goes wrong. */
import { configuration4 } from "./configurations.ts";
import type { FindingKind } from "../search.ts";
import type { Rules4 } from "./sides.ts";
import type { Scenario4 } from "./world.ts";

export interface LeftOut4 {
  /** What is left out, as Annex C says it. */
  readonly text: string;
  readonly scenario: Scenario4;
  /** What is found; undefined: nothing, the rule is not needed in what was explored. */
  readonly found: FindingKind | undefined;
}

type Wish = Parameters<typeof configuration4>[2];

function leftOut(
  text: string,
  rule: keyof Rules4,
  side: "host" | "bmc" | "both",
  found: FindingKind | undefined,
  wish: Wish = {},
): LeftOut4 {
  const without = { [rule]: false };
  const { scenario } = configuration4(`v4-without-${rule}`, text, {
    ...wish,
    ...(side === "bmc" ? {} : { hostLeavesOut: without }),
    ...(side === "host" ? {} : { bmcLeavesOut: without }),
  });
  return { text, scenario, found };
}

const KILLED = { faults: { kills: 1 } } as const;
const OTHER_SLOTS = { ...KILLED, host: [{ slots: 2 }, { slots: 1 }] } as const;
const DOWN = [4, 0] as const;

export const LEFT_OUT_4: readonly LeftOut4[] = [
  leftOut("the host does not compare the echo", "comparesEcho", "host", "broken", KILLED),
  leftOut("the nonce is written before the rest of the proposal", "writesNonceLast", "host", "broken", OTHER_SLOTS),
  leftOut("the BMC reads the nonce behind the rest of the proposal", "readsNonceFirst", "bmc", "broken", OTHER_SLOTS),
  leftOut("the host reads the echo behind the rest of the answer", "readsEchoFirst", "host", "broken", OTHER_SLOTS),
  leftOut("an Initialise repeated within its session opens a new one", "passesOverRepeated", "bmc", "broken", KILLED),
  leftOut("a word counts whatever its nonce", "comparesWordNonce", "bmc", "broken", KILLED),
  leftOut("the host goes on with the indices of an older session", "hostResetsOwnWord", "host", "broken", KILLED),
  leftOut("the BMC goes on with the indices of an older session", "bmcResetsOwnWord", "bmc", "broken", KILLED),
  leftOut("the host resets the BMC's indices when it opens", "leavesPeerWord", "host", "stuck"),
  leftOut("a word's indices are reset before its nonce", "resetsNonceFirst", "host", "broken", {
    ...KILLED,
    packets: [2, 0],
  }),
  leftOut("no second look after a wish", "looksAgain", "both", "stuck", { packets: DOWN }),
  leftOut("no bell for a freed slot", "wishesSlots", "both", "stuck", { packets: DOWN }),
  leftOut("the index is written before the slot", "writesSlotFirst", "both", "broken"),
  leftOut("a slot is written that is not free", "waitsForSlots", "both", "broken", { packets: DOWN }),
  leftOut("a slot is read that was not given away", "readsOwnedOnly", "both", "broken"),
  leftOut("the BMC starts without zeroing the host's versions", "zeroesVersions", "bmc", "stuck", KILLED),
  leftOut("the host does not notice that its versions were zeroed", "noticesZeroedVersions", "host", "stuck", KILLED),
  leftOut("a refusal without a reason counts as one", "wantsReason", "host", "stuck", KILLED),
  leftOut("a refusal counts whatever versions it is for", "comparesVersions", "host", "stuck", {
    ...KILLED,
    packets: [1, 0],
    pieceBytes: 2,
  }),
  leftOut("the BMC does not look for a reset before it handles an Initialise", "looksForReset", "bmc", undefined, {
    packets: [1, 0],
    faults: { registerResets: 1 },
  }),
  leftOut("the host does not read STR again behind a byte or an answer", "readsStatusAgain", "host", undefined, KILLED),
];
