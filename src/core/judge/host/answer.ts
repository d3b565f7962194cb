/** The BMC's answer as a host read it: what forbids to use it, and what the host does with it (LPC-VER-3, LPC-MTU-5, -6). */
import { CONTROL_FIELDS_BYTES, Field, decodeControlRegion, type ControlRegion } from "../../binding/control-region.ts";
import { judgeLayout } from "../../binding/layout.ts";
import { isVersion } from "../../binding/versions.ts";
import { readU16be } from "../../wire/bytes.ts";
import { sizeCause } from "../causes.ts";
import { byteText, termsOf, type Terms } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";
import type { Proposal } from "./proposal.ts";
import { layoutText } from "../texts.ts";
import { rangeText } from "./texts.ts";

/** What forbids to use an answer. */
interface Fault {
  readonly rule: "LPC-VER-3" | "LPC-MTU-6" | "LPC-MTU-5";
  readonly why: string;
}

interface Read {
  readonly terms: Terms | undefined;
  readonly pad: number;
  readonly fault: Fault | undefined;
}

/** Follows one answer from its read to its use, and counts the reads of STR that confirm it between. */
export class Answer {
  readonly #docket: Rulings;
  readonly #proposal: Proposal;
  #read: Read | undefined;
  /** Reads of STR since the terms were read. */
  #confirmations = 0;
  #isDeclined = false;

  constructor(docket: Rulings, proposal: Proposal) {
    this.#docket = docket;
    this.#proposal = proposal;
  }

  /** Undefined where none was read, or where its version is none. */
  get terms(): Terms | undefined {
    return this.#read?.terms;
  }

  /** An answer was read in this start-up. */
  get isRead(): boolean {
    return this.#read !== undefined;
  }

  get fault(): Fault | undefined {
    return this.#read?.fault;
  }

  get confirmations(): number {
    return this.#confirmations;
  }

  /** The host has zeroed its versions behind it: the close that follows leads to a rest. */
  get isDeclined(): boolean {
    return this.#isDeclined;
  }

  /** A start-up begins. */
  clear(): void {
    this.#read = undefined;
    this.#confirmations = 0;
    this.#isDeclined = false;
  }

  /** The close is written: what was declined is over. */
  closed(): void {
    this.#isDeclined = false;
  }

  /** The control region is read at `start` behind the opening Initialise; `isKnown`: its proposal was seen. */
  read(bytes: Uint8Array, start: number, isKnown: boolean): void {
    const region = decodeControlRegion(bytes.subarray(start, start + CONTROL_FIELDS_BYTES));
    this.#read = this.#judge(region, readU16be(bytes, start + Field.pad), isKnown);
    this.#confirmations = 0;
  }

