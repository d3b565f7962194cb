/** The host that a conformance run plays against a BMC. */
import {
  CONTROL_FIELDS_BYTES,
  decodeControlRegion,
  encodeU32,
  encodeVersionRange,
  Field,
  MAGIC,
  type ControlRegion,
} from "../core/binding/control-region.ts";
import { askedSize, mtuOfBuffer } from "../core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../core/binding/registers.ts";
import { CLOSING_RANGE, isVersion, negotiateVersion, type VersionRange } from "../core/binding/versions.ts";
import type { EndpointIdentity } from "../core/mctp/control/services.ts";
import { eid } from "../core/wire/units.ts";
import type { HostPlatform } from "../platform/port.ts";
import { FENCES } from "../core/judge/host/fences.ts";
import { identityOf } from "./identity.ts";
import { Player, type PlayedSession } from "./player.ts";
import type { Surroundings } from "./surroundings.ts";

/** MTU that a session is asked for where a case does not care: a long message takes some packets. */
export const USUAL_MTU = 256;

export interface Proposal {
  readonly versions?: VersionRange;
  /** Payload bytes; undefined: USUAL_MTU. */
  readonly mtu?: number;
  /** Written as it is, in place of what the MTU needs; "none": the field is left alone. */
  readonly rxSize?: number | "none";
  /** Fences behind Initialise; undefined: as many as a host writes. */
  readonly fences?: number;
}

/** What the BMC answered to a proposal. */
export interface Answer {
  /** STR when the second fence had left IDR. */
  readonly status: number;
  readonly region: ControlRegion;
  /** What was asked for, undefined where no rx_size was written. */
  readonly asked: number | undefined;
  readonly accepted: boolean;
}

export class PlayedHost extends Player {
  readonly role = "host";
  readonly platform: HostPlatform;
  protected readonly outboundFull: number = Status.IBF;
  protected readonly inboundFull: number = Status.OBF;
  protected readonly identity: EndpointIdentity = identityOf("host", eid(9));
  /** Nothing of an older session is left: a Tx Begin that comes behind the next proposal is the new one's (LPC-HOST-8). */
  #isClosed = false;
  /** Such a Tx Begin was read before the answer was judged. */
  #isBegunEarly = false;

  constructor(platform: HostPlatform, surroundings: Surroundings) {
    super(platform.port, platform.window, surroundings);
    this.platform = platform;
  }

  /** What the tester proposes where a case does not ask for other versions. */
  get ownVersions(): VersionRange {
    return { min: 1, cur: this.newest };
  }

  region(): ControlRegion {
    return decodeControlRegion(this.get(0, CONTROL_FIELDS_BYTES));
  }

  writeVersions(versions: VersionRange): void {
    this.put(Field.hostVersionMin, encodeVersionRange(versions));
  }

  writeRxSize(bytes: number): void {
    this.put(Field.rxSize, encodeU32(bytes));
  }

  get inSession(): boolean {
    return (this.status() & SESSION_BITS) === SESSION_BITS;
  }

  /** Waits for BMC Active and the magic. Not testable where they do not come. */
  async awaitBmc(milliseconds?: number): Promise<void> {
    const isThere = (): boolean => (this.status() & Status.BMC_ACTIVE) !== 0 && this.region().magic === MAGIC;
    // An announcement is read once the magic is there, or the BMC waits for it.
    const look = (): boolean => {
      if (isThere()) return true;
      if ((this.status() & Status.OBF) !== 0 && this.region().magic === MAGIC) this.readByte();
      return false;
    };
    if ((await this.until(look, milliseconds)) !== true) this.notTestable("there is no BMC: BMC Active and the magic");
  }

  /** Initialise with what stands in the fields. Not testable where IDR is never emptied. */
  async initialise(): Promise<void> {
    this.forgetSession();
    if (!(await this.command(Command.INITIALISE))) this.notTestable("the BMC does not empty IDR");
  }

