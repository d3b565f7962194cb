/**
 * What the host does on the bus, step by step as the specification's tables have it: service in a session (LPC-HOST-9
 * to -11) here, everything outside one in start-up.ts.
 */
import {
  READ_DATA,
  READ_STATUS,
  writeData,
  type DirectBus,
  type HostAccess,
  type Procedure,
  type Progress,
} from "../../src/core/binding/bus.ts";
import { reportStall, stallDeadline, type OpenChannel } from "../../src/core/binding/channel.ts";
import {
  beginTransmit,
  frameAccess,
  judgePacket,
  lengthAccess,
  packetAccess,
  writeInPieces,
  type PacketBufferTools,
} from "../../src/core/binding/packet-buffer.ts";
import { Command, SESSION_BITS, Status } from "../../src/core/binding/registers.ts";
import { phaseNamed } from "../../src/core/binding/transitions.ts";
import { advanceTransmit } from "../../src/core/binding/transmit.ts";
import type { Millis } from "../../src/core/wire/units.ts";
import { startUp } from "./start-up.ts";
import { endSession, type HostConfig, type HostState } from "./state.ts";
import { move } from "./transitions.ts";

type HostProcedure<Result> = Procedure<Result, HostAccess>;

/** After an Rx Complete the next packet may follow in the same round, once: a round has an end (LPC-SEC-2). */
const PASSES = 2;

const WRITE_TX_BEGIN = writeData(Command.TX_BEGIN);
const WRITE_RX_COMPLETE = writeData(Command.RX_COMPLETE);

/** One round: what the status register asks for now. To be run after every event until it returns `waiting`. */
export function service(
  host: HostState,
  config: HostConfig,
  tools: PacketBufferTools,
  now: Millis,
  direct: DirectBus<HostAccess> | undefined,
): HostProcedure<Progress> {
  return host.channel !== undefined && !host.stopping
    ? serviceChannel(host, host.channel, config, tools, now, direct)
    : startUp(host, config, now);
}

/* ---- In a session ---- */

function* serviceChannel(
  host: HostState,
  channel: OpenChannel,
  config: HostConfig,
  tools: PacketBufferTools,
  now: Millis,
  direct: DirectBus<HostAccess> | undefined,
): HostProcedure<Progress> {
  for (let pass = 0; pass < PASSES; pass++) {
    if (channel.transmit === "idle" && channel.outgoing !== undefined) {
      // LPC-HOST-11: the whole buffer is written before Tx Begin is thought of.
      const { version, layout } = channel.session;
      const frame = frameAccess(tools, layout.hostToBmc, version, channel.outgoing);
      if (frame !== undefined) direct?.perform(frame) ?? (yield frame);
      else yield* writeInPieces(tools, layout.hostToBmc, version, channel.outgoing);
      beginTransmit(channel, channel.transmit, now);
    }

    let status = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);
    if (!inSession(status)) return loseSession(host, status);
    // LPC-HOST-8: the session's first Tx Begin may have been read while the session was still being judged.
    const firstTxBegin = host.txBeginSeen;
    host.txBeginSeen = false;

    if (firstTxBegin || (status & Status.OBF) !== 0) {
      const command = firstTxBegin ? Command.TX_BEGIN : (direct?.perform(READ_DATA) ?? (yield READ_DATA));
      let received = false;
      if (command === Command.TX_BEGIN && !channel.rxCompleteOwed) {
        const { layout, version, mtu } = channel.session;
        const length = lengthAccess(tools, layout.bmcToHost);
        direct?.perform(length) ?? (yield length);
        const packet = packetAccess(tools, layout.bmcToHost, version, mtu.bmcToHost, host.counters);
        if (packet !== undefined) {
          direct?.perform(packet) ?? (yield packet);
          received = judgePacket(tools, version, host.counters);
        }
        channel.rxCompleteOwed = true;
      } else if (command === Command.RX_COMPLETE && channel.transmit === "outstanding") {
        advanceTransmit(channel, channel.transmit, "idle");
        host.counters.packetsSent++;
        if (channel.outgoing !== undefined) continue;
        if (!channel.rxCompleteOwed) return "waiting";
      } else {
        countIgnored(host, command);
      }
      // LPC-HOST-10: the byte may have told of a change of STR that came after the read above.
      status = direct?.perform(READ_STATUS) ?? (yield READ_STATUS);
      if (!inSession(status)) {
        if (received) host.counters.receivedAtSessionEnd++;
        tools.discardReceived();
        return loseSession(host, status);
      }
      if (received) host.counters.packetsReceived++;
      if ((status & Status.OBF) !== 0) return "again";
    }

    // LPC-KCS-2: IDR is written only where the status read last shows it empty; LPC-KCS-6: Rx Complete before Tx Begin.
    if ((status & Status.IBF) === 0) {
      if (channel.rxCompleteOwed) {
        direct?.perform(WRITE_RX_COMPLETE) ?? (yield WRITE_RX_COMPLETE);
        channel.rxCompleteOwed = false;
      } else if (channel.transmit === "beginPending") {
        direct?.perform(WRITE_TX_BEGIN) ?? (yield WRITE_TX_BEGIN);
        advanceTransmit(channel, channel.transmit, "outstanding");
      }
    }
    reportStall(channel, host.counters, config.stallDelay, now);
    return "waiting";
  }
  return "again";
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
function loseSession(host: HostState, status: number): Progress {
  endSession(host, (status & Status.BMC_ACTIVE) === 0 ? "bmcInactive" : "channelInactive");
  host.counters.sessionsLost++;
  move(host, phaseNamed(host.phase, "active"), "H2.9", { name: "awaitingBmc" });
  return "again";
}

/* ---- Deadlines ---- */

export function nextDeadline(host: HostState, config: HostConfig): Millis | undefined {
  const { phase, channel } = host;
  if (phase.name === "resting") return phase.until;
  return channel === undefined ? undefined : stallDeadline(channel, config.stallDelay);
}
