/**
 * What both sides have in common for a judge: the register that they write, the buffers of a session, turns, and the
 * MCTP that passes. Each side is judged by what it did and read itself; of a peer whose accesses are not recorded, what
 * was read of it is judged in its place.
 */
import { CONTROL_REGION_BYTES } from "../binding/control-region.ts";
import { Command, Status, commandName } from "../binding/registers.ts";
import { placeCause } from "./causes.ts";
import { byteText, orderRule, type Context, type Terms } from "./context.ts";
import { peerOf, sentBy, type RoleName } from "../binding/side.ts";
import { DamagedRequests } from "./damaged-requests.ts";
import type { Docket, Details } from "./docket.ts";
import type { FindingKind } from "./finding.ts";
import { InboundWatch } from "./inbound.ts";
import type { SideListener } from "./listener.ts";
import { MessageWatch } from "./messages.ts";
import { OutboundWatch, type WholePacket } from "./outbound.ts";
import { RegionPieces } from "./region-pieces.ts";
import { PLACE, type JudgedRequirement } from "./requirements.ts";
import { PATIENCE, judgePatience, judgeTaken, passedBehind, readsOwned, takesUnsent, writesOwned } from "./rules.ts";

/** One may have been on its way, and one may have had its turn (LPC-KCS-12): the next breaks LPC-KCS-6. */
const SENT_IN_PLACE = 3;

/** unknown: nothing seen that tells. */
export type Session = "unknown" | "none" | "open";

export abstract class SideWatch implements SideListener {
  readonly role: RoleName;
  protected readonly context: Context;
  protected readonly docket: Docket;
  /** STR as it was read last, -1 for unknown. */
  protected status = -1;
  /** A command was written since STR was read last. */
  protected hasWritten = false;
  /** The byte that was written last, -1 for unknown. */
  protected lastWritten = -1;
  protected session: Session = "unknown";
  /** Undefined without a session, and in one whose beginning was not seen. */
  terms: Terms | undefined;
  protected readonly outbound: OutboundWatch;
  protected readonly inbound: InboundWatch;
  readonly messages: MessageWatch;
  protected stopping = false;
  protected stopAskedAt: number = Number.NaN;
  /** A life's beginning was told of. */
  protected bornHere = false;
  readonly #checks: Int32Array;
  readonly #pieces = new RegionPieces();
  /** Packets completed while the one that waits for its Tx Begin did (LPC-KCS-12); undefined while it is not known. */
  #passed: number | undefined;
  /** The session in which a packet was sent that was just read, 0 for none. */
  #arrivedFrom = 0;
  #hasRoom = false;
  #isIdle = false;
  /** STR has shown, since the last Tx Begin was written, that the peer has read it. */
  #beginTaken = false;
  /** The last Tx Begin was overwritten: the peer knows nothing of it. */
  #isBeginLost = false;
  /** Packets of the peer since. */
  #sentInstead = 0;
  readonly #damaged = new DamagedRequests();

  constructor(context: Context, role: RoleName) {
    this.role = role;
    this.context = context;
    this.docket = context.docket;
    this.#checks = context.docket.checksOf(role);
    this.outbound = new OutboundWatch(context, role);
    this.inbound = new InboundWatch(context, role);
    this.messages = new MessageWatch(context.docket, role, context.timed);
  }

  /** The other side, whether its accesses are recorded or not. */
  peer: SideWatch | undefined;

  get isOpen(): boolean {
    return this.session === "open";
  }

  /** The other side's messages, which its packets are told to. */
  protected get peerMessages(): MessageWatch | undefined {
    return this.peer?.messages;
  }

  /** A requirement was asked for and kept; `place` is its PLACE. */
  protected keep(place: number): void {
    this.#checks[place]!++;
  }

  protected break(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    this.docket.break(this.role, requirement, kind, details);
  }

  /** Only where the other side's accesses are not recorded: what was read shows what it did. */
  protected breakOfPeer(requirement: JudgedRequirement, kind: FindingKind, details: Details): void {
    if (!this.context.isRecorded(peerOf(this.role))) this.docket.break(peerOf(this.role), requirement, kind, details);
  }

  protected get outboundFull(): number {
    return this.role === "host" ? Status.IBF : Status.OBF;
  }

  /* ---- Sessions ---- */

