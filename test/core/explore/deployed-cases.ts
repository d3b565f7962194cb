/** What is explored with deployed sides: each case with its outcome. Models of deployed sides live in test/support/deployed. */
import { bmcModel, hostModel } from "../../../src/cli/explore/models.ts";
import { NO_FAULTS, type Faults, type Scenario } from "../../../src/core/explore/scenario.ts";
import type { FindingKind } from "../../../src/core/explore/search.ts";
import { DUE, type SideModel } from "../../../src/core/explore/side-machine.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { deployedBmc, deployedHost, drainingHost, replaced } from "../../support/deployed/models.ts";
import * as without from "../../support/deployed/removals.ts";

export interface Case {
  readonly scenario: Scenario;
  /** Of the kind and in the words of the finding; undefined: there is none. */
  readonly finding: { readonly kind: FindingKind; readonly what: RegExp } | undefined;
  /** The finding's run shows F1: the host reads a dummy that stands for Channel Active, by an STR from before. */
  readonly showsF1: boolean;
}

interface Wish {
  /** Each way. */
  readonly packets?: number | readonly [hostToBmc: number, bmcToHost: number];
  readonly faults?: Partial<Faults>;
  readonly victim?: "host" | "bmc";
  /** Deadlines and polls are part of it; a deadline outlasts the work of both sides but where it is `early`. */
  readonly clock?: "needed" | "early";
  readonly shorter?: "host" | "bmc";
  readonly spurious?: true;
  readonly level?: true;
  readonly pieceBytes?: number;
  readonly ends?: Scenario["ends"];
  readonly staysGone?: true;
  /** Packets that may pass a packet of a side (LPC-KCS-12); none is counted where it is left out. */
  readonly patience?: { readonly host?: number; readonly bmc?: number };
  readonly finds?: Finds;
  /** At depth 1 another finding, or `nothing`. */
  readonly findsAtDepth1?: Finds | "nothing";
  /** The same where the driver's byte outlives the reset. */
  readonly findsAtDepth1Held?: Finds;
  readonly showsF1?: true;
  /** Has a meaning at depth 1 only. */
  readonly onlyDepth1?: true;
}

type Finds = readonly [kind: FindingKind, what: RegExp];

/** A case with registers alone, and behind a driver that holds a byte: where registers are reset, with and without it. */
function explored(text: string, host: SideModel, bmc: SideModel, wish: Wish = {}): readonly Case[] {
  const { finds, findsAtDepth1 = finds, findsAtDepth1Held = findsAtDepth1, faults = {} } = wish;
  const expected = findsAtDepth1 === "nothing" ? undefined : findsAtDepth1;
  const expectedHeld = findsAtDepth1Held === "nothing" ? undefined : findsAtDepth1Held;
  const hasReset = (faults.resets ?? 0) + (faults.platformResets ?? 0) + (faults.registerResets ?? 0) > 0;
  const alone = caseOf(text, host, bmc, wish, 0, finds);
  const held = caseOf(`${text}; depth 1`, host, bmc, wish, 1, expectedHeld);
  const lostText = `${text}; depth 1, the driver's byte goes with the reset`;
  const lost = caseOf(lostText, host, bmc, wish, 1, expected);
  return [
    ...(wish.onlyDepth1 === true ? [] : [alone]),
    held,
    ...(hasReset ? [{ ...lost, scenario: { ...lost.scenario, resetsTakeShadow: true } }] : []),
  ];
}

function caseOf(
  text: string,
  host: SideModel,
  bmc: SideModel,
  wish: Wish,
  depth: 0 | 1,
  finds: Finds | undefined,
): Case {
  const { packets = 1, clock } = wish;
  const [hostToBmc, bmcToHost] = typeof packets === "number" ? [packets, packets] : packets;
  const scenario: Scenario = {
    name: text,
    text,
    host,
    bmc,
    depth,
    resetsTakeShadow: false,
    patience: { host: wish.patience?.host, bmc: wish.patience?.bmc },
    packets: { hostToBmc, bmcToHost },
    payloadBytes: () => 3,
    faults: { ...NO_FAULTS, ...wish.faults },
    victim: wish.victim,
    spuriousRounds: wish.spurious === true,
    latchedInterrupts: wish.level !== true,
    ends: wish.ends ?? "delivered",
    needsTime: clock !== undefined,
    patient: clock !== "early",
    pieceBytes: wish.pieceBytes,
    ...(wish.shorter === undefined ? {} : { shorter: wish.shorter }),
    ...(wish.staysGone === undefined ? {} : { staysGone: wish.staysGone }),
  };
  return {
    scenario,
    finding: finds === undefined ? undefined : { kind: finds[0], what: finds[1] },
    showsF1: wish.showsF1 === true,
  };
}

