/** The BMC that a conformance run plays against a host. */
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  decodeHostVersions,
  encodeLayout,
  encodeU16,
  encodeU32,
  encodeVersionRange,
  Field,
  MAGIC,
  type ControlRegion,
  type Layout,
} from "../core/binding/control-region.ts";
import { bufferBytes, largestMtu, mtuOfBuffer, offeredLayout, resizedLayout } from "../core/binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../core/binding/registers.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../core/binding/versions.ts";
import type { EndpointIdentity } from "../core/mctp/control/services.ts";
import { eid } from "../core/wire/units.ts";
import type { BmcPlatform, BmcPort } from "../platform/port.ts";
import { identityOf } from "./identity.ts";
import { Player } from "./player.ts";
import type { Surroundings } from "./surroundings.ts";

const CLEAR_VERSIONS: VersionRange = { min: 0, cur: 0 };

export interface Offer {
  readonly versions?: VersionRange;
  /** Payload bytes; undefined: the largest that the window allows. */
  readonly mtu?: number;
  /** In place of what versions and MTU give. */
  readonly layout?: Layout;
}

/** What the host wrote before an Initialise. */
export interface SeenProposal {
  readonly versions: VersionRange;
  readonly rxSize: number;
}

/** What the tester answers where it is not what a BMC should. */
export interface AnswerChanges {
  readonly version?: number;
  readonly layout?: Layout;
  readonly accepted?: boolean;
}

export class PlayedBmc extends Player {
  readonly role = "bmc";
  readonly platform: BmcPlatform;
  offer: { readonly versions: VersionRange; readonly mtu: number; readonly layout: Layout } | undefined;
  protected readonly outboundFull: number = Status.OBF;
  protected readonly inboundFull: number = Status.IBF;
  protected readonly identity: EndpointIdentity = identityOf("bmc", eid(8));
  readonly #bmcPort: BmcPort;

  constructor(platform: BmcPlatform, surroundings: Surroundings) {
    super(platform.port, platform.window, surroundings);
    this.platform = platform;
    this.#bmcPort = platform.port;
  }

  /** STR is written as it is given. */
  writeStatus(value: number): void {
    this.#bmcPort.writeStatus(value);
  }

  region(): ControlRegion {
    return decodeControlRegion(this.get(0, CONTROL_FIELDS_BYTES));
  }

  proposal(): SeenProposal {
    const bytes = this.get(Field.hostVersionMin, 4);
    return { versions: decodeHostVersions(bytes), rxSize: this.region().layout.bmcToHost.size };
  }

  get inSession(): boolean {
    return (this.status() & SESSION_BITS) === SESSION_BITS;
  }

  /** STR = down; the registers keep their bytes. */
  goDown(): void {
    this.forgetSession();
    this.writeStatus(KEEP_OBF);
  }

  /** Writes a byte to ODR when the host has read the one before. False: it does not. */
  async say(byte: number): Promise<boolean> {
    return this.command(byte);
  }

  /** The start of a BMC (B1): down, magic, two announcements, the region, BMC Active and a dummy. */
  async start(offer: Offer = {}, announceLimit = 500): Promise<void> {
    this.goDown();
    this.put(Field.magic, encodeU32(MAGIC));
    const end = this.now + announceLimit;
    for (let announcement = 0; announcement < 2; announcement++) {
      const isEmpty = await this.until(() => (this.status() & Status.OBF) === 0, Math.max(0, end - this.now));
      if (isEmpty !== true) break;
      this.writeByte(Command.DUMMY);
    }
    await this.until(() => (this.status() & Status.OBF) === 0, Math.max(0, end - this.now));
    this.writeOffer(offer);
    this.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
    await this.say(Command.DUMMY);
  }

  /** All fields of the region, the host's versions last. */
  writeOffer({ versions = { min: 1, cur: 3 }, mtu, layout }: Offer = {}): void {
    const newest = isVersion(versions.cur) ? versions.cur : 3;
    const limit = mtu ?? largestMtu(newest, this.window.size);
    const placed = layout ?? offeredLayout(newest, newest === 1 ? 64 : limit);
    this.offer = { versions, mtu: limit, layout: placed };
    this.put(Field.magic, encodeU32(MAGIC));
    this.put(Field.bmcVersionMin, encodeVersionRange(versions));
    this.put(Field.negotiatedVersion, encodeU16(0));
    this.put(Field.pad, encodeU16(0));
    this.put(Field.rxOffset, encodeLayout(placed));
    this.put(Field.hostVersionMin, encodeVersionRange(CLEAR_VERSIONS));
  }

  /**
   * Carries an Initialise out as a BMC should (B3), with these changes, and writes the dummy. True when a session is open
   * for the tester.
   */
  async answerInitialise(changes: AnswerChanges = {}): Promise<boolean> {
    this.forgetSession();
    const { versions, mtu, layout } = this.offer ?? this.notTestable("the tester has written no offer");
    const proposal = this.proposal();
    const common = negotiateVersion(versions, proposal.versions);
    const enough = common <= 1 || proposal.rxSize >= bufferBytes(common as Version, 64);
    const accepted = changes.accepted ?? (common !== 0 && enough);
    const version = changes.version ?? (accepted ? common : 0);
    const answered = changes.layout ?? (accepted ? this.#layoutFor(common, proposal.rxSize, mtu, layout) : layout);
    this.put(Field.rxOffset, encodeLayout(answered));
    this.put(Field.negotiatedVersion, encodeU16(version));
    if (accepted && isVersion(version)) {
      this.session = {
        version,
        sends: answered.bmcToHost,
        receives: answered.hostToBmc,
        sendsMtu: mtuOfBuffer(version, answered.bmcToHost.size),
        receivesMtu: mtuOfBuffer(version, answered.hostToBmc.size),
      };
    }
    this.writeStatus((accepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
    await this.command(Command.DUMMY);
    return this.session !== undefined;
  }

  #layoutFor(common: number, rxSize: number, own: number, offered: Layout): Layout {
    const version = common as Version;
    if (version === 1) return resizedLayout(offered, 1, 64);
    return resizedLayout(offered, version, Math.min(own, mtuOfBuffer(version, rxSize)));
  }

  /**
   * Serves the host's start-up as a BMC should: takes bytes of IDR, carries Initialises out, passes fences over, until
   * the host is in a session that it uses or has been silent behind an accepted Initialise. False: no session came about.
   */
  async serveStartUp(milliseconds: number = 2 * this.surroundings.patience): Promise<boolean> {
    const end = this.now + milliseconds;
    for (let fences = 0; this.now < end;) {
      const byte = await this.takeByte(Math.max(0, end - this.now));
      if (byte === undefined) return false;
      if (byte === Command.INITIALISE) {
        fences = 0;
        await this.answerInitialise();
      } else if (byte === Command.DUMMY && this.session !== undefined && ++fences === 2) {
        await this.serveSilence();
        return this.session !== undefined && this.inSession;
      }
    }
    return false;
  }

  /** Starts a BMC anew and has the host open a session. Not testable where none comes about. */
  async openSession(offer: Offer = {}): Promise<void> {
    await this.start(offer);
    if (!(await this.serveStartUp())) this.notTestable("the host opened no session");
  }
}
