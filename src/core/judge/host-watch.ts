/** A host as a judge follows it: from what it reads and writes alone, through start-up, session, rest and stop. */
import {
  CONTROL_FIELDS_BYTES,
  Field,
  MAGIC,
  decodeControlRegion,
  decodeHostVersions,
  type ControlRegion,
} from "../binding/control-region.ts";
import { BTU, askedSize, bufferBytes, judgeLayout } from "../binding/layout.ts";
import { Command, SESSION_BITS, Status, commandName } from "../binding/registers.ts";
import { isVersion, negotiateVersion, type Version, type VersionRange } from "../binding/versions.ts";
import { readU16be, readU32be } from "../wire/bytes.ts";
import { askedCause, sizeCause, swapped32, versionCause } from "./causes.ts";
import { LATENESS, byteText, type Context, type Terms } from "./context.ts";
import type { JudgedRequirement } from "./requirements.ts";
import { judgeBeforeMagic, judgeCommand, judgeTaken, liesInFields } from "./rules.ts";
import { SideWatch, hexOffset } from "./side-watch.ts";

/** Bits 5, 4, 3 and 2 of STR. */
const MEANINGLESS = 0x3c;
/** Of these, bits that only software sets. */
const SOFTWARE_RESERVED = 0x34;
/** How often a byte in ODR may be seen and left there, and how often a host may look at an ended session. */
const LOOKS_AT_BYTE = 8;
const LOOKS_AT_LOSS = 3;
const LOOKS_AT_REMEMBERED = 3;
/** Start-ups in a row, with no rest and no session between, beyond which it is no chance. */
const STARTS_IN_A_ROW = 12;
const STARTS_BEFORE_REST = 8;
const REFUSALS_IN_A_ROW = 4;
/** Accesses behind which something odd is no longer taken for the reason of what follows. */
const REASON_HOLDS = 8;
const FENCES = 2;
/** Milliseconds by which a timer may fire early. */
const EARLY = 20;

/**
 * awaiting: in a start-up, nothing written yet · zeroed: host versions 0/0 written · closed: the close is written ·
 * proposing: host versions written · opened: the opening Initialise is written · answered: the terms were read ·
 * refused, restarted: the version fields were read as proposed, or otherwise · lost: STR showed the session's end.
 */
type Phase =
  | "unknown"
  | "awaiting"
  | "zeroed"
  | "closed"
  | "proposing"
  | "opened"
  | "answered"
  | "active"
  | "refused"
  | "restarted"
  | "resting"
  | "lost"
  | "stopped";

interface Answer {
  readonly terms: Terms | undefined;
  readonly pad: number;
  /** What forbids to use it. */
  readonly fault: { readonly rule: "LPC-VER-3" | "LPC-MTU-6" | "LPC-MTU-5"; readonly why: string } | undefined;
}

interface Oddity {
  readonly rule: "LPC-KCS-8" | "LPC-KCS-5" | "LPC-KCS-4";
  readonly text: string;
  readonly access: number;
}

export class HostWatch extends SideWatch {
  #phase: Phase = "unknown";
  /** This start-up was seen from its proposal on. */
  #isStartUpKnown = false;
  /** And from its beginning: whether there was a close, and a look for the magic. */
  #hasSeenBeginning = false;
  #hasMagic = false;
  /** What was read in its place is something else. */
  #hasOtherMagic = false;
  #hasClosed = false;
  #fences = 0;
  /** The host version fields as written, and which of their bytes were, bit by bit. */
  readonly #versions = new Uint8Array(4);
  #versionBytes = 0;
  readonly #asked = new Uint8Array(4);
  #askedBytes = 0;
  #askedFirst = false;
  /** The range proposed last, undefined for unknown. */
  #own: VersionRange | undefined;
  #offer: ControlRegion | undefined;
  #answer: Answer | undefined;
  #confirmations = 0;
  /** A byte of ODR was read since STR was. */
  #hasByte = false;
  /** The access at which ODR was read as 0x00, -1 for none. */
  #zeroReadAt = -1;
  #looksAtByte = 0;
  #looksAtLoss = 0;
  #looksAtRemembered = 0;
  #remembersBegin = false;
  #oldBegin = false;
  #refusals: number | undefined;
  #restless = 0;
  #startsInARow = 0;
  /** The row was seen from its beginning. */
  #isRowWhole = false;
  readonly #restFields = new Uint8Array(4);
  #restHasChanged = false;
  #restBegan: number = Number.NaN;
  #declines = false;
  #oddity: Oddity | undefined;
  #nothingWasOpen = false;
  #wasOpen = false;
  #stopTold = false;
  #hasClosedUnzeroed = false;

  constructor(context: Context) {
    super(context, "host");
  }

  /** What the host believes to be in, for a judge that sees both sides. */
  get believes(): Terms | undefined {
    return this.session === "open" ? this.terms : undefined;
  }

  /* ---- Lives ---- */

  override started(): void {
    super.started();
    this.#phase = "awaiting";
    this.#isStartUpKnown = true;
    this.#hasSeenBeginning = true;
    this.#clearStartUp();
    this.#refusals = 0;
    this.#restless = 0;
    this.#startsInARow = 0;
    this.#isRowWhole = true;
    this.#oddity = undefined;
    this.#wasOpen = false;
    this.#stopTold = false;
    this.#hasClosedUnzeroed = false;
    this.#hasByte = false;
    this.docket.beginsAnew("host");
  }

