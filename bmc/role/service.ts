/**
 * One round of the BMC, and what it does once its start is done. Specification: clause 11, tables B2 to B5 (LPC-BMC-3
 * to -6, -8, -9).
 */
import type { BmcBus, Progress } from "../../src/core/binding/bus.ts";
import {
  commandToWrite,
  newChannel,
  openSession,
  packetTaken,
  reportStall,
  rxCompleteWritten,
  stallDeadline,
  txBeginWritten,
  type OpenChannel,
} from "../../src/core/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  Field,
  decodeControlRegion,
  encodeLayout,
  encodeU16,
} from "../../src/core/binding/control-region.ts";
import { receivePacket, sendPacket, type PacketBufferTools } from "../../src/core/binding/packet-buffer.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import type { Millis } from "../../src/core/wire/units.ts";
import { negotiate, type Answer } from "./negotiation.ts";
import { start, startDeadline, stop } from "./start.ts";
import { endSession, type BmcConfig, type BmcState } from "./state.ts";
import type { BmcStep } from "./steps.ts";
import { move } from "./transitions.ts";

type Bus = BmcBus<BmcStep>;

/** One round: what the status register asks for now. To be run after every event until it returns `waiting`. */
export function service(bus: Bus, bmc: BmcState, config: BmcConfig, tools: PacketBufferTools, now: Millis): Progress {
  if (bmc.stopping) return stop(bus, bmc);
  return bmc.channel !== undefined || bmc.phase.name === "inactive"
    ? serviceCommands(bus, bmc, config, tools, now)
    : start(bus, bmc, config, now);
}

/**
 * LPC-BMC-3: one status read decides. A command in IDR is handled completely before the next is read and before ODR
 * is written; without one, ODR takes one waiting byte if it is empty.
 */
function serviceCommands(bus: Bus, bmc: BmcState, config: BmcConfig, tools: PacketBufferTools, now: Millis): Progress {
  const { channel } = bmc;
  // B2.1, LPC-BUF-1: the whole buffer is written before Tx Begin is pending.
  const packet = channel?.outgoing;
  if (packet !== undefined && channel?.transmit === "idle") transmit(bus, channel, packet, tools, now);

  const status = bus.readStatus("B2.2");
  if (isStatusReset(channel, status)) return startAgain(bmc, "B2.3");
  if ((status & Status.IBF) === 0) {
    writeWaitingByte(bus, bmc, channel, status); // B2.4
    if (channel !== undefined) reportStall(channel, bmc.counters, config.stallDelay, now);
    return "waiting";
  }

  let command = bus.readIdr("B2.5");
  if (command === Command.TX_BEGIN && channel !== undefined && !channel.rxCompleteOwed) {
    const { layout, receiveLimit } = channel.session;
    const received = receivePacket(
      bus,
      "B2.6",
      "B2.7",
      channel,
      layout.hostToBmc,
      receiveLimit.hostToBmc,
      tools,
      bmc.counters,
    );
    // LPC-BMC-6: an Initialise that arrived meanwhile means that the buffer may have been written again.
    const statusAfter = bus.readStatus("B2.8");
    if (isStatusReset(channel, statusAfter)) {
      if (received) bmc.counters.receivedAtSessionEnd++;
      tools.discardReceived();
      return startAgain(bmc, "B2.9");
    }
    if ((statusAfter & Status.IBF) === 0) {
      if (received) bmc.counters.packetsReceived++;
      writeWaitingByte(bus, bmc, channel, statusAfter); // B2.10
      return "waiting";
    }
    command = bus.readIdr("B2.11");
    // B2.12
    if (command !== Command.INITIALISE) {
      if (received) bmc.counters.packetsReceived++;
    } else if (received) {
      bmc.counters.receivedAtSessionEnd++;
      tools.discardReceived();
    }
  }

  switch (command) {
    case Command.INITIALISE: // B2.13
      return initialise(bus, bmc, config, now);
    case Command.RX_COMPLETE:
      if (channel?.transmit === "outstanding") {
        packetTaken(channel); // B2.14
        bmc.counters.packetsSent++;
        return channel.outgoing !== undefined || channel.rxCompleteOwed || bmc.dummyPending ? "again" : "waiting";
      }
      bmc.counters.rxCompleteUnexpected++;
      return "again";
    case Command.TX_BEGIN: // B2.15, LPC-ERR-1; outside a session LPC-BMC-5, as for an Rx Complete above.
      bmc.counters.txBeginUnexpected++;
      return "again";
    case Command.DUMMY: // B2.16
      bmc.counters.fencesReceived++;
      return "again";
    default: // B2.17
      bmc.counters.unknownCommand++;
      return "again";
  }
}

