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
import type { HostPlatform } from "../../../src/platform/port.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import type { Stage } from "./stage.ts";

const ALL: VersionRange = { min: 1, cur: 3 };

export interface Proposal {
  readonly versions?: VersionRange;
  readonly rxSize?: number | undefined;
}

export class ScriptedHost extends ScriptedPeer<HostPlatform> {
  readonly answers = "bmcToHost";
  /** As the region has them behind `open`. */
  sendsAt = 0;
  receivesAt = 0;

  constructor(stage: Stage) {
    super(stage, stage.hostPlatform, Status.IBF);
  }

  /** Lets the BMC run, then reads a byte of ODR if there is one. */
  take(): number | undefined {
    this.stage.settle();
    return (this.status() & Status.OBF) === 0 ? undefined : this.platform.port.readData("peer");
  }

  /** Reads ODR until the BMC has no more to say. */
  drain(): readonly number[] {
    const bytes: number[] = [];
    for (let byte = this.take(); byte !== undefined && bytes.length < 100; byte = this.take()) bytes.push(byte);
    return bytes;
  }

  /** Waits for BMC Active, reading the announcements. */
  await(): void {
    for (let looks = 0; looks < 50; looks++) {
      this.drain();
      if ((this.status() & Status.BMC_ACTIVE) !== 0) return;
      this.stage.pass(20);
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
    this.stage.tellLife("host", "started");
    this.await();
    this.get(Field.magic, 4);
    this.close();
    this.fences();
    this.propose(proposal);
    this.fences();
    const region = this.get(0, CONTROL_FIELDS_BYTES);
    this.version = readU16be(region, Field.negotiatedVersion) as Version;
    this.receivesAt = readU32be(region, Field.rxOffset);
    this.sendsAt = readU32be(region, Field.txOffset);
    return (this.status() & SESSION_BITS) === SESSION_BITS;
  }

  override send(frame: Uint8Array): void {
    this.put(this.sendsAt, frame);
    this.write(Command.TX_BEGIN);
    this.drain();
  }

  /** Takes what the BMC sends until it sends no more, as a host should. */
  override serve(): void {
    for (let byte = this.take(); byte !== undefined; byte = this.take()) {
      if (byte !== Command.TX_BEGIN) continue;
      const length = readU32be(this.get(this.receivesAt, 4), 0);
      this.get(this.receivesAt + 4, Math.min(length, 4096) + (this.version === 3 ? 4 : 0));
      this.status();
      this.write(Command.RX_COMPLETE);
    }
  }
}