  override stopAsked(): void {
    super.stopAsked();
    const phase = this.#phase;
    this.#wasOpen = this.session === "open" || phase === "opened" || phase === "answered";
    const isDown = this.status >= 0 && (this.status & Status.BMC_ACTIVE) === 0;
    this.#nothingWasOpen =
      phase === "resting" || phase === "closed" || (phase === "awaiting" && (isDown || !this.#hasMagic));
  }

  override ended(): void {
    if (this.stopping && this.#wasOpen && this.#phase !== "stopped") this.#judgeEnd();
    else if (this.stopping && this.stopAskedAt >= 0) this.keep("LPC-TIME-5");
    this.forget();
    this.#phase = "unknown";
    this.#isStartUpKnown = false;
    this.#hasSeenBeginning = false;
  }

  #judgeEnd(): void {
    if (this.status < 0 || (this.status & Status.BMC_ACTIVE) === 0) return;
    const waited = this.context.moment - this.stopAskedAt;
    if ((this.status & Status.IBF) === 0) {
      this.break("LPC-HOST-12", "draft", {
        seen: "the host stops with a session or a proposal open, and writes no close",
        expected: "host versions 0/0 and Initialise are its last words",
      });
    } else if (waited < this.context.times.stop - EARLY) {
      this.break("LPC-TIME-5", "draft", {
        seen: `the host ends without a close ${String(Math.round(waited))} ms behind the wish to stop, IBF = 1`,
        expected: `it waits ${String(this.context.times.stop)} ms for IDR to become empty`,
      });
    }
  }

  #clearStartUp(): void {
    this.#hasMagic = false;
    this.#hasClosed = false;
    this.#fences = 0;
    this.#versionBytes = 0;
    this.#askedBytes = 0;
    this.#askedFirst = false;
    this.#offer = undefined;
    this.#answer = undefined;
    this.#confirmations = 0;
    this.#remembersBegin = false;
    this.#oldBegin = false;
    this.#declines = false;
    this.#looksAtByte = 0;
  }

  /** The host looks for a BMC, or proposes anew. */
  #beginStartUp(): void {
    if (this.#phase === "active") this.#judgeLeaving();
    if (this.#phase === "lost") this.keep("LPC-HOST-9");
    if (this.#phase === "refused") this.#judgeNoRest();
    if (this.#phase === "restarted") this.keep("LPC-HOST-7");
    if (this.#phase === "resting") this.#judgeRestEnd();
    this.endSession();
    this.#phase = "awaiting";
    this.#isStartUpKnown = true;
    this.#hasSeenBeginning = true;
    this.#clearStartUp();
    this.docket.beginsAnew("host");
  }

  #judgeLeaving(): void {
    const oddity = this.#oddity;
    this.#oddity = undefined;
    if (oddity === undefined || this.stopping || this.docket.access - oddity.access > REASON_HOLDS) return;
    this.break(oddity.rule, "wire", {
      seen: `a start-up begins behind ${oddity.text}, though STR shows the session up`,
      expected: "it has no effect",
    });
  }

  /** A second refusal, or a later one, and no rest behind it. */
  #judgeNoRest(): void {
    if (this.#refusals === undefined || this.#refusals < 2) {
      this.keep("LPC-HOST-15");
      return;
    }
    this.#restless++;
    if (!this.context.livesTold && this.#restless < REFUSALS_IN_A_ROW) return;
    this.break("LPC-HOST-15", "draft", {
      seen: `refusal number ${String(this.#refusals)} in a row is followed by a start-up at once`,
      expected: "the host asks again once, and rests behind the second refusal",
    });
  }

  #judgeRestEnd(): void {
    const rested = this.context.moment - this.#restBegan;
    if (this.#restHasChanged || !this.context.livesTold || !(rested < this.context.times.refused - EARLY)) {
      this.keep("LPC-TIME-2");
      return;
    }
    this.break("LPC-TIME-2", "draft", {
      seen: `a rest ends after ${String(Math.round(rested))} ms, the host version fields unchanged`,
      expected: `it lasts ${String(this.context.times.refused)} ms`,
    });
  }

  /* ---- STR ---- */

  protected override onStatus(value: number): void {
    this.#hasByte = false;
    if (this.#zeroReadAt >= 0 && (value & Status.BMC_ACTIVE) !== 0) this.#breakByteOfPeer(Command.INITIALISE, true);
    this.#zeroReadAt = -1;
    const isUp = (value & SESSION_BITS) === SESSION_BITS;
    this.#judgeReserved(value, isUp);
    this.#judgeUnreadByte(value);
    this.#judgeStopTime();
    if (this.#phase === "answered") this.#confirm(isUp);
    else if (this.#phase === "active") {
      if (!isUp) this.#lose();
      else this.#judgeRemembered();
    } else if (this.#phase === "lost") this.#judgeLoss(value);
    else if (this.session === "unknown" && this.#phase === "unknown" && !isUp) this.endSession();
    // With a byte in ODR, the look behind that byte decides (H0.3 to H0.5).
    if ((value & Status.BMC_ACTIVE) !== 0 || (value & Status.OBF) !== 0) return;
    this.#endRow();
    if (this.#phase === "resting" || this.#phase === "refused" || this.#phase === "restarted") {
      this.#phase = "awaiting";
      this.#clearStartUp();
    }
  }

  #judgeReserved(value: number, isUp: boolean): void {
    if ((value & MEANINGLESS) !== 0 && isUp) {
      this.#oddity = {
        rule: "LPC-KCS-8",
        text: `an STR of ${byteText(value)}, with bits set that have no meaning`,
        access: this.docket.access,
      };
      this.keep("LPC-KCS-8");
    }
    if ((value & SOFTWARE_RESERVED) === 0) return;
    this.breakOfPeer("LPC-KCS-7", "wire", {
      seen: `STR is read as ${byteText(value)}`,
      expected: "bits 5, 4 and 2 are 0",
    });
  }

  #judgeUnreadByte(value: number): void {
    if ((value & Status.OBF) === 0) {
      this.#looksAtByte = 0;
      return;
    }
    if (!this.#isStartUpKnown && this.#phase !== "active") return;
    this.#looksAtByte++;
    if (this.#looksAtByte !== LOOKS_AT_BYTE) return;
    const isBlind = this.#phase === "awaiting" && !this.#hasMagic;
    this.break(isBlind ? "LPC-HOST-14" : "LPC-HOST-16", "draft", {
      seen: `STR shows OBF = 1 ${String(LOOKS_AT_BYTE)} times, and ${isBlind ? "the window is not looked at" : "ODR is not read"}`,
      expected: isBlind
        ? "a byte in ODR is a reason to look for the magic (H0.2)"
        : "a byte in ODR is read in every round (H0.3, H2.4), whatever the host waits for",
    });
  }

  #judgeStopTime(): void {
    if (
      !this.stopping ||
      this.#stopTold ||
      !(this.context.moment - this.stopAskedAt > this.context.times.stop + LATENESS)
    ) {
      return;
    }
    this.#stopTold = true;
    this.break("LPC-TIME-5", "draft", {
      seen: `the host still looks at STR ${String(Math.round(this.context.moment - this.stopAskedAt))} ms behind the wish to stop`,
      expected: `it ends without a close when ${String(this.context.times.stop)} ms are over`,
    });
  }

  #lose(): void {
    this.endSession();
    this.context.sessions.host = 0;
    this.#phase = "lost";
    this.#looksAtLoss = 0;
  }

  #judgeLoss(value: number): void {
    if ((value & Status.BMC_ACTIVE) === 0) {
      this.#looksAtLoss = 0;
      return;
    }
    this.#looksAtLoss++;
    if (this.#looksAtLoss < LOOKS_AT_LOSS) return;
    this.break("LPC-HOST-9", "wire", {
      seen: `STR shows BMC Active without a session ${String(this.#looksAtLoss + 1)} times, and the host begins no start-up`,
      expected: "the session is over when STR shows Channel Active = 0: the host begins a start-up",
    });
    this.#phase = "unknown";
    this.#isStartUpKnown = false;
    this.#hasSeenBeginning = false;
  }

  #judgeRemembered(): void {
    if (!this.#remembersBegin) return;
    if (!this.inbound.owes || !this.inbound.image.isEmpty) {
      this.#remembersBegin = false;
      this.keep("LPC-HOST-8");
      return;
    }
    this.#looksAtRemembered++;
    if (this.#looksAtRemembered < LOOKS_AT_REMEMBERED) return;
    this.#remembersBegin = false;
    this.break("LPC-HOST-8", "draft", {
      seen: "a Tx Begin that was read between Initialise and the judgement is not taken",
      expected: "it is the session's first: length and packet are read in the first round",
    });
    this.inbound.reset("unknown");
  }

  /* ---- The answer ---- */

  #readAnswer(bytes: Uint8Array, start: number): void {
    this.#judgeFences();
    const region = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
    this.#answer = this.#judgeAnswer(region, readU16be(bytes, start + Field.pad));
    this.#confirmations = 0;
    this.#phase = "answered";
    // An older host is in its session as soon as it has read the answer.
    if (this.docket.generation("host") === "older" && this.#answer.fault === undefined) this.#use(0);
  }

  #judgeFences(): void {
    const isDraft = this.#hasClosed || this.#fences > 0;
    if (!isDraft) {
      if (this.docket.generation("host") !== "draft") {
        this.docket.isOlder("host", "an older host: it neither closes nor fences (LPC-HOST-3, LPC-HOST-4, LPC-HOST-6)");
      }
      return;
    }
    const isUnread = (this.status & Status.IBF) !== 0 || this.hasWritten;
    if (this.#fences >= FENCES && !isUnread) {
      this.keep("LPC-HOST-6");
      return;
    }
    this.break("LPC-HOST-6", "draft", {
      seen:
        this.#fences < FENCES
          ? `the answer is read behind Initialise and ${this.#fences === 0 ? "no fence" : "one fence"}`
          : "the answer is read while the last fence is unread",
      expected: "two fences, and an STR read that shows IBF = 0 behind the second, come first",
    });
  }

  #judgeAnswer({ negotiatedVersion, layout }: ControlRegion, pad: number): Answer {
    const own = this.#own;
    if (
      !isVersion(negotiatedVersion) ||
      (own !== undefined && (negotiatedVersion < own.min || negotiatedVersion > own.cur))
    ) {
      const why = `negotiated_ver is ${String(negotiatedVersion)}${own === undefined ? "" : `, and the host speaks ${rangeText(own)}`}`;
      const terms = isVersion(negotiatedVersion) ? { version: negotiatedVersion, layout } : undefined;
      return { terms, pad, fault: { rule: "LPC-VER-3", why } };
    }
    const terms: Terms = { version: negotiatedVersion, layout };
    const asked = this.#askedBytes === 0xf ? readU32be(this.#asked, 0) : undefined;
    const isAskedKnown = this.#isStartUpKnown && (asked !== undefined || this.#offer !== undefined);
    if (negotiatedVersion > 1 && isAskedKnown && (asked === undefined || layout.bmcToHost.size > asked)) {
      const why = `rx_size of the answer is ${String(layout.bmcToHost.size)}, and the host asked for ${asked === undefined ? "none" : String(asked)}`;
      return { terms, pad, fault: { rule: "LPC-MTU-6", why } };
    }
    const judged = judgeLayout(layout, negotiatedVersion, this.context.windowBytes ?? Number.MAX_SAFE_INTEGER);
    if (judged.ok) {
      this.#judgeSizesOfPeer(terms, asked);
      return { terms, pad, fault: undefined };
    }
    this.breakOfPeer("LPC-MTU-5", "wire", {
      seen: `the layout of the answer: ${layoutText(terms)}`,
      expected: "two buffers behind the control region, apart from each other, each of the BTU at least",
      cause: sizeCause(layout.bmcToHost.size, this.context.windowBytes ?? 0xffffff),
    });
    return { terms, pad, fault: { rule: "LPC-MTU-5", why: `the layout is ${layoutText(terms)}` } };
  }

  #judgeSizesOfPeer(terms: Terms, asked: number | undefined): void {
    if (asked === undefined || terms.version === 1 || terms.layout.hostToBmc.size <= asked) return;
    this.breakOfPeer("LPC-MTU-4", "wire", {
      seen: `tx_size of the answer is ${String(terms.layout.hostToBmc.size)}, and the host asked for ${String(asked)}`,
      expected: "both sizes are for the smaller of the two MTUs",
    });
  }

  #confirm(isUp: boolean): void {
    this.#confirmations++;
    if (!isUp) {
      this.#lose();
      return;
    }
    if (this.#answer?.fault !== undefined) return;
    if (this.#confirmations === 1) this.#openSession();
    else this.#use(2);
  }

  #openSession(): void {
    this.beginSession(this.#answer?.terms);
    if (this.#remembersBegin) {
      this.inbound.begin();
      this.#looksAtRemembered = 0;
    }
    this.context.hostOpened(this.#answer?.terms);
  }

  /** Something is done that belongs to a session; `confirmations` of STR have to stand between it and the terms. */
  #use(confirmations: number): void {
    if (this.#phase !== "answered") return;
    const fault = this.#answer?.fault;
    if (fault !== undefined) {
      this.break(fault.rule, fault.rule === "LPC-MTU-6" ? "draft" : "wire", {
        seen: `a session is used though ${fault.why}`,
        expected: fault.rule === "LPC-MTU-6" ? "the host begins the start-up again" : "the host closes and rests",
      });
      this.#openSession();
    } else if (this.#answer !== undefined) {
      for (const rule of ["LPC-VER-3", "LPC-MTU-5", "LPC-MTU-6", "LPC-REG-5"] as const) this.keep(rule);
      if (this.#answer.pad !== 0) this.keep("LPC-REG-4");
    }
    if (this.#confirmations < confirmations) {
      this.break("LPC-HOST-7", "draft", {
        seen: `the session is used ${this.#confirmations === 0 ? "without a read of STR" : "behind one read of STR"} since the terms were read`,
        expected: "STR is read behind the terms (H1.21), and again in the first round of the session (H2.2)",
      });
    } else this.keep("LPC-HOST-7");
    if (this.session !== "open") this.#openSession();
    this.#phase = "active";
    this.#refusals = 0;
    this.#restless = 0;
    this.#endRow();
  }

  /* ---- ODR ---- */

  override dataRead(value: number, _step: string | undefined): void {
    if (this.status >= 0 && ((this.status & Status.OBF) === 0 || this.#hasByte)) {
      this.break("LPC-HOST-16", "wire", {
        seen: `ODR is read (${byteText(value)}) ${this.#hasByte ? "twice behind one read of STR" : "though STR showed OBF = 0"}`,
        expected: "ODR is read when STR shows OBF = 1: what it holds otherwise means nothing",
        cause:
          value === Command.DUMMY
            ? { name: "staleDummy", text: "a dummy read before is taken for a new one" }
            : undefined,
      });
    } else if (this.status >= 0) this.keep("LPC-HOST-16");
    this.#judgeMagic(`ODR is read`);
    this.#use(2);
    this.#hasByte = true;
    this.#looksAtByte = 0;
    this.#judgeByteOfPeer(value);
    if (this.session === "open") {
      if (value === Command.TX_BEGIN) this.beginRead();
      else if (value === Command.RX_COMPLETE) this.completionRead();
      return;
    }
    if (value !== Command.TX_BEGIN) return;
    if (this.#phase === "opened") this.#remembersBegin = true;
    else this.#oldBegin = true;
  }

  #judgeByteOfPeer(value: number): void {
    if (value === Command.TX_BEGIN || value === Command.RX_COMPLETE || value === Command.DUMMY) return;
    const isInitialise = value === Command.INITIALISE;
    this.keep(isInitialise ? "LPC-KCS-5" : "LPC-KCS-4");
    this.#oddity = {
      rule: isInitialise ? "LPC-KCS-5" : "LPC-KCS-4",
      text: isInitialise ? "an Initialise read from ODR" : `the unknown byte ${byteText(value)}`,
      access: this.docket.access,
    };
    if (this.status < 0 || (this.status & Status.OBF) === 0) return;
    // A register that was reset under the host reads as 0: the next look at STR tells.
    if (isInitialise) this.#zeroReadAt = this.docket.access;
    else this.#breakByteOfPeer(value, isInitialise);
  }

  #breakByteOfPeer(value: number, isInitialise: boolean): void {
    this.breakOfPeer("LPC-BMC-13", "wire", {
      seen: `${commandName(value)} is read from ODR`,
      expected: "Tx Begin, Rx Complete or a dummy",
      cause: isInitialise ? { name: "otherDirection", text: "Initialise goes from host to BMC only" } : undefined,
    });
  }

  #judgeMagic(what: string): void {
    if (!this.#hasSeenBeginning || this.#phase === "active" || this.#phase === "lost") return;
    const broken = judgeBeforeMagic(this.#hasMagic, what);
    if (broken === undefined) {
      this.keep("LPC-HOST-14");
      return;
    }
    // A read that showed something else forbids more than one that was not made.
    this.break(this.#hasOtherMagic && !what.includes("read") ? "LPC-REG-2" : broken.requirement, "draft", {
      seen: `${what} in a start-up in which the window has not shown the magic`,
      expected: "a read of 0x00 to 0x03 shows 4d 43 54 50 first",
    });
  }

  /* ---- IDR ---- */

  override dataWritten(value: number, _step: string | undefined): void {
    this.judgeRoom(value);
    this.#judgeStale(`${commandName(value)} is written`);
    if (value === Command.TX_BEGIN || value === Command.RX_COMPLETE) {
      this.#use(2);
      this.#transferWritten(value);
      return;
    }
    if (this.session !== "open") this.#judgeOutside(`${commandName(value)} is written`);
    const broken = judgeCommand("host", value);
    if (value === Command.INITIALISE) this.#initialise();
    else if (value === Command.DUMMY) this.#fence();
    else if (broken !== undefined) {
      this.break(broken.requirement, "wire", {
        seen: `the byte ${byteText(value)} is written to IDR`,
        expected: "Initialise, Tx Begin, Rx Complete or a fence",
        cause: { name: "byteInvented", text: "no command has this value" },
      });
    }
  }

  /** LPC-KCS-1 outside a session, LPC-HOST-10 in one. */
  #judgeStale(what: string): void {
    const rule: JudgedRequirement = this.session === "open" ? "LPC-HOST-10" : "LPC-KCS-1";
    if (!this.#hasByte) {
      this.keep(rule);
      return;
    }
    this.#hasByte = false;
    this.break(rule, "draft", {
      seen: `${what} behind a byte of ODR, and STR was not read between`,
      expected: "STR is read again behind every byte that is read from ODR",
    });
  }

  /** What holds for everything that a host writes outside a session. */
  #judgeOutside(what: string): void {
    this.#judgeMagic(what);
    if (this.status >= 0 && this.#phase !== "active") {
      if ((this.status & Status.BMC_ACTIVE) === 0) {
        this.break("LPC-HOST-1", "draft", {
          seen: `${what} though STR, read as ${byteText(this.status)}, shows BMC Active = 0`,
          expected: "the host awaits the BMC",
        });
      } else this.keep("LPC-HOST-1");
    }
    this.#judgeWriteBehindStop(what);
  }

  #judgeWriteBehindStop(what: string): void {
    if (!this.stopping || this.#hasClosedUnzeroed) return;
    if (this.#phase === "stopped" || this.#nothingWasOpen) {
      this.break("LPC-HOST-12", "draft", {
        seen: `${what} ${this.#phase === "stopped" ? "behind the close of a host that stops" : "by a host that stops with nothing open"}`,
        expected: this.#phase === "stopped" ? "the close is its last word" : "it makes no access",
      });
      this.#nothingWasOpen = false;
    }
  }

  #fence(): void {
    if (this.#phase === "active") {
      this.break("LPC-HOST-16", "draft", {
        seen: "a fence is written in a session",
        expected: "fences stand behind the two Initialises of a start-up",
        cause: { name: "byteInvented", text: "nothing waits for it" },
      });
      return;
    }
    if (this.#phase !== "closed" && this.#phase !== "opened") return;
    if (this.#phase === "opened" && !this.#hasClosed && this.#hasSeenBeginning && this.#fences === 0)
      this.#breakClose();
    this.#fences++;
    this.docket.followsDraft("host");
    if (this.#fences > FENCES) {
      this.break("LPC-HOST-16", "draft", {
        seen: `fence number ${String(this.#fences)} behind one Initialise`,
        expected: "two fences",
      });
    }
  }

  #breakClose(): void {
    this.break("LPC-HOST-3", "draft", {
      seen: "the first Initialise of a start-up proposes versions",
      expected: "host versions 0/0 and Initialise come first: the close of whatever session there is",
    });
  }

  #initialise(): void {
    this.context.initialises.written++;
    const phase = this.#phase;
    if (phase === "zeroed") this.#close();
    else if (this.stopping && phase !== "proposing") this.#closeUnzeroed();
    else if (phase === "proposing") this.#open();
    else if (!this.#hasSeenBeginning) {
      this.endSession();
      this.#phase = this.#phase === "unknown" ? "unknown" : "opened";
      this.#fences = 0;
    } else if (!this.#hasClosed && (phase === "awaiting" || phase === "active")) {
      this.break("LPC-HOST-3", "draft", {
        seen: "the first Initialise of a start-up is written, and the host version fields were not zeroed before",
        expected: "0 in host_ver_min and host_ver_cur, then Initialise",
        cause: {
          name: "fieldsAfterInitialise",
          text: "the fields are written behind the Initialise that they belong to",
        },
      });
      this.#hasClosed = true;
      this.#phase = "closed";
      this.#fences = 0;
    } else this.#openWithoutProposal();
  }

  #closeUnzeroed(): void {
    this.break("LPC-HOST-3", "draft", {
      seen: "the close of a host that stops is written, and the host version fields were not zeroed before",
      expected: "0 in host_ver_min and host_ver_cur, then Initialise",
    });
    this.#hasClosedUnzeroed = true;
    this.endSession();
    this.#phase = "stopped";
  }

