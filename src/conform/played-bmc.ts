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
import {
  bufferBytes,
  judgeLayout,
  largestMtu,
  mtuOfBuffer,
  offeredLayout,
  resizedLayout,
} from "../core/binding/layout.ts";
import { Command, KEEP_OBF, SESSION_BITS, Status } from "../core/binding/registers.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../core/binding/versions.ts";
import { Control, decodeControl } from "../core/mctp/control/codec.ts";
import type { ControlServices, EndpointIdentity } from "../core/mctp/control/services.ts";
import { readU32be } from "../core/wire/bytes.ts";
import { NULL_EID } from "../core/mctp/message.ts";
import { eid, type Eid } from "../core/wire/units.ts";
import type { BmcPlatform, BmcPort, Window } from "../platform/port.ts";
import { HostBuffer } from "./host-buffer.ts";
import { FENCES } from "../core/judge/host/fences.ts";
import { identityOf } from "./identity.ts";
import { StartUpsRead } from "./start-ups-read.ts";
import { NotTestable } from "./outcome.ts";
import { Player, type FrameOptions, type PacketOptions, type SeenPacket } from "./player.ts";
import type { Surroundings } from "./surroundings.ts";

const CLEAR_VERSIONS: VersionRange = { min: 0, cur: 0 };
/** An EID that nobody on this link has: the host drops packets for it above the binding (LPC-MCTP-10). */
const STRANGER = 0x77;
/** No host answers it, nor stops at its type: it is for the stranger. */
const PROBE: Uint8Array = Uint8Array.of(0x7f, 0, 0, 0, 0, 0xc0);

export interface Offer {
  readonly versions?: VersionRange;
  /** Payload bytes; undefined: the largest that the window allows. */
  readonly mtu?: number;
  /** In place of what versions and MTU give. */
  readonly layout?: Layout;
}

/** Bytes that the deepest path holds, IDR included (LPC-KCS-13). */
const MOST_HELD = 2;
/** Cases in a row without a byte behind which a host is taken to be gone. */
const SILENT_CASES = 3;
const NO_PACKET: SeenPacket = { length: 0, bytes: new Uint8Array(0), isWhole: false };
/** Milliseconds in which a packet that comes behind its Tx Begin is there. */
const UNWRITTEN_LIMIT = 60;
/** Milliseconds in which a host gives Rx Complete for a Tx Begin that is written a second time. */
const AGAIN_LIMIT = 500;

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
  /** The dummy is not written. */
  readonly unsaid?: true;
}

export class PlayedBmc extends Player {
  readonly role = "bmc";
  readonly platform: BmcPlatform;
  offer: { readonly versions: VersionRange; readonly mtu: number; readonly layout: Layout } | undefined;
  /** The host has written Initialise in the tester's session; it is not answered yet. */
  hasLeft = false;
  /** Whether this host sends Discovery Notify when a session opens; undefined: not known yet. */
  announces: boolean | undefined;
  /** The host has closed since the case began. */
  hasClosed = false;
  /** Whether this host answers control requests. */
  answersControl = false;
  /** Where control requests reach it: the null EID, or its own where it does not take that. */
  reachedAt: Eid = NULL_EID;
  /** A byte of the tester stayed in ODR until its patience was over, behind an Initialise of a start-up. */
  hasLeftUnread = false;
  /** The Initialises and fences read since the tester's last start. */
  readonly startUps: StartUpsRead = new StartUpsRead();
  /** Rx Complete is not written for the packets that are taken, until `release`. */
  withholds = false;
  protected readonly outboundFull: number = Status.OBF;
  protected readonly inboundFull: number = Status.IBF;
  protected readonly identity: EndpointIdentity = identityOf("bmc", eid(8));
  protected override readonly services: ControlServices = { onDiscoveryNotify: () => undefined };
  readonly #bmcPort: BmcPort;
  readonly #buffer: HostBuffer;
  #isHeld = false;
  /** Packets taken since the tester's last Tx Begin, and whether the last of them waits for the Rx Complete behind that. */
  #takenSince = 0;
  #isWaiting = false;
  /** Tx Begin was read, and the buffer is as the tester left it. */
  #isUnwritten = false;
  #lost: number;
  /** Cases in a row in which no byte was read. */
  #silentCases = 0;
  /** Messages of this case that came before the present session. */
  #messagesBefore = 0;

