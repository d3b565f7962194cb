/**
 * Registers of an ASPEED chip in memory, with the host at the other end of its KCS channels. As chips have them, or as QEMU
 * does: there a write of STR stores IBF and OBF, too.
 */
import type { Registers } from "../../src/platform/aspeed/registers.ts";
import { KCS_CHANNELS, type KcsChannel } from "../../src/platform/aspeed/soc.ts";
import { Failure } from "../../src/platform/failure.ts";

const [OBF, IBF] = [0x01, 0x02];

export class AspeedChip implements Registers {
  readonly name = "a chip in memory";
  /** "read 1e789044", "write 1e789044 81". */
  readonly accesses: string[] = [];
  /** Registers that hold another value than 0. */
  readonly values: Map<number, number> = new Map();
  /** QEMU stores all bits of an STR write. */
  storesAllBits = false;
  /** Every access is refused. */
  isGone = false;
  /** Runs between an access of the BMC and its next. */
  beforeAccess: (access: string) => void = () => undefined;

  read(address: number): number {
    this.#access(`read ${address.toString(16)}`);
    const value = this.valueOf(address);
    for (const { idr, str } of Object.values(KCS_CHANNELS)) if (address === idr) this.#change(str, 0, IBF);
    return value;
  }

  write(address: number, value: number): void {
    this.#access(`write ${address.toString(16)} ${value.toString(16)}`);
    for (const { odr, str } of Object.values(KCS_CHANNELS)) {
      if (address === odr) this.#change(str, OBF, 0);
      if (address === str && !this.storesAllBits) {
        const now = this.valueOf(str);
        this.values.set(str, (value & ~(OBF | IBF)) | (now & IBF) | (now & value & OBF));
        return;
      }
    }
    this.values.set(address, value);
  }

  /** Without side effect. */
  valueOf(address: number): number {
    return this.values.get(address) ?? 0;
  }

  hostWrites(channel: KcsChannel, byte: number): void {
    const { idr, str } = KCS_CHANNELS[channel];
    this.values.set(idr, byte);
    this.#change(str, IBF, 0);
  }

  hostReads(channel: KcsChannel): number {
    const { odr, str } = KCS_CHANNELS[channel];
    this.#change(str, 0, OBF);
    return this.valueOf(odr);
  }

  #access(text: string): void {
    if (this.isGone) throw new Failure("device-lost", "the chip is gone");
    this.beforeAccess(text);
    this.accesses.push(text);
  }

  #change(address: number, set: number, clear: number): void {
    this.values.set(address, (this.valueOf(address) & ~clear) | set);
  }
}