  protected beginSession(terms: Terms | undefined): void {
    this.session = "open";
    this.terms = terms;
    this.outbound.reset("free");
    this.inbound.reset("idle");
    this.#passed = 0;
    this.#beginTaken = false;
    this.#damaged.clear();
    this.messages.sessionBegins();
    if (!this.context.isRecorded(peerOf(this.role))) this.peerMessages?.sessionBegins();
  }

  protected endSession(): void {
    this.session = "none";
    this.#arrivedFrom = 0;
    this.context.sessions[this.role] = 0;
    this.terms = undefined;
    this.outbound.reset("free");
    this.inbound.reset("idle");
    this.#hasRoom = false;
    this.messages.sessionEnds();
    if (!this.context.isRecorded(peerOf(this.role))) this.peerMessages?.sessionEnds();
  }

  /** Nothing that was known of the side holds any longer. */
  protected forget(): void {
    this.status = -1;
    this.hasWritten = false;
    this.#arrivedFrom = 0;
    this.context.sessions[this.role] = 0;
    this.session = "none";
    this.terms = undefined;
    this.outbound.reset("unknown");
    this.inbound.reset("unknown");
    this.#passed = undefined;
    this.#hasRoom = false;
    this.messages.sessionEnds();
  }

  /** What the side read or wrote cannot be told: nothing that follows from it is judged until its next start. */
  protected becomeUnknown(): void {
    this.forget();
    this.session = "unknown";
  }

  started(): void {
    this.bornHere = true;
    this.stopping = false;
    this.forget();
  }

  stopAsked(): void {
    this.stopping = true;
    this.stopAskedAt = this.context.moment;
  }

  abstract ended(): void;

  /** Nothing more comes: what waited for the next access is judged as it stands. */
  conclude(): void {
    this.settle();
    this.inbound.settle();
  }

  abstract statusWritten(value: number, step: string | undefined): void;
  /* ---- STR ---- */

