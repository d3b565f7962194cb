/**
 * One side of a board in the hands of a conformance run: it makes single accesses, right or wrong, and waits for what
 * follows. What a host and a BMC have in common; played-host.ts and played-bmc.ts have the rest.
 */
import { framingOf, type Version } from "../core/binding/versions.ts";
import { Command } from "../core/binding/registers.ts";
import type { BufferRange } from "../core/binding/control-region.ts";
import type { RoleName } from "../core/binding/side.ts";
import { decodeControl, type ControlMessage } from "../core/mctp/control/codec.ts";
import { respond } from "../core/mctp/control/responder.ts";
import type { ControlServices, EndpointIdentity } from "../core/mctp/control/services.ts";
import { NULL_EID } from "../core/mctp/message.ts";
import { destinationOf, Flag, HEADER_VERSION, sourceOf, tagOf } from "../core/mctp/packet.ts";
import { readU32be, writeU32be } from "../core/wire/bytes.ts";
import { crc32 } from "../core/wire/crc.ts";
import { eid, type Eid } from "../core/wire/units.ts";
import type { HostPort, Window } from "../platform/port.ts";
import { Broken, NotTestable } from "./outcome.ts";
import type { Surroundings } from "./surroundings.ts";

/** Looks without a rest at the beginning of a wait. */
const QUICK_LOOKS = 50;
/** Looks in a row of a spinning wait. */
const SPIN_LOOKS = 200;
/** Milliseconds between two looks after them. */
const LOOK_INTERVAL = 1;
/** Milliseconds by which a pause may be longer than it was asked to be, without a word about the machine. */
const ORDINARY_LATENESS = 5;
/** A wait may become so many times as long by pauses that were too long. */
const MOST_STRETCHED = 3;
/** Bytes of the longest message of the other side that is put together; longer ones are dropped. */
const MOST_MESSAGE_BYTES = 64 * 1024;
/** Packets received which are kept for the case that runs. */
const MOST_PACKETS = 4096;

/** A packet as it was in the other side's buffer. */
export interface SeenPacket {
  /** What the length field said. */
  readonly length: number;
  /** The MCTP packet, header and payload; empty where the length is out of bounds. */
  readonly bytes: Uint8Array;
  /** Version 3: whether the trailer is the packet's CRC-32. */
  readonly isWhole: boolean;
}

/** A message as it was put together. */
export interface SeenMessage {
  readonly source: number;
  readonly destination: number;
  readonly tagOwner: boolean;
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** What a channel was opened on, in the direction of the tester. */
export interface PlayedSession {
  readonly version: Version;
  /** Where the tester writes its packets, and where the side under test does. */
  readonly sends: BufferRange;
  readonly receives: BufferRange;
  /** Payload bytes of a packet in each direction. */
  readonly sendsMtu: number;
  readonly receivesMtu: number;
}

export interface PacketOptions {
  readonly destination?: number;
  readonly source?: number;
  readonly tagOwner?: boolean;
  readonly tag?: number;
  readonly sequence?: number;
  readonly start?: boolean;
  readonly end?: boolean;
  readonly headerVersion?: number;
}

/** What goes into a buffer: the packet with a length field and a trailer, both right unless given. */
export interface FrameOptions {
  readonly length?: number;
  readonly trailer?: number;
}

export abstract class Player {
  /** The side that the tester plays. */
  abstract readonly role: RoleName;
  readonly surroundings: Surroundings;
  readonly window: Window;
  /** The present session, as long as the tester believes in it. */
  session: PlayedSession | undefined;
  /** What the other side's endpoint answered from last; the null EID reaches it before. */
  peerEid: Eid = NULL_EID;
  /** Packets and messages received since the case began, oldest first. */
  packets: SeenPacket[] = [];
  messages: SeenMessage[] = [];
  /** Bytes read from the inbound register since the case began, oldest first. */
  bytesRead: number[] = [];
  /** Requests of the other side are answered as an endpoint would; false: the case answers itself, or not at all. */
  answersRequests = true;
  /** The inbound register is left as it is by all that serves the channel: only takeByte and readByte read it. */
  leavesUnread = false;
  protected readonly port: HostPort;
  /** A packet of the tester is under way. */
  outstanding = false;
  /** `bytes`: of the parts so far. */
  #assembly: { readonly head: SeenMessage; readonly parts: Uint8Array[]; bytes: number } | undefined;
  #answers: Uint8Array[] = [];
  /** An Rx Complete waits for room in its register. */
  #owed = false;
  #instance = 0;
  #tag = 0;
  /** Milliseconds by which pauses were too long so far. */
  #late = 0;

  constructor(port: HostPort, window: Window, surroundings: Surroundings) {
    this.port = port;
    this.window = window;
    this.surroundings = surroundings;
  }

