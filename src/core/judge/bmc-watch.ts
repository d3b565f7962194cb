/**
 * A BMC as a judge follows it: from what it reads and writes alone, through start, service, Initialise and stop. What
 * belongs together is followed by the parts in bmc/; this file says which access tells which of them.
 */
import { CONTROL_FIELDS_BYTES, Field, type Layout } from "../binding/control-region.ts";
import { Command, Status, commandName } from "../binding/registers.ts";
import { isVersion } from "../binding/versions.ts";
import { BmcAnnouncements } from "./bmc/announcements.ts";
import { AnswerJudge } from "./bmc/answer.ts";
import {
  breakByte,
  breakDummyBeforeAnswer,
  breakNeedlessDummy,
  breakUnaskedSession,
  judgeByteOfHost,
  judgeFull,
} from "./bmc/bytes.ts";
import { PendingInitialise, judgeNeedlessRead } from "./bmc/initialise.ts";
import { HostStartUpRead } from "./bmc/host-start-up.ts";
import { BmcOffer } from "./bmc/offer.ts";
import { HostProposals } from "./bmc/proposals.ts";
import { BmcRegion } from "./bmc/region.ts";
import { BmcStop } from "./bmc/stop.ts";
import { BmcTraffic } from "./bmc/traffic.ts";
import { WrittenStatus } from "./bmc/written-status.ts";
import { byteText, termsOf, type Context } from "./context.ts";
import { readU32be } from "../wire/bytes.ts";
import { PLACE } from "./requirements.ts";
import { liesInFields } from "./rules.ts";

/** starting: STR is clear, or the region is being written · service: BMC Active is set. */
type Phase = "unknown" | "starting" | "service" | "stopped";

/** Follows in which phase and session a BMC is, and tells its parts what it does. */
export class BmcWatch extends BmcTraffic {
  readonly #written: WrittenStatus;
  readonly #announcements: BmcAnnouncements;
  readonly #region: BmcRegion;
  readonly #offer: BmcOffer;
  readonly #proposals: HostProposals;
  readonly #answers: AnswerJudge;
  readonly #hostStartUp: HostStartUpRead;
  readonly #stop: BmcStop;
  #phase: Phase = "unknown";
  #initialise: PendingInitialise | undefined;
  /** A byte that is no reason to read the region was read last. */
  #lastByte = -1;
  /** The last Initialise was refused. */
  #refused = false;

  constructor(context: Context) {
    super(context);
    this.#written = new WrittenStatus(this.rulings);
    this.#announcements = new BmcAnnouncements(this.rulings);
    this.#region = new BmcRegion(this.rulings, this.#announcements);
    this.#offer = new BmcOffer(this.rulings);
    this.#proposals = new HostProposals(this.rulings, this.#offer);
    this.#answers = new AnswerJudge(this.rulings, this.#offer, this.#proposals);
    this.#hostStartUp = new HostStartUpRead(this.rulings);
    this.#stop = new BmcStop(this.rulings);
  }

  /* ---- Lives ---- */

  override started(): void {
    super.started();
    this.#phase = "unknown";
    this.#written.beginLife();
    this.#announcements.beginLife();
    this.#initialise = undefined;
    this.dummy.drop();
    this.#stop.begin();
    this.#refused = false;
    this.#lastByte = -1;
    this.docket.beginsAnew("bmc");
  }

  override stopAsked(): void {
    super.stopAsked();
    this.#stop.begin();
  }

  override ended(): void {
    if (this.stopping) this.#stop.judgeEnd(this.#written.value, this.#announcements.hasMagicInLife);
    this.forget();
    this.#phase = "stopped";
    this.#initialise = undefined;
    this.dummy.drop();
  }

  protected override becomeUnknown(): void {
    super.becomeUnknown();
    this.#hostStartUp.forget();
    this.bornHere = false;
    this.#phase = "unknown";
    this.#initialise = undefined;
    this.#offer.forget();
    this.dummy.drop();
  }