  statusRead(value: number, _step: string | undefined): void {
    this.status = value;
    this.hasWritten = false;
    if (this.#hasRoom) this.inbound.lookedWithRoom(this.terms);
    if (this.outbound.state === "outstanding" && (value & this.outboundFull) === 0 && !this.#isBeginLost) {
      this.#beginTaken = true;
    }
    this.#hasRoom =
      this.session === "open" &&
      this.inbound.owes &&
      (value & (Status.OBF | Status.IBF)) === 0 &&
      !(this.outbound.waits(this.terms) && this.#passed !== 0);
    this.onStatus(value);
    this.#isIdle = !this.inbound.owes && this.#arrivedFrom === 0 && this.isIdle();
    if (this.session === "open" && (this.role === "host" || (value & Status.IBF) === 0)) this.judgeArrival();
  }

  /** A packet that was read is passed up: it has to be one of this session. */
  protected judgeArrival(): void {
    const sentIn = this.#arrivedFrom;
    if (sentIn === 0) return;
    this.#arrivedFrom = 0;
    const { context, role } = this;
    const own = context.markOf(peerOf(role), role);
    const isKnown = context.bothRecorded && (own !== 0 || (role === "host" && context.hasHostOpened));
    const broken = isKnown ? judgeTaken(role, sentIn, own) : undefined;
    if (broken === undefined) return;
    // The one who took it may have done nothing wrong, where the other has.
    const isOthers = this.docket.hasBroken(peerOf(role)) && !this.docket.hasBroken(role);
    this.docket.break(isOthers ? peerOf(role) : role, broken.requirement, "wire", {
      seen: `${broken.what}, number ${String(own)}`,
      expected: "what was sent in a session is taken in that session only",
    });
  }

  protected abstract onStatus(value: number): void;

  /** A poll that shows what the one before it did, while nothing is due: it tells nothing. */
  isUnmoved(value: number): boolean {
    return this.#isIdle && value === this.status;
  }

  /** Nothing is counted from one look at STR to the next. */
  protected abstract isIdle(): boolean;

  /* ---- Bytes ---- */

  abstract dataRead(value: number, step: string | undefined): void;
  abstract dataWritten(value: number, step: string | undefined): void;

  /** LPC-KCS-2, for every byte that is written to the outbound register. */
  protected judgeRoom(value: number): void {
    const { status } = this;
    const last = this.lastWritten;
    const wasSeenFull = status >= 0 && (status & this.outboundFull) !== 0;
    if (status < 0 ? this.context.livesTold && this.bornHere : wasSeenFull || this.hasWritten) {
      const register = this.role === "host" ? "IDR" : "ODR";
      const isLost = this.context.bothRecorded ? this.context.overwrites(this.role, wasSeenFull) : last >= 0;
      if (isLost && last === Command.TX_BEGIN) this.#isBeginLost = true;
      const isCommand = last === Command.INITIALISE || last === Command.TX_BEGIN || last === Command.RX_COMPLETE;
      this.break("LPC-KCS-2", isLost && isCommand ? "wire" : "draft", {
        seen: `${commandName(value)} is written to ${register} ${
          status < 0
            ? "before STR was read"
            : this.hasWritten
              ? `behind ${commandName(last)}, STR not read between`
              : `though STR, read as ${byteText(status)}, shows it full`
        }`,
        expected: `an STR read that shows ${this.role === "host" ? "IBF" : "OBF"} = 0 comes before every byte`,
        cause:
          isLost && last >= 0
            ? { name: "byteOverwritten", text: `${commandName(last)} is overwritten and lost` }
            : undefined,
      });
    } else if (status >= 0) this.keep(PLACE["LPC-KCS-2"]);
    this.judgeArrival();
    if (value === Command.TX_BEGIN) {
      this.context.begunIn[sentBy(this.role)] = this.context.writtenIn[sentBy(this.role)];
    }
    this.hasWritten = true;
    this.lastWritten = value;
    this.#hasRoom = false;
  }

  /** Tx Begin or Rx Complete is written in a session; LPC-KCS-6 and LPC-KCS-12. */
  protected judgeTurn(value: number): void {
    const waits = this.outbound.waits(this.terms);
    const before = this.#passed;
    if (value === Command.TX_BEGIN && this.inbound.owes && this.#isGoodRead && before === 0) {
      this.break("LPC-KCS-6", "wire", {
        seen: "Tx Begin is written while Rx Complete is owed",
        expected: "Rx Complete goes first, unless one was written while this Tx Begin waited",
      });
    } else if (value === Command.TX_BEGIN) this.keep(PLACE["LPC-KCS-6"]);
    if (before === undefined && value !== Command.TX_BEGIN) return;
    this.#passed = passedBehind(before ?? 0, value, waits);
    const broken = judgePatience(this.role, this.#passed, PATIENCE);
    if (broken !== undefined) {
      this.break(broken.requirement, "draft", {
        seen: broken.what,
        expected: "behind one Rx Complete the Tx Begin that waits has its turn",
      });
    } else if (this.#passed > 0) this.keep(PLACE["LPC-KCS-12"]);
  }

  /** A packet was read that is not to be dropped. */
  get #isGoodRead(): boolean {
    return this.inbound.isRead && (this.terms === undefined || !this.inbound.isBad(this.terms));
  }

  /** Tx Begin is written in a session. `withoutPacket` names what is broken when the buffer was not written. */
  protected beginWritten(withoutPacket: () => void): void {
    this.judgeTurn(Command.TX_BEGIN);
    this.#beginTaken = false;
    this.#isBeginLost = false;
    this.#sentInstead = 0;
    const packet = this.outbound.begin(this.terms);
    if (packet === "nothing") withoutPacket();
    else if (packet === "again") {
      this.break(orderRule(this.role), "wire", {
        seen: "Tx Begin is written while a packet is outstanding",
        expected: "the next Tx Begin follows the Rx Complete for the packet before",
        cause: { name: "byteInvented", text: "the command is written twice" },
      });
    } else if (packet === undefined) this.messages.missed();
    else this.#packetSent(packet);
  }

  #packetSent(packet: WholePacket): void {
    const { bytes, at, length } = packet;
    this.messages.sent(bytes, at, length, this.context.moment);
    this.peerMessages?.received(bytes, at, length);
    if (!this.#damaged.isAnsweredBy(bytes, at, length)) return;
    this.break("LPC-BUF-5", "wire", {
      seen: "a request whose CRC-32 was wrong is answered",
      expected: "it is dropped, and Rx Complete is all that follows",
      bytes: bytes.slice(at, at + length),
    });
  }

  /** A packet was read whole: the sender's messages, where the sender is not recorded, and requests that are damaged. */
  #packetReceived({ bytes, at, length }: WholePacket): void {
    const { damaged } = this.inbound;
    if (!damaged) {
      if (!this.context.isRecorded(peerOf(this.role))) {
        this.peerMessages?.sent(bytes, at, length, Number.NaN);
        this.messages.received(bytes, at, length);
      }
    }
    this.#damaged.read(bytes, at, length, damaged);
  }

  /** Rx Complete is read in a session. */
  protected completionRead(): void {
    this.#beginTaken = false;
    if (this.outbound.completed()) return;
    this.keep(PLACE["LPC-ERR-2"]);
    this.breakOfPeer(orderRule(peerOf(this.role)), "wire", {
      seen: "Rx Complete is read with no packet outstanding",
      expected: "one Rx Complete for each Tx Begin",
      cause: { name: "byteInvented", text: "the command answers nothing" },
    });
  }

  /** Tx Begin is read in a session. */
  protected beginRead(): void {
    if (this.inbound.begin()) {
      this.#judgeUncompleted();
      return;
    }
    this.keep(PLACE["LPC-ERR-1"]);
    this.breakOfPeer(orderRule(peerOf(this.role)), "wire", {
      seen: "Tx Begin is read while Rx Complete is owed for the packet before",
      expected: "the next Tx Begin follows the Rx Complete for the packet before",
      cause: { name: "byteInvented", text: "the command is written twice" },
    });
  }

  /** The peer has read a Tx Begin and sends packets of its own in place of the Rx Complete that it owes. */
  #judgeUncompleted(): void {
    if (!this.#beginTaken || ++this.#sentInstead !== SENT_IN_PLACE) return;
    this.breakOfPeer("LPC-KCS-6", "wire", {
      seen: `${String(SENT_IN_PLACE)} Tx Begins are read since the peer took one, and no Rx Complete for it`,
      expected: "Rx Complete goes first, unless one was written while a Tx Begin waited",
      cause: { name: "byteMissing", text: "Rx Complete is never written" },
    });
  }

  /* ---- The window behind the control region ---- */

  windowPoked(offset: number, length: number): void {
    if (this.terms === undefined) return;
    const buffer = this.terms.ranges[sentBy(peerOf(this.role))];
    if (offset < buffer.offset + buffer.size && offset + length > buffer.offset) this.inbound.poked();
  }

  windowRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    if (offset < CONTROL_REGION_BYTES) this.#piece(false, offset, length, bytes, start, end, step);
    else this.onBufferRead(offset, length, bytes, start, end);
  }

  windowWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    if (offset < CONTROL_REGION_BYTES) this.#piece(true, offset, length, bytes, start, end, step);
    else {
      this.onBufferWritten(offset, length, bytes, start, end);
      const mark = this.isOpen ? this.context.markOf(this.role, this.role) : 0;
      this.context.writtenIn[sentBy(this.role)] = mark;
    }
  }