  /** Fences, and the STR value that shows that the last has left IDR. */
  async fence(fences: number = FENCES): Promise<number> {
    for (let fence = 0; fence < fences; fence++) {
      if (!(await this.command(Command.DUMMY))) this.notTestable("the BMC does not empty IDR");
    }
    if (!(await this.outboundEmpty())) this.notTestable("the BMC does not empty IDR");
    return this.status();
  }

  protected override react(byte: number): void {
    if (byte === Command.TX_BEGIN && this.session === undefined && this.#isClosed) this.#isBegunEarly = true;
    super.react(byte);
  }

  override forgetSession(): void {
    super.forgetSession();
    this.#isBegunEarly = false;
  }

  /** Close, two fences, and nothing left in ODR: no session, and nothing of an older one. */
  async close(fences: number = FENCES): Promise<void> {
    this.forgetSession();
    await this.#outboundEmptyOrGiveUp();
    this.writeVersions(CLOSING_RANGE);
    await this.initialise();
    await this.fence(fences);
    const isEmpty = await this.until(() => {
      if ((this.status() & Status.OBF) === 0) return true;
      this.readByte();
      return false;
    });
    this.#isClosed = isEmpty === true;
  }

  async #outboundEmptyOrGiveUp(): Promise<void> {
    if (!(await this.outboundEmpty())) this.notTestable("the BMC does not empty IDR");
  }

  /** Writes a proposal, Initialise and the fences, behind no close, and looks at the answer. */
  async propose({ versions = this.ownVersions, mtu = USUAL_MTU, rxSize, fences }: Proposal = {}): Promise<Answer> {
    this.forgetSession();
    await this.#outboundEmptyOrGiveUp();
    const offer = this.region();
    const version = negotiateVersion(offer.bmcVersions, versions);
    this.writeVersions(versions);
    let asked: number | undefined;
    if (rxSize !== "none" && (rxSize !== undefined || version > 1)) {
      asked = rxSize ?? askedSize(offer.layout, version === 0 ? 3 : version, mtu, this.window.size);
      this.writeRxSize(asked);
    }
    await this.initialise();
    const status = await this.fence(fences);
    const region = this.region();
    const accepted = (status & SESSION_BITS) === SESSION_BITS;
    if (accepted) this.session = sessionOf(region);
    this.#isClosed = false;
    if (this.#isBegunEarly && this.session !== undefined) this.react(Command.TX_BEGIN);
    this.#isBegunEarly = false;
    return { status, region, asked, accepted };
  }

  /** Takes part in the session that STR and the region show. Not testable where there is none. */
  joinSession(): PlayedSession {
    this.session = this.inSession ? sessionOf(this.region()) : undefined;
    return this.session ?? this.notTestable("no session was opened");
  }

  /** A start-up as a host should make it: awaits the BMC, closes, fences, proposes. */
  async startUp(proposal: Proposal = {}): Promise<Answer> {
    await this.awaitBmc();
    await this.close();
    if ((this.status() & Status.CHANNEL_ACTIVE) !== 0) this.notTestable("Channel Active stays set behind a close");
    return this.propose(proposal);
  }

  /** What the BMC offers: the region behind a close. */
  async offer(): Promise<ControlRegion> {
    await this.awaitBmc();
    await this.close();
    return this.region();
  }

  /** As `startUp`; not testable where no session comes of it. */
  async openSession(proposal: Proposal = {}): Promise<PlayedSession> {
    const answer = await this.startUp(proposal);
    return this.session ?? this.notTestable(`no session was opened: STR 0x${answer.status.toString(16)}`);
  }
}

/** The session that an accepted answer opens; undefined where packets could not pass by it. */
function sessionOf({ negotiatedVersion, layout }: ControlRegion): PlayedSession | undefined {
  if (!isVersion(negotiatedVersion)) return undefined;
  return {
    version: negotiatedVersion,
    sends: layout.hostToBmc,
    receives: layout.bmcToHost,
    sendsMtu: mtuOfBuffer(negotiatedVersion, layout.hostToBmc.size),
    receivesMtu: mtuOfBuffer(negotiatedVersion, layout.bmcToHost.size),
  };
}
