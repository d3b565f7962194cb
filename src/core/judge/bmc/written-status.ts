/** STR as a BMC writes it: the values (LPC-KCS-3, LPC-KCS-7), and a reset of the registers that it must see (LPC-BMC-9). */
import { Command, SESSION_BITS, Status, commandName } from "../../binding/registers.ts";
import { byteText } from "../context.ts";
import { PLACE } from "../requirements.ts";
import { judgeStatusValue } from "../rules.ts";
import type { Rulings } from "../rulings.ts";

/** Keeps the value written last, and whether STR was read with other session bits since. */
export class WrittenStatus {
  readonly #rulings: Rulings;
  #value = -1;
  #isStruck = false;
  /** LPC-BMC-9 was found broken for this reset. */
  #struckTold = false;

  constructor(rulings: Rulings) {
    this.#rulings = rulings;
  }

  /** The value of STR written last, -1 for unknown. */
  get value(): number {
    return this.#value;
  }

  /** The registers were reset: STR showed other session bits than were written. */
  get isStruck(): boolean {
    return this.#isStruck;
  }

  get showsActive(): boolean {
    return this.#value >= 0 && (this.#value & Status.BMC_ACTIVE) !== 0;
  }

  beginLife(): void {
    this.#value = -1;
    this.#isStruck = false;
  }

  /** The BMC begins again. */
  beginStart(): void {
    this.#isStruck = false;
  }

  /** STR is read in service. Returns whether it shows a reset. */
  looked(value: number): boolean {
    if (this.#value >= 0 && ((value ^ this.#value) & SESSION_BITS) !== 0) {
      if (!this.#isStruck) this.#struckTold = false;
      this.#isStruck = true;
      return true;
    }
    if (this.#isStruck) this.breakStruck(`STR is read on, now as ${byteText(value)}`);
    return false;
  }

  /** The BMC goes on behind a reset: `what` it does. Told once for each reset. */
  breakStruck(what: string): void {
    if (this.#struckTold) return;
    this.#struckTold = true;
    this.#rulings.break("LPC-BMC-9", "draft", {
      seen: `${what}, though STR showed other session bits than the ${byteText(this.#value)} that the BMC wrote last`,
      expected: "the registers were reset: the BMC begins again with STR = 0x01",
    });
  }

  /** `isLost`: clearing OBF loses an unread byte, `lastByte`, -1 for unknown. */
  write(value: number, isLost: boolean, lastByte: number): void {
    this.#judgeObf(value, isLost, lastByte);
    const broken = judgeStatusValue(value | Status.OBF);
    if (broken === undefined) this.#rulings.keep(PLACE["LPC-KCS-7"]);
    else {
      this.#rulings.break(broken.requirement, "wire", {
        seen: `${byteText(value)} is written to STR`,
        expected: "0x01, 0x81 or 0xc1: bits 5 to 1 are 0, and Channel Active comes with BMC Active",
      });
    }
    this.#value = value;
  }

  #judgeObf(value: number, isLost: boolean, lastByte: number): void {
    if ((value & Status.OBF) !== 0) {
      this.#rulings.keep(PLACE["LPC-KCS-3"]);
      return;
    }
    const isCommand = lastByte === Command.TX_BEGIN || lastByte === Command.RX_COMPLETE;
    this.#rulings.break("LPC-KCS-3", isLost && isCommand ? "wire" : "draft", {
      seen: `${byteText(value)} is written to STR`,
      expected: "bit 0 is set: written as 0 it clears OBF",
      cause:
        isLost && lastByte >= 0
          ? { name: "byteOverwritten", text: `${commandName(lastByte)} is lost unread` }
          : undefined,
    });
  }
}
