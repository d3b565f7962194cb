/**
 * What the BMC does on the bus, step by step as the specification's tables have it: start (LPC-BMC-1, -2), service
 * (LPC-BMC-3), Initialise (-4), packets (-5, -6), stop (-7), and the way back to the start (-9).
 */
import {
  READ_DATA,
  READ_STATUS,
  readWindow,
  writeData,
  writeStatus,
  writeWindow,
  type BmcAccess,
  type DirectBus,
  type Procedure,
  type Progress,
  type RegisterWrite,
} from "../../src/core/binding/bus.ts";
import {
  newChannel,
  openSession,
  reportStall,
  stallDeadline,
  type Closure,
  type OpenChannel,
} from "../../src/core/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeVersionRange,
  type ControlRegion,
  type Layout,
} from "../../src/core/binding/control-region.ts";
import {
  BTU,
  bufferBytes,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
  resizedLayout,
} from "../../src/core/binding/layout.ts";
import {
  beginTransmit,
  frameAccess,
  judgePacket,
  lengthAccess,
  packetAccess,
  writeInPieces,
  type PacketBufferTools,
} from "../../src/core/binding/packet-buffer.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { phaseNamed } from "../../src/core/binding/transitions.ts";
import { advanceTransmit } from "../../src/core/binding/transmit.ts";
import {
  CLOSING_RANGE,
  framingOf,
  isVersion,
  negotiateVersion,
  type Version,
} from "../../src/core/binding/versions.ts";
import { later, type Millis } from "../../src/core/wire/units.ts";
import type { BmcConfig, BmcState } from "./state.ts";
import { move } from "./transitions.ts";

type BmcProcedure<Result> = Procedure<Result>;

/** A host may have read STR just before it was cleared and take the first announcement with the old value. */
export const ANNOUNCEMENTS = 2;

const WRITE_DUMMY = writeData(Command.DUMMY);
const WRITE_TX_BEGIN = writeData(Command.TX_BEGIN);
const WRITE_RX_COMPLETE = writeData(Command.RX_COMPLETE);
/* The three values of STR: bits 5 to 1 are 0 (LPC-KCS-7), bit 0 is 1 (LPC-KCS-3). */
const STATUS_DOWN = writeStatus(KEEP_OBF);
const STATUS_INACTIVE = writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
const STATUS_ACTIVE = writeStatus(SESSION_BITS | KEEP_OBF);

const STARTING = { name: "starting" } as const;

/** One round: what the status register asks for now. To be run after every event until it returns `waiting`. */
export function service(
  bmc: BmcState,
  config: BmcConfig,
  tools: PacketBufferTools,
  now: Millis,
  direct: DirectBus<BmcAccess> | undefined,
): BmcProcedure<Progress> {
  if (bmc.stopping) return stop(bmc);
  return bmc.channel !== undefined || bmc.phase.name === "inactive"
    ? serviceCommands(bmc, config, tools, now, direct)
    : start(bmc, config, now);
}

/* ---- Start and stop ---- */

/** LPC-BMC-1: the old session is ended where any host can see it, then the region is written afresh. */
function* start(bmc: BmcState, config: BmcConfig, now: Millis): BmcProcedure<Progress> {
  if (bmc.phase.name === "starting") {
    yield STATUS_DOWN;
    move(bmc, bmc.phase, "B1.1", { name: "announcing", written: 0, until: later(now, config.announceLimit) });
  }
  const { phase } = bmc;
  if (phase.name !== "announcing") return "waiting";
  const odrEmpty = ((yield READ_STATUS) & Status.OBF) === 0;
  const { written, until } = phase;
  if (odrEmpty && written < ANNOUNCEMENTS) {
    yield WRITE_DUMMY;
    move(bmc, phase, "B1.3", { name: "announcing", written: written + 1, until });
    return "waiting";
  }
  if (!odrEmpty && now < until) return "waiting";
  if (!odrEmpty) bmc.counters.announceTimeout++;
  yield* writeRegion(config);
  yield STATUS_INACTIVE;
  bmc.dummyPending = true;
  move(bmc, phase, "B1.7", { name: "inactive" });
  bmc.closure = "notStarted";
  return "again";
}

