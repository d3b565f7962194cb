/** What `mctp-lpc explore` explores: each configuration by name, in the order of the report. */
import { SMALLEST, behindDriver, configuration, type Configuration } from "./configuration.ts";

const V1 = { min: 1, cur: 1 };
const V2 = { min: 1, cur: 2 };
const V3 = { min: 3, cur: 3 };
const HOST_OF_V1 = [{ ...SMALLEST, versions: V1 }];
const NO_COMMON_VERSION = { host: HOST_OF_V1, bmc: [{ ...SMALLEST, versions: { min: 2, cur: 3 } }] };
/** A message of three packets, the last one shorter, and one of a single packet, again and again. */
const MESSAGES = (number: number): number => [64, 64, 20, 5][(number - 1) % 4]!;

const REGISTERS_ALONE: readonly Configuration[] = [
  /* Nothing goes wrong: no timer may be needed. */
  configuration("v3", "version 3, three packets each way", { packets: 3, quick: true }),
  configuration("v3-many", "version 3, seven packets each way", { packets: 7 }),
  configuration("v2", "version 2", { host: [{ ...SMALLEST, versions: V2 }], packets: 3, quick: true }),
  configuration("v1", "version 1, in which the sizes mean nothing", { host: HOST_OF_V1, packets: 3, quick: true }),
  configuration("v3-only-host", "a host of version 3 alone, a BMC of 1 to 3", {
    host: [{ ...SMALLEST, versions: V3 }],
    packets: 2,
    quick: true,
  }),
  configuration("one-way-down", "packets from host to BMC only", { packets: [5, 0], quick: true }),
  configuration("one-way-up", "packets from BMC to host only", { packets: [0, 5], quick: true }),
  configuration("messages", "messages of three packets and of one, each way", { packets: 5, payloadBytes: MESSAGES }),
  configuration("large-packets", "packets of 600 bytes, written in three accesses", {
    host: [{ mtu: 1024 }],
    bmc: [{ mtu: 1024 }],
    payloadBytes: () => 600,
    packets: 2,
    quick: true,
  }),
  configuration("spurious", "interrupts without reason at any time", { packets: 3, spurious: true, quick: true }),
  configuration("level", "interrupts by level: one whose byte was read is gone", {
    packets: 3,
    level: true,
    quick: true,
  }),
  configuration("torn", "every window access a byte at a time", { packets: 2, pieceBytes: 1 }),

  /* Refusals: the host rests until its timer lets it ask again, or the BMC restarts: no timer may be needed for that. */
  configuration("refused", "no common version", { ...NO_COMMON_VERSION, ends: "refused", quick: true }),
  configuration("refused-killed", "no common version, and one kill", {
    ...NO_COMMON_VERSION,
    ends: "refused",
    faults: { kills: 1 },
  }),
  configuration("refused-then-renewed", "no common version with a BMC's first life, one with its second", {
    ...NO_COMMON_VERSION,
    bmc: [...NO_COMMON_VERSION.bmc, SMALLEST],
    faults: { kills: 1 },
    ends: "either",
  }),

  /* Sides that go and come back. */
  configuration("killed", "one kill of either side", { faults: { kills: 1 }, quick: true }),
  configuration("killed-level", "one kill, interrupts by level", { level: true, faults: { kills: 1 } }),
  configuration("stopped-level", "one orderly stop, interrupts by level", { level: true, faults: { stops: 1 } }),
  configuration("killed-v1", "one kill, version 1", { host: [{ versions: V1 }], faults: { kills: 1 } }),
  configuration("killed-v2", "one kill, version 2", { host: [{ ...SMALLEST, versions: V2 }], faults: { kills: 1 } }),
  configuration("killed-2+2", "one kill, two packets each way", { packets: 2, faults: { kills: 1 } }),
  configuration("killed-messages", "one kill, messages of three packets each way", {
    packets: 3,
    payloadBytes: MESSAGES,
    faults: { kills: 1 },
  }),
  configuration("killed-twice", "two kills of any sides", { faults: { kills: 2 } }),
  configuration("killed-three-times", "three kills, one packet from host to BMC", {
    packets: [1, 0],
    faults: { kills: 3 },
  }),
  configuration("stopped", "one orderly stop", { faults: { stops: 1 }, quick: true }),
  configuration("stopped-2+2", "one orderly stop, two packets each way", { packets: 2, faults: { stops: 1 } }),
  configuration("stopped-twice", "two orderly stops", { faults: { stops: 2 } }),
  configuration("stopped-killed", "one orderly stop and one kill", { faults: { stops: 1, kills: 1 } }),
  configuration("stopped-bmc-dead", "the BMC is killed and stays so, and the host is asked to stop: it ends", {
    faults: { kills: 1, stops: 1 },
    staysGone: true,
    ends: "stopped",
    needsTime: true,
    quick: true,
  }),
  configuration("reset", "a side goes with a reset that clears STR", { faults: { resets: 1 } }),
  configuration("reset-killed", "one such reset and one kill", { faults: { resets: 1, kills: 1 } }),
  configuration("platform-reset", "STR cleared under both living sides", { packets: 2, faults: { platformResets: 1 } }),
  configuration("platform-reset-twice", "STR cleared twice under both sides", { faults: { platformResets: 2 } }),
  configuration("platform-reset-killed", "STR cleared under both sides, and one kill", {
    faults: { platformResets: 1, kills: 1 },
  }),
  configuration("registers-reset", "all registers cleared under both living sides", {
    packets: 2,
    faults: { registerResets: 1 },
  }),
  configuration("registers-reset-twice", "all registers cleared twice under both sides", {
    faults: { registerResets: 2 },
  }),
  configuration("killed-torn", "one kill, every window access two bytes at a time", {
    faults: { kills: 1 },
    pieceBytes: 2,
  }),
  configuration("smaller-mtu", "one kill; the host's second life wants less, the BMC's second offers less", {
    host: [{ mtu: 300 }, { mtu: 64 }],
    bmc: [{ mtu: 300 }, { mtu: 100 }],
    faults: { kills: 1 },
  }),
  configuration("asks-less", "one kill; the BMC offers more than the host wants", {
    bmc: [{ mtu: 300 }],
    faults: { kills: 1 },
  }),
  configuration("other-version", "two kills; each life of the host speaks another version", {
    host: [SMALLEST, { ...SMALLEST, versions: V2 }, { ...SMALLEST, versions: V1 }],
    packets: [1, 0],
    faults: { kills: 2 },
  }),
  configuration("bmc-other-version", "two kills; each life of the BMC speaks another version", {
    bmc: [SMALLEST, { ...SMALLEST, versions: V1 }, { ...SMALLEST, versions: V2 }],
    packets: [0, 1],
    faults: { kills: 2 },
  }),

  /* Interrupts that never arrive. */
  configuration("lost-interrupt", "one interrupt that never arrives", {
    packets: 2,
    faults: { lostInterrupts: 1 },
    quick: true,
  }),
  configuration("lost-interrupts", "three interrupts that never arrive", { faults: { lostInterrupts: 3 } }),
  configuration("lost-interrupt-killed", "an interrupt that never arrives, and one kill", {
    faults: { lostInterrupts: 1, kills: 1 },
  }),
];

/** The BMC's kernel restarts: its driver forgets the byte that it held, and STR stays as it is. */
const DRIVER_RESETS: readonly Configuration[] = [
  configuration("driver-reset-d1", "the BMC goes, and its driver's byte with it; depth 1", {
    depth: 1,
    faults: { driverResets: 1 },
  }),
  configuration("driver-reset-killed-d1", "one such reset and one kill; depth 1", {
    depth: 1,
    faults: { driverResets: 1, kills: 1 },
  }),
];

/** Every configuration with registers alone, and with a driver that holds a byte. */
export const CONFIGURATIONS: readonly Configuration[] = [
  ...REGISTERS_ALONE,
  ...REGISTERS_ALONE.flatMap(behindDriver),
  ...DRIVER_RESETS,
];
