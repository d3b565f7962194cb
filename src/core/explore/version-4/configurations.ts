/** What is explored of version 4, by name, in the order of Annex C. */
import type { RoleName } from "../../binding/side.ts";
import { ALL_RULES, type Config4, type Rules4 } from "./sides.ts";
import { NO_FAULTS_4, type Faults4, type Scenario4 } from "./world.ts";

/** One that is `quick` is part of every test run. */
export interface Configuration4 {
  readonly scenario: Scenario4;
  readonly quick: boolean;
  readonly onlyDepth0: boolean;
}

const USUAL: Config4 = { versions: { min: 1, cur: 4 }, slots: 2, batch: 1, nonces: 15 };

interface Wish4 {
  readonly host?: readonly Partial<Config4>[];
  readonly bmc?: readonly Partial<Config4>[];
  readonly packets?: number | readonly [hostToBmc: number, bmcToHost: number];
  readonly faults?: Partial<Faults4>;
  readonly spurious?: true;
  /** Deadlines may pass at any time, however short a side's work. */
  readonly early?: true;
  /** The only side that kills befall. */
  readonly victim?: RoleName;
  readonly level?: true;
  readonly ends?: Scenario4["ends"];
  readonly pieceBytes?: number;
  readonly depth?: 1;
  /** Not explored at depth 1, where it is too large. */
  readonly onlyDepth0?: true;
  readonly quick?: true;
  /** Rules that a side leaves out. */
  readonly hostLeavesOut?: Partial<Rules4>;
  readonly bmcLeavesOut?: Partial<Rules4>;
}

/** Of what befalls the sides, what no interrupt tells of: a side learns of it by a poll. */
function isUntold({
  lostInterrupts = 0,
  resets = 0,
  platformResets = 0,
  registerResets = 0,
  lostBytes = 0,
}: Partial<Faults4>): boolean {
  return lostInterrupts + resets + platformResets + registerResets + lostBytes > 0;
}

export function configuration4(name: string, text: string, wish: Wish4 = {}): Configuration4 {
  const { packets = 1, faults = {}, host = [{}], bmc = [{}] } = wish;
  const [hostToBmc, bmcToHost] = typeof packets === "number" ? [packets, packets] : packets;
  const scenario: Scenario4 = {
    name,
    text,
    host: host.map((life) => ({ ...USUAL, ...life })),
    bmc: bmc.map((life) => ({ ...USUAL, ...life })),
    rules: { host: { ...ALL_RULES, ...wish.hostLeavesOut }, bmc: { ...ALL_RULES, ...wish.bmcLeavesOut } },
    depth: wish.depth ?? 0,
    resetsTakeShadow: false,
    packets: { hostToBmc, bmcToHost },
    faults: { ...NO_FAULTS_4, ...faults },
    spuriousRounds: wish.spurious === true || isUntold(faults),
    latchedInterrupts: wish.level !== true,
    ends: wish.ends ?? "delivered",
    needsTime: isUntold(faults),
    pieceBytes: wish.pieceBytes,
    patient: wish.early !== true,
    victim: wish.victim,
  };
  return { scenario, quick: wish.quick === true, onlyDepth0: wish.onlyDepth0 === true };
}

/** The same behind a driver that holds a byte. */
function behindDriver4({ scenario, quick, onlyDepth0 }: Configuration4): readonly Configuration4[] {
  if (onlyDepth0) return [];
  const { resets, platformResets, registerResets } = scenario.faults;
  const text = `${scenario.text}; depth 1`;
  const held = { ...scenario, name: `${scenario.name}-d1`, text, depth: 1 } as const;
  if (resets + platformResets + registerResets === 0) return [{ scenario: held, quick, onlyDepth0 }];
  const lostText = `${text}, the driver's byte goes with the reset`;
  const lost = { ...held, name: `${held.name}-lost`, text: lostText, resetsTakeShadow: true };
  return [
    { scenario: held, quick, onlyDepth0 },
    { scenario: lost, quick, onlyDepth0 },
  ];
}