  /** `raw`: the window, of which no access is recorded. */
  constructor(platform: BmcPlatform, surroundings: Surroundings, raw: Window = platform.window) {
    super(platform.port, platform.window, surroundings);
    this.platform = platform;
    this.#bmcPort = platform.port;
    this.#buffer = new HostBuffer(raw);
    this.#lost = platform.lostInIdr?.() ?? 0;
  }

  override beginCase(): void {
    this.#silentCases = this.bytesRead.length > 0 ? 0 : this.#silentCases + 1;
    super.beginCase();
    this.#messagesBefore = 0;
    this.peerEid = this.reachedAt;
    this.hasLeft = false;
    this.hasClosed = false;
    this.hasLeftUnread = false;
    this.startUps.clear();
    this.withholds = false;
    this.#isHeld = false;
    this.#lost = this.platform.lostInIdr?.() ?? 0;
  }

  /* ---- STR and the region ---- */

  /** STR is written as it is given. */
  writeStatus(value: number): void {
    this.#bmcPort.writeStatus(value);
  }

  region(): ControlRegion {
    return decodeControlRegion(this.get(0, CONTROL_FIELDS_BYTES));
  }

  /** The host version fields as they stand. */
  hostVersions(): VersionRange {
    return decodeHostVersions(this.get(Field.hostVersionMin, 4));
  }

  /** rx_size as it stands. */
  rxSize(): number {
    return readU32be(this.get(Field.rxSize, 4), 0);
  }

  proposal(): SeenProposal {
    return { versions: this.hostVersions(), rxSize: this.region().layout.bmcToHost.size };
  }

  get inSession(): boolean {
    return (this.status() & SESSION_BITS) === SESSION_BITS;
  }

  /** STR = down; the registers keep their bytes. */
  goDown(): void {
    this.forgetSession();
    this.writeStatus(KEEP_OBF);
  }

  /** STR = active without a session, and nothing else: what a BMC does that drops a session (LPC-BMC-12). */
  dropSession(): void {
    this.forgetSession();
    this.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
  }

  /**
   * How long a host's first byte is waited for. A host that was silent for whole cases may be gone, or may start again on
   * its own: it is looked for shortly in every further case.
   */
  get patience(): number {
    const { patience, silence } = this.surroundings;
    return this.#silentCases < SILENT_CASES ? 2 * patience : Math.min(2 * silence, 2 * patience);
  }

  /** The start of a BMC (B1): down, magic, two announcements, the region, BMC Active and a dummy. */
  async start(offer: Offer = {}, announceLimit: number = Math.min(500, this.patience)): Promise<void> {
    this.goDown();
    await this.announce(announceLimit);
    // A command that was read meanwhile, and is not handled, belongs to no start; nor does one that a host wrote just before
    // it saw the BMC down.
    if (!this.leavesUnread) this.#emptyInbound();
    this.goDown();
    this.startUps.clear();
    this.hasLeftUnread = false;
    this.writeOffer(offer);
    this.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
    await this.ring(Command.DUMMY);
  }

