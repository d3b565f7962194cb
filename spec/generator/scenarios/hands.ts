/** Either side of a lab played by hand: accesses in the order of the tables, or in another where a scenario wants it. */
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeU32,
  encodeVersionRange,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import { offeredLayout } from "../../../src/core/binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { peerOf, type RoleName } from "../../../src/core/binding/side.ts";
import { CLOSING_RANGE, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { writeU32be } from "../../../src/core/wire/bytes.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { frameOf } from "../vectors/packets.ts";
import type { Lab } from "./lab.ts";
import { message } from "./messages.ts";

export const ALL_VERSIONS: VersionRange = { min: 1, cur: 3 };
/** More bytes than one side writes before it waits for the other. */
const BYTE_LIMIT = 64;

abstract class Hands {
  readonly lab: Lab;
  version: Version = 3;
  readonly #role: RoleName;
  readonly #platform: HostPlatform | BmcPlatform;

  constructor(lab: Lab, role: RoleName) {
    this.lab = lab;
    this.#role = role;
    this.#platform = lab[role];
  }

  status(): number {
    return this.#platform.port.readStatus();
  }

  /** What is in the register of the other side, without waiting for it. */
  take(): number {
    return this.#platform.port.readData();
  }

  /** Writes the own register, without waiting for anything. */
  give(byte: number): void {
    this.#platform.port.writeData(byte);
  }

  put(offset: number, bytes: Uint8Array): void {
    this.#platform.window.write(offset, bytes, 0, bytes.length);
  }

  get(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#platform.window.read(offset, bytes, 0, length);
    return bytes;
  }

  /** Lets the program's side look at what it was not woken for. */
  look(): void {
    this.lab.turn(peerOf(this.#role));
    this.lab.settle();
  }

  /** One packet of this side in its buffer, with this many payload bytes. */
  protected frame(payloadBytes: number): Uint8Array {
    const payload = message(payloadBytes);
    const packet = new Uint8Array(4 + payload.length);
    const [destination, source] = this.#role === "host" ? [0x08, 0x09] : [0x09, 0x08];
    writeU32be(packet, 0, ((0x01 << 24) | (destination << 16) | (source << 8) | 0xc8) >>> 0);
    packet.set(payload, 4);
    return frameOf(this.version, packet);
  }
}

/** The BMC by hand, against the program's host. */
export class HandBmc extends Hands {
  layout: Layout = offeredLayout(3, 64);
  versions: VersionRange = ALL_VERSIONS;

  constructor(lab: Lab) {
    super(lab, "bmc");
  }

  setStatus(value: number): void {
    this.lab.bmc.port.writeStatus(value | KEEP_OBF);
  }

  /** The region as a start writes it. */
  writeRegion(): void {
    const region = encodeControlRegion({
      magic: MAGIC,
      bmcVersions: this.versions,
      hostVersions: CLOSING_RANGE,
      negotiatedVersion: 0,
      layout: this.layout,
    });
    this.put(0, region);
  }

  /** A BMC that has started before the host: region, BMC Active, nothing in ODR. */
  stand(): void {
    this.writeRegion();
    this.setStatus(Status.BMC_ACTIVE);
  }

  /** As `stand`, with the dummy that wakes a host which waits. */
  appear(): void {
    this.stand();
    this.write(Command.DUMMY);
  }

  /** Writes ODR when the host has emptied it, and lets the host act on it. */
  write(byte: number): void {
    this.lab.settle();
    this.give(byte);
    this.lab.settle();
  }

  /** Lets the host run, then takes what it has written; undefined where it has written nothing. */
  next(): number | undefined {
    this.lab.settle();
    if ((this.status() & Status.IBF) === 0) return undefined;
    return this.take();
  }

  /** Takes the host's bytes up to the last of these, in this order. */
  expect(...bytes: readonly number[]): void {
    for (const byte of bytes) {
      const found = this.next();
      if (found !== byte) throw new Error(`the host has written ${String(found)}, not ${String(byte)}`);
    }
  }

  /** Answers a close: Channel Active stays clear. */
  refuse(): void {
    this.put(Field.rxOffset, encodeLayout(this.layout));
    this.put(Field.negotiatedVersion, encodeU16(0));
    this.setStatus(Status.BMC_ACTIVE);
    this.write(Command.DUMMY);
  }

  accept(layout: Layout = this.layout, version: number = this.version): void {
    this.put(Field.rxOffset, encodeLayout(layout));
    this.put(Field.negotiatedVersion, encodeU16(version));
    this.setStatus(SESSION_BITS);
    this.write(Command.DUMMY);
  }

  /** The close of a start-up and its fences. */
  takeClose(): void {
    this.expect(Command.INITIALISE);
    this.get(0, CONTROL_FIELDS_BYTES);
    this.refuse();
    this.expect(Command.DUMMY, Command.DUMMY);
  }

  /** The proposal and its answer, without the fences. */
  takeProposal(): void {
    this.expect(Command.INITIALISE);
    this.get(0, CONTROL_FIELDS_BYTES);
  }

  /** A whole start-up of the host that leads to a session. */
  openSession(): void {
    this.takeClose();
    this.takeProposal();
    this.accept();
    this.expect(Command.DUMMY, Command.DUMMY);
    this.lab.settle();
  }

  putPacket(payloadBytes: number): void {
    this.put(this.layout.bmcToHost.offset, this.frame(payloadBytes));
  }

  /** A packet to the host, and its Rx Complete. */
  send(payloadBytes: number): void {
    this.putPacket(payloadBytes);
    this.write(Command.TX_BEGIN);
    this.expect(Command.RX_COMPLETE);
  }

  /** Takes a packet of the host's, and answers it. */
  receive(length: number): void {
    this.expect(Command.TX_BEGIN);
    this.readPacket(length);
    this.write(Command.RX_COMPLETE);
  }

  readPacket(length: number): void {
    this.get(this.layout.hostToBmc.offset, length);
  }
}

/** The host by hand, against the program's BMC. */
export class HandHost extends Hands {
  /** Where the packets lie: for a BMC with MTU 64 that offers version 3. */
  layout: Layout = offeredLayout(3, 64);

  constructor(lab: Lab) {
    super(lab, "host");
  }

  /** Writes IDR, lets the BMC act on it and takes what it says, until it says no more. */
  write(byte: number): void {
    this.give(byte);
    this.drain();
  }

  drain(): void {
    this.lab.settle();
    for (let byte = 0; byte < BYTE_LIMIT; byte++) {
      if ((this.status() & Status.OBF) === 0) return;
      this.take();
      this.lab.settle();
    }
    throw new Error("the BMC writes without an end");
  }

  writeVersions(versions: VersionRange): void {
    this.put(Field.hostVersionMin, encodeVersionRange(versions));
  }

  close(): void {
    this.writeVersions(CLOSING_RANGE);
    this.write(Command.INITIALISE);
  }

  fences(): void {
    this.write(Command.DUMMY);
    this.write(Command.DUMMY);
  }

  propose(versions: VersionRange = ALL_VERSIONS, rxSize: number | null = this.layout.bmcToHost.size): void {
    this.putProposal(versions, rxSize);
    this.write(Command.INITIALISE);
  }

  /** Without rx_size where that is null, as in version 1. */
  putProposal(versions: VersionRange = ALL_VERSIONS, rxSize: number | null = this.layout.bmcToHost.size): void {
    this.writeVersions(versions);
    if (rxSize !== null) this.put(Field.rxSize, encodeU32(rxSize));
  }

  /** The start-up of a host, behind a start of the BMC of which nothing is left to read. */
  openSession(versions?: VersionRange): void {
    this.get(Field.magic, 4);
    this.close();
    this.fences();
    this.propose(versions);
    this.fences();
  }

  putPacket(payloadBytes: number): void {
    this.put(this.layout.hostToBmc.offset, this.frame(payloadBytes));
  }

  send(payloadBytes: number): void {
    this.putPacket(payloadBytes);
    this.write(Command.TX_BEGIN);
  }

  readPacket(length: number): void {
    this.get(this.layout.bmcToHost.offset, length);
  }
}
