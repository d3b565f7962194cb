/**
 * A scripted peer that polls, as deployed libmctp does: a poll tries the bytes that found their register full before,
 * Rx Complete before Tx Begin, then reads STR, takes one byte at most and reacts to it. It sends messages of one
 * packet without a pause and takes every packet that arrives.
 */
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeU32,
  encodeVersionRange,
  type ControlRegion,
  type Layout,
} from "../../core/binding/control-region.ts";
import { BTU, bufferBytes, offeredLayout, resizedLayout } from "../../core/binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../core/binding/registers.ts";
import { CLOSING_RANGE, negotiateVersion } from "../../core/binding/versions.ts";
import { Flag, messageHeader } from "../../core/mctp/packet.ts";
import { MessageType } from "../../core/mctp/message.ts";
import { readU32be, writeU32be } from "../../core/wire/bytes.ts";
import { crc32 } from "../../core/wire/crc.ts";
import { PACKET_HEADER_BYTES } from "../../core/wire/packet-parts.ts";
import type { Eid } from "../../core/wire/units.ts";
import type { BmcPlatform, HostPlatform } from "../../platform/port.ts";

export const SLOW_PEER_MESSAGE_BYTES = 64;

const VERSION = 3;
const VERSIONS = { min: 1, cur: VERSION };
const LENGTH_BYTES = 4;
const PACKET_BYTES = PACKET_HEADER_BYTES + SLOW_PEER_MESSAGE_BYTES;
const FRAME_BYTES = LENGTH_BYTES + PACKET_BYTES + 4;

/** A transmitter's buffer: free, written with a Tx Begin still to be sent, or the receiver's. */
type Outbound = "free" | "written" | "announced";

abstract class SlowPeer {
  /** Messages that the other side has taken, and that it has sent. */
  sent = 0;
  received = 0;
  protected layout: Layout | undefined;
  readonly #platform: HostPlatform;
  readonly #inbound: "hostToBmc" | "bmcToHost";
  readonly #outbound: "hostToBmc" | "bmcToHost";
  /** Bits of STR. */
  readonly #inboundFull: number;
  readonly #outboundFull: number;
  readonly #frame: Uint8Array;
  readonly #arrived = new Uint8Array(FRAME_BYTES);
  #rxCompleteOwed = false;
  #outboundState: Outbound = "free";

  constructor(platform: HostPlatform, side: "host" | "bmc", own: Eid, other: Eid) {
    this.#platform = platform;
    const isHost = side === "host";
    this.#inbound = isHost ? "bmcToHost" : "hostToBmc";
    this.#outbound = isHost ? "hostToBmc" : "bmcToHost";
    this.#inboundFull = isHost ? Status.OBF : Status.IBF;
    this.#outboundFull = isHost ? Status.IBF : Status.OBF;
    this.#frame = messageFrame(own, other);
  }