  /** Bits of STR: the register that the tester writes is full; that which it reads is full. */
  protected abstract readonly outboundFull: number;
  protected abstract readonly inboundFull: number;
  protected abstract get identity(): EndpointIdentity;
  /** What the tester's endpoint answers beside. */
  protected readonly services: ControlServices = {};

  /** Forgets what was received in the case before. */
  beginCase(): void {
    this.packets = [];
    this.messages = [];
    this.bytesRead = [];
    this.answersRequests = true;
    this.leavesUnread = false;
    this.#answers = [];
  }

  /* ---- Verdicts ---- */

  broken(requirement: string, seen: string, expected: string): never {
    throw new Broken(requirement, seen, expected);
  }

  /** As `broken`, of what was seen in accesses and could not come of a machine that is late. */
  shown(requirement: string, seen: string, expected: string): never {
    throw new Broken(requirement, seen, expected, true);
  }

  notTestable(why: string): never {
    throw new NotTestable(why);
  }

  /* ---- Accesses ---- */

  status(): number {
    return this.port.readStatus();
  }

  /** Writes the outbound register, full or not. */
  writeByte(byte: number): void {
    this.port.writeData(byte);
  }

  /** Reads the inbound register, full or not, and notes the byte; does nothing else about it. */
  readByte(): number {
    const byte = this.port.readData();
    this.bytesRead.push(byte);
    return byte;
  }

  get(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.window.read(offset, bytes, 0, length);
    return bytes;
  }

  put(offset: number, bytes: Uint8Array): void {
    this.window.write(offset, bytes, 0, bytes.length);
  }

  /* ---- Waiting ---- */

  get now(): number {
    return this.surroundings.now();
  }

  async pause(milliseconds: number): Promise<void> {
    const began = this.now;
    await this.surroundings.pause(milliseconds);
    this.#late += Math.max(0, this.now - began - milliseconds - ORDINARY_LATENESS);
  }