  #piece(
    isWrite: boolean,
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    step: string | undefined,
  ): void {
    if (!this.#pieces.continues(isWrite, offset)) {
      this.settle();
      this.#pieces.begin(isWrite, offset, this.docket.access, step);
    }
    this.#pieces.add(length, bytes, start, end);
  }

  /** Whether an access to the window goes on with what waits to be settled. */
  continuesRegion(isWrite: boolean, offset: number): boolean {
    return this.#pieces.continues(isWrite, offset);
  }

  /** What was put together is whole: the side does something else. */
  settle(): void {
    this.#isIdle = false;
    const pieces = this.#pieces;
    if (pieces.isEmpty) return;
    pieces.isEmpty = true;
    const { access, step } = this.docket;
    this.docket.access = pieces.access;
    this.docket.step = pieces.step;
    const { offset, length, shown, bytes } = pieces;
    if (pieces.isWrite) this.onRegionWritten(offset, length, bytes, shown, pieces.count);
    else this.onRegionRead(offset, length, bytes, shown);
    this.docket.access = access;
    this.docket.step = step;
  }

  /** An access to the control region, whole; `bytes[0..shown)` are the first of its `length`. */
  protected abstract onRegionRead(offset: number, length: number, bytes: Uint8Array, shown: number): void;
  /** `pieces`: accesses that it was made in. */
  protected abstract onRegionWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    shown: number,
    pieces: number,
  ): void;
  protected abstract onBufferRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void;
  protected abstract onBufferWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;

  /** A read behind the control region, in a session. `unannounced` tells of one for which no Tx Begin was read. */
  protected bufferRead(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    unannounced: () => void,
  ): void {
    const { terms } = this;
    if (terms === undefined) return;
    const buffer = terms.ranges[sentBy(peerOf(this.role))];
    if (offset < buffer.offset || offset + length > buffer.offset + buffer.size) {
      const announced = this.inbound.image.length;
      const isTooLong = offset >= buffer.offset && offset < buffer.offset + buffer.size && announced !== undefined;
      this.break(isTooLong ? "LPC-BUF-4" : "LPC-SEC-1", "wire", {
        seen: `${String(length)} bytes are read at ${hexOffset(offset)}${isTooLong ? `, for a length of ${String(announced)}` : ""}`,
        expected: `reads within the ${this.role === "host" ? "bmcToHost" : "hostToBmc"} buffer, ${hexOffset(buffer.offset)} to ${hexOffset(buffer.offset + buffer.size - 1)}`,
        offset,
        cause: placeCause(offset, buffer.offset, terms.layout[sentBy(this.role)].offset),
      });
      return;
    }
    this.keep(PLACE["LPC-SEC-1"]);
    this.#judgeOwnership(false, offset);
    if (!this.inbound.read(terms, offset - buffer.offset, length, bytes, start, end)) unannounced();
    if (this.inbound.hasMissed) this.peerMessages?.missed();
    this.inbound.hasMissed = false;
    const { whole } = this.inbound;
    if (whole === undefined) return;
    this.#packetReceived(whole);
    this.inbound.whole = undefined;
    if (this.inbound.damaged) return;
    this.#arrivedFrom = this.context.begunIn[sentBy(peerOf(this.role))];
    this.#judgeContents(whole);
  }

  /** With both sides in view: a buffer is its sender's, or its receiver's. */
  #judgeOwnership(isWrite: boolean, offset: number): void {
    const { peer } = this;
    if (peer === undefined || !this.context.isShared) return;
    const isTaken = isWrite ? peer.inbound.isRead && this.outbound.state !== "outstanding" : peer.outbound.isOwn;
    if (!isTaken) return;
    const broken = isWrite ? writesOwned(this.role) : readsOwned(this.role);
    this.break(broken.requirement, "wire", {
      seen: broken.what,
      expected: "a buffer is the receiver's from Tx Begin to Rx Complete, and the sender's otherwise",
      offset,
    });
  }

  /** With both sides in view: what was read is what was sent. */
  #judgeContents({ bytes, at, length }: WholePacket): void {
    const sent = this.peer?.outbound;
    if (sent?.state !== "outstanding" || !this.context.isShared || this.inbound.isTampered) return;
    if (sent.image.known < at + length) return;
    for (let index = at; index < at + length; index++) {
      if (bytes[index] === sent.image.bytes[index]) continue;
      const broken = takesUnsent(this.role);
      this.break(broken.requirement, "wire", {
        seen: `${broken.what}: byte ${String(index - at)} of the packet is another`,
        expected: "what is passed up is one copy of what was sent",
        bytes: bytes.slice(at, at + length),
      });
      return;
    }
  }

  /** A write behind the control region, in a session. */
  protected bufferWritten(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    const { terms } = this;
    if (terms === undefined) return;
    const own = terms.layout[sentBy(this.role)];
    const other = terms.layout[sentBy(peerOf(this.role))];
    // In version 1 the sizes say nothing, and deployed senders cut larger packets.
    const room = terms.ranges[sentBy(this.role)].size;
    if (offset < own.offset || offset + length > own.offset + Math.max(own.size, room)) {
      this.break(offset >= own.offset && offset < own.offset + own.size ? "LPC-BUF-9" : "LPC-SEC-1", "wire", {
        seen: `${String(length)} bytes are written at ${hexOffset(offset)}`,
        expected: `writes within the ${sentBy(this.role)} buffer, ${hexOffset(own.offset)} to ${hexOffset(own.offset + own.size - 1)}`,
        offset,
        bytes: bytes.slice(start, end),
        cause: placeCause(offset, own.offset, other.offset),
      });
      this.outbound.reset("unknown");
      return;
    }
    this.keep(PLACE["LPC-SEC-1"]);
    this.#judgeOwnership(true, offset);
    this.outbound.write(terms, offset - own.offset, length, bytes, start, end);
  }
}

export function hexOffset(offset: number): string {
  return `0x${offset.toString(16)}`;
}