  poll(): void {
    const { port } = this.#platform;
    if (!this.mayPoll()) return;
    this.#sendWaiting();
    if ((port.readStatus() & this.#inboundFull) === 0) return;
    const command = port.readData();
    if (command === Command.TX_BEGIN) this.#receive();
    else if (command === Command.RX_COMPLETE) this.#transmitted();
    else this.tookOther(command);
  }

  /** False: this poll went to something else. */
  protected abstract mayPoll(): boolean;
  /** A byte that belongs to no packet was taken. */
  protected abstract tookOther(command: number): void;

  /** A session begins, or ends with undefined. */
  protected openSession(layout: Layout | undefined): void {
    this.layout = layout;
    this.#rxCompleteOwed = false;
    this.#outboundState = "free";
    this.#transmit();
  }

  protected readRegion(): ControlRegion {
    const bytes = new Uint8Array(CONTROL_FIELDS_BYTES);
    this.#platform.window.read(0, bytes, 0, bytes.length);
    return decodeControlRegion(bytes);
  }

  protected writeField(offset: number, bytes: Uint8Array): void {
    this.#platform.window.write(offset, bytes, 0, bytes.length);
  }

  #sendWaiting(): void {
    if (this.#rxCompleteOwed) this.#rxCompleteOwed = !this.#send(Command.RX_COMPLETE);
    if (this.#outboundState === "written" && this.#send(Command.TX_BEGIN)) this.#outboundState = "announced";
  }

  #send(command: number): boolean {
    const { port } = this.#platform;
    if ((port.readStatus() & this.#outboundFull) !== 0) return false;
    port.writeData(command);
    return true;
  }

  #receive(): void {
    if (this.layout === undefined || this.#rxCompleteOwed) return;
    const { offset } = this.layout[this.#inbound];
    const bytes = this.#arrived;
    this.#platform.window.read(offset, bytes, 0, LENGTH_BYTES);
    this.#platform.window.read(offset + LENGTH_BYTES, bytes, LENGTH_BYTES, FRAME_BYTES - LENGTH_BYTES);
    const length = readU32be(bytes, 0);
    const end = LENGTH_BYTES + PACKET_BYTES;
    if (length !== PACKET_BYTES || crc32(bytes, LENGTH_BYTES, end) !== readU32be(bytes, end)) {
      throw new Error(`a packet of ${String(length)} bytes, or a damaged one, reached the slow peer`);
    }
    this.received++;
    this.#rxCompleteOwed = !this.#send(Command.RX_COMPLETE);
  }

  #transmitted(): void {
    if (this.#outboundState !== "announced") return;
    this.sent++;
    this.#outboundState = "free";
    this.#transmit();
  }

  #transmit(): void {
    if (this.layout === undefined) return;
    const { offset } = this.layout[this.#outbound];
    this.#platform.window.write(offset, this.#frame, 0, LENGTH_BYTES);
    this.#platform.window.write(offset + LENGTH_BYTES, this.#frame, LENGTH_BYTES, FRAME_BYTES);
    this.#outboundState = this.#send(Command.TX_BEGIN) ? "announced" : "written";
  }
}

export class SlowHost extends SlowPeer {
  readonly #platform: HostPlatform;
  #hasAsked = false;

  constructor(platform: HostPlatform, own: Eid, other: Eid) {
    super(platform, "host", own, other);
    this.#platform = platform;
  }

  /** Until there is a BMC, polls go to waiting for it and to emptying ODR. */
  protected mayPoll(): boolean {
    if (this.#hasAsked) return true;
    const { port } = this.#platform;
    const status = port.readStatus();
    if ((status & Status.OBF) !== 0) port.readData();
    else if ((status & Status.BMC_ACTIVE) !== 0 && (status & Status.IBF) === 0) this.#initialise();
    return false;
  }

  #initialise(): void {
    if (this.readRegion().magic !== MAGIC) return;
    this.writeField(Field.rxSize, encodeU32(bufferBytes(VERSION, BTU)));
    this.writeField(Field.hostVersionMin, encodeVersionRange(VERSIONS));
    this.#platform.port.writeData(Command.INITIALISE);
    this.#hasAsked = true;
  }

  protected tookOther(command: number): void {
    if (command !== Command.DUMMY || this.layout !== undefined) return;
    if ((this.#platform.port.readStatus() & Status.CHANNEL_ACTIVE) === 0) return;
    const { negotiatedVersion, layout } = this.readRegion();
    if (negotiatedVersion === VERSION) this.openSession(layout);
  }
}

export class SlowBmc extends SlowPeer {
  readonly #platform: BmcPlatform;

  constructor(platform: BmcPlatform, own: Eid, other: Eid) {
    super(platform, "bmc", own, other);
    this.#platform = platform;
    const region = encodeControlRegion({
      magic: MAGIC,
      bmcVersions: VERSIONS,
      hostVersions: CLOSING_RANGE,
      negotiatedVersion: 0,
      layout: offeredLayout(VERSION, BTU),
    });
    this.writeField(0, region);
    platform.port.writeStatus(Status.BMC_ACTIVE);
    platform.port.writeData(Command.DUMMY);
  }

  protected mayPoll(): boolean {
    return true;
  }

  protected tookOther(command: number): void {
    if (command !== Command.INITIALISE) return;
    const { hostVersions, layout: asked } = this.readRegion();
    const isAccepted = negotiateVersion(VERSIONS, hostVersions) === VERSION;
    const layout = resizedLayout(asked, VERSION, BTU);
    if (isAccepted) this.writeField(Field.rxOffset, encodeLayout(layout));
    this.writeField(Field.negotiatedVersion, encodeU16(isAccepted ? VERSION : 0));
    this.#platform.port.writeStatus((isAccepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
    this.#platform.port.writeData(Command.DUMMY);
    this.openSession(isAccepted ? layout : undefined);
  }
}

/** Length, packet and CRC of the message that is sent all the time. */
function messageFrame(own: Eid, other: Eid): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  writeU32be(frame, 0, PACKET_BYTES);
  writeU32be(frame, LENGTH_BYTES, (messageHeader(other, own, true, 0) | Flag.SOM | Flag.EOM) >>> 0);
  frame[LENGTH_BYTES + PACKET_HEADER_BYTES] = MessageType.VENDOR_IANA;
  const end = LENGTH_BYTES + PACKET_BYTES;
  writeU32be(frame, end, crc32(frame, LENGTH_BYTES, end));
  return frame;
}