/** LPC-KCS-12 is asked of our side, whatever its peer does. */
function withPatience(cases: readonly Case[], patience: Scenario["patience"]): readonly Case[] {
  return cases.map((one) => ({ ...one, scenario: { ...one.scenario, patience } }));
}

const NEVER = millis(Number.POSITIVE_INFINITY);
const SMALLEST = { mtu: 64 };
const V1 = { ...SMALLEST, versions: { min: 1, cur: 1 } };
const V2 = { ...SMALLEST, versions: { min: 1, cur: 2 } };
const V2_UP = { ...SMALLEST, versions: { min: 2, cur: 3 } };
/** Firmware that empties ODR first, so that no clock is needed. */
const EMPTIES = { emptiesOdr: true };
/** What the BMC's implementation may do in either way. */
const OTHERWISE = { waitsForRoom: true, rewritesRefused: true };

const OLD_PACKET_TO_HOST = /^host receives a packet of session 1 in another \(LPC-MCTP-6\)$/;
const OLD_PACKET_TO_BMC = /^bmc receives a packet of session \d in another \(LPC-MCTP-6\)$/;
const NOT_YET_ITS_OWN = /^host reads a buffer that its peer owns \(LPC-BUF-7\)$/;
/** The host takes an unfinished answer for a refusal: the BMC is in a session without it. */
const ALONE = /^host resting.*"hostSession":0,"bmcSession":\d,"channelSession":\d/;
/** The BMC has a session that the host is not in, and never will be. */
const ALONE_IN_SESSION = /^host started.*"hostSession":0,"bmcSession":1,"channelSession":1/;

const ourHost = hostModel(SMALLEST);
const ourBmc = bmcModel(SMALLEST);
const LESS_AND_LESS = bmcModel({ mtu: 128 }, SMALLEST);

const WITHOUT_F1_F17 = deployedHost({ looksAgain: true, forgetsAtLoss: true });
/** Nothing wakes it while it announces: it looks again and again, and never gives up waiting. */
const LOOKS_ITSELF = without.noticesLate(bmcModel({ ...SMALLEST, announcePoll: DUE, announceLimit: NEVER }));

/* ---- Our host with a deployed BMC: no clock is needed but for refusals ---- */

