/** The magic: whether a host has seen it, and what it touches before (LPC-HOST-14, LPC-REG-2). */
import { MAGIC } from "../../binding/control-region.ts";
import { Status } from "../../binding/registers.ts";
import { swapped32 } from "../causes.ts";
import { PLACE } from "../requirements.ts";
import { judgeBeforeMagic } from "../rules.ts";
import type { Rulings } from "../rulings.ts";

/** Follows what a host reads in the place of the magic. */
export class MagicWatch {
  readonly #docket: Rulings;
  #isSeen = false;
  /** What was read in its place is something else. */
  #isOther = false;

  constructor(docket: Rulings) {
    this.#docket = docket;
  }

  /** The magic was read in this start-up. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** A start-up begins: the magic is to be read again. */
  clear(): void {
    this.#isSeen = false;
  }

  /** The magic was seen in the start-up that this one goes on from. */
  take(): void {
    this.#isSeen = true;
  }

  /** The four bytes at offset 0 are read; `status` is STR as read last, -1 for unknown. */
  read(magic: number, status: number): void {
    this.#isSeen = magic === MAGIC;
    this.#isOther = !this.#isSeen;
    if (swapped32(magic) !== MAGIC || status < 0 || (status & Status.BMC_ACTIVE) === 0) return;
    this.#docket.breakOfPeer("LPC-REG-1", "wire", {
      seen: "the magic reads 50 54 43 4d",
      expected: "4d 43 54 50",
      offset: 0,
      cause: { name: "byteOrder", text: "the control region is little-endian" },
    });
  }

  /** A read of the magic alone: what is not the magic leaves the host waiting. */
  keepWaiting(): void {
    if (this.#isOther) this.#docket.keep(PLACE["LPC-REG-2"]);
  }

  /** The host does `what` in a start-up. */
  judge(what: string): void {
    const broken = judgeBeforeMagic(this.#isSeen, what);
    if (broken === undefined) {
      this.#docket.keep(PLACE["LPC-HOST-14"]);
      return;
    }
    // A read that showed something else forbids more than one that was not made.
    this.#docket.break(this.#isOther && !what.includes("read") ? "LPC-REG-2" : broken.requirement, "draft", {
      seen: `${what} in a start-up in which the window has not shown the magic`,
      expected: "a read of 0x00 to 0x03 shows 4d 43 54 50 first",
    });
  }
}