  #openWithoutProposal(): void {
    if (this.#phase === "closed") {
      this.break("LPC-HOST-5", "wire", {
        seen: "Initialise is written, and the host's fields were not written since the close",
        expected: "host_ver_min, host_ver_cur, rx_size, then Initialise",
        cause: {
          name: "fieldsAfterInitialise",
          text: "the fields are written behind the Initialise that they belong to",
        },
      });
    }
    this.endSession();
    this.#phase = "opened";
    this.#fences = 0;
    this.#remembersBegin = false;
  }

  #close(): void {
    this.endSession();
    this.docket.followsDraft("host");
    this.keep("LPC-HOST-3");
    this.#hasClosed = true;
    this.#fences = 0;
    this.#versionBytes = 0;
    this.#askedBytes = 0;
    if (this.stopping) {
      this.keep("LPC-HOST-12");
      this.#phase = "stopped";
    } else if (this.#declines) {
      this.#phase = "resting";
      this.#beginRest(undefined);
    } else this.#phase = "closed";
    this.#declines = false;
  }

  #open(): void {
    this.endSession();
    this.#judgeProposal();
    this.#isStartUpKnown = true;
    this.#phase = "opened";
    this.#fences = 0;
    this.#remembersBegin = false;
    this.#startsInARow++;
    if (this.#startsInARow === STARTS_IN_A_ROW) {
      this.break("LPC-TIME-2", "draft", {
        seen: `${String(STARTS_IN_A_ROW)} start-ups in a row, with neither session nor rest between`,
        expected: "the ninth is followed by a rest",
      });
    }
  }

  #judgeProposal(): void {
    this.#own = this.#versionBytes === 0xf ? decodeHostVersions(this.#versions) : undefined;
    const own = this.#own;
    if (own === undefined) return;
    const cause = versionCause(own.min, own.cur);
    if (cause !== undefined) {
      this.break("LPC-REG-1", "wire", {
        seen: `host versions ${rangeText(own)}`,
        expected: "16-bit big-endian fields",
        bytes: this.#versions,
        offset: Field.hostVersionMin,
        cause,
      });
      return;
    }
    this.keep("LPC-REG-1");
    if (own.min === 1 && own.cur >= 3) this.keep("LPC-VER-4");
    else {
      this.break("LPC-VER-4", "draft", {
        seen: `the host speaks versions ${rangeText(own)}`,
        expected: "1 to 3: then it works with every deployed BMC",
      });
    }
    this.#judgeAsked(own);
  }

  #judgeAsked(own: VersionRange): void {
    const offer = this.#offer;
    if (offer === undefined) return;
    const common = negotiateVersion(offer.bmcVersions, own);
    if (common < 2) return;
    if (this.#askedBytes !== 0xf) {
      this.break("LPC-HOST-5", "wire", {
        seen: `versions ${rangeText(own)} are proposed, and no rx_size is written`,
        expected: `rx_size is written before Initialise where the common version is 2 or 3 (it is ${String(common)})`,
      });
      return;
    }
    if (this.#askedFirst) {
      this.break("LPC-HOST-5", "draft", {
        seen: "rx_size is written before the host versions",
        expected: "the versions, then rx_size: a proposal that a restart of the BMC cuts in two is then known as such",
      });
    } else this.keep("LPC-HOST-5");
    this.#judgeAskedSize(common as Version, readU32be(this.#asked, 0), offer);
  }

  #judgeAskedSize(common: Version, asked: number, offer: ControlRegion): void {
    const least = bufferBytes(common, BTU);
    const room = askedSize(offer.layout, common, undefined, this.context.windowBytes ?? Number.MAX_SAFE_INTEGER);
    if (asked >= least && asked <= room) {
      this.keep("LPC-MTU-3");
      return;
    }
    this.break("LPC-MTU-3", "wire", {
      seen: `rx_size ${String(asked)} is asked for in version ${String(common)}`,
      expected: `${String(least)}, the BTU's, to ${String(room)}, the room between the buffers`,
      bytes: this.#asked,
      offset: Field.rxSize,
      cause: askedCause(asked, least, room),
    });
  }

  #transferWritten(value: number): void {
    if (this.session === "open") {
      if (value === Command.TX_BEGIN) {
        this.beginWritten(() => {
          this.break("LPC-HOST-11", "wire", {
            seen: "Tx Begin is written, and no packet was written since the buffer is the host's",
            expected: "the whole packet is in the buffer before its Tx Begin",
          });
        });
      } else this.#completeWritten();
      return;
    }
    if (this.session === "unknown" || this.#phase === "unknown") {
      this.outbound.begin(undefined);
      return;
    }
    if (this.#phase === "lost") this.#breakLost(`${commandName(value)} is written`);
    else {
      this.break(value === Command.TX_BEGIN ? "LPC-HOST-11" : "LPC-HOST-16", "wire", {
        seen: `${commandName(value)} is written outside a session`,
        expected: "packets pass in a session only",
      });
    }
  }

  #breakLost(what: string): void {
    this.break("LPC-HOST-9", "wire", {
      seen: `${what} though STR, read as ${byteText(this.status)}, shows that the session is over`,
      expected: "packets in flight are given up, and a start-up begins",
    });
  }

  /** A packet is taken in no session at all. */
  #breakTaken(): void {
    const broken = judgeTaken("host", this.context.begunIn.bmcToHost, 0);
    if (broken === undefined) return;
    this.break(broken.requirement, "wire", {
      seen: `${broken.what}: the host is in none`,
      expected: "what was sent in a session is taken in that session only",
    });
  }

  #completeWritten(): void {
    this.judgeTurn(Command.RX_COMPLETE);
    if (this.inbound.complete(this.terms)) return;
    this.break("LPC-HOST-16", "wire", {
      seen: "Rx Complete is written, and no packet was announced",
      expected: "one Rx Complete for each Tx Begin",
      cause: { name: "byteInvented", text: "the command answers nothing" },
    });
  }

  /* ---- The window ---- */

  protected override onBufferRead(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.#use(2);
    if (this.#phase === "lost") {
      this.#breakLost("a packet is read");
      if (this.context.bothRecorded) this.#breakTaken();
      return;
    }
    this.bufferRead(offset, length, bytes, start, end, () => {
      this.#breakUnannounced(offset);
    });
  }

  protected override onRegionRead(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (this.session !== "open") this.#judgeStale("the window is read");
    if (shown < Math.min(length, CONTROL_FIELDS_BYTES)) {
      this.becomeUnknown();
      return;
    }
    if (offset === 0 && length >= CONTROL_FIELDS_BYTES) this.#regionRead(bytes, 0);
    else if (offset === 0 && length >= 4) this.#magicRead(bytes, 0);
    else if (offset === Field.hostVersionMin && length === 4) this.#fieldsRead(bytes, 0);
    else if (offset + length > CONTROL_FIELDS_BYTES && this.#phase !== "unknown") {
      this.break("LPC-SEC-1", "draft", {
        seen: `${String(length)} bytes are read at ${hexOffset(offset)}`,
        expected: "of the control region, its fields",
        offset,
      });
    }
  }

  #breakUnannounced(offset: number): void {
    this.break(this.#oldBegin ? "LPC-HOST-8" : "LPC-HOST-16", "wire", {
      seen: `the buffer is read, and no Tx Begin was read ${this.#oldBegin ? "since the opening Initialise" : "in this session"}`,
      expected: this.#oldBegin
        ? "a Tx Begin that was read before the opening Initialise is forgotten with it"
        : "a packet is read behind its Tx Begin",
      offset,
    });
  }

  #magicRead(bytes: Uint8Array, start: number): void {
    if (this.#phase !== "awaiting") this.#beginStartUp();
    this.#hasMagic = readU32be(bytes, start) === MAGIC;
    this.#hasOtherMagic = !this.#hasMagic;
    if (this.#hasOtherMagic) this.keep("LPC-REG-2");
    this.#looksAtByte = 0;
    this.#judgeMagicOfPeer(readU32be(bytes, start));
  }

  #judgeMagicOfPeer(magic: number): void {
    if (swapped32(magic) !== MAGIC || this.status < 0 || (this.status & Status.BMC_ACTIVE) === 0) return;
    this.breakOfPeer("LPC-REG-1", "wire", {
      seen: "the magic reads 50 54 43 4d",
      expected: "4d 43 54 50",
      offset: 0,
      cause: { name: "byteOrder", text: "the control region is little-endian" },
    });
  }

  #regionRead(bytes: Uint8Array, start: number): void {
    const isUp = this.status >= 0 && (this.status & SESSION_BITS) === SESSION_BITS;
    if (this.#phase === "opened") {
      if (isUp) this.#readAnswer(bytes, start);
      else if (this.#fences === 0) this.#beginOlder(bytes, start);
      return;
    }
    if (this.#phase === "answered") {
      if (this.#confirmations > 0 && this.docket.generation("host") === "draft") {
        this.break("LPC-REG-5", "draft", {
          seen: "the control region is read again when the terms have been judged",
          expected: "the terms that were judged are those that are kept",
          offset: 0,
        });
      } else if (this.#confirmations > 0) this.#beginOlder(bytes, start);
      else this.#readAnswer(bytes, start);
      return;
    }
    // In a recording that begins in the middle it may be the offer, the answer, or an older host's beginning.
    if (this.#phase === "closed" || this.#phase === "proposing" || this.#phase === "unknown") {
      this.#offer = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
      return;
    }
    this.#beginOlder(bytes, start);
  }

  /** An older host reads the whole region where it begins. */
  #beginOlder(bytes: Uint8Array, start: number): void {
    if (this.#phase !== "awaiting") this.#beginStartUp();
    this.#offer = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
    this.#hasMagic = this.#offer.magic === MAGIC;
    this.#hasOtherMagic = !this.#hasMagic;
    this.#looksAtByte = 0;
    this.#judgeMagicOfPeer(this.#offer.magic);
  }

  #fieldsRead(bytes: Uint8Array, start: number): void {
    const isSame = [0, 1, 2, 3].every((at) => bytes[start + at] === this.#versions[at]);
    switch (this.#phase) {
      case "opened":
        this.#judgeFences();
        if (isSame && this.#refusals !== undefined) this.#refusals++;
        this.#phase = isSame ? "refused" : "restarted";
        this.#beginRest(bytes.subarray(start, start + 4));
        return;
      case "refused":
        if (this.#refusals === 1) {
          this.break("LPC-HOST-15", "draft", {
            seen: "the host rests behind the first refusal since it started or was in a session",
            expected: "it begins the start-up again at once",
          });
        }
        this.#phase = "resting";
        this.#endRow();
        this.#restless = 0;
        return;
      case "restarted":
        this.#phase = "resting";
        // Restarts in a row end in a rest, too (H1.29).
        if (this.#startsInARow >= STARTS_BEFORE_REST || !this.#isRowWhole) {
          this.#endRow();
          return;
        }
        this.#endRow();
        this.break("LPC-HOST-7", "draft", {
          seen: "the host rests, though the version fields were not those that it wrote",
          expected: "fields that changed tell of a BMC that restarted: the start-up begins again at once",
        });
        return;
      case "resting":
        this.#restRead(bytes, start);
        return;
      case "answered":
        this.#doubtRead(isSame);
        return;
      default:
    }
  }

  /** The version fields are read behind an answer: the host takes negotiated_ver for none of its versions (H1.23). */
  #doubtRead(isSame: boolean): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    if (answer.fault?.rule === "LPC-VER-3") {
      this.#phase = isSame ? "answered" : "restarted";
      return;
    }
    const hasPad = answer.pad !== 0;
    this.break(hasPad ? "LPC-REG-4" : "LPC-HOST-7", "draft", {
      seen: `a good answer is taken for none${hasPad ? `; the pad is ${byteText(answer.pad)}` : ""}`,
      expected: hasPad ? "the pad has no influence" : "a session is opened on it",
    });
    this.#phase = "unknown";
    this.#isStartUpKnown = false;
    this.#hasSeenBeginning = false;
  }

  #endRow(): void {
    this.#startsInARow = 0;
    this.#isRowWhole = true;
  }

  #beginRest(fields: Uint8Array | undefined): void {
    if (fields === undefined) this.#restFields.fill(0);
    else this.#restFields.set(fields);
    this.#restHasChanged = false;
    this.#restBegan = this.context.moment;
  }

  #restRead(bytes: Uint8Array, start: number): void {
    const rested = this.context.moment - this.#restBegan;
    if (this.#restHasChanged || rested > this.context.times.refused + LATENESS) {
      this.break("LPC-TIME-2", "draft", {
        seen: this.#restHasChanged
          ? "the host rests on, though the version fields have changed"
          : `the host still rests after ${String(Math.round(rested))} ms`,
        expected: this.#restHasChanged
          ? "a BMC that restarts ends the rest"
          : `a rest lasts ${String(this.context.times.refused)} ms`,
      });
      this.#restBegan = Number.NaN;
    }
    this.#restHasChanged = [0, 1, 2, 3].some((at) => bytes[start + at] !== this.#restFields[at]);
  }

  protected override becomeUnknown(): void {
    super.becomeUnknown();
    this.#phase = "unknown";
    this.#isStartUpKnown = false;
    this.#hasSeenBeginning = false;
    this.#clearStartUp();
  }

  protected override onRegionWritten(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    if (shown < length) {
      this.becomeUnknown();
      return;
    }
    if (!liesInFields("host", true, offset, length)) this.#breakFields(offset, length, bytes, shown);
    else if (offset < Field.negotiatedVersion) {
      this.#versionsTouched(offset - Field.hostVersionMin, bytes, 0, shown);
    } else this.#askedTouched(offset - Field.rxSize, bytes, 0, shown);
  }

  #breakFields(offset: number, length: number, bytes: Uint8Array, shown: number): void {
    this.break("LPC-REG-3", "wire", {
      seen: `the host writes ${String(length)} bytes at ${hexOffset(offset)} of the control region`,
      expected: "it writes host_ver_min, host_ver_cur and rx_size alone",
      bytes: bytes.slice(0, shown),
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
    this.#bufferTouched(offset, length, bytes, start, end);
  }

  #bufferTouched(offset: number, length: number, bytes: Uint8Array, start: number, end: number): void {
    this.#use(1);
    if (this.session === "open") {
      this.bufferWritten(offset, length, bytes, start, end);
      return;
    }
    if (this.session === "unknown" || this.#phase === "unknown") return;
    if (this.#phase === "lost") {
      this.#breakLost("a packet is written");
      return;
    }
    this.break("LPC-HOST-11", "wire", {
      seen: `${String(length)} bytes are written at ${hexOffset(offset)} outside a session`,
      expected: "a packet is written in a session only",
      offset,
    });
  }

  #versionsTouched(at: number, bytes: Uint8Array, start: number, end: number): void {
    this.#judgeStale("the host version fields are written");
    if (this.session !== "open" || this.#phase === "answered")
      this.#judgeOutside("the host version fields are written");
    this.keep("LPC-REG-3");
    const isFirst = this.#phase !== "proposing" && this.#phase !== "zeroed";
    if (isFirst) {
      this.#versionBytes = 0;
      if (this.#phase !== "closed" && this.#phase !== "awaiting" && this.#phase !== "unknown") this.#askedBytes = 0;
    }
    for (let index = start; index < end; index++) {
      const place = at + index - start;
      this.#versions[place] = bytes[index]!;
      this.#versionBytes |= 1 << place;
    }
    const isZero = this.#versions.every((byte, place) => byte === 0 || ((this.#versionBytes >> place) & 1) === 0);
    if (isZero) this.#zeroed();
    else this.#proposed();
  }

  #zeroed(): void {
    if (this.#phase === "answered" && !this.stopping) {
      this.#declines = true;
      if (this.#answer?.fault === undefined) {
        // A host that stops declines, too.
        if (this.context.livesTold)
          this.break("LPC-HOST-7", "draft", {
            seen: "a good answer is declined",
            expected: "a session is opened on it",
          });
      } else this.keep(this.#answer.fault.rule);
    } else if (this.#phase === "restarted") {
      this.#declines = true;
      this.break("LPC-HOST-7", "draft", {
        seen: "an answer is declined, though the version fields were not those that the host wrote",
        expected: "fields that changed tell of a BMC that restarted: the start-up begins again at once",
      });
    }
    // Half of the fields may be written first; of those of a proposal the oldest version is not 0.
    if (this.#phase !== "proposing" && this.#phase !== "closed") {
      this.endSession();
      this.#phase = "zeroed";
    }
  }

  #proposed(): void {
    const phase = this.#phase;
    if (phase === "proposing") return;
    if (phase === "opened" && this.#own === undefined && !this.#isStartUpKnown) return;
    if (phase === "opened" && this.#fences <= FENCES) {
      this.break("LPC-HOST-5", "wire", {
        seen: "the host version fields are written behind Initialise",
        expected: "they are written before it",
        offset: Field.hostVersionMin,
        cause: {
          name: "fieldsAfterInitialise",
          text: "the fields are written behind the Initialise that they belong to",
        },
      });
      this.#own = this.#versionBytes === 0xf ? decodeHostVersions(this.#versions) : undefined;
      return;
    }
    if (phase === "closed") this.#judgeFirstFences();
    else if (phase === "active" || phase === "answered") {
      const offer = this.#offer;
      this.#beginStartUp();
      this.#offer = offer;
      this.#hasMagic = true;
      this.#versionBytes = 0xf;
    }
    this.endSession();
    this.#phase = "proposing";
  }

  #judgeFirstFences(): void {
    const { status } = this;
    const what =
      this.#fences < FENCES
        ? `behind the close and ${this.#fences === 0 ? "no fence" : "one fence"}`
        : (status & Status.IBF) !== 0 || this.hasWritten
          ? "while the second fence is unread"
          : (status & Status.OBF) !== 0
            ? `behind an STR of ${byteText(status)}: ODR holds a byte of an older session`
            : undefined;
    if (what !== undefined) {
      this.break("LPC-HOST-4", "draft", {
        seen: `the proposal is written ${what}`,
        expected: "two fences, and an STR read that shows IBF = 0 and OBF = 0 behind the second, come first",
      });
    } else this.keep("LPC-HOST-4");
    if ((status & Status.CHANNEL_ACTIVE) !== 0) {
      this.break("LPC-HOST-13", "draft", {
        seen: `the proposal is written though STR, read as ${byteText(status)}, shows a channel behind close and fences`,
        expected: "the BMC has not seen the close: the start-up begins again",
      });
    } else this.keep("LPC-HOST-13");
  }

  #askedTouched(at: number, bytes: Uint8Array, start: number, end: number): void {
    this.#judgeStale("rx_size is written");
    if (this.session !== "open") this.#judgeOutside("rx_size is written");
    this.keep("LPC-REG-3");
    if (this.#phase === "opened" && this.#isStartUpKnown) {
      this.break("LPC-HOST-5", "wire", {
        seen: "rx_size is written behind Initialise",
        expected: "it is written before it",
        offset: Field.rxSize,
        cause: {
          name: "fieldsAfterInitialise",
          text: "the fields are written behind the Initialise that they belong to",
        },
      });
    }
    if (this.#phase === "active" || this.#phase === "answered") {
      const offer = this.#offer;
      this.#beginStartUp();
      this.#offer = offer;
      this.#hasMagic = true;
    }
    this.#askedFirst = this.#phase !== "proposing" && this.#phase !== "opened";
    for (let index = start; index < end; index++) {
      const place = at + index - start;
      this.#asked[place] = bytes[index]!;
      this.#askedBytes |= 1 << place;
    }
  }

  /** The BMC alone writes STR. */
  override statusWritten(): void {
    this.break("LPC-HOST-16", "wire", { seen: "the host writes STR", expected: "only the BMC writes STR" });
  }
}

function rangeText({ min, cur }: VersionRange): string {
  return `${String(min)} to ${String(cur)}`;
}

export function layoutText({ layout: { bmcToHost, hostToBmc } }: Terms): string {
  return `${String(bmcToHost.size)} bytes at ${hexOffset(bmcToHost.offset)} and ${String(hostToBmc.size)} at ${hexOffset(hostToBmc.offset)}`;
}
