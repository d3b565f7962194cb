/** The host of a BMC under test. */
import { attachHost } from "../../../src/platform/shared-file/shared-file.ts";
import { closeSync, openSync, writeSync } from "node:fs";
import { BoardField } from "../../../src/platform/shared-file/layout.ts";
import { Opposite, type Program } from "./opposite.ts";

const FLAGS = { inFull: 0x01, outFull: 0x02 };
const SESSION_BITS = 0xc0;
const FENCE = 0xff;
const INITIALISE = 0x00;
const TX_BEGIN = 0x01;

export class OppositeHost extends Opposite {
  readonly side = "host";
  readonly close: () => void;
  readonly #board: string;

  constructor(board: string, program: Program) {
    const platform = attachHost(board, { doorbell: false });
    super(platform.port, platform.window, FLAGS, program);
    this.#board = board;
    this.close = () => {
      platform.close();
    };
  }

  get active(): boolean {
    return (this.status & SESSION_BITS) === SESSION_BITS;
  }

  async awaitActive(): Promise<void> {
    this.program.launch();
    await this.until(() => (this.status & 0x80) !== 0);
    await this.quiet(20);
  }

  async command(byte: number): Promise<void> {
    this.queue.push(byte);
    await this.until(() => this.queue.length === 0 && !this.outIsFull);
  }

  /** A close, and what comes behind it. */
  async shut(): Promise<void> {
    this.version = 0;
    this.put(0x08, 0);
    await this.command(INITIALISE);
    await this.fence();
    await this.quiet(20);
  }

  async fence(): Promise<void> {
    await this.command(FENCE);
    await this.command(FENCE);
  }

  /** An opening Initialise with these fields, its fences, and the terms of the answer. */
  async propose(low: number, high: number, rxSize: number): Promise<void> {
    this.put(0x08, low, 2);
    this.put(0x0a, high, 2);
    this.put(0x14, rxSize);
    const mark = this.bytes.length;
    await this.command(INITIALISE);
    await this.fence();
    if (!this.active) return;
    this.version = this.get(0x0c, 2);
    this.incoming = { offset: this.get(0x10), size: this.get(0x14) };
    this.outgoing = { offset: this.get(0x18), size: this.get(0x1c) };
    this.session++;
    if (this.bytes.slice(mark).includes(TX_BEGIN)) this.read(TX_BEGIN);
  }

  async open(mtu = 1024, [low, high]: readonly [number, number] = [1, 3]): Promise<void> {
    await this.awaitActive();
    await this.shut();
    await this.propose(low, high, mtu + (high === 3 ? 12 : 8));
    await this.quiet(20);
  }

  ended(): boolean {
    return !this.active;
  }

  async reopen(): Promise<void> {
    this.completes = true;
    this.queue.length = 0;
    this.version = 0;
    this.put(0x08, 0);
    await this.command(INITIALISE);
    await this.fence();
    await this.propose(1, 3, 1036);
  }

  /** A reset of the registers from outside: all are 0, and no side is told. */
  reset(): void {
    const file = openSync(this.#board, "r+");
    writeSync(file, Buffer.alloc(4), 0, 4, BoardField.registers);
    closeSync(file);
  }
}