  /** The beginning of this life was told. */
  get #isLifeTold(): boolean {
    return this.context.livesTold && this.bornHere;
  }

  #beginStart(): void {
    this.#phase = "starting";
    this.status = -1;
    this.hasWritten = false;
    this.#written.beginStart();
    this.#announcements.beginStart();
    this.#region.beginStart();
    this.#hostStartUp.forget();
    this.dummy.beginStart();
    this.#initialise = undefined;
    this.#refused = false;
    this.#lastByte = -1;
    this.#leave();
  }

  #leave(): void {
    this.endSession();
    this.context.sessions.bmc = 0;
    this.context.sessions.channel = 0;
    this.context.bmcTerms = undefined;
  }

  protected override get isKnown(): boolean {
    return this.#phase !== "unknown";
  }

  protected override get isServing(): boolean {
    return this.#phase === "service" && !this.#written.isStruck;
  }

  protected override get wasRefused(): boolean {
    return this.#refused;
  }

  /* ---- STR is read ---- */

  protected override onStatus(value: number): void {
    if (this.#phase === "starting") this.#announcements.looked(value);
    this.order.looked();
    if (this.stopping) this.#stop.looked(value);
    if (this.#phase !== "service") return;
    this.#hostStartUp.looked(value);
    if (this.#written.looked(value)) this.#initialise?.lookedInReset();
    else if (this.#initialise === undefined) this.dummy.looked(value, this.#written.value);
    else if (this.#initialise.looked()) this.#breakIgnored(this.#initialise);
  }

  protected override isIdle(): boolean {
    const isServing = this.isServing && !this.stopping;
    return isServing && this.#initialise === undefined && !this.dummy.waits && !this.order.hasPacket;
  }

  #breakIgnored(initialise: PendingInitialise): void {
    this.#initialise = undefined;
    initialise.breakIgnored();
    this.#hostStartUp.passedOver();
    this.endSession();
    this.session = "unknown";
  }

  /* ---- STR is written ---- */

  override statusWritten(value: number, _step: string | undefined): void {
    const wasFull = this.status >= 0 && (this.status & Status.OBF) !== 0;
    const isLost = this.context.bothRecorded ? this.context.overwrites("bmc", wasFull) : wasFull || this.hasWritten;
    const isFirst = this.#written.value < 0;
    const isClear = (value & Status.BMC_ACTIVE) === 0;
    // The value that begins a start is judged as a part of it.
    if (isClear) this.docket.beginsAnew("bmc");
    this.#written.write(value, isLost, this.lastWritten);
    if (isClear) this.#clear(isFirst);
    else if ((value & Status.CHANNEL_ACTIVE) === 0) this.#inactive();
    else this.#activate();
  }

  /** BMC Active is cleared: a start, or a stop. */
  #clear(isFirst: boolean): void {
    if (this.stopping) this.#stop.cleared();
    if (this.#written.isStruck) this.keep(PLACE["LPC-BMC-9"]);
    this.#announcements.judgeEarly(this.#phase === "starting", this.#isLifeTold && isFirst);
    this.#beginStart();
    this.#announcements.cleared();
  }

  /** BMC Active without a session: the end of a start, the answer to a close or a refused proposal, a dropped session. */
  #inactive(): void {
    if (this.#phase === "starting") {
      this.#endStart();
      return;
    }
    if (this.#initialise !== undefined) {
      this.#answer(this.#initialise, false);
      return;
    }
    if (this.#phase === "unknown" && this.session === "unknown") this.endSession();
    else this.#leave();
    this.#phase = "service";
    this.dummy.expect(false);
  }

  #endStart(): void {
    this.#phase = "service";
    this.#announcements.endStart();
    if (this.docket.generation("bmc") === "draft") this.#region.judgeComplete();
    const fields = this.#region.whole;
    if (fields !== undefined) this.#offer.made(fields);
    this.dummy.expect(false);
  }

  #activate(): void {
    if (this.#initialise !== undefined) {
      this.#answer(this.#initialise, true);
      return;
    }
    if (this.#phase === "unknown") {
      this.#phase = "service";
      return;
    }
    breakUnaskedSession(this.rulings);
    this.#phase = "service";
    this.endSession();
    this.session = "unknown";
    this.context.sessions.last++;
    this.context.sessions.channel = this.context.sessions.last;
  }

  #answer({ layout, version, kept }: PendingInitialise, isOpen: boolean): void {
    this.#initialise = undefined;
    this.#phase = "service";
    this.former.left(kept);
    this.#refused = !isOpen;
    this.#answers.judge(layout, version, isOpen);
    this.#leave();
    this.dummy.expect(true);
    if (isOpen) this.#open(layout, version);
  }

  #open(layout: Layout | undefined, version: number | undefined): void {
    const terms =
      layout !== undefined && version !== undefined && isVersion(version)
        ? termsOf(version, layout, this.context.windowBytes)
        : undefined;
    this.beginSession(terms);
    this.context.bmcOpened(terms, { isOpen: this.peer?.isOpen ?? false, terms: this.peer?.terms });
  }

  /* ---- IDR ---- */

  override dataRead(value: number, _step: string | undefined): void {
    judgeFull(this.rulings, value, this.status);
    if (this.#written.isStruck) this.#written.breakStruck(`IDR is read (${byteText(value)})`);
    if (this.#initialise === undefined) this.keep(PLACE["LPC-BMC-3"]);
    else if (this.#initialise.passed()) this.#breakIgnored(this.#initialise);
    this.order.byteRead();
    if (value !== Command.INITIALISE && this.session === "open") this.judgeArrival();
    this.#lastByte = value;
    judgeByteOfHost(this.rulings, value);
    if (value === Command.INITIALISE) this.#beginInitialise();
    else if (value === Command.DUMMY) this.#hostStartUp.fence();
    else if (value === Command.TX_BEGIN || value === Command.RX_COMPLETE) this.#transferRead(value);
  }

  #transferRead(value: number): void {
    if (this.session !== "open") {
      if (this.session === "none" && this.isServing) this.#hostStartUp.transferredOutside(value, this.#refused);
      return;
    }
    this.#hostStartUp.transferred();
    if (value === Command.RX_COMPLETE) this.completionRead();
    else {
      this.beginRead();
      this.order.dropPacket();
    }
  }

  #beginInitialise(): PendingInitialise {
    this.context.initialises.taken = this.context.initialises.written;
    this.#phase = this.#phase === "starting" ? "starting" : "service";
    const initialise = new PendingInitialise(this.rulings, {
      owed: this.session === "open" && this.inbound.owes,
      waiting: this.session === "open" && this.outbound.waits(this.terms),
    });
    this.#initialise = initialise;
    this.#proposals.begin();
    this.dummy.forgetEarly();
    this.order.dropPacket();
    return initialise;
  }

  /* ---- ODR ---- */

  override dataWritten(value: number, _step: string | undefined): void {
    this.judgeRoom(value);
    if (this.stopping && this.#stop.isCleared) {
      this.#stop.written();
      if (this.#isLifeTold && !this.#announcements.hasMagicInLife) this.#announcements.breakMagic();
      return;
    }
    if (this.stopping && value === Command.DUMMY && !this.dummy.waits) {
      this.#stop.breakEarlyDummy();
      return;
    }
    if (this.#written.isStruck) this.#written.breakStruck(`${commandName(value)} is written`);
    if (this.#phase === "service") this.order.judgeWritten(value, this.status);
    if (value === Command.DUMMY) this.#dummyWritten();
    else if (value === Command.TX_BEGIN || value === Command.RX_COMPLETE) this.transferWritten(value);
    else breakByte(this.rulings, value);
  }

  #dummyWritten(): void {
    if (this.#phase === "starting") {
      if (this.#announcements.written(this.#isLifeTold && !this.stopping)) this.dummy.cameEarly();
    } else if (this.dummy.waits) this.dummy.written();
    else if (this.#initialise !== undefined) {
      this.dummy.cameEarly();
      breakDummyBeforeAnswer(this.rulings);
    } else {
      this.#announcements.writtenOutside();
      // Otherwise it is a start that has not cleared STR yet, or one whose beginning was not seen.
      if (this.#phase === "service" && this.session !== "unknown") breakNeedlessDummy(this.rulings);
    }
  }

  /* ---- The control region ---- */

  override windowPoked(offset: number, length: number): void {
    super.windowPoked(offset, length);
    if (offset < CONTROL_FIELDS_BYTES) this.#region.poked();
  }

  protected override onRegionRead(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (shown < Math.min(length, CONTROL_FIELDS_BYTES)) this.becomeUnknown();
    else if (offset === 0 && length >= CONTROL_FIELDS_BYTES && shown >= CONTROL_FIELDS_BYTES) this.#fieldsRead(bytes);
  }

  #fieldsRead(bytes: Uint8Array): void {
    if (this.#initialise === undefined) {
      this.#fieldsReadUnasked();
      return;
    }
    this.#initialise.fieldsRead(this.#written);
    if (this.#proposals.kept.length === 0) this.#hostStartUp.proposed(readU32be(bytes, Field.hostVersionMin) === 0);
    this.#region.judgeUntouched(bytes);
    this.#proposals.read(bytes);
  }

  /** The region is read though no Initialise came. */
  #fieldsReadUnasked(): void {
    const last = this.#lastByte;
    if (last < 0 || this.#phase !== "service") return;
    this.#lastByte = -1;
    if (!judgeNeedlessRead(this.rulings, last)) return;
    this.session = "unknown";
    this.#beginInitialise().assume();
  }

  protected override onRegionWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    shown: number,
    pieces: number,
  ): void {
    if (shown < length) this.becomeUnknown();
    else if (liesInFields("bmc", true, offset, length)) this.#fieldsWritten(offset, length, bytes, pieces);
    else this.#region.breakOutside(offset, length);
  }

  #fieldsWritten(offset: number, length: number, bytes: Uint8Array, pieces: number): void {
    if (this.#initialise !== undefined && offset >= Field.hostVersionMin) {
      if (offset >= Field.negotiatedVersion) {
        this.#initialise.answerWritten(offset, length, bytes);
        this.#region.answered(offset, length, bytes);
      } else if (offset + length > Field.hostVersionMin) this.#region.breakHostVersions(offset, length, bytes);
      return;
    }
    if (this.#phase !== "starting") {
      const isFollower = this.#phase === "service" && this.docket.generation("bmc") === "draft";
      const isMagicWithVersions = offset + length === Field.hostVersionMin;
      if (offset >= Field.bmcVersionMin || (isFollower && isMagicWithVersions)) {
        this.#writtenInService(offset, length, bytes);
        return;
      }
      this.#startUncleared();
    }
    this.#written.beginStart();
    this.#region.writtenInStart(offset, length, bytes, pieces, this.status, this.hasWritten);
  }

  /** Fields are written while BMC Active is set, or in a life whose beginning was not seen. */
  #writtenInService(offset: number, length: number, bytes: Uint8Array): void {
    if (this.#phase !== "service") return;
    this.#region.answered(offset, length, bytes);
    if (offset < Field.negotiatedVersion || !this.dummy.waitsBehindAnswer) {
      this.#region.breakInService(offset, length, bytes);
      return;
    }
    this.#answers.breakLate(offset);
    if (this.session === "open" && this.terms === undefined) this.session = "unknown";
  }

  /** The magic is written by a BMC that starts and did not clear STR. */
  #startUncleared(): void {
    const hadActive = this.#written.showsActive && this.#phase === "service";
    const early = hadActive ? this.#announcements.dummiesBeforeMagic : 0;
    // Where the life's beginning was not seen, STR may have been cleared before.
    const isKnown = this.#phase !== "unknown" || this.bornHere;
    this.docket.beginsAnew("bmc");
    this.#beginStart();
    this.#announcements.notCleared(isKnown, early);
  }
}
