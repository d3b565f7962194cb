/** A BMC that a script plays on a stage, against the project's own host. It does as it is told, right or wrong. */
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  encodeControlRegion,
  encodeLayout,
  encodeU16,
  encodeVersionRange,
  Field,
  MAGIC,
  type ControlRegion,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { VersionRange } from "../../../src/core/binding/versions.ts";
import { readU32be } from "../../../src/core/wire/bytes.ts";
import type { BmcPlatform } from "../../../src/platform/port.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import type { Stage } from "./stage.ts";

const NONE: VersionRange = { min: 0, cur: 0 };

/** Buffers for packets of this many payload bytes, with the overhead of version 3. */
export function layoutOf(mtu: number, otherMtu: number = mtu): Layout {
  const size = mtu + 12;
  return { bmcToHost: { offset: 0x100, size }, hostToBmc: { offset: 0x100 + 2048, size: otherMtu + 12 } };
}

/** What the BMC does about an Initialise. */
export interface Answer {
  readonly version: number;
  readonly layout: Layout;
  readonly isActive: boolean;
}

export class ScriptedBmc extends ScriptedPeer<BmcPlatform> {
  readonly answers = "hostToBmc";
  versions: VersionRange = { min: 1, cur: 3 };
  layout: Layout = layoutOf(64);
  /** The answer to a proposal; a close is answered as the specification has it. */
  answer: (region: ControlRegion) => Answer = () => ({ version: this.version, layout: this.layout, isActive: true });
  /** Whether Rx Complete answers Tx Begin. */
  completes = true;
  /** Called for every byte that was read, before it is handled. */
  onByte: ((byte: number) => void) | undefined;
  /** Bytes read from IDR. */
  readonly taken: number[] = [];

  constructor(stage: Stage) {
    super(stage, stage.bmcPlatform, Status.OBF);
  }

  get sendsAt(): number {
    return this.layout.bmcToHost.offset;
  }

  setStatus(value: number): void {
    this.platform.port.writeStatus(value | KEEP_OBF, "peer");
  }

  /** Nothing where the register is full and there is no host to empty it. */
  override write(byte: number): void {
    this.stage.settle();
    if (this.stage.member("host") !== undefined || !this.isFull) super.write(byte);
  }

  /** The region as a start writes it. */
  writeRegion(): void {
    const region = encodeControlRegion({
      magic: MAGIC,
      bmcVersions: this.versions,
      hostVersions: NONE,
      negotiatedVersion: 0,
      layout: this.layout,
    });
    this.put(0, region.subarray(0, Field.hostVersionMin));
    this.put(Field.negotiatedVersion, region.subarray(Field.negotiatedVersion));
    this.put(Field.hostVersionMin, encodeVersionRange(NONE));
  }

  /** A start as the specification has it. */
  start(): void {
    this.stage.tellLife("bmc", "started");
    this.setStatus(0);
    this.put(Field.magic, Uint8Array.of(0x4d, 0x43, 0x54, 0x50));
    this.write(Command.DUMMY);
    this.write(Command.DUMMY);
    this.stage.settle();
    this.writeRegion();
    this.setStatus(Status.BMC_ACTIVE);
    this.write(Command.DUMMY);
    this.stage.settle();
  }

  override serve(): void {
    for (let bytes = 0; bytes < 400; bytes++) {
      this.stage.settle();
      if ((this.status() & Status.IBF) === 0) return;
      const byte = this.platform.port.readData("peer");
      this.taken.push(byte);
      this.onByte?.(byte);
      if (byte === Command.INITIALISE) this.#initialise();
      else if (byte === Command.TX_BEGIN && (this.status() & SESSION_BITS) === SESSION_BITS) this.#receive();
    }
  }

  #initialise(): void {
    const region = decodeControlRegion(this.get(0, CONTROL_FIELDS_BYTES));
    const isClose = region.hostVersions.min === 0 && region.hostVersions.cur === 0;
    const answer = isClose ? { version: 0, layout: this.layout, isActive: false } : this.answer(region);
    this.put(Field.rxOffset, encodeLayout(answer.layout));
    this.put(Field.negotiatedVersion, encodeU16(answer.version));
    this.setStatus(answer.isActive ? SESSION_BITS : Status.BMC_ACTIVE);
    this.write(Command.DUMMY);
  }

  #receive(): void {
    const at = this.layout.hostToBmc.offset;
    const length = readU32be(this.get(at, 4), 0);
    this.get(at + 4, Math.min(length, 2048) + (this.version === 3 ? 4 : 0));
    if (this.completes) this.write(Command.RX_COMPLETE);
  }

  override send(frame: Uint8Array): void {
    this.put(this.sendsAt, frame);
    this.write(Command.TX_BEGIN);
    this.serve();
  }

  /** Runs until the host is in a session with this BMC. */
  bringUp(): void {
    this.start();
    this.serve();
    if (!this.stage.host.active) this.wait(1200);
    if (!this.stage.host.active) throw new Error("the host opens no session");
  }

  /** Time passes, and what the host writes is served. */
  wait(span: number): void {
    this.serve();
    this.stage.pass(span, () => {
      this.serve();
    });
  }
}
