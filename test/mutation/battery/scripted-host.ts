/** A host that a script plays on a stage, against the project's own BMC. It does as it is told, right or wrong. */
import {
  CONTROL_FIELDS_BYTES,
  encodeU32,
  encodeVersionRange,
  Field,
} from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { CLOSING_RANGE, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { readU16be, readU32be } from "../../../src/core/wire/bytes.ts";
import { frameOf, packetOf } from "../../support/frames.ts";
import type { Stage } from "./stage.ts";

const ALL: VersionRange = { min: 1, cur: 3 };

export interface Proposal {
  readonly versions?: VersionRange;
  readonly rxSize?: number | undefined;
}

export class ScriptedHost {
  /** As the region has them behind `open`. */
  version = 0;
  sendsAt = 0;
  receivesAt = 0;
  sendSize = 0;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  status(): number {
    return this.#stage.hostPlatform.port.readStatus("peer");
  }

  /** Lets the BMC run, then reads a byte of ODR if there is one. */
  take(): number | undefined {
    this.#stage.settle();
    return (this.status() & Status.OBF) === 0 ? undefined : this.#stage.hostPlatform.port.readData("peer");
  }

  /** Reads ODR until the BMC has no more to say. */
  drain(): readonly number[] {
    const bytes: number[] = [];
    for (let byte = this.take(); byte !== undefined && bytes.length < 100; byte = this.take()) bytes.push(byte);
    return bytes;
  }

  /** Writes IDR when the BMC has emptied it. */
  write(byte: number): void {
    this.#stage.settle();
    if ((this.status() & Status.IBF) !== 0) this.#stage.look();
    if ((this.status() & Status.IBF) !== 0) throw new Error("the BMC does not read IDR");
    this.#stage.hostPlatform.port.writeData(byte, "peer");
  }

  /** Writes IDR when it is empty, without letting the BMC run in front of it. */
  writeAtOnce(byte: number): void {
    if ((this.status() & Status.IBF) === 0) this.#stage.hostPlatform.port.writeData(byte, "peer");
  }

  put(offset: number, bytes: Uint8Array): void {
    this.#stage.hostPlatform.window.write(offset, bytes, 0, bytes.length, "peer");
  }

  get(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#stage.hostPlatform.window.read(offset, bytes, 0, length, "peer");
    return bytes;
  }

  /** Waits for BMC Active, reading the announcements. */
  await(): void {
    for (let looks = 0; looks < 50; looks++) {
      this.drain();
      if ((this.status() & Status.BMC_ACTIVE) !== 0) return;
      this.#stage.pass(20);
    }
    throw new Error("the BMC does not start");
  }

  close(): void {
    this.put(Field.hostVersionMin, encodeVersionRange(CLOSING_RANGE));
    this.write(Command.INITIALISE);
    this.drain();
  }

  fences(): void {
    this.write(Command.DUMMY);
    this.write(Command.DUMMY);
    this.drain();
  }

  propose({ versions = ALL, rxSize }: Proposal): void {
    this.put(Field.hostVersionMin, encodeVersionRange(versions));
    if (rxSize !== undefined) this.put(Field.rxSize, encodeU32(rxSize));
    this.write(Command.INITIALISE);
    this.drain();
  }

  /** A start-up as the specification has it; true when a session came of it. */
  open(proposal: Proposal = {}): boolean {
    this.#stage.tellLife("host", "started");
    this.await();
    this.get(Field.magic, 4);
    this.close();
    this.fences();
    this.propose(proposal);
    this.fences();
    const region = this.get(0, CONTROL_FIELDS_BYTES);
    this.version = readU16be(region, Field.negotiatedVersion);
    this.receivesAt = readU32be(region, Field.rxOffset);
    this.sendsAt = readU32be(region, Field.txOffset);
    this.sendSize = readU32be(region, Field.txSize);
    return (this.status() & SESSION_BITS) === SESSION_BITS;
  }

  frame(payloadBytes: number, seed = 0): Uint8Array {
    return frameOf(this.version as Version, packetOf(payloadBytes, seed));
  }

  /** Sends a frame, right or wrong, and waits for what the BMC says to it. */
  send(frame: Uint8Array): readonly number[] {
    this.put(this.sendsAt, frame);
    this.write(Command.TX_BEGIN);
    return this.drain();
  }

  /** Takes what the BMC sends until it sends no more, as a host should. Gives the frames' first bytes. */
  receive(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let byte = this.take(); byte !== undefined; byte = this.take()) {
      if (byte !== Command.TX_BEGIN) continue;
      const length = readU32be(this.get(this.receivesAt, 4), 0);
      frames.push(this.get(this.receivesAt + 4, Math.min(length, 4096) + (this.version === 3 ? 4 : 0)));
      this.status();
      this.write(Command.RX_COMPLETE);
    }
    return frames;
  }
}