/** LPC-BMC-2: the host's version fields are zeroed last, so that a proposal seen whole was written after them. */
function* writeRegion(config: BmcConfig): BmcProcedure<void> {
  const region = encodeControlRegion({
    magic: MAGIC,
    bmcVersions: config.versions,
    hostVersions: CLOSING_RANGE,
    negotiatedVersion: 0,
    layout: offer(config),
  });
  yield writeWindow(Field.magic, region.subarray(Field.magic, Field.hostVersionMin));
  yield writeWindow(Field.negotiatedVersion, region.subarray(Field.negotiatedVersion, CONTROL_FIELDS_BYTES));
  yield writeWindow(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));
}

/**
 * The layout before any negotiation: this BMC's own MTU in the framing of its newest version. Made of the configuration
 * alone, so that the offsets never change (LPC-MTU-9).
 */
function offer(config: BmcConfig): Layout {
  const version = newestVersion(config);
  return offeredLayout(version, ownMtu(config, version));
}

function newestVersion(config: BmcConfig): Version {
  const { cur } = config.versions;
  return isVersion(cur) ? cur : 1;
}

function ownMtu(config: BmcConfig, version: Version): number {
  if (framingOf(version).fixedMtu) return BTU;
  return Math.min(config.mtu ?? Number.POSITIVE_INFINITY, largestMtu(version, config.windowBytes));
}

/** LPC-BMC-7: BMC Active is cleared, and the host told so if ODR has room. */
function* stop(bmc: BmcState): BmcProcedure<Progress> {
  const { phase } = bmc;
  if (phase.name === "stopped") return "waiting";
  yield STATUS_DOWN;
  endSession(bmc, "stopped");
  if (((yield READ_STATUS) & Status.OBF) === 0) yield WRITE_DUMMY;
  move(bmc, phase, "B6.3", { name: "stopped" });
  return "waiting";
}

/** Whether the session bits are others than this BMC wrote last. */
function isStatusReset(channel: OpenChannel | undefined, status: number): boolean {
  return (status & SESSION_BITS) !== (channel === undefined ? Status.BMC_ACTIVE : SESSION_BITS);
}

/**
 * LPC-BMC-9: somebody else cleared STR, as a reset of the platform does, and what stood in the registers is lost. The
 * host sees a BMC that is gone; only a start that it can see brings it back.
 */
function startAgain(bmc: BmcState, step: "B2.2" | "B3.1" | "B5.1"): Progress {
  bmc.counters.statusResetSeen++;
  if (bmc.channel !== undefined) bmc.counters.sessionsLost++;
  endSession(bmc, "statusReset");
  bmc.dummyPending = false;
  if (step === "B5.1" || bmc.phase.name === "active") move(bmc, phaseNamed(bmc.phase, "active"), step, STARTING);
  else move(bmc, phaseNamed(bmc.phase, "inactive"), step, STARTING);
  return "again";
}

function endSession(bmc: BmcState, closure: Closure): void {
  if (bmc.channel !== undefined && bmc.channel.transmit !== "idle") bmc.counters.packetsGivenUp++;
  bmc.channel = undefined;
  bmc.closure = closure;
}

/* ---- Service ---- */

/**
 * LPC-BMC-3: one status read decides. A command in IDR is handled completely before the next is read and before ODR
 * is written; without one, ODR takes one waiting byte if it is empty.
 */