/** Whether the session bits are others than this BMC wrote last. */
function isStatusReset(channel: OpenChannel | undefined, status: number): boolean {
  return (status & SESSION_BITS) !== (channel === undefined ? Status.BMC_ACTIVE : SESSION_BITS);
}

/**
 * LPC-BMC-9: STR was cleared from outside, as by a reset of the platform; the registers' contents are lost. The
 * host sees a BMC that is gone; only a start that it can see brings it back.
 */
function startAgain(bmc: BmcState, step: "B2.3" | "B2.9" | "B3.2"): Progress {
  bmc.counters.statusResetSeen++;
  if (bmc.channel !== undefined) bmc.counters.sessionsLost++;
  endSession(bmc, "statusReset");
  bmc.dummyPending = false;
  move(bmc, step, { name: "starting" });
  return "again";
}

/* ---- Initialise ---- */

/**
 * LPC-BMC-4: everything that the old session owed or waited for is dropped; the answer is the layout, negotiated_ver, STR
 * and a dummy.
 */
function initialise(bus: Bus, bmc: BmcState, config: BmcConfig, now: Millis): Progress {
  // LPC-BMC-9: a reset just before IDR was read leaves 0 in it, and the answer would hide that there was one.
  if (isStatusReset(bmc.channel, bus.readStatus("B3.1"))) return startAgain(bmc, "B3.2");
  const wasActive = bmc.channel !== undefined;
  endSession(bmc, "reinitialised");
  if (wasActive) move(bmc, "B3.3", { name: "inactive" });
  const fields = new Uint8Array(CONTROL_FIELDS_BYTES);
  bus.readWindow("B3.4", 0, fields, 0, fields.length);
  const answer = negotiate(decodeControlRegion(fields), config);
  countInitialise(bmc, wasActive, answer);

  bus.writeWindow("B3.5", Field.rxOffset, encodeLayout(answer.layout), 0, 16);
  bus.writeWindow("B3.6", Field.negotiatedVersion, encodeU16(answer.version), 0, 2);
  bmc.dummyPending = true;
  if (answer.version !== 0) {
    bus.writeStatus("B3.7", SESSION_BITS | KEEP_OBF);
    bmc.askedMtu = answer.askedMtu;
    bmc.channel = newChannel(openSession(answer.version, answer.layout, config.windowBytes), now);
    move(bmc, "B3.7", { name: "active" });
  } else {
    bus.writeStatus("B3.8", Status.BMC_ACTIVE | KEEP_OBF);
    bmc.closeReason = answer.closeReason;
  }
  return "again";
}

function countInitialise(bmc: BmcState, wasActive: boolean, answer: Answer): void {
  if (wasActive) bmc.counters.reinitialised++;
  if (answer.version !== 0) {
    bmc.counters.sessionsOpened++;
    return;
  }
  if (answer.closeReason === "closedByHost") bmc.counters.closingInitialises++;
  else if (answer.closeReason === "mtuRefused") bmc.counters.mtuRefused++;
  else bmc.counters.versionRefused++;
}

/* ---- Sending ---- */

/**
 * What ODR, if it is empty (LPC-KCS-2), takes next: a dummy before anything else (LPC-KCS-6). Without a channel there is
 * nothing but the dummy (LPC-BMC-8).
 */
function writeWaitingByte(bus: Bus, bmc: BmcState, channel: OpenChannel | undefined, status: number): void {
  if ((status & Status.OBF) !== 0) return;
  if (bmc.dummyPending) {
    bus.writeOdr("B4.1", Command.DUMMY);
    bmc.dummyPending = false;
    return;
  }
  if (channel === undefined) return;
  const command = commandToWrite(channel);
  if (command === "rxComplete") {
    bus.writeOdr("B4.2", Command.RX_COMPLETE);
    rxCompleteWritten(channel);
  } else if (command === "txBegin") {
    bus.writeOdr("B4.3", Command.TX_BEGIN);
    txBeginWritten(channel);
  }
}

function transmit(bus: Bus, channel: OpenChannel, packet: PacketParts, tools: PacketBufferTools, now: Millis): void {
  sendPacket(bus, "B5.1", "B5.2", "B5.3", channel, packet, channel.session.layout.bmcToHost, tools, now);
}

/* ---- Deadlines ---- */

export function nextDeadline(bmc: BmcState, config: BmcConfig): Millis | undefined {
  const { channel } = bmc;
  return channel === undefined ? startDeadline(bmc) : stallDeadline(channel, config.stallDelay);
}