  /** Throws away what the path into the BMC holds. */
  #emptyInbound(): void {
    for (let bytes = 0; bytes < MOST_HELD && (this.status() & Status.IBF) !== 0; bytes++) this.readByte();
  }

  /** The magic and two announcements; waits so long for them to be read. Bytes of IDR are thrown away. */
  async announce(limit: number): Promise<void> {
    this.put(Field.magic, encodeU32(MAGIC));
    const end = this.now + limit;
    for (let announcement = 0; announcement < 2; announcement++) {
      if (!(await this.outboundEmpty(Math.max(0, end - this.now)))) break;
      this.writeByte(Command.DUMMY);
    }
    await this.outboundEmpty(Math.max(0, end - this.now));
  }

  /** A BMC that is back before a host looks: the region as at a start, and no moment without BMC Active. */
  async startUnseen(offer: Offer = {}): Promise<void> {
    this.forgetSession();
    this.writeOffer(offer);
    this.writeStatus(Status.BMC_ACTIVE | KEEP_OBF);
    await this.ring(Command.DUMMY);
  }

  /** All fields of the region, the host's versions last. */
  writeOffer({ versions = { min: 1, cur: this.newest }, mtu, layout }: Offer = {}): void {
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
    const isClose = proposal.versions.min === 0 && proposal.versions.cur === 0;
    this.startUps.proposed(isClose);
    this.hasClosed ||= isClose;
    const common = negotiateVersion(versions, proposal.versions);
    const enough = common <= 1 || proposal.rxSize >= bufferBytes(common as Version, 64);
    const accepted = changes.accepted ?? (common !== 0 && enough);
    const version = changes.version ?? (accepted ? common : 0);
    const answered = changes.layout ?? (accepted ? this.#layoutFor(common, proposal.rxSize, mtu, layout) : layout);
    this.put(Field.rxOffset, encodeLayout(answered));
    this.put(Field.negotiatedVersion, encodeU16(version));
    if (accepted && isVersion(version) && judgeLayout(answered, version, this.window.size).ok) {
      this.session = {
        version,
        sends: answered.bmcToHost,
        receives: answered.hostToBmc,
        sendsMtu: mtuOfBuffer(version, answered.bmcToHost.size),
        receivesMtu: mtuOfBuffer(version, answered.hostToBmc.size),
      };
      this.#buffer.mark(this.session, false);
      this.#messagesBefore = this.messages.length;
    }
    this.writeStatus((accepted ? SESSION_BITS : Status.BMC_ACTIVE) | KEEP_OBF);
    if (changes.unsaid !== true) await this.ring(Command.DUMMY);
    return this.session !== undefined;
  }

  #layoutFor(common: number, rxSize: number, own: number, offered: Layout): Layout {
    const version = common as Version;
    if (version === 1) return resizedLayout(offered, 1, 64);
    return resizedLayout(offered, version, Math.min(own, mtuOfBuffer(version, rxSize)));
  }

  /* ---- Bytes ---- */

  /** Writes a byte to ODR when the host has read the one before; IDR is left alone. False: the host reads none. */
  async ring(byte: number, milliseconds?: number): Promise<boolean> {
    if (!(await this.odrRead(milliseconds))) {
      // Before its first Initialise the host may not have been there.
      this.hasLeftUnread ||= this.startUps.hasBegun;
      return false;
    }
    this.writeByte(byte);
    return true;
  }

  /** Waits until the host has read ODR; IDR is left alone. False: it does not. */
  async odrRead(milliseconds?: number): Promise<boolean> {
    return (await this.until(() => (this.status() & Status.OBF) === 0, milliseconds)) === true;
  }

  /** In a session a host writes no fence but those of the start-up that led to it. */
  override readByte(): number {
    const byte = super.readByte();
    this.startUps.byte(byte);
    if (byte === Command.DUMMY && this.session !== undefined && this.startUps.hasSurplus) {
      this.shown(
        "LPC-HOST-16",
        "in a session 0xff is read, both fences behind the proposal read before",
        "the fences of the start-up alone: H2 has none",
      );
    }
    return byte;
  }

  override async takeByte(milliseconds?: number): Promise<number | undefined> {
    const byte = await super.takeByte(milliseconds);
    if (byte !== undefined && this.#counted() > 0) await this.#judgeCounts();
    return byte;
  }

  override async pause(milliseconds: number): Promise<void> {
    await super.pause(milliseconds);
    if (this.#isUnwritten) await this.#judgeUnwritten();
    if (this.#counted() > 0) await this.#judgeCounts();
  }

  #counted(): number {
    const { platform } = this;
    return platform.lostInIdr === undefined ? 0 : platform.lostInIdr() - this.#lost;
  }

  /** A byte that is being written counts for a moment: what two looks find is sure. */
  async #judgeCounts(): Promise<void> {
    const first = this.#counted();
    await super.pause(1);
    const lost = Math.min(first, this.#counted());
    if (lost <= 0) return;
    this.#lost += lost;
    this.broken(
      "LPC-KCS-2",
      `${lost === 1 ? "one byte" : `${String(lost)} bytes`} more written to IDR than read from it, by the board's counts`,
      "an STR read that shows IBF = 0 comes before every byte",
    );
  }

  protected override react(byte: number): void {
    if (byte === Command.INITIALISE && this.session !== undefined) {
      this.hasLeft = true;
      this.forgetSession();
      return;
    }
    super.react(byte);
    if (byte === Command.RX_COMPLETE && this.#isWaiting && !this.withholds) this.release();
  }

  /* ---- Start-ups ---- */

  /**
   * Serves the host's start-up as a BMC should: takes bytes of IDR, carries Initialises out, passes fences over, until
   * the host answers a packet in its session. False: no session came about.
   */
  async serveStartUp(milliseconds: number = this.patience): Promise<boolean> {
    const end = this.now + milliseconds;
    let fences = 0;
    if (this.hasLeft) await this.#initialised();
    while (this.now < end) {
      const wait = this.session === undefined ? end - this.now : this.surroundings.silence;
      const byte = await this.takeByte(wait);
      if (byte === Command.INITIALISE) {
        fences = 0;
        await this.#initialised();
      } else if (byte === Command.DUMMY) fences++;
      else if (byte !== undefined) this.react(byte);
      if (this.session === undefined) continue;
      if (byte !== undefined && fences < FENCES) continue;
      const taken = this.packets.length;
      if (await this.probe()) return true;
      if (!this.hasLeft) return await this.#unanswered(this.packets.length - taken);
      fences = 0;
      await this.#initialised();
    }
    return false;
  }

  /** No Rx Complete came in the session; a host that sends packets is in it. */
  async #unanswered(taken: number): Promise<false> {
    if (this.session !== undefined && (this.status() & Status.OBF) === 0) {
      this.writeByte(Command.TX_BEGIN);
      if (await this.completed(AGAIN_LIMIT)) {
        this.broken(
          "LPC-HOST-8",
          "the first Tx Begin of a session gets no Rx Complete, and written again it does",
          "a Tx Begin read between the opening Initialise and the judgement is the session's first",
        );
      }
    }
    if (taken === 0 && !this.hasAnnounced) return false;
    return this.broken(
      "LPC-BUF-8",
      "the host sends packets in its session, and gives no Rx Complete for a packet of the BMC",
      "Rx Complete follows every packet that was announced",
    );
  }

  async #initialised(): Promise<void> {
    this.hasLeft = false;
    await this.answerInitialise();
  }

  /** Starts a BMC anew and has the host open a session, quiet as far as it can be. Not testable where none comes about. */
  async openSession(offer: Offer = {}): Promise<void> {
    await this.start(offer);
    await this.reopenSession();
  }

  /** As `openSession`, behind whatever the tester has done. */
  async reopenSession(): Promise<void> {
    if (!(await this.serveStartUp())) this.notTestable("the host opened no session");
    await this.settle();
  }

  /** Waits until the host has announced itself, if it is one that does, and until nothing is under way. */
  async settle(): Promise<void> {
    if (this.announces === true) {
      await this.serveUntil(() => this.hasAnnounced, this.surroundings.patience);
      // The response to it goes out, and its Rx Complete comes.
      await this.serveUntil(() => this.isIdle, this.surroundings.patience);
    } else await this.serveSilence();
    if (this.session === undefined) this.notTestable("the host has left its session");
  }

  /** A Discovery Notify was received in this session. */
  get hasAnnounced(): boolean {
    return this.messages.slice(this.#messagesBefore).some(({ bytes, tagOwner }) => {
      return decodeControl(bytes, tagOwner)?.command === Control.DISCOVERY_NOTIFY;
    });
  }

  /* ---- Packets ---- */

  /** Sends a packet that the host takes and drops above the binding. False: no Rx Complete comes. */
  async probe(options: PacketOptions = {}): Promise<boolean> {
    return this.send(this.packet(PROBE, { destination: STRANGER, ...options }));
  }

  /** In a session ODR is read, at the latest in T_poll: patience is more. */
  override async begin(packet: Uint8Array, frame?: FrameOptions): Promise<void> {
    try {
      await super.begin(packet, frame);
    } catch (error) {
      if (!(error instanceof NotTestable)) throw error;
      this.#expectRead();
      throw error;
    }
  }

  #expectRead(): void {
    if (this.session === undefined || (this.status() & Status.OBF) === 0) return;
    this.broken(
      "LPC-KCS-11",
      `in a session the host leaves a byte in ODR for ${String(this.surroundings.patience)} ms`,
      "a round at least each 1 s, in which ODR is read (H2.4)",
    );
  }

  override writeByte(byte: number): void {
    if (byte === Command.TX_BEGIN) this.#takenSince = 0;
    super.writeByte(byte);
  }

  /** Serves until Rx Complete has come for the packet under way. False: it does not come. */
  override async completed(milliseconds?: number): Promise<boolean> {
    const seen = await this.serveUntil(() => !this.outstanding || this.hasLeft, milliseconds);
    if (seen === undefined && milliseconds === undefined) this.#expectRead();
    return !this.outstanding && !this.hasLeft;
  }

  override async serveUntil<Seen>(
    done: () => Seen | undefined | false,
    milliseconds?: number,
  ): Promise<Seen | undefined> {
    const seen = await super.serveUntil<Seen | "left">(() => done() || (this.hasLeft ? "left" : false), milliseconds);
    return seen === "left" ? undefined : seen;
  }

  override takePacket(): SeenPacket {
    this.#isUnwritten = this.#buffer.isUntouched;
    if (this.#isUnwritten) {
      // The Rx Complete that would free the host's buffer was not read.
      if (this.owes || (this.status() & Status.OBF) !== 0) this.#breakUntouched(false);
      return NO_PACKET;
    }
    this.#buffer.judgeBegin(this);
    return super.takePacket();
  }

  /** A Tx Begin came without its packet: does the packet come? */
  async #judgeUnwritten(): Promise<never> {
    this.#isUnwritten = false;
    const end = this.now + UNWRITTEN_LIMIT;
    while (this.now < end && this.#buffer.isUntouched) await super.pause(1);
    return this.#breakUntouched(!this.#buffer.isUntouched);
  }

  /** A host that writes too few fences may take an older session for its own: what comes of that is not another fault. */
  #breakUntouched(isWritten: boolean): never {
    const wrong = this.startUps.wrong(true);
    if (wrong !== undefined) this.shown(wrong.requirement, wrong.seen, "two fences, each written when IDR is empty");
    return this.#buffer.breakUntouched(this, isWritten);
  }

  /**
   * Of packets that come while a packet of the tester has no Rx Complete, the second one is not answered until it has: a
   * host that has nothing else to write has to write Rx Complete.
   */
  override completeReceived(): void {
    if (this.#isUnwritten) return;
    this.#isWaiting = this.outstanding && ++this.#takenSince > 1;
    if (this.withholds || this.#isWaiting) {
      this.#isHeld = true;
      return;
    }
    this.#buffer.judgeEnd(this);
    if (this.session !== undefined) this.#buffer.mark(this.session, true);
    super.completeReceived();
  }

  /** A packet of the host is in its buffer, and its Tx Begin was not read yet. */
  get hasPacketWaiting(): boolean {
    return this.session !== undefined && this.#buffer.isWritten(this.session);
  }

  /** An Rx Complete is withheld from the host. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Writes the Rx Complete that was withheld, and withholds none from here on. */
  release(): void {
    this.withholds = false;
    this.#isWaiting = false;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (this.session !== undefined) this.completeReceived();
  }

  override forgetSession(): void {
    super.forgetSession();
    this.#isHeld = false;
    this.#isWaiting = false;
    this.#isUnwritten = false;
    this.#buffer.forget();
  }
}
