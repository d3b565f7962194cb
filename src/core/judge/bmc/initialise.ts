/** An Initialise from the moment a BMC reads it until STR is written (LPC-BMC-3, LPC-BMC-4, LPC-BMC-9). */
import { CONTROL_FIELDS_BYTES, Field, decodeLayout, type Layout } from "../../binding/control-region.ts";
import { Command } from "../../binding/registers.ts";
import { readU16be } from "../../wire/bytes.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Kept } from "./former-session.ts";
import type { Rulings } from "../rulings.ts";
import type { WrittenStatus } from "./written-status.ts";

/** How often STR may be looked at before the host's fields are read. */
const LOOKS = 4;

/** One Initialise that waits for its answer, and what was written of the answer. */
export class PendingInitialise {
  readonly #rulings: Rulings;
  /** What the session before it left. */
  readonly kept: Kept;
  /** STR was read since. */
  #hasLooked = false;
  /** IDR was read since. */
  #isPassed = false;
  /** The host's fields were read. */
  #hasRead = false;
  #looks = 0;
  #layout: Layout | undefined;
  #version: number | undefined;

  constructor(rulings: Rulings, kept: Kept) {
    this.#rulings = rulings;
    this.kept = kept;
  }

  /** The layout that was written, undefined if none was. */
  get layout(): Layout | undefined {
    return this.#layout;
  }

  /** negotiated_ver as it was written, undefined if it was not. */
  get version(): number | undefined {
    return this.#version;
  }

  /** The host's fields were read without an Initialise: what follows is judged as if there had been one. */
  assume(): void {
    this.#hasLooked = true;
    this.#hasRead = true;
  }

  /** STR is read, and shows a reset. */
  lookedInReset(): void {
    this.#hasLooked = true;
  }

  /** STR is read. Returns whether the Initialise is ignored. */
  looked(): boolean {
    this.#hasLooked = true;
    this.#looks++;
    return this.#looks >= LOOKS && !this.#hasRead;
  }

  /** IDR is read. Returns whether the Initialise is ignored. */
  passed(): boolean {
    const wasPassed = this.#isPassed;
    this.#isPassed = true;
    return wasPassed;
  }

  breakIgnored(): void {
    this.#rulings.break("LPC-BMC-4", "wire", {
      seen: "an Initialise was read, and the host's fields are not",
      expected: "every Initialise is answered: layout, negotiated_ver, STR and a dummy",
    });
  }

  /** The host's fields are read. */
  fieldsRead(status: WrittenStatus): void {
    if (status.isStruck) status.breakStruck("the host's fields are read");
    else if (!this.#hasLooked && !this.#hasRead) {
      this.#rulings.break("LPC-BMC-9", "draft", {
        seen: "the host's fields are read behind Initialise, and STR was not read between",
        expected: "STR is read once more: IDR reads as 0x00 behind a reset, which no host wrote",
      });
    } else this.#rulings.keep(PLACE["LPC-BMC-9"]);
    this.#hasRead = true;
    if (!this.#isPassed) return;
    this.#isPassed = false;
    this.#rulings.break("LPC-BMC-3", "draft", {
      seen: "IDR was read between an Initialise and its answer",
      expected: "each command is handled completely before IDR is read again",
    });
  }

  /** `bytes[0..length)` are written at `offset` of the control region. */
  answerWritten(offset: number, length: number, bytes: Uint8Array): void {
    const to = offset + length;
    if (offset <= Field.rxOffset && to >= CONTROL_FIELDS_BYTES) {
      if (this.#version !== undefined && offset > Field.negotiatedVersion) {
        this.#rulings.break("LPC-BMC-4", "draft", {
          seen: "negotiated_ver is written before the layout",
          expected: "layout, negotiated_ver and STR, in this order",
          offset,
        });
      }
      this.#layout = decodeLayout(bytes.subarray(Field.rxOffset - offset));
    }
    if (offset <= Field.negotiatedVersion && to >= Field.pad) {
      this.#version = readU16be(bytes, Field.negotiatedVersion - offset);
    }
  }
}

/** The host's fields are read behind `last`, the byte that was read last. Returns whether it is no reason to. */
export function judgeNeedlessRead(rulings: Rulings, last: number): boolean {
  if (last === Command.DUMMY) {
    rulings.break("LPC-BMC-3", "wire", {
      seen: "the host's fields are read behind a fence",
      expected: "a fence is passed over",
    });
    return true;
  }
  if (last <= Command.RX_COMPLETE) return false;
  rulings.break("LPC-KCS-4", "wire", {
    seen: `the host's fields are read behind the unknown byte ${byteText(last)}`,
    expected: "it has no effect",
  });
  return true;
}
