/**
 * One round of the host, and what it does in a session. Specification: clause 10, tables H2 and H3 (LPC-HOST-9 to -11).
 */
import type { HostBus, Progress } from "../../src/core/binding/bus.ts";
import {
  commandToWrite,
  packetTaken,
  reportStall,
  rxCompleteWritten,
  stallDeadline,
  txBeginWritten,
  type OpenChannel,
} from "../../src/core/binding/channel.ts";
import { receivePacket, sendPacket, type PacketBufferTools } from "../../src/core/binding/packet-buffer.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import type { Millis } from "../../src/core/wire/units.ts";
import { startUp } from "./start-up.ts";
import { endSession, type HostConfig, type HostState } from "./state.ts";
import type { HostStep } from "./steps.ts";
import { stop } from "./stop.ts";
import { move } from "./transitions.ts";

type Bus = HostBus<HostStep>;

/** After an Rx Complete the next packet may follow in the same round, once: a round has an end (LPC-SEC-2). */
const PASSES = 2;

/** One round: what the status register asks for now. To be run after every event until it returns `waiting`. */
export function service(
  bus: Bus,
  host: HostState,
  config: HostConfig,
  tools: PacketBufferTools,
  now: Millis,
): Progress {
  const { channel } = host;
  if (host.stopping) return stop(bus, host, config, now);
  return channel !== undefined
    ? serviceChannel(bus, host, channel, config, tools, now)
    : startUp(bus, host, config, now);
}

function serviceChannel(
  bus: Bus,
  host: HostState,
  channel: OpenChannel,
  config: HostConfig,
  tools: PacketBufferTools,
  now: Millis,
): Progress {
  const { session } = channel;
  for (let pass = 0; pass < PASSES; pass++) {
    // H2.1, LPC-HOST-11: the whole buffer is written before Tx Begin is pending.
    const packet = channel.outgoing;
    if (packet !== undefined && channel.transmit === "idle") transmit(bus, channel, packet, tools, now);

    let status = bus.readStatus("H2.2");
    if (!inSession(status)) return loseSession(host, status, "H2.3");
    // LPC-HOST-8: the session's first Tx Begin may have been read while the session was being judged.
    const firstTxBegin = host.txBeginSeen;
    host.txBeginSeen = false;

    if (firstTxBegin || (status & Status.OBF) !== 0) {
      const command = firstTxBegin ? Command.TX_BEGIN : bus.readOdr("H2.4");
      let received = false;
      if (command === Command.TX_BEGIN && !channel.rxCompleteOwed) {
        const limit = session.receiveLimit.bmcToHost;
        received = receivePacket(bus, "H2.5", "H2.6", channel, session.layout.bmcToHost, limit, tools, host.counters);
      } else if (command === Command.RX_COMPLETE && channel.transmit === "outstanding") {
        packetTaken(channel); // H2.7
        host.counters.packetsSent++;
        if (channel.outgoing !== undefined) continue; // H2.8
        if (!channel.rxCompleteOwed) return "waiting"; // H2.9
      } else {
        countIgnored(host, command); // H2.10
      }
      // LPC-HOST-10: STR may have changed after the read above, and the byte have told of it.
      status = bus.readStatus("H2.11");
      if (!inSession(status)) {
        if (received) host.counters.receivedAtSessionEnd++;
        tools.discardReceived();
        return loseSession(host, status, "H2.12");
      }
      if (received) host.counters.packetsReceived++;
      if ((status & Status.OBF) !== 0) return "again"; // H2.13
    }

    // LPC-KCS-2: IDR is written only where the status read last shows it empty.
    if ((status & Status.IBF) === 0) {
      const command = commandToWrite(channel);
      if (command === "rxComplete") {
        bus.writeIdr("H2.14", Command.RX_COMPLETE);
        rxCompleteWritten(channel);
      } else if (command === "txBegin") {
        bus.writeIdr("H2.15", Command.TX_BEGIN);
        txBeginWritten(channel);
      }
    }
    reportStall(channel, host.counters, config.stallDelay, now);
    return "waiting";
  }
  return "again";
}

function transmit(bus: Bus, channel: OpenChannel, packet: PacketParts, tools: PacketBufferTools, now: Millis): void {
  sendPacket(bus, "H3.1", "H3.2", "H3.3", channel, packet, channel.session.layout.hostToBmc, tools, now);
}

/** Whether a session is open; bits of STR that have no meaning play no part (LPC-KCS-8). */
function inSession(status: number): boolean {
  return (status & SESSION_BITS) === SESSION_BITS;
}

/** What is ignored is counted by its kind and changes nothing (LPC-KCS-4, LPC-KCS-5, LPC-ERR-1 to -3). */
function countIgnored(host: HostState, command: number): void {
  if (command === Command.DUMMY) return;
  if (command === Command.TX_BEGIN) host.counters.txBeginUnexpected++;
  else if (command === Command.RX_COMPLETE) host.counters.rxCompleteUnexpected++;
  else if (command === Command.INITIALISE) host.counters.initialiseAtHost++;
  else host.counters.unknownCommand++;
}

/** LPC-HOST-9: what is in flight is given up, and the host starts again from the first step. */
function loseSession(host: HostState, status: number, step: "H2.3" | "H2.12"): Progress {
  endSession(host, (status & Status.BMC_ACTIVE) === 0 ? "bmcInactive" : "channelInactive");
  host.counters.sessionsLost++;
  move(host, step, { name: "awaitingBmc" });
  return "again";
}

/* ---- Deadlines ---- */

export function nextDeadline(host: HostState, config: HostConfig): Millis | undefined {
  const { phase, channel } = host;
  if (phase.name === "resting" || phase.name === "stopping") return phase.until;
  return channel === undefined ? undefined : stallDeadline(channel, config.stallDelay);
}