  /**
   * Looks until it sees something other than undefined or false, for `milliseconds`; by default the run's patience. On a
   * machine that lets the tester wait for its turn the other side waits, too: that time is added.
   */
  async until<Seen>(
    look: () => Seen | undefined | false,
    milliseconds: number = this.surroundings.patience,
  ): Promise<Seen | undefined> {
    const end = this.now + milliseconds;
    const late = this.#late;
    for (let looks = 0; ; looks++) {
      const seen = look();
      if (seen !== undefined && seen !== false) return seen;
      const added = Math.min(this.#late - late, (MOST_STRETCHED - 1) * milliseconds);
      if (this.now >= end + added) return undefined;
      await this.pause(looks < QUICK_LOOKS ? 0 : LOOK_INTERVAL);
    }
  }

  /**
   * As `until`, with many looks in a row before the first pause: for what the other side shows for a moment only, where
   * it runs beside the tester.
   */
  async spinUntil<Seen>(
    look: () => Seen | undefined | false,
    milliseconds?: number,
    most: number = SPIN_LOOKS,
  ): Promise<Seen | undefined> {
    for (let looks = 0; looks < most; looks++) {
      const seen = look();
      if (seen !== undefined && seen !== false) return seen;
    }
    return this.until(look, milliseconds);
  }

  /** The next byte of the inbound register, taken without a reaction to it. Undefined: none came. */
  async takeByte(milliseconds?: number): Promise<number | undefined> {
    return this.until(() => ((this.status() & this.inboundFull) === 0 ? undefined : this.readByte()), milliseconds);
  }

  /**
   * Serves the channel as a side should: takes packets, gives Rx Complete, answers requests. True when it read a byte. Of
   * a session that is over it takes bytes and reacts to none.
   */
  serve(): boolean {
    if (this.leavesUnread) return false;
    if ((this.status() & this.inboundFull) === 0) {
      this.#sendAnswer();
      return false;
    }
    this.react(this.readByte());
    return true;
  }

  /** Serves until `done` gives something. */
  async serveUntil<Seen>(done: () => Seen | undefined | false, milliseconds?: number): Promise<Seen | undefined> {
    return this.until(() => {
      const seen = done();
      if (seen !== undefined && seen !== false) return seen;
      this.serve();
      return done();
    }, milliseconds);
  }

  /** Serves until the other side has said nothing for a while. */
  async serveSilence(milliseconds: number = this.surroundings.silence): Promise<void> {
    let end = this.now + milliseconds;
    let late = this.#late;
    const limit = this.now + this.surroundings.patience + milliseconds;
    await this.until(() => {
      if (this.serve()) {
        end = this.now + milliseconds;
        late = this.#late;
      }
      return this.now >= end + this.#late - late || this.now >= limit;
    }, Number.POSITIVE_INFINITY);
  }

  /** Waits until the outbound register is empty, serving meanwhile. False: it stays full. */
  async outboundEmpty(milliseconds?: number): Promise<boolean> {
    const seen = await this.until(() => {
      if ((this.status() & this.outboundFull) === 0) return true;
      this.serve();
      return (this.status() & this.outboundFull) === 0;
    }, milliseconds);
    return seen === true;
  }

  /** Writes a command once the outbound register is empty. False: it stays full, and nothing was written. */
  async command(byte: number): Promise<boolean> {
    if (!(await this.outboundEmpty())) return false;
    this.writeByte(byte);
    return true;
  }

  /* ---- Packets ---- */

  /** Puts a packet into the tester's buffer, with the length field and the trailer that a frame has. */
  putPacket(packet: Uint8Array, frame: FrameOptions = {}): void {
    const { version, sends } = this.#openSession();
    this.put(sends.offset, frameOf(version, packet, frame));
  }

  /**
   * Puts a packet into the buffer and says so. It does not wait for Rx Complete, but for that of a packet before it, which
   * may be an answer of the tester's own, unless the inbound register is left unread.
   */
  async begin(packet: Uint8Array, frame: FrameOptions = {}): Promise<void> {
    const isFree = await this.until(() => {
      if (this.#canBegin()) return true;
      this.serve();
      return this.#canBegin();
    });
    if (isFree !== true) {
      this.notTestable(
        (this.status() & this.outboundFull) === 0
          ? "the packet before has no Rx Complete"
          : "the other side does not read its register",
      );
    }
    this.putPacket(packet, frame);
    this.writeByte(Command.TX_BEGIN);
    this.outstanding = true;
  }

  #canBegin(): boolean {
    if (this.#owed || (this.outstanding && !this.leavesUnread)) return false;
    return (this.status() & this.outboundFull) === 0;
  }

  /** Sends a packet and serves until its Rx Complete. False: there is none. */
  async send(packet: Uint8Array, frame: FrameOptions = {}): Promise<boolean> {
    await this.begin(packet, frame);
    return this.completed();
  }

  /** Serves until Rx Complete of the packet under way has come. False: it does not come. */
  async completed(milliseconds?: number): Promise<boolean> {
    return (await this.serveUntil(() => !this.outstanding, milliseconds)) === true;
  }

  /** A packet of a message of one packet, unless the options say otherwise. */
  packet(payload: Uint8Array, options: PacketOptions = {}): Uint8Array {
    const { start = true, end = true, sequence = 0, tagOwner = true, tag = 0 } = options;
    const { destination = this.peerEid, source = this.identity.eid, headerVersion = HEADER_VERSION } = options;
    const flags = (start ? Flag.SOM : 0) | (end ? Flag.EOM : 0) | ((sequence & 3) << 4) | (tagOwner ? Flag.TO : 0);
    const bytes = new Uint8Array(4 + payload.length);
    bytes.set([headerVersion, destination, source, flags | (tag & 7)]);
    bytes.set(payload, 4);
    return bytes;
  }

  /** A control request of the tester: message and packet, under a tag and an instance identifier of its own. */
  controlRequest(command: number, data: Uint8Array = new Uint8Array(0), options: PacketOptions = {}): ControlRequest {
    const instance = (this.#instance = (this.#instance + 1) & 0x1f);
    const tag = options.tag ?? (this.#tag = (this.#tag + 1) & 7);
    const message = new Uint8Array(3 + data.length);
    message.set([0, 0x80 | instance, command]);
    message.set(data, 3);
    return { instance, tag, command, message, packet: this.packet(message, { ...options, tag }) };
  }

  /** The response to a request among the messages received. */
  responseTo({ instance, tag, command }: ControlRequest): ControlMessage | undefined {
    for (const { tagOwner, tag: own, bytes, source } of this.messages) {
      const read = decodeControl(bytes, tagOwner);
      if (read?.kind !== "response" || own !== tag) continue;
      if (read.instance !== instance || read.command !== command) continue;
      this.peerEid = eid(source);
      return read;
    }
    return undefined;
  }

  /** Sends a control request and waits for its response. Undefined: none, or no Rx Complete. */
  async ask(
    command: number,
    data?: Uint8Array,
    options?: PacketOptions,
    milliseconds?: number,
  ): Promise<ControlMessage | undefined> {
    const request = this.controlRequest(command, data, options);
    if (!(await this.send(request.packet))) return undefined;
    return this.serveUntil(() => this.responseTo(request), milliseconds);
  }

  /** Reads the packet that the other side's Tx Begin speaks of, as its length field has it, and notes it. */
  takePacket(): SeenPacket {
    const { version, receives } = this.#openSession();
    const length = readU32be(this.get(receives.offset, 4), 0);
    const { trailerBytes } = framingOf(version);
    const room = this.window.size - receives.offset - 4 - trailerBytes;
    const isReadable = length >= 4 && length <= room;
    const bytes = isReadable ? this.get(receives.offset + 4, length + trailerBytes) : new Uint8Array(0);
    const packet = bytes.subarray(0, isReadable ? length : 0);
    const isWhole = trailerBytes === 0 || (isReadable && crc32(bytes, 0, length, 0) === readU32be(bytes, length));
    const seen = { length, bytes: packet, isWhole };
    if (this.packets.length < MOST_PACKETS) this.packets.push(seen);
    if (isReadable && isWhole) this.#assemble(packet);
    return seen;
  }

  /** An Rx Complete of the tester waits for room in its register. */
  protected get owes(): boolean {
    return this.#owed;
  }

  /** Nothing of the tester is under way, owed or waiting. */
  get isIdle(): boolean {
    return !this.outstanding && !this.#owed && this.#answers.length === 0;
  }

  /** Forgets session, packets under way and answers that wait. */
  forgetSession(): void {
    this.session = undefined;
    this.outstanding = false;
    this.#owed = false;
    this.#assembly = undefined;
    this.#answers = [];
  }

  /** Rx Complete of the tester, owed for a packet that it has taken. */
  completeReceived(): void {
    this.#owed = true;
    this.#writeOwed();
  }

  #writeOwed(): void {
    if (!this.#owed || (this.status() & this.outboundFull) !== 0) return;
    this.#owed = false;
    this.writeByte(Command.RX_COMPLETE);
  }

  #openSession(): PlayedSession {
    return this.session ?? this.notTestable("there is no session");
  }

  /** Does what a byte of the inbound register asks a side for. */
  protected react(byte: number): void {
    if (this.session === undefined) return;
    if (byte === Command.RX_COMPLETE) this.outstanding = false;
    if (byte !== Command.TX_BEGIN) return;
    this.takePacket();
    this.completeReceived();
  }

  #assemble(packet: Uint8Array): void {
    const header = readU32be(packet, 0);
    const flags = packet[3]!;
    const payload = packet.slice(4);
    const head = {
      source: sourceOf(header),
      destination: destinationOf(header),
      tagOwner: (flags & Flag.TO) !== 0,
      tag: tagOf(header),
      bytes: payload,
    };
    if ((flags & Flag.SOM) !== 0) this.#assembly = { head, parts: [], bytes: 0 };
    const assembly = this.#assembly;
    if (assembly === undefined) return;
    assembly.parts.push(payload);
    assembly.bytes += payload.length;
    const isTooLong = assembly.bytes > MOST_MESSAGE_BYTES || assembly.parts.length > MOST_PACKETS;
    if (isTooLong || (flags & Flag.EOM) !== 0) this.#assembly = undefined;
    if (isTooLong || (flags & Flag.EOM) === 0) return;
    const message = { ...assembly.head, bytes: new Uint8Array(Buffer.concat(assembly.parts)) };
    if (this.messages.length < MOST_PACKETS) this.messages.push(message);
    this.#answer(message);
  }

  #answer({ source, tagOwner, tag, bytes }: SeenMessage): void {
    const request = decodeControl(bytes, tagOwner);
    if (!this.answersRequests || request?.kind !== "request") return;
    const answer = respond(request, this.identity, this.services, eid(source));
    if (answer === undefined) return;
    this.#answers.push(this.packet(answer, { destination: source, tagOwner: false, tag }));
  }

  /** An answer goes out when the tester's buffer is its own and no byte is owed. */
  #sendAnswer(): void {
    this.#writeOwed();
    if (this.#owed || this.outstanding || this.session === undefined || this.#answers.length === 0) return;
    if ((this.status() & this.outboundFull) !== 0) return;
    this.putPacket(this.#answers.shift()!);
    this.writeByte(Command.TX_BEGIN);
    this.outstanding = true;
  }
}

export interface ControlRequest {
  readonly instance: number;
  readonly tag: number;
  readonly command: number;
  readonly message: Uint8Array;
  readonly packet: Uint8Array;
}

/** What a buffer holds for a packet: length field, packet and, in version 3, its CRC-32. */
export function frameOf(version: Version, packet: Uint8Array, { length, trailer }: FrameOptions = {}): Uint8Array {
  const { trailerBytes } = framingOf(version);
  const frame = new Uint8Array(4 + packet.length + trailerBytes);
  writeU32be(frame, 0, length ?? packet.length);
  frame.set(packet, 4);
  if (trailerBytes > 0) writeU32be(frame, 4 + packet.length, trailer ?? crc32(packet, 0, packet.length, 0));
  return frame;
}
