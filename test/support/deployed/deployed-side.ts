/**
 * What the deployed host and the deployed BMC have in common: behaviour on the bus as the recorded traces of
 * test/vectors/bus show it and annex A.2 describes it, mistakes included. The numbers F.. and U.. are those of the annex.
 *
 * Left out on purpose, as no byte on the bus depends on it or only the side itself suffers: crashes of a host that polls
 * after a refused start or sends before the channel is up (F3, F20), assemblies without end (F13), packets cut for
 * another MTU than the channel's (F8, F9, F14, U7), and what is done with a packet after it was read (U5, U6, U8).
 */
import type { Transmit } from "../../../src/core/binding/transmit.ts";
import type { BmcBus, HostBus, WindowBus } from "../../../src/core/binding/bus.ts";
import { newChannel, openSession, type OpenChannel, type Session } from "../../../src/core/binding/channel.ts";
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  type ControlRegion,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import { BINDING_COUNTERS } from "../../../src/core/binding/counters.ts";
import { mtuOfBuffer } from "../../../src/core/binding/layout.ts";
import type { PacketBufferTools } from "../../../src/core/binding/packet-buffer.ts";
import { Command, Status } from "../../../src/core/binding/registers.ts";
import type { Direction, RoleState } from "../../../src/core/binding/side.ts";
import { framingOf, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { readU32be, writeU32be } from "../../../src/core/wire/bytes.ts";
import { zeroCounters } from "../../../src/core/wire/counters.ts";
import { PACKET_HEADER_BYTES, type PacketParts } from "../../../src/core/wire/packet-parts.ts";
import { millis } from "../../../src/core/wire/units.ts";

const LENGTH_BYTES = 4;

export interface DeployedConfig {
  readonly versions: VersionRange;
  /** Payload bytes a packet may carry; undefined is the largest that the window allows. */
  readonly mtu: number | undefined;
  readonly windowBytes: number;
  /** F19: packets of a message go on in the next session. Without it messages are of one packet. */
  readonly keepsPackets: boolean;
}

/** A buffer that holds a packet is `owed` an Rx Complete; in `idle` a Tx Begin is out of place. */
type Receiving = "idle" | "released" | "owed";

export interface DeployedState extends RoleState {
  phase: { readonly name: string };
  channel: OpenChannel | undefined;
  /** The version that packets are read by; 0 while there is none. */
  version: Version | 0;
  /** What packets are read by, channel or none (F10, F17). */
  terms: Session | undefined;
  receiving: Receiving;
  /** F19: a packet of the session before. */
  kept: PacketParts | undefined;
  /** What this side has done to itself, for the onlooker. */
  mistake: string | undefined;
}

export function newDeployedState(): DeployedState {
  return {
    phase: { name: "new" },
    channel: undefined,
    version: 0,
    terms: undefined,
    receiving: "idle",
    kept: undefined,
    mistake: undefined,
    closeReason: "notStarted",
    stopping: false,
    counters: zeroCounters(BINDING_COUNTERS),
  };
}

/* ---- The channel ---- */

export function closeChannel(side: DeployedState, config: DeployedConfig): void {
  if (config.keepsPackets) side.kept ??= side.channel?.outgoing;
  side.channel = undefined;
}

/** The channel is up: the inbound buffer is the peer's to fill, the outbound one is this side's. */
export function openChannel(side: DeployedState, config: DeployedConfig, version: Version, layout: Layout): void {
  side.terms = openSession(version, layout, config.windowBytes);
  side.channel = newChannel(side.terms, millis(0));
  side.channel.outgoing = side.kept;
  side.kept = undefined;
  setReceiving(side, "released");
}

export function setReceiving(side: DeployedState, receiving: Receiving): void {
  side.receiving = receiving;
  if (side.channel !== undefined) side.channel.rxCompleteOwed = receiving === "owed";
}

/* ---- Bytes ---- */

/** What either role's bus has. */
type EitherBus = WindowBus & Pick<HostBus, "readStatus">;

/** A role's end of the board: the register that it sends through, and the bit of STR that says that it is full. */
export interface End<Bus extends EitherBus> {
  readonly sends: Direction;
  readonly receives: Direction;
  readonly full: number;
  write(bus: Bus, step: string, command: number): void;
}

export const HOST_END: End<HostBus> = {
  sends: "hostToBmc",
  receives: "bmcToHost",
  full: Status.IBF,
  write: (bus, step, command) => {
    bus.writeIdr(step, command);
  },
};

export const BMC_END: End<BmcBus> = {
  sends: "bmcToHost",
  receives: "hostToBmc",
  full: Status.OBF,
  write: (bus, step, command) => {
    bus.writeOdr(step, command);
  },
};

/** Writes a command if a look at STR shows that the register is empty. */
function send<Bus extends EitherBus>(bus: Bus, end: End<Bus>, name: string, command: number): boolean {
  if ((bus.readStatus(`${name}? STR`) & end.full) !== 0) return false;
  end.write(bus, name, command);
  return true;
}

function sendRxComplete<Bus extends EitherBus>(bus: Bus, end: End<Bus>, side: DeployedState): void {
  if (send(bus, end, "Rx Complete", Command.RX_COMPLETE)) setReceiving(side, "released");
}

/** These sides keep to no table of states. */
export function setTransmit(channel: OpenChannel, transmit: Transmit): void {
  (channel as { transmit: Transmit }).transmit = transmit;
}

function sendTxBegin<Bus extends EitherBus>(bus: Bus, end: End<Bus>, channel: OpenChannel): void {
  if (send(bus, end, "Tx Begin", Command.TX_BEGIN)) setTransmit(channel, "outstanding");
}

/** A poll begins with what found its register full before. True while some of it still waits. */
export function sendWaiting<Bus extends EitherBus>(bus: Bus, end: End<Bus>, side: DeployedState): boolean {
  const { channel } = side;
  if (side.receiving === "owed") sendRxComplete(bus, end, side);
  if (channel?.transmit === "beginPending") sendTxBegin(bus, end, channel);
  return side.receiving === "owed" || channel?.transmit === "beginPending";
}

/* ---- Packets ---- */

/** The packet that waits for the buffer is written, in two accesses, and announced. */
export function transmit<Bus extends EitherBus>(
  bus: Bus,
  end: End<Bus>,
  side: DeployedState,
  tools: PacketBufferTools,
): void {
  const { channel } = side;
  if (channel?.outgoing === undefined || channel.transmit !== "idle") return;
  const { version, layout } = channel.session;
  const { header, message, start, end: messageEnd } = channel.outgoing;
  const length = PACKET_HEADER_BYTES + messageEnd - start;
  const { trailerBytes } = framingOf(version);
  const frame = new Uint8Array(LENGTH_BYTES + length + trailerBytes);
  writeU32be(frame, 0, length);
  writeU32be(frame, LENGTH_BYTES, header);
  frame.set(message.subarray(start, messageEnd), LENGTH_BYTES + PACKET_HEADER_BYTES);
  const packetEnd = LENGTH_BYTES + length;
  if (trailerBytes > 0) writeU32be(frame, packetEnd, tools.memory.crc32(frame, LENGTH_BYTES, packetEnd, 0));
  const { offset } = layout[end.sends];
  bus.writeWindow("send length", offset, frame, 0, LENGTH_BYTES);
  bus.writeWindow("send packet", offset + LENGTH_BYTES, frame, LENGTH_BYTES, frame.length);
  setTransmit(channel, "beginPending");
  channel.outgoing = undefined;
  sendTxBegin(bus, end, channel);
}

/** Rx Complete was read. */
export function transmitted<Bus extends EitherBus>(
  bus: Bus,
  end: End<Bus>,
  side: DeployedState,
  tools: PacketBufferTools,
): void {
  const { channel, counters } = side;
  if (channel?.transmit !== "outstanding") return;
  setTransmit(channel, "idle");
  counters.packetsSent++;
  transmit(bus, end, side, tools);
}

/**
 * Tx Begin was read. Out of place it is passed over. F7: a length out of bounds is answered with nothing. F6: the bound
 * is that of the host-to-BMC buffer, whichever of the two holds the packet. F18: nothing is too short to be read.
 */
export function receive<Bus extends EitherBus>(
  bus: Bus,
  end: End<Bus>,
  side: DeployedState,
  tools: PacketBufferTools,
): void {
  const { terms, counters } = side;
  if (side.receiving !== "released" || terms === undefined) return;
  const { version, layout } = terms;
  const { offset } = layout[end.receives];
  const lengthField = new Uint8Array(LENGTH_BYTES);
  bus.readWindow("receive length", offset, lengthField, 0, LENGTH_BYTES);
  const length = readU32be(lengthField, 0);
  if (length > PACKET_HEADER_BYTES + mtuOfBuffer(version, layout.hostToBmc.size)) return;
  const { trailerBytes } = framingOf(version);
  const bytes = new Uint8Array(length + trailerBytes);
  bus.readWindow("receive packet", offset + LENGTH_BYTES, bytes, 0, bytes.length);
  setReceiving(side, "owed");
  const isWhole = trailerBytes === 0 || tools.memory.crc32(bytes, 0, length, 0) === readU32be(bytes, length);
  if (isWhole && length >= PACKET_HEADER_BYTES) {
    counters.packetsReceived++;
    tools.keepReceived(bytes, 0, length, 0);
  }
  sendRxComplete(bus, end, side);
}

/** The control region's fields, in one access. */
export function readRegion(bus: WindowBus, step: string): ControlRegion {
  const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
  bus.readWindow(step, 0, bytes, 0, bytes.length);
  return decodeControlRegion(bytes);
}
