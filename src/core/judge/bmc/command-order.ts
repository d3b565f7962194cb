/** That a BMC handles a command in IDR before it writes to ODR, and looks for one behind a packet (LPC-BMC-3, LPC-BMC-6). */
import { Command, Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import type { Rulings } from "../rulings.ts";

/** Follows whether a packet was read that has no Rx Complete yet, and whether STR was read behind it. */
export class CommandOrder {
  readonly #rulings: Rulings;
  #hasPacket = false;
  #hasLooked = false;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  /** A packet was read, and its Rx Complete is not written. */
  get hasPacket(): boolean {
    return this.#hasPacket;
  }

  packetRead(): void {
    this.#hasPacket = true;
    this.#hasLooked = false;
  }

  /** What was read before is over: a command was read that says so. */
  dropPacket(): void {
    this.#hasPacket = false;
  }

  /** STR is read. */
  looked(): void {
    if (this.#hasPacket) this.#hasLooked = true;
  }

  /** IDR is read. */
  byteRead(): void {
    if (this.#hasPacket && this.#hasLooked) this.#rulings.keep(PLACE["LPC-BMC-6"]);
  }

  /** `value` is written to ODR in service; `status` is STR as it was read last, -1 for unknown. */
  judgeWritten(value: number, status: number): void {
    const isBehindPacket = this.#hasPacket && value === Command.RX_COMPLETE;
    if (status < 0 || (status & Status.IBF) === 0) {
      if (!isBehindPacket) this.#rulings.keep(PLACE["LPC-BMC-3"]);
      else if (this.#hasLooked) this.#rulings.keep(PLACE["LPC-BMC-6"]);
      return;
    }
    const isLook = isBehindPacket && this.#hasLooked;
    this.#rulings.break(isLook ? "LPC-BMC-6" : "LPC-BMC-3", "draft", {
      seen: `${commandName(value)} is written though STR, read as ${byteText(status)}, shows a command in IDR`,
      expected: isLook
        ? "behind a packet IDR is read when IBF = 1: an Initialise there drops the packet"
        : "the command in IDR is read and handled first",
    });
  }

  /** Rx Complete is written in a session. */
  completed(): void {
    if (this.#hasPacket && !this.#hasLooked) {
      this.#rulings.break("LPC-BMC-6", "draft", {
        seen: "Rx Complete follows the packet, and STR was not read between",
        expected: "STR is read behind a packet, and IDR if IBF = 1: an Initialise there drops it",
      });
    }
    this.#hasPacket = false;
  }
}