function* serviceCommands(
  bmc: BmcState,
  config: BmcConfig,
  tools: PacketBufferTools,
  now: Millis,
  direct: DirectBus<BmcAccess> | undefined,
): BmcProcedure<Progress> {
  const { channel } = bmc;
  if (channel?.transmit === "idle" && channel.outgoing !== undefined) {
    const { version, layout } = channel.session;
    const frame = frameAccess(tools, layout.bmcToHost, version, channel.outgoing);
    if (frame !== undefined) direct?.perform(frame) ?? (yield frame);
    else yield* writeInPieces(tools, layout.bmcToHost, version, channel.outgoing);
    beginTransmit(channel, channel.transmit, now);
  }

  const status = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);
  if (isStatusReset(channel, status)) return startAgain(bmc, "B2.2");
  if ((status & Status.IBF) === 0) {
    const byte = (status & Status.OBF) === 0 ? takeWaitingByte(bmc, channel) : undefined;
    if (byte !== undefined) direct?.perform(byte) ?? (yield byte);
    if (channel !== undefined) reportStall(channel, bmc.counters, config.stallDelay, now);
    return "waiting";
  }

  let command = direct?.perform(READ_DATA) ?? (yield READ_DATA);
  if (command === Command.TX_BEGIN && channel !== undefined && !channel.rxCompleteOwed) {
    const { layout, version, mtu } = channel.session;
    let received = false;
    const length = lengthAccess(tools, layout.hostToBmc);
    direct?.perform(length) ?? (yield length);
    const packet = packetAccess(tools, layout.hostToBmc, version, mtu.hostToBmc, bmc.counters);
    if (packet !== undefined) {
      direct?.perform(packet) ?? (yield packet);
      received = judgePacket(tools, version, bmc.counters);
    }
    channel.rxCompleteOwed = true;
    // LPC-BMC-6: an Initialise that arrived meanwhile means that the buffer may have been written again.
    const statusAfter = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);
    if (isStatusReset(channel, statusAfter)) {
      if (received) bmc.counters.receivedAtSessionEnd++;
      tools.discardReceived();
      return startAgain(bmc, "B5.1");
    }
    if ((statusAfter & Status.IBF) === 0) {
      if (received) bmc.counters.packetsReceived++;
      const byte = (statusAfter & Status.OBF) === 0 ? takeWaitingByte(bmc, channel) : undefined;
      if (byte !== undefined) direct?.perform(byte) ?? (yield byte);
      return "waiting";
    }
    command = direct?.perform(READ_DATA) ?? (yield READ_DATA);
    if (command !== Command.INITIALISE) {
      if (received) bmc.counters.packetsReceived++;
    } else if (received) {
      bmc.counters.receivedAtSessionEnd++;
      tools.discardReceived();
    }
  }

  switch (command) {
    case Command.INITIALISE:
      return yield* initialise(bmc, config, now);
    case Command.RX_COMPLETE:
      if (channel?.transmit !== "outstanding") {
        bmc.counters.rxCompleteUnexpected++;
        return "again";
      }
      advanceTransmit(channel, channel.transmit, "idle");
      bmc.counters.packetsSent++;
      return channel.outgoing !== undefined || channel.rxCompleteOwed || bmc.dummyPending ? "again" : "waiting";
    case Command.TX_BEGIN:
      // LPC-ERR-1; outside a session LPC-BMC-5, as for an Rx Complete above.
      bmc.counters.txBeginUnexpected++;
      return "again";
    case Command.DUMMY:
      bmc.counters.fencesReceived++;
      return "again";
    default:
      bmc.counters.unknownCommand++;
      return "again";
  }
}

/**
 * LPC-KCS-6: what ODR, being empty (LPC-KCS-2), takes next: a dummy before Rx Complete, Rx Complete before Tx Begin.
 * Without a channel there is nothing but the dummy (LPC-BMC-8).
 */
function takeWaitingByte(bmc: BmcState, channel: OpenChannel | undefined): RegisterWrite | undefined {
  if (bmc.dummyPending) {
    bmc.dummyPending = false;
    return WRITE_DUMMY;
  }
  if (channel?.rxCompleteOwed === true) {
    channel.rxCompleteOwed = false;
    return WRITE_RX_COMPLETE;
  }
  if (channel?.transmit === "beginPending") {
    advanceTransmit(channel, channel.transmit, "outstanding");
    return WRITE_TX_BEGIN;
  }
  return undefined;
}