const REGISTERS_ALONE: readonly Configuration4[] = [
  configuration4("v4", "a packet each way, two slots", { quick: true }),
  configuration4("v4-two", "two packets each way, two slots", { packets: 2 }),
  configuration4("v4-three", "three packets each way, two slots", { packets: 3, onlyDepth0: true }),
  configuration4("v4-one-slot", "two packets each way, one slot", { packets: 2, host: [{ slots: 1 }] }),
  configuration4("v4-batch", "three packets each way, all that are there taken at once", {
    packets: 3,
    host: [{ batch: 2 }],
    bmc: [{ batch: 2 }],
    onlyDepth0: true,
  }),
  configuration4("v4-down", "five packets from host to BMC", { packets: [5, 0] }),
  configuration4("v4-up", "five packets from BMC to host", { packets: [0, 5] }),
  configuration4("v4-spurious", "interrupts without reason at any time", { spurious: true, quick: true }),
  configuration4("v4-level", "interrupts by level", { packets: 2, level: true }),
  configuration4("v4-torn", "every window access a byte at a time", { packets: [1, 1], pieceBytes: 1 }),
  configuration4("v4-refused", "no common version", {
    host: [{ versions: { min: 4, cur: 4 } }],
    bmc: [{ versions: { min: 5, cur: 5 } }],
    ends: "refused",
    quick: true,
  }),
  configuration4("v4-early", "an Initialise repeated at any time", { early: true }),
  configuration4("v4-killed", "one kill of either side", { faults: { kills: 1 } }),
  configuration4("v4-killed-early", "one kill, an Initialise repeated at any time", {
    packets: [1, 0],
    early: true,
    faults: { kills: 1 },
  }),
  configuration4("v4-killed-down", "one kill, three packets from host to BMC", {
    packets: [3, 0],
    faults: { kills: 1 },
  }),
  configuration4("v4-killed-up", "one kill, three packets from BMC to host", {
    packets: [0, 3],
    faults: { kills: 1 },
  }),
  configuration4("v4-killed-twice", "two kills of any sides, one packet from host to BMC", {
    packets: [1, 0],
    faults: { kills: 2 },
  }),
  configuration4("v4-killed-twice-up", "two kills of any sides, one packet from BMC to host", {
    packets: [0, 1],
    faults: { kills: 2 },
  }),
  configuration4("v4-killed-torn", "one kill, every window access two bytes at a time, a packet from host to BMC", {
    packets: [1, 0],
    faults: { kills: 1 },
    pieceBytes: 2,
  }),
  configuration4("v4-other-slots", "two kills; each life of the host asks for another number of slots", {
    host: [{ slots: 2 }, { slots: 1 }, { slots: 2 }],
    packets: [1, 0],
    faults: { kills: 2 },
  }),
  configuration4("v4-older-bmc", "one kill, behind which the BMC speaks versions 1 to 3 alone", {
    bmc: [{}, { versions: { min: 1, cur: 3 } }],
    faults: { kills: 1 },
    victim: "bmc",
    ends: "older",
  }),
  configuration4("v4-stopped", "one orderly stop", { faults: { stops: 1 } }),
  configuration4("v4-stopped-killed", "one orderly stop and one kill", {
    packets: [1, 0],
    faults: { stops: 1, kills: 1 },
  }),
  configuration4("v4-reset", "a side goes with a reset that clears STR", { faults: { resets: 1 } }),
  configuration4("v4-platform-reset", "STR cleared under both living sides", { faults: { platformResets: 1 } }),
  configuration4("v4-registers-reset", "all registers cleared under both living sides", {
    faults: { registerResets: 1 },
  }),
  configuration4("v4-registers-reset-killed", "all registers cleared under both living sides, and one kill", {
    packets: [1, 0],
    faults: { registerResets: 1, kills: 1 },
  }),
  configuration4("v4-lost-byte", "a byte in IDR, the driver or ODR is gone unread", {
    faults: { lostBytes: 1 },
  }),
  configuration4("v4-lost-byte-killed", "such a loss, and one kill", {
    packets: [1, 0],
    faults: { lostBytes: 1, kills: 1 },
  }),
  configuration4("v4-lost-interrupt", "an interrupt that never arrives", { faults: { lostInterrupts: 1 } }),
  configuration4("v4-lost-interrupt-killed", "an interrupt that never arrives, and one kill", {
    packets: [1, 0],
    faults: { lostInterrupts: 1, kills: 1 },
  }),
];

export const CONFIGURATIONS_4: readonly Configuration4[] = [
  ...REGISTERS_ALONE,
  ...REGISTERS_ALONE.flatMap(behindDriver4),
  configuration4("v4-driver-reset-d1", "the BMC goes, and its driver's byte with it; depth 1", {
    depth: 1,
    faults: { driverResets: 1 },
  }),
];
