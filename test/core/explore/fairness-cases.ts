/** How many packets may pass a packet that waits for its Tx Begin (LPC-KCS-12): the least k that holds, pair by pair. */
import { NO_FAULTS, type Scenario } from "../../../src/core/explore/scenario.ts";
import { Search } from "../../../src/core/explore/search.ts";
import type { SideModel } from "../../../src/core/explore/side-machine.ts";
import { World } from "../../../src/core/explore/world.ts";
import { WINDOW_BYTES, bmcModel, hostModel } from "../../../src/cli/explore/models.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import { deployedBmc, deployedHost } from "../../support/deployed/models.ts";
import { completesFirst } from "../../support/deployed/removals.ts";

/** k as a number, or as it grows with the packets each way: then there is no bound. */
export type Waits = 0 | 1 | "n - 1" | "n";

export interface FairnessCase {
  readonly text: string;
  readonly host: SideModel;
  readonly bmc: SideModel;
  readonly depth: 0 | 1;
  readonly waits: Readonly<Record<RoleName, Waits>>;
  /** As many as can be explored in reasonable time. */
  readonly packets: readonly number[];
}

const SMALLEST = { mtu: 64 };
const ourHost = hostModel(SMALLEST);
const ourBmc = bmcModel(SMALLEST);
const EMPTIES = { emptiesOdr: true };
/** U10: while a byte waits for OBF = 0, IDR is not looked at. */
const WAITS_FOR_ROOM = { waitsForRoom: true };
const SIX = [2, 4, 6];
const FOUR = [2, 4];

function atBothDepths(
  text: string,
  host: SideModel,
  bmc: SideModel,
  waits: Readonly<Record<RoleName, Waits>>,
  packets: readonly number[],
  atDepth1: Partial<Readonly<Record<RoleName, Waits>>> = {},
): readonly FairnessCase[] {
  return [
    { text, host, bmc, depth: 0, waits, packets },
    { text, host, bmc, depth: 1, waits: { ...waits, ...atDepth1 }, packets },
  ];
}

export const FAIRNESS: readonly FairnessCase[] = [
  ...atBothDepths("both follow this document", ourHost, ourBmc, { host: 1, bmc: 1 }, SIX),
  ...atBothDepths("a deployed BMC", ourHost, deployedBmc({}), { host: 1, bmc: "n - 1" }, SIX, { bmc: "n" }),
  ...atBothDepths("a deployed BMC, U10", ourHost, deployedBmc(WAITS_FOR_ROOM), { host: 1, bmc: 0 }, SIX),
  ...atBothDepths("a deployed host", deployedHost(EMPTIES), ourBmc, { host: "n - 1", bmc: 1 }, SIX),
  ...atBothDepths("both deployed", deployedHost({}), deployedBmc({}), { host: "n - 1", bmc: "n" }, FOUR),
  ...atBothDepths("both deployed, U10", deployedHost({}), deployedBmc(WAITS_FOR_ROOM), { host: "n - 1", bmc: 1 }, FOUR),
  ...atBothDepths(
    "Rx Complete first every time, at the host",
    completesFirst(ourHost),
    ourBmc,
    { host: "n", bmc: 1 },
    SIX,
  ),
  ...atBothDepths(
    "Rx Complete first every time, at the BMC",
    ourHost,
    completesFirst(ourBmc),
    { host: 1, bmc: "n" },
    SIX,
  ),
];

/** What `waits` says for so many packets each way. */
export function waitsOf(waits: Waits, packets: number): number {
  if (waits === "n") return packets;
  return waits === "n - 1" ? packets - 1 : waits;
}

/** The least patience that no run of so many packets each way exceeds. Throws where the limit of states is too low. */
export function leastPatience(one: FairnessCase, role: RoleName, packets: number, stateLimit: number): number {
  for (let patience = 0; ; patience++) {
    const scenario = fairnessScenario(one, packets, { host: undefined, bmc: undefined, [role]: patience });
    const { finding, complete } = new Search(new World(scenario, WINDOW_BYTES), { stateLimit }).run();
    if (finding?.what.includes("LPC-KCS-12") === true) continue;
    // Deployed sides at both ends may lose their way (F1); whatever they did before has been looked at.
    if (!complete) throw new Error(`${one.text}, ${String(packets)} packets: more states than ${String(stateLimit)}`);
    return patience;
  }
}

function fairnessScenario(
  { text, host, bmc, depth }: FairnessCase,
  packets: number,
  patience: Scenario["patience"],
): Scenario {
  return {
    name: text,
    text,
    host,
    bmc,
    depth,
    resetsTakeShadow: false,
    patience,
    packets: { hostToBmc: packets, bmcToHost: packets },
    payloadBytes: () => 3,
    faults: NO_FAULTS,
    victim: undefined,
    spuriousRounds: false,
    latchedInterrupts: true,
    ends: "delivered",
    needsTime: true,
    patient: true,
    pieceBytes: undefined,
  };
}
