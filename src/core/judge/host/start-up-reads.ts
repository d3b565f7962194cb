/** What a host reads in the control region: magic, offer, answer, and its own version fields behind an answer. */
import { CONTROL_FIELDS_BYTES, Field } from "../../binding/control-region.ts";
import { SESSION_BITS } from "../../binding/registers.ts";
import { readU32be } from "../../wire/bytes.ts";
import { hexOffset } from "../side-watch.ts";
import type { Rulings } from "../rulings.ts";
import type { HostView } from "./host-view.ts";
import type { StartUp } from "./start-up.ts";

/** Follows the host through its start-up by what it reads in the control region. */
export class StartUpReads {
  readonly #docket: Rulings;
  readonly #host: HostView;
  readonly #startUp: StartUp;
  /** negotiated_ver was read by itself, as an older host does behind its dummy, with any STR. */
  #hasReadVersion = false;

  constructor(docket: Rulings, host: HostView, startUp: StartUp) {
    this.#docket = docket;
    this.#host = host;
    this.#startUp = startUp;
  }

  /** A read of the control region, whole. True where it is an answer that an older host uses at once. */
  read(offset: number, length: number, bytes: Uint8Array): boolean {
    const hasReadVersion = this.#hasReadVersion;
    this.#hasReadVersion = offset === Field.negotiatedVersion && length === 2;
    if (offset === 0 && length >= CONTROL_FIELDS_BYTES) return this.#regionRead(bytes, hasReadVersion);
    if (offset === 0 && length >= 4) this.#magicRead(readU32be(bytes, 0));
    else if (offset === Field.hostVersionMin && length === 4) this.#versionsRead(bytes);
    else if (offset + length > CONTROL_FIELDS_BYTES && this.#startUp.phase !== "unknown") {
      this.#docket.break("LPC-SEC-1", "draft", {
        seen: `${String(length)} bytes are read at ${hexOffset(offset)}`,
        expected: "of the control region, its fields",
        offset,
      });
    }
    return false;
  }

  #magicRead(magic: number): void {
    const startUp = this.#startUp;
    if (startUp.phase !== "awaiting") startUp.begin();
    startUp.magic.read(magic, this.#host.status());
    startUp.magic.keepWaiting();
    startUp.data.clearLooks();
  }

  #regionRead(bytes: Uint8Array, hasReadVersion: boolean): boolean {
    const startUp = this.#startUp;
    switch (startUp.phase) {
      case "opened":
        if (this.#isUp || hasReadVersion) return this.#readAnswer(bytes);
        if (startUp.fences.count === 0) this.#beginOlder(bytes);
        return false;
      case "answered":
        if (startUp.answer.confirmations === 0) return this.#readAnswer(bytes);
        if (this.#isDraft) startUp.answer.breakReadAgain();
        else this.#beginOlder(bytes);
        return false;
      case "active":
        // An older host reads version and layout again at a further dummy.
        if (!hasReadVersion) this.#beginOlder(bytes);
        return false;
      // In a recording that begins in the middle it may be the offer, the answer, or an older host's beginning.
      case "closed":
      case "proposing":
      case "unknown":
        startUp.readOffer(bytes, 0);
        return false;
      default:
        this.#beginOlder(bytes);
        return false;
    }
  }

  get #isUp(): boolean {
    const status = this.#host.status();
    return status >= 0 && (status & SESSION_BITS) === SESSION_BITS;
  }

  get #isDraft(): boolean {
    return this.#docket.context.docket.generation("host") === "draft";
  }

  /** True for an older host: it is in its session as soon as it has read a good answer. */
  #readAnswer(bytes: Uint8Array): boolean {
    const startUp = this.#startUp;
    startUp.fences.judgeAnswer(this.#host.status(), this.#host.hasWritten());
    startUp.answer.read(bytes, 0, startUp.isKnown);
    // Where it leads to a rest, as the answer to a ninth start-up may.
    startUp.rest.begin(bytes.subarray(Field.hostVersionMin, Field.hostVersionMin + 4));
    startUp.phase = "answered";
    return this.#docket.context.docket.generation("host") === "older" && startUp.answer.fault === undefined;
  }

  /** An older host reads the whole region where it begins. */
  #beginOlder(bytes: Uint8Array): void {
    const startUp = this.#startUp;
    if (startUp.phase !== "awaiting") startUp.begin();
    startUp.magic.read(startUp.readOffer(bytes, 0).magic, this.#host.status());
    startUp.data.clearLooks();
  }

  /** The host version fields are read: is the answer a refusal, and does the host rest on it? */
  #versionsRead(bytes: Uint8Array): void {
    const startUp = this.#startUp;
    const isSame = startUp.proposal.isSame(bytes, 0);
    switch (startUp.phase) {
      case "opened":
        startUp.fences.judgeAnswer(this.#host.status(), this.#host.hasWritten());
        if (isSame) startUp.refusals.refused();
        startUp.phase = isSame ? "refused" : "restarted";
        startUp.rest.begin(bytes.subarray(0, 4));
        return;
      case "refused":
        startUp.refusals.judgeRestBehindRefusal();
        this.#rests(bytes);
        return;
      case "restarted":
        startUp.refusals.judgeRestBehindRestart();
        this.#rests(bytes);
        return;
      case "resting":
        startUp.rest.read(bytes, 0);
        return;
      case "answered":
        this.#doubtRead(bytes, isSame);
        return;
      case "closed":
        // The ninth start-up ended at its close (H1.9).
        if (!startUp.refusals.restsBehindRow()) return;
        startUp.rest.begin(undefined);
        this.#rests(bytes);
        return;
      case "lost":
        // Or at the STR read behind the answer (H1.22).
        if (startUp.refusals.restsBehindRow()) this.#rests(bytes);
        return;
      default:
    }
  }

  /** The version fields are read for the first time in a rest that has begun: they may have changed since. */
  #rests(bytes: Uint8Array): void {
    this.#startUp.phase = "resting";
    this.#startUp.rest.read(bytes, 0);
  }

  /** The version fields are read behind an answer: the host takes negotiated_ver for none of its versions (H1.23). */
  #doubtRead(bytes: Uint8Array, isSame: boolean): void {
    const startUp = this.#startUp;
    const { answer } = startUp;
    if (!answer.isRead) return;
    if (answer.fault?.rule === "LPC-VER-3") {
      startUp.phase = isSame ? "answered" : "restarted";
      startUp.rest.begin(bytes.subarray(0, 4));
      return;
    }
    if (answer.fault?.rule === "LPC-MTU-6") {
      startUp.refusals.judgeRestBehindLargeAnswer();
      this.#rests(bytes);
      return;
    }
    answer.breakDoubt();
    startUp.forget();
  }
}
