/** How a configuration is written down: what it wants of the usual scenario changed. */
import type { BmcConfig } from "../../../bmc/role/state.ts";
import type { HostConfig } from "../../../host/role/state.ts";
import { leavingOut } from "../../core/explore/altered-side.ts";
import { NO_FAULTS, type Demand, type Faults, type Scenario } from "../../core/explore/scenario.ts";
import type { RoleName } from "../../core/binding/side.ts";
import { bmcModel, hostModel } from "./models.ts";

/** `quick` ones are part of every test run, all of them of a full run. */
export interface Configuration {
  readonly scenario: Scenario;
  readonly quick: boolean;
}

interface Wish {
  readonly host?: readonly Partial<HostConfig>[];
  readonly bmc?: readonly Partial<BmcConfig>[];
  /** Each way. */
  readonly packets?: number | readonly [hostToBmc: number, bmcToHost: number];
  readonly payloadBytes?: (number: number) => number;
  readonly faults?: Partial<Faults>;
  readonly spurious?: true;
  readonly level?: true;
  readonly ends?: Scenario["ends"];
  readonly needsTime?: true;
  readonly pieceBytes?: number;
  readonly victim?: RoleName;
  readonly demand?: Demand;
  readonly staysGone?: true;
  readonly faultsInSession?: true;
  /** No rounds without a reason, though what was lost would need them. */
  readonly isQuiet?: true;
  readonly quick?: true;
  readonly depth?: 1;
  /** Steps of the host whose accesses are not made. */
  readonly hostLeavesOut?: readonly string[];
}

/** The usual MTU. */
export const SMALLEST = { mtu: 64 };

/**
 * The same with a driver between IDR and the BMC, which holds a byte. Where registers are reset, twice: the driver's byte
 * outlives the reset, or goes with it.
 */
export function behindDriver({ scenario, quick }: Configuration): readonly Configuration[] {
  const { resets, platformResets, registerResets } = scenario.faults;
  const text = `${scenario.text}; depth 1`;
  const held: Configuration = { scenario: { ...scenario, name: `${scenario.name}-d1`, text, depth: 1 }, quick };
  if (resets + platformResets + registerResets === 0) return [held];
  const lost = {
    ...held.scenario,
    name: `${scenario.name}-d1-lost`,
    text: `${text}, the driver's byte goes with the reset`,
    resetsTakeShadow: true,
  };
  return [held, { scenario: lost, quick }];
}

/** Whether something happens that no interrupt tells of: a side learns of it by a poll, after some time. */
function isUntold({
  lostInterrupts = 0,
  resets = 0,
  platformResets = 0,
  registerResets = 0,
}: Partial<Faults>): boolean {
  return lostInterrupts + resets + platformResets + registerResets > 0;
}

export function configuration(name: string, text: string, wish: Wish): Configuration {
  const { packets = 1, faults = {} } = wish;
  const isPolled = wish.isQuiet !== true && isUntold(faults);
  const [hostToBmc, bmcToHost] = typeof packets === "number" ? [packets, packets] : packets;
  const scenario: Scenario = {
    name,
    text,
    host: leavingOut(hostModel(...(wish.host ?? [SMALLEST])), ...(wish.hostLeavesOut ?? [])),
    bmc: bmcModel(...(wish.bmc ?? [SMALLEST])),
    depth: wish.depth ?? 0,
    resetsTakeShadow: false,
    patience: { host: 1, bmc: 1 },
    packets: { hostToBmc, bmcToHost },
    payloadBytes: wish.payloadBytes ?? (() => 3),
    faults: { ...NO_FAULTS, ...faults },
    spuriousRounds: wish.spurious === true || isPolled,
    latchedInterrupts: wish.level !== true,
    ends: wish.ends ?? "delivered",
    needsTime: wish.needsTime === true || isPolled,
    victim: wish.victim,
    patient: false,
    pieceBytes: wish.pieceBytes,
    ...(wish.demand === undefined ? {} : { demand: wish.demand }),
    ...(wish.staysGone === undefined ? {} : { staysGone: wish.staysGone }),
    ...(wish.faultsInSession === undefined ? {} : { faultsInSession: wish.faultsInSession }),
  };
  return { scenario, quick: wish.quick === true };
}