const OUR_HOST_CASES: readonly Case[] = [
  ...explored("no fault", ourHost, deployedBmc({})),
  ...explored("no fault, U10", ourHost, deployedBmc(OTHERWISE)),
  ...explored("three packets each way, interrupts without reason", ourHost, deployedBmc({}), {
    packets: 3,
    spurious: true,
  }),
  ...explored("a BMC of version 1", ourHost, deployedBmc(V1), { packets: 2 }),
  ...explored("a BMC of version 2, one kill", ourHost, deployedBmc(V2), { faults: { kills: 1 } }),
  ...explored("F16, F21, F22, U9: one kill of either side", ourHost, deployedBmc({}), { faults: { kills: 1 } }),
  ...explored("F16, F21, F22, U10: one kill of either side", ourHost, deployedBmc(OTHERWISE), {
    faults: { kills: 1 },
  }),
  ...explored("F16, F21, F22: one kill of either side, interrupts by level", ourHost, deployedBmc({}), {
    faults: { kills: 1 },
    level: true,
  }),
  ...explored("F22: one orderly stop of either side, interrupts by level", ourHost, deployedBmc({}), {
    faults: { stops: 1 },
    level: true,
  }),
  ...explored("F22: one orderly stop of either side", ourHost, deployedBmc({}), { faults: { stops: 1 } }),
  ...explored(
    "one kill; the host's second life wants less",
    hostModel({ mtu: 300 }, SMALLEST),
    deployedBmc({ mtu: 300 }),
    {
      faults: { kills: 1 },
    },
  ),
  ...explored("one kill; the BMC offers more than the host wants", ourHost, deployedBmc({ mtu: 300 }), {
    faults: { kills: 1 },
  }),
  // A proposal for the room of before may be refused once: then T_refused passes.
  ...explored(
    "one kill; the BMC's second life offers less",
    hostModel({ mtu: 300 }),
    deployedBmc({ mtu: 300 }, SMALLEST),
    {
      faults: { kills: 1 },
      clock: "needed",
    },
  ),
  ...explored("no common version, one kill", hostModel(V1), deployedBmc(V2_UP), {
    faults: { kills: 1 },
    ends: "refused",
    clock: "needed",
  }),
  ...explored("an interrupt that never arrives", ourHost, deployedBmc({}), {
    faults: { lostInterrupts: 1 },
    spurious: true,
    clock: "needed",
  }),
  ...explored("two packets each way, one kill", ourHost, deployedBmc({}), {
    packets: 2,
    faults: { kills: 1 },
  }),
  ...explored("two kills", ourHost, deployedBmc({}), { faults: { kills: 2 } }),
  ...explored("two kills, U10", ourHost, deployedBmc(OTHERWISE), { faults: { kills: 2 } }),
  ...explored("one kill and one orderly stop", ourHost, deployedBmc({}), {
    faults: { kills: 1, stops: 1 },
  }),
  ...explored("one kill, every window access two bytes at a time", ourHost, deployedBmc({}), {
    faults: { kills: 1 },
    pieceBytes: 2,
  }),
  // A reset that empties IDR under a driver that keeps its byte takes a fence away, and a BMC that sets STR again at once
  // shows no host that it was gone.
  ...explored("U9: the BMC goes with a reset that clears STR", ourHost, deployedBmc({}), {
    faults: { resets: 1 },
    victim: "bmc",
    spurious: true,
    clock: "needed",
    findsAtDepth1Held: ["broken", NOT_YET_ITS_OWN],
    findsAtDepth1: "nothing",
  }),
  ...explored("the BMC goes, and its driver's byte with it", ourHost, deployedBmc({}), {
    faults: { driverResets: 1 },
    onlyDepth1: true,
  }),
  ...explored("the BMC goes, and its driver's byte with it, and one kill", ourHost, deployedBmc({}), {
    faults: { driverResets: 1, kills: 1 },
    onlyDepth1: true,
  }),
  ...explored(
    "a deployed host without F1 and F17 is killed, and ours takes its place",
    replaced(WITHOUT_F1_F17, ourHost),
    deployedBmc({}),
    {
      faults: { kills: 1 },
      victim: "host",
      clock: "needed",
    },
  ),
  ...explored("a deployed BMC is killed, and ours takes its place", ourHost, replaced(deployedBmc({}), ourBmc), {
    faults: { kills: 1 },
    victim: "bmc",
    clock: "needed",
  }),
  // What the BMC does wrong here, its peer can only live with.
  ...explored("F19: half a message goes on in the next session", ourHost, deployedBmc({ keepsPackets: true }), {
    packets: [0, 2],
    faults: { kills: 1 },
    victim: "host",
    finds: ["broken", OLD_PACKET_TO_HOST],
  }),
  ...explored("F24 at the BMC: STR cleared under it, it never sets it again", ourHost, deployedBmc({}), {
    faults: { platformResets: 1 },
    spurious: true,
    clock: "needed",
    finds: ["lost", /^host awaitingBmc.*bmc (new|started).*STR 00/],
  }),
];

export const OUR_HOST: readonly Case[] = withPatience(OUR_HOST_CASES, { host: 1, bmc: undefined });

/* ---- Our BMC with a deployed host ---- */