  #judge({ negotiatedVersion, layout }: ControlRegion, pad: number, isKnown: boolean): Read {
    const { own, asked, offer } = this.#proposal;
    const { windowBytes } = this.#docket.context;
    if (
      !isVersion(negotiatedVersion) ||
      (own !== undefined && (negotiatedVersion < own.min || negotiatedVersion > own.cur))
    ) {
      const why = `negotiated_ver is ${String(negotiatedVersion)}${own === undefined ? "" : `, and the host speaks ${rangeText(own)}`}`;
      const terms = isVersion(negotiatedVersion) ? termsOf(negotiatedVersion, layout, windowBytes) : undefined;
      return { terms, pad, fault: { rule: "LPC-VER-3", why } };
    }
    const terms = termsOf(negotiatedVersion, layout, windowBytes);
    const isAskedKnown = isKnown && (asked !== undefined || offer !== undefined);
    if (negotiatedVersion > 1 && isAskedKnown && (asked === undefined || layout.bmcToHost.size > asked)) {
      const why = `rx_size of the answer is ${String(layout.bmcToHost.size)}, and the host asked for ${asked === undefined ? "none" : String(asked)}`;
      return { terms, pad, fault: { rule: "LPC-MTU-6", why } };
    }
    const judged = judgeLayout(layout, negotiatedVersion, windowBytes ?? Number.MAX_SAFE_INTEGER);
    if (judged.ok) {
      this.#judgeSizesOfPeer(terms, asked);
      return { terms, pad, fault: undefined };
    }
    this.#docket.breakOfPeer("LPC-MTU-5", "wire", {
      seen: `the layout of the answer: ${layoutText(terms)}`,
      expected: "two buffers behind the control region, apart from each other, each of the BTU at least",
      cause: sizeCause(layout.bmcToHost.size, windowBytes ?? 0xffffff),
    });
    return { terms, pad, fault: { rule: "LPC-MTU-5", why: `the layout is ${layoutText(terms)}` } };
  }

  #judgeSizesOfPeer(terms: Terms, asked: number | undefined): void {
    if (asked === undefined || terms.version === 1 || terms.layout.hostToBmc.size <= asked) return;
    this.#docket.breakOfPeer("LPC-MTU-4", "wire", {
      seen: `tx_size of the answer is ${String(terms.layout.hostToBmc.size)}, and the host asked for ${String(asked)}`,
      expected: "both sizes are for the smaller of the two MTUs",
    });
  }

  /** STR is read behind the terms. */
  confirm(): void {
    this.#confirmations++;
  }

  /** A session is used on the answer. False where a fault forbids it. */
  judgeUse(): boolean {
    const { fault } = this;
    if (fault !== undefined) {
      this.#docket.break(fault.rule, fault.rule === "LPC-MTU-6" ? "draft" : "wire", {
        seen: `a session is used though ${fault.why}`,
        expected: fault.rule === "LPC-MTU-6" ? "the host begins the start-up again" : "the host closes and rests",
      });
      return false;
    }
    if (this.#read !== undefined) {
      for (const rule of ["LPC-VER-3", "LPC-MTU-5", "LPC-MTU-6", "LPC-REG-5"] as const) this.#docket.keep(PLACE[rule]);
      if (this.#read.pad !== 0) this.#docket.keep(PLACE["LPC-REG-4"]);
    }
    return true;
  }

  /** `needed` reads of STR have to stand between the terms and the use (LPC-HOST-7). */
  judgeConfirmations(needed: number): void {
    if (this.#confirmations >= needed) {
      this.#docket.keep(PLACE["LPC-HOST-7"]);
      return;
    }
    this.#docket.break("LPC-HOST-7", "draft", {
      seen: `the session is used ${this.#confirmations === 0 ? "without a read of STR" : "behind one read of STR"} since the terms were read`,
      expected: "STR is read behind the terms (H1.21), and again in the first round of the session (H2.2)",
    });
  }

  /** The control region is read again when the terms have been judged. */
  breakReadAgain(): void {
    this.#docket.break("LPC-REG-5", "draft", {
      seen: "the control region is read again when the terms have been judged",
      expected: "the terms that were judged are those that are kept",
      offset: 0,
    });
  }

  /** The host takes negotiated_ver for none of its versions (H1.23), though nothing is wrong with it. */
  breakDoubt(): void {
    const pad = this.#read?.pad ?? 0;
    const hasPad = pad !== 0;
    this.#docket.break(hasPad ? "LPC-REG-4" : "LPC-HOST-7", "draft", {
      seen: `a good answer is taken for none${hasPad ? `; the pad is ${byteText(pad)}` : ""}`,
      expected: hasPad ? "the pad has no influence" : "a session is opened on it",
    });
  }

  /** The host zeroes its versions behind the answer. */
  decline(): void {
    this.#isDeclined = true;
    const { fault } = this;
    if (fault !== undefined) this.#docket.keep(PLACE[fault.rule]);
    else if (this.#docket.context.livesTold) {
      // A host that stops declines, too.
      this.#docket.break("LPC-HOST-7", "draft", {
        seen: "a good answer is declined",
        expected: "a session is opened on it",
      });
    }
  }

  /** The host zeroes its versions behind fields that a restart of the BMC had changed. */
  declineRestarted(): void {
    this.#isDeclined = true;
    this.#docket.break("LPC-HOST-7", "draft", {
      seen: "an answer is declined, though the version fields were not those that the host wrote",
      expected: "fields that changed tell of a BMC that restarted: the start-up begins again at once",
    });
  }
}
