/**
 * Registers of an emulated chip through QEMU's qtest: each access is a command line and its answer. The machine's own
 * processor need not run.
 */
import { randomBytes } from "node:crypto";
import type { Registers } from "../aspeed/registers.ts";
import { wrongAnswer, type LineChannel } from "./line-channel.ts";

/** Told between the answers, in the order in which things happen in QEMU, once interrupts were asked for. */
const INTERRUPT = /^IRQ (raise|lower) (\d{1,9})$/;

export class QtestRegisters implements Registers {
  readonly name: string;
  readonly #channel: LineChannel;
  /** Inputs of the watched controller that are raised. */
  readonly #raised = new Set<number>();

  /**
   * Lets pass what a client that was killed has not read: answers have no names, so an unknown command with a random name is
   * sent, which QEMU's complaint repeats. Throws a Failure.
   */
  constructor(channel: LineChannel) {
    this.name = channel.name;
    this.#channel = channel;
    const mark = `probe-${randomBytes(8).toString("hex")}`;
    channel.ask(mark, (answer) => (answer.includes(mark) ? true : undefined));
  }

  read(address: number): number {
    const answer = this.#ask(`readl 0x${address.toString(16)}`);
    const [, digits] = /^OK 0x([\da-f]{1,16})$/i.exec(answer) ?? [];
    if (digits === undefined) throw wrongAnswer(this.name, answer);
    return Number.parseInt(digits.slice(-8), 16);
  }

  write(address: number, value: number): void {
    const answer = this.#ask(`writel 0x${address.toString(16)} 0x${(value >>> 0).toString(16)}`);
    if (answer !== "OK") throw wrongAnswer(this.name, answer);
  }

  /** Has QEMU tell of the inputs of an interrupt controller: "/machine/soc/vic". False: it has none there. */
  watchInterrupts(controller: string): boolean {
    return this.#ask(`irq_intercept_in ${controller}`) === "OK";
  }

  /** Whether an input was raised, before the last access, and not lowered since. */
  isRaised(input: number): boolean {
    return this.#raised.has(input);
  }

  #ask(command: string): string {
    return this.#channel.ask(command, (answer) => (this.#noteInterrupt(answer) ? undefined : answer));
  }

  #noteInterrupt(line: string): boolean {
    const [, change, input] = INTERRUPT.exec(line) ?? [];
    if (change === "raise") this.#raised.add(Number(input));
    if (change === "lower") this.#raised.delete(Number(input));
    return change !== undefined;
  }
}