const OUR_BMC_CASES: readonly Case[] = [
  ...explored("F1: no fault, no clock", deployedHost(EMPTIES), ourBmc),
  ...explored("F1, U2: no fault, a host that leaves ODR as it is", deployedHost({}), ourBmc, { clock: "needed" }),
  ...explored("F1: three packets each way, interrupts without reason", deployedHost(EMPTIES), ourBmc, {
    packets: 3,
    spurious: true,
  }),
  ...explored("F1: a host of version 1, one kill", deployedHost(V1), ourBmc, { faults: { kills: 1 }, clock: "needed" }),
  ...explored("F1: a BMC of version 2, one kill", deployedHost({}), bmcModel(V2), {
    faults: { kills: 1 },
    clock: "needed",
  }),
  ...explored("F1, F2, F17, U1: one kill of either side", deployedHost({}), ourBmc, {
    faults: { kills: 1 },
    clock: "needed",
  }),
  ...explored("F1, F2, F17, U1: one kill, a host that polls without reason", deployedHost(EMPTIES), ourBmc, {
    faults: { kills: 1 },
    spurious: true,
    clock: "needed",
  }),
  ...explored("F2: one orderly stop of either side", deployedHost({}), ourBmc, {
    faults: { stops: 1 },
    clock: "needed",
  }),
  ...explored("F2, F24: the BMC goes with a reset that clears STR", deployedHost({}), ourBmc, {
    faults: { resets: 1 },
    victim: "bmc",
    spurious: true,
    clock: "needed",
  }),
  ...explored("F24: the host goes with a reset that clears STR", deployedHost({}), ourBmc, {
    faults: { resets: 1 },
    victim: "host",
    spurious: true,
    clock: "needed",
  }),
  ...explored("F5: one kill; the BMC's second life offers less", deployedHost({}), bmcModel({ mtu: 300 }, SMALLEST), {
    faults: { kills: 1 },
    clock: "needed",
  }),
  ...explored("two packets each way, one kill", deployedHost({}), ourBmc, {
    packets: 2,
    faults: { kills: 1 },
    clock: "needed",
  }),
  ...explored("two kills", deployedHost({}), ourBmc, { faults: { kills: 2 }, clock: "needed" }),
  ...explored("one kill and one orderly stop", deployedHost({}), ourBmc, {
    faults: { kills: 1, stops: 1 },
    clock: "needed",
  }),
  ...explored(
    "one kill and one reset of the BMC, which offers more than is asked",
    deployedHost({}),
    bmcModel({ mtu: 300 }),
    {
      faults: { kills: 1, resets: 1 },
      victim: "bmc",
      spurious: true,
      clock: "needed",
    },
  ),
  ...explored("F5: one kill of a BMC that offers more than the host wants", deployedHost({}), bmcModel({ mtu: 300 }), {
    faults: { kills: 1 },
    victim: "bmc",
    clock: "needed",
  }),
  ...explored("the BMC goes, and its driver's byte with it", deployedHost({}), ourBmc, {
    faults: { driverResets: 1 },
    clock: "needed",
    onlyDepth1: true,
  }),
  ...explored("the BMC goes, and its driver's byte with it, and one kill", deployedHost({}), ourBmc, {
    faults: { driverResets: 1, kills: 1 },
    clock: "needed",
    onlyDepth1: true,
  }),
  ...explored("a deployed host is killed, and ours takes its place", replaced(deployedHost({}), ourHost), ourBmc, {
    faults: { kills: 1 },
    victim: "host",
    clock: "needed",
  }),
  ...explored(
    "a deployed BMC is killed, and ours takes its place; a host without F1 and F17",
    WITHOUT_F1_F17,
    replaced(deployedBmc({}), ourBmc),
    {
      faults: { kills: 1 },
      victim: "bmc",
      clock: "needed",
    },
  ),
  ...explored("skiboot's drain of ODR, which has begun", drainingHost({}), ourBmc, { clock: "needed" }),
  ...explored("skiboot's drain of ODR, and one kill of the host", drainingHost({}), ourBmc, {
    faults: { kills: 1 },
    victim: "host",
    clock: "needed",
  }),
  ...explored(
    "skiboot's drain of ODR; the BMC finds out by its own looks what was read",
    drainingHost({}),
    LOOKS_ITSELF,
    {
      clock: "needed",
      shorter: "bmc",
    },
  ),
  // What no BMC can help. A host that opens its channel by an old dummy has the old layout, or half of it.
  ...explored("F4: the host's second life wants less", deployedHost({ mtu: 128 }, SMALLEST), bmcModel({ mtu: 128 }), {
    faults: { kills: 1 },
    victim: "host",
    clock: "needed",
    finds: ["broken", /^the host's packets overflow its memory \(F4, F5\)$/],
  }),
  ...explored("F6: the host's second life wants more", deployedHost({}, { mtu: 128 }), bmcModel({ mtu: 128 }), {
    faults: { kills: 1 },
    victim: "host",
    clock: "needed",
    finds: ["broken", /^the sides differ on the terms of the session \(LPC-MTU-6\)$/],
  }),
  ...explored(
    "U3: the BMC's second life offers less than the host asks for",
    deployedHost({ mtu: 128 }),
    LESS_AND_LESS,
    {
      faults: { kills: 1 },
      victim: "bmc",
      clock: "needed",
      finds: ["lost", /^host/],
    },
  ),
  ...explored("F19: half a message goes on in the next session", deployedHost({ keepsPackets: true }), ourBmc, {
    packets: [2, 0],
    faults: { kills: 1 },
    victim: "bmc",
    clock: "needed",
    finds: ["broken", OLD_PACKET_TO_BMC],
  }),
  ...explored("F1: STR cleared under both while Initialise is answered", deployedHost(EMPTIES), ourBmc, {
    faults: { platformResets: 1 },
    spurious: true,
    clock: "needed",
    finds: ["lost", ALONE_IN_SESSION],
    showsF1: true,
  }),
  ...explored(
    "F11: all registers cleared before ODR is read: 0x00 is taken for Initialise",
    deployedHost(EMPTIES),
    ourBmc,
    {
      faults: { registerResets: 1 },
      spurious: true,
      clock: "needed",
      finds: ["broken", /^the host acts as a BMC \(F11\)$/],
    },
  ),
  ...explored("F17: STR cleared under both while a Tx Begin is written", deployedHost({ looksAgain: true }), ourBmc, {
    faults: { platformResets: 1 },
    spurious: true,
    clock: "needed",
    finds: ["broken", OLD_PACKET_TO_HOST],
  }),
  ...explored(
    "F24: STR cleared under both, and a host without F1 and F17",
    deployedHost({ looksAgain: true, forgetsAtLoss: true }),
    ourBmc,
    { faults: { platformResets: 1 }, spurious: true, clock: "needed" },
  ),
];

export const OUR_BMC: readonly Case[] = withPatience(OUR_BMC_CASES, { host: undefined, bmc: 1 });

/* ---- Deployed sides at both ends ---- */

export const BOTH_DEPLOYED: readonly Case[] = [
  ...explored("F1: no fault", deployedHost({}), deployedBmc({}), { finds: ["stuck", ALONE_IN_SESSION], showsF1: true }),
  ...explored("F1: no fault, a host that empties ODR", deployedHost(EMPTIES), deployedBmc({}), {
    finds: ["stuck", ALONE_IN_SESSION],
    showsF1: true,
  }),
  ...explored("F1: no fault, and no polls help", deployedHost({}), deployedBmc({}), {
    spurious: true,
    clock: "needed",
    finds: ["lost", ALONE_IN_SESSION],
    showsF1: true,
  }),
  ...explored("no fault, without F1", deployedHost({ looksAgain: true }), deployedBmc({})),
  ...explored(
    "one kill of the host, without F1: an old packet is taken",
    deployedHost({ looksAgain: true }),
    deployedBmc({}),
    {
      faults: { kills: 1 },
      victim: "host",
      clock: "needed",
      finds: ["broken", OLD_PACKET_TO_HOST],
    },
  ),
  ...explored(
    "F2, F16: one kill of the BMC, without F1: both wait",
    deployedHost({ looksAgain: true }),
    deployedBmc({}),
    {
      faults: { kills: 1 },
      victim: "bmc",
      spurious: true,
      clock: "needed",
      finds: ["lost", /^host.*bmc.*"hostSession":0,"bmcSession":0/],
    },
  ),
];

/* ---- What rulings are for: our sides without one of them ---- */

const HOST_KILLED = { faults: { kills: 1 }, victim: "host", clock: "needed" } as const;
const BMC_KILLED = { faults: { kills: 1 }, victim: "bmc", clock: "needed" } as const;

export const LEFT_OUT: readonly Case[] = [
  ...explored("LPC-BMC-1: one announcement instead of two", deployedHost({}), without.announcesOnce(ourBmc), {
    faults: { resets: 1 },
    victim: "bmc",
    spurious: true,
    clock: "needed",
    finds: ["lost", /^host started/],
  }),
  ...explored("LPC-BMC-1: STR is not cleared at the start", deployedHost({}), without.startsUnseen(ourBmc), {
    ...BMC_KILLED,
    finds: ["lost", /^host/],
  }),
  ...explored("LPC-TIME-1: T_ann is shorter than the host is slow", deployedHost({}), ourBmc, {
    ...BMC_KILLED,
    clock: "early",
    finds: ["lost", /^host started/],
  }),
  ...explored("LPC-KCS-2: the dummy does not wait for OBF = 0", deployedHost({}), without.overwritesWithDummy(ourBmc), {
    clock: "needed",
    finds: ["lost", ALONE_IN_SESSION],
    showsF1: true,
  }),
  ...explored("LPC-KCS-3: writing STR clears OBF", deployedHost({}), without.clearsObf(ourBmc), {
    clock: "needed",
    finds: ["lost", ALONE_IN_SESSION],
    showsF1: true,
  }),
  ...explored("LPC-KCS-6: Tx Begin goes before the dummy", deployedHost({}), without.beginsBeforeDummy(ourBmc), {
    clock: "needed",
    finds: ["lost", /^host started.*"hostSession":0,"bmcSession":1/],
  }),
  ...explored("LPC-BMC-3: ODR is written before IDR is read", deployedHost({}), without.writesBeforeReading(ourBmc), {
    ...HOST_KILLED,
    finds: ["broken", OLD_PACKET_TO_HOST],
  }),
  ...explored("LPC-BMC-4: a Tx Begin that waits outlives Initialise", deployedHost({}), without.keepsTxBegin(ourBmc), {
    ...HOST_KILLED,
    finds: ["broken", OLD_PACKET_TO_HOST],
  }),
  ...explored("LPC-BMC-6: no look at STR behind a packet", deployedHost({}), without.looksOnce(ourBmc), {
    ...HOST_KILLED,
    finds: ["broken", OLD_PACKET_TO_BMC],
  }),
  ...explored(
    "LPC-BMC-9: session bits that the BMC did not write do not strike it",
    deployedHost({ looksAgain: true, forgetsAtLoss: true }),
    without.overlooksReset(ourBmc),
    {
      faults: { platformResets: 1 },
      spurious: true,
      clock: "needed",
      finds: ["broken", OLD_PACKET_TO_BMC],
    },
  ),
  ...explored("LPC-MTU-4: tx_size is above rx_size", deployedHost({}), without.answersWithMore(ourBmc, 16), {
    clock: "needed",
    finds: ["broken", /^the host's packets overflow its memory \(F4, F5\)$/],
  }),
  ...explored("LPC-HOST-3: no close", without.opensWithoutClose(ourHost), deployedBmc({}), {
    ...HOST_KILLED,
    finds: ["broken", NOT_YET_ITS_OWN],
  }),
  ...explored("LPC-HOST-4: no fence behind the close", without.opensWithoutFences(ourHost), deployedBmc({}), {
    finds: ["broken", NOT_YET_ITS_OWN],
  }),
  ...explored("LPC-HOST-4: ODR is not read before the second Initialise", without.opensOverOdr(ourHost), ourBmc, {
    ...HOST_KILLED,
    finds: ["broken", NOT_YET_ITS_OWN],
  }),
  ...explored("LPC-HOST-4, U10: and the BMC waits for it", without.opensOverOdr(ourHost), deployedBmc(OTHERWISE), {
    faults: { kills: 1 },
    victim: "host",
    finds: ["stuck", /^host fencingClose.*bmc started, transmit beginPending/],
  }),
  ...explored("LPC-HOST-6: no fence behind the proposal", without.judgesWithoutFences(ourHost), deployedBmc({}), {
    finds: ["stuck", /^host resting.*"bmcSession":1/],
  }),
  ...explored(
    "LPC-HOST-8: a Tx Begin before the judgement is forgotten",
    without.forgetsTxBegin(ourHost),
    deployedBmc({}),
    {
      finds: ["stuck", /^host active.*bmc started, transmit outstanding/],
    },
  ),
  // One fence of two: enough for registers alone.
  ...explored("LPC-HOST-4, LPC-HOST-6, LPC-KCS-13: one fence at each place", without.fencesOnce(ourHost), ourBmc, {
    packets: 2,
    findsAtDepth1: ["broken", OLD_PACKET_TO_BMC],
  }),
  ...explored(
    "LPC-HOST-4, LPC-HOST-6, LPC-KCS-13: one fence at each place, and a deployed BMC",
    without.fencesOnce(ourHost),
    deployedBmc({}),
    { packets: 2, findsAtDepth1: ["broken", NOT_YET_ITS_OWN] },
  ),
  ...explored(
    "LPC-HOST-4, LPC-KCS-13: one fence behind the close, and a deployed BMC",
    without.closesWithOneFence(ourHost),
    deployedBmc({}),
    { packets: 2, findsAtDepth1: ["broken", NOT_YET_ITS_OWN] },
  ),
  ...explored(
    "LPC-HOST-4, LPC-KCS-13: one fence behind the close, one kill: start-ups begin again and again, and get there",
    without.closesWithOneFence(ourHost),
    ourBmc,
    { faults: { kills: 1 } },
  ),
  ...explored("LPC-HOST-6, LPC-KCS-13: one fence behind the proposal", without.opensWithOneFence(ourHost), ourBmc, {
    packets: 2,
    findsAtDepth1: ["stuck", ALONE],
  }),
  ...explored(
    "LPC-HOST-6, LPC-KCS-13: one fence behind the proposal, and a deployed BMC",
    without.opensWithOneFence(ourHost),
    deployedBmc({}),
    { packets: 2, findsAtDepth1: ["stuck", ALONE] },
  ),
  ...explored(
    "LPC-HOST-14: the magic is not read before ODR and IDR are used",
    without.takesMagicForGranted(ourHost),
    ourBmc,
    {
      finds: ["broken", /^the host reads ODR before it has seen the magic \(LPC-HOST-14\)$/],
    },
  ),
  ...explored(
    "LPC-BMC-11: the BMC announces before it writes the magic",
    ourHost,
    without.announcesBeforeMagic(ourBmc),
    {
      finds: ["stuck", /^host awaitingBmc, waiting; bmc announcing, waiting/],
    },
  ),
  ...explored("LPC-BMC-10: a BMC that finds out late what was read", drainingHost({}), without.noticesLate(ourBmc), {
    clock: "needed",
    finds: ["lost", /^host refused.*bmc announcing/],
  }),
  ...explored("LPC-KCS-12: Rx Complete goes first every time, at the host", without.completesFirst(ourHost), ourBmc, {
    packets: 3,
    patience: { host: 1 },
    finds: ["broken", /^a packet of the host waits while 2 pass \(LPC-KCS-12\)$/],
  }),
  ...explored("LPC-KCS-12: Rx Complete goes first every time, at the BMC", ourHost, without.completesFirst(ourBmc), {
    packets: 3,
    patience: { bmc: 1 },
    finds: ["broken", /^a packet of the bmc waits while 2 pass \(LPC-KCS-12\)$/],
  }),
  ...explored(
    "LPC-TIME-5: a stop without an end, and the BMC dead",
    hostModel({ ...SMALLEST, stopLimit: NEVER }),
    ourBmc,
    {
      faults: { kills: 1, stops: 1 },
      clock: "early",
      staysGone: true,
      ends: "stopped",
      finds: ["lost", /bmc gone; STR 8[23]/],
    },
  ),
];
