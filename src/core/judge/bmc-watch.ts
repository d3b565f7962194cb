/** A BMC as a judge follows it: from what it reads and writes alone, through start, service, Initialise and stop. */
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeLayout,
  type Layout,
} from "../binding/control-region.ts";
import { BTU, askedSize, bufferBytes, judgeLayout, mtuOfBuffer } from "../binding/layout.ts";
import { Command, SESSION_BITS, Status, commandName } from "../binding/registers.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../binding/versions.ts";
import { readU16be, readU32be } from "../wire/bytes.ts";
import { askedCause, sizeCause, swapped32, versionCause } from "./causes.ts";
import { byteText, type Context, type Terms } from "./context.ts";
import { layoutText } from "./host-watch.ts";
import { judgeCommand, judgeStatusValue, liesInFields } from "./rules.ts";
import { SideWatch, hexOffset } from "./side-watch.ts";

const ANNOUNCEMENTS = 2;
/** How often STR may be looked at while something is due that needs nothing more. */
const LOOKS_AT_INITIALISE = 4;
const LOOKS_AT_DUMMY = 3;
/** Milliseconds: an announcement that is unread is looked after more often than this on every machine. */
const LONGEST_LOOK = 50;
const EARLY = 20;
const PROPOSALS_KEPT = 4;
/** The bytes of the magic, in a mask of the region's. */
const MAGIC_BYTES = 0xf;

/** starting: STR is clear, or the region is being written · service: BMC Active is set. */
type Phase = "unknown" | "starting" | "service" | "stopped";

/** An Initialise that was read, until STR is written. */
interface Initialise {
  /** STR was read since. */
  hasLooked: boolean;
  /** IDR was read since. */
  isPassed: boolean;
  hasRead: boolean;
  looks: number;
  layout: Layout | undefined;
  version: number | undefined;
  readonly kept: Kept;
}

interface Proposal {
  readonly versions: VersionRange;
  readonly asked: number;
}

/** What the session before an Initialise left. */
interface Kept {
  readonly owed: boolean;
  readonly waiting: boolean;
}

const NOTHING_KEPT: Kept = { owed: false, waiting: false };

export class BmcWatch extends SideWatch {
  #phase: Phase = "unknown";
  /** The value of STR written last, -1 for unknown. */
  #written = -1;
  /** STR was cleared in this start, and nothing of a former one counts. */
  #hasCleared = false;
  #clearedAt: number = Number.NaN;
  #announcements = 0;
  /** STR showed ODR full when the start went on behind the announcements. */
  #waitedInVain = false;
  #unreadSince: number = Number.NaN;
  #hasMagic = false;
  /** The magic was written by itself, as only a BMC does that announces its start. */
  #wroteMagicAlone = false;
  /** The magic was written in this life. */
  #hasMagicInLife = false;
  /** Fields of the region written in this start, byte by byte. */
  readonly #region = new Uint8Array(CONTROL_FIELDS_BYTES);
  #regionBytes = 0;
  #versionsZeroed = false;
  /** Accesses that the write being judged was put together from. */
  #pieces = 1;
  #offer: Layout | undefined;
  #own: VersionRange | undefined;
  #dummyWaits = false;
  #dummyIsAnswer = false;
  /** Another byte was written before it. */
  #dummyIsPassed = false;
  #dummyEarly = false;
  #looksAtDummy = 0;
  #initialise: Initialise | undefined;
  /** What was read of the host's fields behind Initialise: a BMC may read them more than once, and they may change. */
  readonly #proposals: Proposal[] = [];
  #kept: Kept = NOTHING_KEPT;
  #isStruck = false;
  #struckTold = false;
  /** A byte that is no reason to read the region was read last. */
  #lastByte = -1;
  #packetRead = false;
  #hasLookedBehindPacket = false;
  #dummiesBeforeMagic = 0;
  #stopWritten = false;
  #stopDummy = false;
  #stopRoom = false;
  #refused = false;
  #lateTold = false;

  constructor(context: Context) {
    super(context, "bmc");
  }

  /* ---- Lives ---- */

  override started(): void {
    super.started();
    this.#phase = "unknown";
    this.#written = -1;
    this.#dummiesBeforeMagic = 0;
    this.#hasMagicInLife = false;
    this.#initialise = undefined;
    this.#dummyWaits = false;
    this.#isStruck = false;
    this.#stopWritten = false;
    this.#refused = false;
    this.#lastByte = -1;
    this.docket.beginsAnew("bmc");
  }

  override stopAsked(): void {
    super.stopAsked();
    this.#stopWritten = false;
    this.#stopDummy = false;
    this.#stopRoom = false;
  }

  override ended(): void {
    if (this.stopping) {
      if (!this.#stopWritten && this.#written >= 0 && (this.#written & SESSION_BITS) !== 0) {
        this.break("LPC-BMC-7", "draft", {
          seen: `the BMC stops, and STR was written last as ${byteText(this.#written)}`,
          expected: "BMC Active and Channel Active are cleared first",
        });
      } else if (this.#stopWritten && this.#stopRoom && !this.#stopDummy && this.#hasMagicInLife) {
        this.break("LPC-BMC-7", "draft", {
          seen: "the BMC stops, ODR is empty, and no dummy is written",
          expected: "a dummy tells of the stop",
        });
      } else this.keep("LPC-BMC-7");
    }
    this.forget();
    this.#phase = "stopped";
    this.#initialise = undefined;
    this.#dummyWaits = false;
  }

