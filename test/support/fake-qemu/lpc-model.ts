/**
 * The LPC controller of QEMU's ASPEED machines, as measured: from the BMC's processor (qtest), and from the properties that
 * stand for the host (QMP). C/D never changes, and a write of STR stores IBF and OBF, too: chips do neither.
 */
const BASE = 0x1e78_9000;
const IBF = 0x02;
const OBF = 0x01;

/** By the number of the channel. */
const IDR: readonly number[] = [0, BASE + 0x24, BASE + 0x28, BASE + 0x2c, BASE + 0x114];
const ODR: readonly number[] = [0, BASE + 0x30, BASE + 0x34, BASE + 0x38, BASE + 0x118];
const STR: readonly number[] = [0, BASE + 0x3c, BASE + 0x40, BASE + 0x44, BASE + 0x11c];

export class LpcModel {
  /** Made so far, of both sides. */
  accesses = 0;
  readonly #registers = new Map<number, number>();

  read(address: number): number {
    this.accesses++;
    const channel = IDR.indexOf(address);
    if (channel > 0) this.#change(STR[channel]!, 0, IBF);
    return this.#at(address);
  }

  write(address: number, value: number): void {
    this.accesses++;
    const channel = ODR.indexOf(address);
    if (channel > 0) this.#change(STR[channel]!, OBF, 0);
    this.#registers.set(address, value);
  }

  /** "str3"; undefined where there is none of this name. */
  property(name: string): number | undefined {
    this.accesses++;
    const [kind, channel] = taken(name);
    if (kind === undefined) return undefined;
    const register = { idr: IDR, odr: ODR, str: STR }[kind][channel]!;
    if (kind === "odr") this.#change(STR[channel]!, 0, OBF);
    return this.#at(register);
  }

  setProperty(name: string, value: number): void {
    this.accesses++;
    const [kind, channel] = taken(name);
    if (kind !== "idr") return;
    this.#registers.set(IDR[channel]!, value);
    this.#change(STR[channel]!, IBF, 0);
  }

  #at(address: number): number {
    return this.#registers.get(address) ?? 0;
  }

  #change(address: number, set: number, clear: number): void {
    this.#registers.set(address, (this.#at(address) & ~clear) | set);
  }
}

function taken(name: string): readonly ["idr" | "odr" | "str" | undefined, number] {
  const [, kind, digit] = /^(idr|odr|str)([1-4])$/.exec(name) ?? [];
  return [kind as "idr" | "odr" | "str" | undefined, Number(digit)];
}