/* ---- Initialise ---- */

/**
 * LPC-BMC-4: whatever the old session owed or waited for is forgotten; the answer is the layout, negotiated_ver, STR
 * and a dummy. A refusal gives the next proposal the whole offer again.
 */
function* initialise(bmc: BmcState, config: BmcConfig, now: Millis): BmcProcedure<Progress> {
  // LPC-BMC-9: a reset just before IDR was read leaves 0 in it, and the answer would hide that there was one.
  if (isStatusReset(bmc.channel, yield READ_STATUS)) return startAgain(bmc, "B3.1");
  const wasActive = bmc.channel !== undefined;
  endSession(bmc, "reinitialised");
  if (bmc.phase.name === "active") move(bmc, bmc.phase, "B3.1", { name: "inactive" });
  const fields = new Uint8Array(CONTROL_FIELDS_BYTES);
  yield readWindow(0, fields);
  const answer = negotiate(decodeControlRegion(fields), config);
  countInitialise(bmc, wasActive, answer);

  yield writeWindow(Field.rxOffset, encodeLayout(answer.layout));
  yield writeWindow(Field.negotiatedVersion, encodeU16(answer.version));
  yield answer.version === 0 ? STATUS_INACTIVE : STATUS_ACTIVE;
  bmc.dummyPending = true;
  if (answer.version === 0) {
    bmc.closure = answer.closure;
    return "again";
  }
  bmc.channel = newChannel(openSession(answer.version, answer.layout), now);
  move(bmc, phaseNamed(bmc.phase, "inactive"), "B3.5", { name: "active" });
  return "again";
}

type Answer =
  | { readonly version: Version; readonly layout: Layout }
  | { readonly version: 0; readonly layout: Layout; readonly closure: Closure };

/**
 * LPC-VER-1, LPC-VER-2, LPC-MTU-4, LPC-MTU-7: both directions get the smaller of what the two sides want; a refusal has
 * the offer for its layout (LPC-MTU-8).
 */
function negotiate(region: ControlRegion, config: BmcConfig): Answer {
  const layout = offer(config);
  const host = region.hostVersions;
  if (host.min === CLOSING_RANGE.min && host.cur === CLOSING_RANGE.cur) {
    return { version: 0, layout, closure: "closedByHost" };
  }
  const version = negotiateVersion(config.versions, host);
  if (version === 0) return { version: 0, layout, closure: "versionRefused" };
  if (framingOf(version).fixedMtu) return { version, layout: resizedLayout(layout, version, BTU) };
  const askedBytes = region.layout.bmcToHost.size;
  if (askedBytes < bufferBytes(version, BTU)) return { version: 0, layout, closure: "mtuRefused" };
  const mtu = Math.min(mtuOfBuffer(version, askedBytes), ownMtu(config, newestVersion(config)));
  return { version, layout: resizedLayout(layout, version, mtu) };
}

function countInitialise(bmc: BmcState, wasActive: boolean, answer: Answer): void {
  if (wasActive) bmc.counters.reinitialised++;
  if (answer.version !== 0) {
    bmc.counters.sessionsOpened++;
    return;
  }
  if (answer.closure === "closedByHost") bmc.counters.closingInitialises++;
  else if (answer.closure === "mtuRefused") bmc.counters.mtuRefused++;
  else bmc.counters.versionRefused++;
}

/* ---- Deadlines ---- */

export function nextDeadline(bmc: BmcState, config: BmcConfig): Millis | undefined {
  const { phase, channel } = bmc;
  if (phase.name === "announcing") return phase.until;
  return channel === undefined ? undefined : stallDeadline(channel, config.stallDelay);
}