  #beginStart(): void {
    this.docket.beginsAnew("bmc");
    this.#phase = "starting";
    this.status = -1;
    this.hasWritten = false;
    this.#announcements = 0;
    this.#regionBytes = 0;
    this.#versionsZeroed = false;
    this.#hasMagic = false;
    this.#dummiesBeforeMagic = 0;
    this.#wroteMagicAlone = false;
    this.#initialise = undefined;
    this.#dummyWaits = false;
    this.#dummyEarly = false;
    this.#isStruck = false;
    this.#refused = false;
    this.#lastByte = -1;
    this.#unreadSince = Number.NaN;
    this.#lateTold = false;
    this.#waitedInVain = false;
    this.#leave();
  }

  #leave(): void {
    this.endSession();
    this.context.sessions.bmc = 0;
    this.context.sessions.channel = 0;
    this.context.bmcTerms = undefined;
  }

  /* ---- STR ---- */

  protected override onStatus(value: number): void {
    this.#judgeAnnouncementLook(value);
    if (this.#packetRead) this.#hasLookedBehindPacket = true;
    if (this.stopping && this.#stopWritten) this.#stopRoom = (value & Status.OBF) === 0;
    if (this.#phase !== "service") return;
    const isOther = this.#written >= 0 && ((value ^ this.#written) & SESSION_BITS) !== 0;
    if (isOther) {
      if (!this.#isStruck) this.#struckTold = false;
      this.#isStruck = true;
      if (this.#initialise !== undefined) this.#initialise.hasLooked = true;
      return;
    }
    if (this.#isStruck) this.#breakStruck(`STR is read on, now as ${byteText(value)}`);
    this.#judgeDue(value);
  }

  #judgeDue(value: number): void {
    if (this.#initialise !== undefined) {
      this.#initialise.hasLooked = true;
      this.#initialise.looks++;
      if (this.#initialise.looks >= LOOKS_AT_INITIALISE && !this.#initialise.hasRead) this.#breakIgnored();
      return;
    }
    if (!this.#dummyWaits || (value & (Status.OBF | Status.IBF)) !== 0) return;
    this.#looksAtDummy++;
    if (this.#looksAtDummy < LOOKS_AT_DUMMY) return;
    this.#dummyWaits = false;
    this.#breakSilence();
  }

  #breakIgnored(): void {
    this.#initialise = undefined;
    this.break("LPC-BMC-4", "wire", {
      seen: "an Initialise was read, and the host's fields are not",
      expected: "every Initialise is answered: layout, negotiated_ver, STR and a dummy",
    });
    this.endSession();
    this.session = "unknown";
  }

  #breakSilence(): void {
    const wasEarly = this.#dummyEarly;
    this.break(this.#dummyIsAnswer ? "LPC-BMC-4" : "LPC-BMC-13", "wire", {
      seen: `STR was written as ${byteText(this.#written)}, and no dummy follows${wasEarly ? "; one came before" : ""}`,
      expected: "the dummy behind the change of STR tells the host of it",
    });
  }

  #breakStruck(what: string): void {
    if (this.#struckTold) return;
    this.#struckTold = true;
    this.break("LPC-BMC-9", "draft", {
      seen: `${what}, though STR showed other session bits than the ${byteText(this.#written)} that the BMC wrote last`,
      expected: "the registers were reset: the BMC begins again with STR = 0x01",
    });
  }

  #judgeAnnouncementLook(value: number): void {
    const { moment } = this.context;
    if (this.#phase !== "starting") return;
    const since = moment - this.#unreadSince;
    if (since > LONGEST_LOOK && !this.#lateTold) {
      this.#lateTold = true;
      this.break("LPC-BMC-10", "draft", {
        seen: `STR is not read for ${String(Math.round(since))} ms while an announcement is unread`,
        expected: "it is read every millisecond at least",
      });
    } else if (since >= 0) this.keep("LPC-BMC-10");
    this.#unreadSince = (value & Status.OBF) !== 0 ? moment : Number.NaN;
    const waited = moment - this.#clearedAt;
    if ((value & Status.OBF) === 0 || !(waited > this.context.times.announce + LONGEST_LOOK)) return;
    this.#clearedAt = Number.NaN;
    this.break("LPC-TIME-1", "draft", {
      seen: `the BMC still waits for its announcement to be read ${String(Math.round(waited))} ms behind STR = 0x01`,
      expected: `it goes on when ${String(this.context.times.announce)} ms are over`,
    });
  }

  override statusWritten(value: number, _step: string | undefined): void {
    this.#judgeStatusValue(value);
    const before = this.#written;
    this.#written = value;
    if ((value & Status.BMC_ACTIVE) === 0) this.#clear(before);
    else if ((value & Status.CHANNEL_ACTIVE) === 0) this.#inactive();
    else this.#activate();
  }

  #judgeStatusValue(value: number): void {
    if ((value & Status.OBF) === 0) {
      const wasFull = this.status >= 0 && (this.status & Status.OBF) !== 0;
      const last = this.lastWritten;
      const isLost = this.context.bothRecorded ? this.context.unread.odr : wasFull || this.hasWritten;
      const isCommand = last === Command.TX_BEGIN || last === Command.RX_COMPLETE;
      this.break("LPC-KCS-3", isLost && isCommand ? "wire" : "draft", {
        seen: `${byteText(value)} is written to STR`,
        expected: "bit 0 is set: written as 0 it clears OBF",
        cause:
          isLost && last >= 0 ? { name: "byteOverwritten", text: `${commandName(last)} is lost unread` } : undefined,
      });
    } else this.keep("LPC-KCS-3");
    const broken = judgeStatusValue(value | Status.OBF);
    if (broken === undefined) this.keep("LPC-KCS-7");
    else {
      this.break(broken.requirement, "wire", {
        seen: `${byteText(value)} is written to STR`,
        expected: "0x01, 0x81 or 0xc1: bits 5 to 1 are 0, and Channel Active comes with BMC Active",
      });
    }
  }

  /** BMC Active is cleared: a start, or a stop. */
  #clear(before: number): void {
    if (this.stopping) this.#stopWritten = true;
    if (this.#isStruck) this.keep("LPC-BMC-9");
    const early = this.#phase === "starting" && !this.#hasCleared ? this.#announcements : 0;
    this.#judgeEarlyAnnouncements(before, early);
    this.#beginStart();
    this.#hasCleared = true;
    this.#clearedAt = this.context.moment;
    this.#dummiesBeforeMagic = 0;
  }

  #judgeEarlyAnnouncements(before: number, early: number): void {
    if (early === 0 && !(this.context.livesTold && this.bornHere && before < 0 && this.#dummiesBeforeMagic > 0)) return;
    this.docket.followsDraft("bmc");
    this.break("LPC-BMC-1", "draft", {
      seen: "announcements are written before STR is cleared",
      expected: "STR = 0x01 comes first",
    });
  }

  /** BMC Active without a session: the end of a start, the answer to a close or a refused proposal, a dropped session. */
  #inactive(): void {
    if (this.#phase === "starting") {
      this.#endStart();
      return;
    }
    if (this.#initialise !== undefined) {
      this.#answer(false);
      return;
    }
    if (this.#phase === "unknown" && this.session === "unknown") this.endSession();
    else this.#leave();
    this.#phase = "service";
    this.#expectDummy(false);
  }

  #expectDummy(isAnswer: boolean): void {
    this.#dummyWaits = true;
    this.#dummyIsPassed = false;
    this.#dummyIsAnswer = isAnswer;
    this.#looksAtDummy = 0;
  }

  #endStart(): void {
    this.#phase = "service";
    if (this.#clearedAt >= 0) this.keep("LPC-TIME-1");
    this.#judgeAnnouncements();
    if (this.docket.generation("bmc") === "draft") this.#judgeRegionComplete();
    this.#judgeOffer();
    this.#hasCleared = false;
    const wasEarly = this.#dummyEarly;
    this.#expectDummy(false);
    this.#dummyEarly = wasEarly;
  }

  #judgeAnnouncements(): void {
    const isOver = this.#hasCleared && this.#waitedInVain && this.#announcements < ANNOUNCEMENTS;
    if (isOver) {
      // Nobody read an announcement: T_ann ends the wait (LPC-TIME-1).
      this.docket.followsDraft("bmc");
      return;
    }
    // A dummy in front of the magic may be the last word of the life before.
    if (!this.context.livesTold && this.#dummiesBeforeMagic === 1) this.#announcements--;
    if (this.#announcements === 0 && this.#dummiesBeforeMagic < ANNOUNCEMENTS && !this.#wroteMagicAlone) {
      if (this.docket.generation("bmc") !== "draft") {
        this.docket.isOlder("bmc", "an older BMC: it does not announce its start (LPC-BMC-1)");
        return;
      }
    }
    if (this.#announcements > 0) this.docket.followsDraft("bmc");
    if (this.#hasCleared && this.#announcements === ANNOUNCEMENTS) this.keep("LPC-BMC-1");
    else {
      this.break("LPC-BMC-1", "draft", {
        seen: this.#hasCleared
          ? `${this.#announcements === 0 ? "no announcement" : "one announcement"} stands between STR = 0x01 and BMC Active`
          : "BMC Active is set in a start that did not clear STR",
        expected: "STR = 0x01, and two announcements, each into an empty ODR",
        cause: { name: "noAnnouncement", text: "a host in a session may miss the restart" },
      });
    }
  }

  #judgeRegionComplete(): void {
    const isWhole = this.#regionBytes === -1;
    if (isWhole && this.#versionsZeroed) {
      this.keep("LPC-BMC-2");
      return;
    }
    this.break("LPC-BMC-2", "draft", {
      seen: isWhole
        ? "the host version fields were not zeroed last"
        : `BMC Active is set before the bytes ${missingText(this.#regionBytes)} of the control region are written`,
      expected: "all fields are written first, the host version fields as 0 and last",
    });
  }

  #judgeOffer(): void {
    if (this.#regionBytes !== -1) return;
    const region = decodeControlRegion(this.#region);
    this.#offer = region.layout;
    this.#own = region.bmcVersions;
    const cause = versionCause(region.bmcVersions.min, region.bmcVersions.cur);
    if (region.magic !== MAGIC || cause !== undefined) {
      this.break("LPC-REG-1", "wire", {
        seen: `magic ${region.magic.toString(16)}, BMC versions ${String(region.bmcVersions.min)} to ${String(region.bmcVersions.cur)}`,
        expected: "4d 43 54 50, and 16-bit big-endian fields",
        bytes: this.#region,
        offset: 0,
        cause:
          cause ??
          (swapped32(region.magic) === MAGIC
            ? { name: "byteOrder", text: "the control region is little-endian" }
            : undefined),
      });
      return;
    }
    this.keep("LPC-REG-1");
    if (region.bmcVersions.min === 1 && region.bmcVersions.cur >= 3) this.keep("LPC-VER-4");
    else {
      this.break("LPC-VER-4", "draft", {
        seen: `the BMC speaks versions ${String(region.bmcVersions.min)} to ${String(region.bmcVersions.cur)}`,
        expected: "1 to 3: then it works with every deployed host",
      });
    }
    this.#judgeLayout({ version: newest(region.bmcVersions), layout: region.layout }, "offer");
  }

  #judgeLayout(terms: Terms, what: string): void {
    const { windowBytes } = this.context;
    const judged = judgeLayout(terms.layout, terms.version, windowBytes ?? Number.MAX_SAFE_INTEGER);
    if (judged.ok) {
      this.keep("LPC-MTU-5");
      return;
    }
    this.break("LPC-MTU-5", "wire", {
      seen: `the layout of the ${what}: ${layoutText(terms)}`,
      expected: "two buffers behind the control region, apart from each other, each of the BTU at least",
      offset: Field.rxOffset,
      cause: sizeCause(terms.layout.bmcToHost.size, windowBytes ?? 0xffffff),
    });
  }

  #activate(): void {
    if (this.#initialise !== undefined) {
      this.#answer(true);
      return;
    }
    if (this.#phase === "unknown") {
      this.#phase = "service";
      return;
    }
    this.break("LPC-BMC-13", "wire", {
      seen: "Channel Active is set, and no Initialise was read",
      expected: "a session is the answer to an Initialise",
      cause: { name: "byteInvented", text: "nobody asked for a session" },
    });
    this.#phase = "service";
    this.endSession();
    this.session = "unknown";
    this.context.sessions.last++;
    this.context.sessions.channel = this.context.sessions.last;
  }

  /* ---- Initialise ---- */

  #answer(isOpen: boolean): void {
    const initialise = this.#initialise!;
    this.#initialise = undefined;
    this.#phase = "service";
    this.#kept = initialise.kept;
    const { layout, version } = initialise;
    if (layout === undefined || version === undefined) this.#breakOrder(layout === undefined);
    else this.keep("LPC-BMC-4");
    this.#refused = !isOpen;
    if (isOpen && version === 0) {
      this.break("LPC-VER-2", "wire", {
        seen: "Channel Active is set with negotiated_ver 0",
        expected: "a refusal leaves Channel Active 0",
      });
    } else if (version !== undefined) this.#judgeVersion(version, isOpen);
    if (layout !== undefined) this.#judgeAnswerLayout(layout, version, isOpen);
    this.#leave();
    this.#expectDummy(true);
    if (isOpen) this.#open(layout, version);
  }

  #breakOrder(isLayout: boolean): void {
    this.break("LPC-BMC-4", "draft", {
      seen: `STR answers an Initialise before ${isLayout ? "the layout" : "negotiated_ver"} is written`,
      expected: "layout, negotiated_ver and STR, in this order",
    });
  }

  #open(layout: Layout | undefined, version: number | undefined): void {
    const terms = layout !== undefined && version !== undefined && isVersion(version) ? { version, layout } : undefined;
    this.beginSession(terms);
    this.context.bmcOpened(terms, { isOpen: this.peer?.isOpen ?? false, terms: this.peer?.terms });
  }

  #judgeVersion(version: number, isOpen: boolean): void {
    const own = this.#own;
    const proposal =
      this.#proposals.find((one) => own !== undefined && isRight(own, one, version, isOpen)) ?? this.#proposals.at(-1);
    if (own === undefined || proposal === undefined) return;
    const { versions, asked } = proposal;
    const common = negotiateVersion(own, versions);
    const isTiny = common >= 2 && asked < bufferBytes(common as Version, BTU);
    const spoken = `BMC ${String(own.min)} to ${String(own.cur)}, host ${String(versions.min)} to ${String(versions.cur)}`;
    if (common === 0) {
      if (!isOpen && version === 0) this.keep("LPC-VER-2");
      else {
        this.break("LPC-VER-2", "wire", {
          seen: `${spoken}: answered with version ${String(version)}${isOpen ? " and a session" : ""}`,
          expected: "ranges that do not meet, are empty or begin at 0 are refused: negotiated_ver 0, Channel Active 0",
        });
      }
      return;
    }
    if (isTiny) {
      if (!isOpen) this.keep("LPC-MTU-7");
      else {
        this.break("LPC-MTU-7", "wire", {
          seen: `an rx_size of ${String(asked)} is accepted in version ${String(common)}`,
          expected: `less than ${String(bufferBytes(common as Version, BTU))} is refused`,
        });
      }
      return;
    }
    if (isOpen && version === common) this.keep("LPC-VER-1");
    else {
      this.break("LPC-VER-1", "wire", {
        seen: `${spoken}: ${isOpen ? `answered with version ${String(version)}` : "refused"}`,
        expected: `version ${String(common)}, the smaller of the two newest`,
      });
    }
  }

  #judgeAnswerLayout(layout: Layout, version: number | undefined, isOpen: boolean): void {
    const offer = this.#offer;
    if (offer === undefined) return;
    if (layout.bmcToHost.offset !== offer.bmcToHost.offset || layout.hostToBmc.offset !== offer.hostToBmc.offset) {
      this.break("LPC-MTU-9", "draft", {
        seen: `the answer has its buffers at ${hexOffset(layout.bmcToHost.offset)} and ${hexOffset(layout.hostToBmc.offset)}`,
        expected: `they stay where the offer had them, ${hexOffset(offer.bmcToHost.offset)} and ${hexOffset(offer.hostToBmc.offset)}`,
      });
    } else this.keep("LPC-MTU-9");
    if (!isOpen) {
      this.#judgeOfferAgain(layout, offer);
      return;
    }
    if (version === undefined || !isVersion(version)) return;
    this.#judgeLayout({ version, layout }, "answer");
    this.#judgeSizes(layout, version, offer);
  }

  #judgeOfferAgain(layout: Layout, offer: Layout): void {
    if (layout.bmcToHost.size === offer.bmcToHost.size && layout.hostToBmc.size === offer.hostToBmc.size) {
      this.keep("LPC-MTU-8");
      return;
    }
    this.break("LPC-MTU-8", "draft", {
      seen: `a refusal leaves sizes ${String(layout.bmcToHost.size)} and ${String(layout.hostToBmc.size)}`,
      expected: `the offer again: ${String(offer.bmcToHost.size)} and ${String(offer.hostToBmc.size)}`,
    });
  }

  #judgeSizes(layout: Layout, version: Version, offer: Layout): void {
    const own = this.#own;
    if (own === undefined || this.#proposals.length === 0) return;
    const offered = mtuOfBuffer(newest(own), Math.min(offer.bmcToHost.size, offer.hostToBmc.size));
    const sizes = this.#proposals.map(({ asked }) => {
      const mtu = version === 1 ? BTU : Math.min(offered, mtuOfBuffer(version, asked));
      return { asked, mtu, size: bufferBytes(version, mtu) };
    });
    const { asked, mtu, size } = sizes.find((one) => one.size === layout.bmcToHost.size) ?? sizes.at(-1)!;
    const { bmcToHost, hostToBmc } = layout;
    if (bmcToHost.size === size && hostToBmc.size === size) {
      this.keep("LPC-MTU-4");
      return;
    }
    const isAbove = version !== 1 && (hostToBmc.size > asked || bmcToHost.size > asked);
    const isBeyond = bmcToHost.size > size || hostToBmc.size > size;
    this.break("LPC-MTU-4", isAbove ? "wire" : "draft", {
      seen: `sizes ${String(bmcToHost.size)} and ${String(hostToBmc.size)} answer an rx_size of ${String(asked)} in version ${String(version)}`,
      expected: `${String(size)} for both: the smaller of the two MTUs is ${String(mtu)}`,
      offset: Field.rxOffset,
      cause:
        isBeyond && bmcToHost.size === size + 4
          ? { name: "headerInMtu", text: "the header, or the trailer, is counted a second time" }
          : undefined,
    });
  }

  /* ---- IDR ---- */

  override dataRead(value: number, _step: string | undefined): void {
    if (this.status >= 0 && (this.status & Status.IBF) === 0) {
      this.break("LPC-BMC-13", "wire", {
        seen: `IDR is read (${byteText(value)}) though STR showed IBF = 0`,
        expected: "IDR is read when STR shows IBF = 1: what it holds otherwise means nothing",
      });
    } else if (this.status >= 0) this.keep("LPC-BMC-13");
    if (this.#isStruck) this.#breakStruck(`IDR is read (${byteText(value)})`);
    if (this.#initialise?.isPassed === true) this.#breakIgnored();
    else if (this.#initialise !== undefined) this.#initialise.isPassed = true;
    else this.keep("LPC-BMC-3");
    if (this.#packetRead && this.#hasLookedBehindPacket) this.keep("LPC-BMC-6");
    if (value !== Command.INITIALISE && this.session === "open") this.judgeArrival();
    this.#lastByte = value;
    this.#judgeByteOfPeer(value);
    if (value === Command.INITIALISE) this.#initialiseRead();
    else if (this.session === "open" && value === Command.TX_BEGIN) {
      this.beginRead();
      this.#packetRead = false;
    } else if (this.session === "open" && value === Command.RX_COMPLETE) this.completionRead();
  }

  #judgeByteOfPeer(value: number): void {
    if (value <= Command.RX_COMPLETE || value === Command.DUMMY) return;
    this.keep("LPC-KCS-4");
    this.breakOfPeer("LPC-HOST-16", "wire", {
      seen: `${commandName(value)} is read from IDR`,
      expected: "Initialise, Tx Begin, Rx Complete or a fence",
      cause: { name: "byteInvented", text: "no command has this value" },
    });
  }

  #initialiseRead(): void {
    this.context.initialises.taken = this.context.initialises.written;
    this.#phase = this.#phase === "starting" ? "starting" : "service";
    this.#initialise = {
      hasLooked: false,
      isPassed: false,
      hasRead: false,
      looks: 0,
      layout: undefined,
      version: undefined,
      kept: {
        owed: this.session === "open" && this.inbound.owes,
        waiting: this.session === "open" && this.outbound.waits(this.terms),
      },
    };
    this.#proposals.length = 0;
    this.#dummyEarly = false;
    this.#packetRead = false;
  }

  /* ---- ODR ---- */

  override dataWritten(value: number, _step: string | undefined): void {
    this.judgeRoom(value);
    if (this.stopping && this.#stopWritten) {
      this.#stopDummy = true;
      if (this.context.livesTold && this.bornHere && !this.#hasMagicInLife) {
        this.docket.followsDraft("bmc");
        this.#breakMagic();
      }
      return;
    }
    if (this.stopping && value === Command.DUMMY && !this.#dummyWaits) {
      this.break("LPC-BMC-7", "draft", {
        seen: "the dummy of a stop is written before STR is cleared",
        expected: "STR = 0x01, then the dummy",
      });
      return;
    }
    if (this.#isStruck) this.#breakStruck(`${commandName(value)} is written`);
    if (this.#phase === "service") this.#judgeUnreadCommand(value);
    switch (value) {
      case Command.DUMMY:
        this.#dummyWritten();
        return;
      case Command.TX_BEGIN:
      case Command.RX_COMPLETE:
        this.#transferWritten(value);
        return;
      default:
        this.break(judgeCommand("bmc", value)?.requirement ?? "LPC-BMC-13", "wire", {
          seen: `the byte ${byteText(value)} is written to ODR`,
          expected: "Tx Begin, Rx Complete or a dummy",
          cause:
            value === Command.INITIALISE
              ? { name: "otherDirection", text: "Initialise goes from host to BMC only" }
              : { name: "byteInvented", text: "no command has this value" },
        });
    }
  }

  /** A command stands in IDR, and something is written to ODR before it is read. */
  #judgeUnreadCommand(value: number): void {
    const isBehindPacket = this.#packetRead && value === Command.RX_COMPLETE;
    if (this.status < 0 || (this.status & Status.IBF) === 0) {
      if (!isBehindPacket) this.keep("LPC-BMC-3");
      else if (this.#hasLookedBehindPacket) this.keep("LPC-BMC-6");
      return;
    }
    const isLook = isBehindPacket && this.#hasLookedBehindPacket;
    this.break(isLook ? "LPC-BMC-6" : "LPC-BMC-3", "draft", {
      seen: `${commandName(value)} is written though STR, read as ${byteText(this.status)}, shows a command in IDR`,
      expected: isLook
        ? "behind a packet IDR is read when IBF = 1: an Initialise there drops the packet"
        : "the command in IDR is read and handled first",
    });
  }

  #dummyWritten(): void {
    if (this.#phase === "starting") {
      this.#announcementWritten();
      return;
    }
    if (this.#dummyWaits) {
      this.#dummyWaits = false;
      this.keep("LPC-KCS-6");
      return;
    }
    if (this.#initialise !== undefined) {
      this.#dummyEarly = true;
      this.break("LPC-BMC-4", "draft", {
        seen: "the dummy is written before STR answers the Initialise",
        expected: "layout, negotiated_ver, STR, then the dummy",
      });
      return;
    }
    if (this.#phase !== "service" || this.session === "unknown") {
      // A start that has not cleared STR yet, or one whose beginning was not seen.
      this.#dummiesBeforeMagic++;
      return;
    }
    this.#dummiesBeforeMagic++;
    this.break("LPC-BMC-13", "draft", {
      seen: "a dummy is written, and STR has not changed",
      expected: "one dummy for each change of STR",
      cause: { name: "byteInvented", text: "there is nothing to tell" },
    });
  }

  #announcementWritten(): void {
    this.#unreadSince = this.context.moment;
    if (!this.#hasMagic) {
      this.#dummiesBeforeMagic++;
      if (this.#dummiesBeforeMagic >= ANNOUNCEMENTS || (this.context.livesTold && this.bornHere && !this.stopping)) {
        this.docket.followsDraft("bmc");
        this.#breakMagic();
      }
      this.#announcements++;
      return;
    }
    this.keep("LPC-BMC-11");
    this.#announcements++;
    if (this.#announcements > ANNOUNCEMENTS) {
      this.#dummyEarly = true;
      this.break("LPC-BMC-2", "draft", {
        seen: "a third byte is written to ODR before BMC Active is set",
        expected: "two announcements, then BMC Active, then the dummy",
      });
    }
  }

  #breakMagic(): void {
    this.break("LPC-BMC-11", "draft", {
      seen: "a byte is written to ODR before the magic is written to the window",
      expected: "the magic comes first: a host that waits reads no byte without it",
    });
  }

  #transferWritten(value: number): void {
    if (this.#dummyWaits && !this.#dummyIsPassed) {
      this.#dummyIsPassed = true;
      this.break("LPC-KCS-6", "draft", {
        seen: `${commandName(value)} is written while the dummy waits`,
        expected: "a dummy goes before Rx Complete and Tx Begin",
      });
    }
    if (this.session === "open") {
      if (value === Command.TX_BEGIN)
        this.beginWritten(() => {
          this.#breakEmptyBegin();
        });
      else this.#completeWritten();
      return;
    }
    if (this.session === "unknown" || this.#phase === "unknown") {
      this.outbound.begin(undefined);
      return;
    }
    this.break(value === Command.TX_BEGIN && this.#refused ? "LPC-BMC-8" : "LPC-BMC-5", "wire", {
      seen: `${commandName(value)} is written outside a session`,
      expected: "outside a session Tx Begin and Rx Complete are ignored, and none is sent",
    });
  }

  #breakEmptyBegin(): void {
    const isKept = this.#kept.waiting;
    this.#kept = { ...this.#kept, waiting: false };
    this.break(isKept ? "LPC-BMC-4" : "LPC-BUF-7", "wire", {
      seen: isKept
        ? "Tx Begin is written in a session in which no packet was, for one of the session before"
        : "Tx Begin is written, and no packet was written since the buffer is the BMC's",
      expected: isKept
        ? "Initialise makes the BMC forget what waited"
        : "the whole packet is in the buffer before its Tx Begin",
    });
  }

  #completeWritten(): void {
    if (this.#packetRead && !this.#hasLookedBehindPacket) {
      this.break("LPC-BMC-6", "draft", {
        seen: "Rx Complete follows the packet, and STR was not read between",
        expected: "STR is read behind a packet, and IDR if IBF = 1: an Initialise there drops it",
      });
    }
    this.#packetRead = false;
    this.judgeTurn(Command.RX_COMPLETE);
    if (this.inbound.complete(this.terms)) return;
    const isKept = this.#kept.owed;
    this.#kept = { ...this.#kept, owed: false };
    this.break(isKept ? "LPC-BMC-4" : "LPC-BMC-13", "wire", {
      seen: isKept
        ? "Rx Complete is written in a new session for a Tx Begin of the one before"
        : "Rx Complete is written, and no packet was announced",
      expected: isKept ? "Initialise makes the BMC forget what it owed" : "one Rx Complete for each Tx Begin",
      cause: { name: "byteInvented", text: "the command answers nothing in this session" },
    });
  }

  /* ---- The window ---- */

  protected override becomeUnknown(): void {
    super.becomeUnknown();
    this.bornHere = false;
    this.#phase = "unknown";
    this.#initialise = undefined;
    this.#offer = undefined;
    this.#own = undefined;
    this.#dummyWaits = false;
  }

  protected override onRegionRead(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (shown < Math.min(length, CONTROL_FIELDS_BYTES)) {
      this.becomeUnknown();
      return;
    }
    if (offset === 0 && length >= CONTROL_FIELDS_BYTES && shown >= CONTROL_FIELDS_BYTES) this.#regionRead(bytes, 0);
  }

  protected override onBufferRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.#bufferTouched(offset, length, bytes, start, end);
  }

  #bufferTouched(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.session === "none" && this.#phase === "service" && !this.#isStruck) {
      this.break("LPC-BMC-5", "wire", {
        seen: `${String(length)} bytes are read at ${hexOffset(offset)} outside a session`,
        expected: "a Tx Begin outside a session has no effect",
        offset,
      });
      return;
    }
    if (this.session !== "open") return;
    this.bufferRead(offset, length, bytes, start, end, () => {
      this.break("LPC-BMC-13", "wire", {
        seen: "the buffer is read, and no Tx Begin was read in this session",
        expected: "a packet is read behind its Tx Begin",
        offset,
      });
    });
    this.#packetRead = true;
    this.#hasLookedBehindPacket = false;
  }

  #regionRead(bytes: Uint8Array, start: number): void {
    const initialise = this.#initialise;
    if (initialise === undefined) {
      this.#judgeNeedlessRead();
      return;
    }
    if (this.#isStruck) this.#breakStruck("the host's fields are read");
    else if (!initialise.hasLooked && !initialise.hasRead) {
      this.break("LPC-BMC-9", "draft", {
        seen: "the host's fields are read behind Initialise, and STR was not read between",
        expected: "STR is read once more: IDR reads as 0x00 behind a reset, which no host wrote",
      });
    } else this.keep("LPC-BMC-9");
    initialise.hasRead = true;
    if (initialise.isPassed) {
      initialise.isPassed = false;
      this.break("LPC-BMC-3", "draft", {
        seen: "IDR was read between an Initialise and its answer",
        expected: "each command is handled completely before IDR is read again",
      });
    }
    const { hostVersions, layout } = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
    if (this.#proposals.length === PROPOSALS_KEPT) this.#proposals.shift();
    this.#proposals.push({ versions: hostVersions, asked: layout.bmcToHost.size });
    const cause = versionCause(hostVersions.min, hostVersions.cur);
    if (cause === undefined) {
      this.#judgeAskedOfPeer(hostVersions, layout.bmcToHost.size);
      return;
    }
    this.breakOfPeer("LPC-REG-1", "wire", {
      seen: `host versions ${String(hostVersions.min)} to ${String(hostVersions.cur)}`,
      expected: "16-bit big-endian fields",
      bytes: bytes.slice(start + Field.hostVersionMin, start + Field.negotiatedVersion),
      offset: Field.hostVersionMin,
      cause,
    });
  }

  #judgeAskedOfPeer(versions: VersionRange, asked: number): void {
    const own = this.#own;
    const common = own === undefined ? 0 : negotiateVersion(own, versions);
    if (common < 2) return;
    const least = bufferBytes(common as Version, BTU);
    const room =
      this.#offer === undefined
        ? asked
        : askedSize(this.#offer, common as Version, undefined, this.context.windowBytes ?? asked);
    if (asked >= least && asked <= room) return;
    this.breakOfPeer("LPC-MTU-3", "wire", {
      seen: `rx_size ${String(asked)} is asked for in version ${String(common)}`,
      expected: `${String(least)}, the BTU's, to ${String(room)}, the room between the buffers`,
      offset: Field.rxSize,
      cause: askedCause(asked, least, room),
    });
  }

  /** The region is read though no Initialise came. */
  #judgeNeedlessRead(): void {
    const last = this.#lastByte;
    if (last < 0 || this.#phase !== "service") return;
    this.#lastByte = -1;
    if (last === Command.DUMMY) {
      this.break("LPC-BMC-3", "wire", {
        seen: "the host's fields are read behind a fence",
        expected: "a fence is passed over",
      });
      this.session = "unknown";
    } else if (last > Command.RX_COMPLETE) {
      this.break("LPC-KCS-4", "wire", {
        seen: `the host's fields are read behind the unknown byte ${byteText(last)}`,
        expected: "it has no effect",
      });
      this.session = "unknown";
    } else return;
    this.#initialiseRead();
    this.#initialise!.hasLooked = true;
    this.#initialise!.hasRead = true;
  }

  protected override onRegionWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    shown: number,
    pieces: number,
  ): void {
    this.#pieces = pieces;
    if (shown < length) {
      this.becomeUnknown();
      return;
    }
    if (liesInFields("bmc", true, offset, length)) {
      this.#regionWritten(offset, bytes, 0, shown);
      return;
    }
    this.break("LPC-REG-3", "wire", {
      seen: `${String(length)} bytes are written at ${hexOffset(offset)} of the control region`,
      expected: "of the control region, its fields alone are written",
      offset,
    });
  }

  protected override onBufferWritten(
    offset: number,
    length: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#packetWritten(offset, length, bytes, start, end);
  }

  #packetWritten(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.session === "open") {
      this.bufferWritten(offset, length, bytes, start, end);
      return;
    }
    if (this.session === "unknown" || this.#phase === "unknown") return;
    this.break("LPC-BMC-13", "wire", {
      seen: `${String(length)} bytes are written at ${hexOffset(offset)} outside a session`,
      expected: "a packet is written in a session only",
      offset,
    });
  }

  #regionWritten(offset: number, bytes: Uint8Array, start: number, end: number): void {
    const to = offset + end - start;
    const isStart = offset < Field.hostVersionMin || (offset < Field.negotiatedVersion && to > Field.hostVersionMin);
    if (this.#initialise !== undefined && !isStart) {
      this.#answerWritten(offset, bytes, start, end);
      return;
    }
    if (this.#initialise !== undefined && offset >= Field.hostVersionMin) {
      this.#breakHostFields(offset, bytes, start, end);
      return;
    }
    if (this.#phase === "service" || this.#phase === "unknown" || this.#phase === "stopped") {
      if (offset >= Field.bmcVersionMin) {
        this.#writtenInService(offset, to, bytes, start, end);
        return;
      }
      const isBehindActive = this.#phase === "service" && this.docket.generation("bmc") === "draft";
      if (isBehindActive && to === Field.hostVersionMin) {
        this.#writtenInService(offset, to, bytes, start, end);
        return;
      }
      this.#startUncleared();
    }
    if (this.#isStruck) this.#isStruck = false;
    this.#startWritten(offset, to, bytes, start, end);
  }

  #breakHostFields(offset: number, bytes: Uint8Array, start: number, end: number): void {
    this.break("LPC-REG-3", "wire", {
      seen: `the BMC writes host version fields (${hexOffset(offset)}) behind its start`,
      expected: "they are the host's: the BMC zeroes them at its start and never again",
      bytes: bytes.slice(start, end),
      offset,
    });
  }

  /** The magic is written by a BMC that starts and did not clear STR. */
  #startUncleared(): void {
    const hadActive = this.#written >= 0 && (this.#written & Status.BMC_ACTIVE) !== 0 && this.#phase === "service";
    const early = this.#dummiesBeforeMagic;
    // Where the life's beginning was not seen, STR may have been cleared before.
    const isKnown = this.#phase !== "unknown" || this.bornHere;
    this.#beginStart();
    this.#hasCleared = !isKnown;
    this.#clearedAt = Number.NaN;
    if (early > 0 && hadActive && this.context.livesTold) this.#announcements = early;
  }

  /** Fields are written while BMC Active is set, or in a life whose beginning was not seen. */
  #writtenInService(offset: number, to: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase !== "service") return;
    const isAnswer = offset >= Field.negotiatedVersion;
    if (isAnswer && this.#isLateAnswer) {
      this.break("LPC-BMC-4", "draft", {
        seen: `${offset >= Field.rxOffset ? "the layout" : "negotiated_ver"} is written behind STR, which answers the Initialise`,
        expected: "layout, negotiated_ver and STR, in this order",
        offset,
      });
      if (this.session === "open" && this.terms === undefined) this.session = "unknown";
      return;
    }
    if (offset >= Field.hostVersionMin && offset < Field.negotiatedVersion && someBit(bytes, start, end)) {
      this.#breakHostFields(offset, bytes, start, end);
      return;
    }
    this.break("LPC-BMC-2", "draft", {
      seen: `bytes ${hexOffset(offset)} to ${hexOffset(to - 1)} of the control region are written behind BMC Active`,
      expected: "all fields are written before BMC Active is set",
      offset,
    });
  }

  /** STR has answered, and its dummy still waits. */
  get #isLateAnswer(): boolean {
    return this.#dummyWaits && this.#dummyIsAnswer;
  }

  #answerWritten(offset: number, bytes: Uint8Array, start: number, end: number): void {
    const initialise = this.#initialise!;
    const to = offset + end - start;
    if (offset <= Field.rxOffset && to >= CONTROL_FIELDS_BYTES) {
      if (initialise.version !== undefined && offset > Field.negotiatedVersion) {
        this.break("LPC-BMC-4", "draft", {
          seen: "negotiated_ver is written before the layout",
          expected: "layout, negotiated_ver and STR, in this order",
          offset,
        });
      }
      initialise.layout = decodeLayout(bytes.subarray(start + Field.rxOffset - offset));
    }
    if (offset <= Field.negotiatedVersion && to >= Field.pad) {
      initialise.version = readU16be(bytes, start + Field.negotiatedVersion - offset);
    }
  }

  #startWritten(offset: number, to: number, bytes: Uint8Array, start: number, end: number): void {
    if (offset >= Field.hostVersionMin && offset < Field.negotiatedVersion && someBit(bytes, start, end)) {
      this.#breakHostFields(offset, bytes, start, end);
    }
    if (to > Field.bmcVersionMin) this.#judgeUnreadAnnouncement();
    if (offset === 0 && to >= Field.bmcVersionMin) {
      this.#wroteMagicAlone ||= to === Field.bmcVersionMin;
      this.#hasMagic = readU32be(bytes, start) === MAGIC;
      this.#hasMagicInLife ||= this.#hasMagic;
    }
    for (let at = offset; at < to; at++) {
      this.#region[at] = bytes[start + at - offset]!;
      this.#regionBytes |= 1 << at;
    }
    const zeroesVersions = offset <= Field.hostVersionMin && to >= Field.negotiatedVersion;
    // One write of everything zeroes them as late as any; of several in a row, those behind them come later.
    const isLast = this.#pieces === 1 || to <= Field.negotiatedVersion;
    this.#versionsZeroed = (zeroesVersions && isLast) || (this.#versionsZeroed && to <= Field.bmcVersionMin);
  }

  /** The start goes on behind the announcements. */
  #judgeUnreadAnnouncement(): void {
    if (this.#regionBytes === 0 || this.#regionBytes === MAGIC_BYTES) {
      this.#waitedInVain = this.status >= 0 && (this.status & Status.OBF) !== 0;
    }
    if (this.#announcements === 0 || this.status < 0) return;
    const waited = this.context.moment - this.#clearedAt;
    const isUnread = (this.status & Status.OBF) !== 0 || this.hasWritten;
    if (!isUnread || !(waited < this.context.times.announce - EARLY)) return;
    this.#clearedAt = Number.NaN;
    this.break("LPC-BMC-1", "draft", {
      seen: `the region is written while an announcement is unread, ${String(Math.round(waited))} ms behind STR = 0x01`,
      expected: `the second announcement is waited for, ${String(this.context.times.announce)} ms at most`,
    });
  }
}

/** Whether an answer is that to a proposal. */
function isRight(own: VersionRange, { versions, asked }: Proposal, version: number, isOpen: boolean): boolean {
  const common = negotiateVersion(own, versions);
  const isTiny = common >= 2 && asked < bufferBytes(common as Version, BTU);
  return common === 0 || isTiny ? !isOpen && version === 0 : isOpen && version === common;
}

function newest({ cur }: VersionRange): Version {
  return isVersion(cur) ? cur : 3;
}

function someBit(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return true;
  return false;
}

/** The first of the bytes that a mask of the region leaves out. */
function missingText(mask: number): string {
  for (let at = 0; at < CONTROL_FIELDS_BYTES; at++) if (((mask >>> at) & 1) === 0) return `from ${hexOffset(at)} on`;
  return "";
}
