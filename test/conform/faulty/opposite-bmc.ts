/** The BMC of a host under test. */
import { attachBmc } from "../../../src/platform/shared-file/shared-file.ts";
import type { BmcPort } from "../../../src/platform/port.ts";
import { pause } from "../../support/processes.ts";
import { Opposite, type Program } from "./opposite.ts";

const FLAGS = { inFull: 0x02, outFull: 0x01 };
const DUMMY = 0xff;
const DOWN = 0x01;
const ACTIVE = 0x81;
const SESSION = 0xc1;
const OFFER = { rxOffset: 0x100, rxSize: 4108, txOffset: 0x110c, txSize: 4108 };

/** What an answer writes; what is left out is right. */
export interface Answer {
  readonly refuse?: boolean;
  readonly version?: number;
  readonly rxSize?: number;
  readonly txSize?: number;
  readonly txOffset?: number;
}

export interface Proposal {
  readonly low: number;
  readonly high: number;
  readonly rxSize: number;
  /** How many bytes the host had written, this Initialise included. */
  readonly at: number;
  readonly milliseconds: number;
}

export class OppositeBmc extends Opposite {
  readonly side = "bmc";
  readonly close: () => void;
  /** What the host proposed so far; closes are among them. */
  readonly proposals: Proposal[] = [];
  /** Channel Active stays set behind a close. */
  keepActive = false;
  /** A packet that is announced directly behind the answer's dummy. */
  early: readonly number[] | undefined;
  #answer: (proposal: Proposal) => Answer = () => ({});
  readonly #port: BmcPort;
  #mtu = 1024;

  constructor(board: string, program: Program) {
    const platform = attachBmc(board, { doorbell: false });
    super(platform.port, platform.window, FLAGS, program);
    this.#port = platform.port;
    this.close = () => {
      platform.close();
    };
  }

  /** What proposals are answered with from now on. */
  answerWith(answer: (proposal: Proposal) => Answer): void {
    this.#answer = answer;
  }

  setStatus(value: number): void {
    this.#port.writeStatus(value);
  }

  writeOffer(): void {
    this.put(0x10, OFFER.rxOffset);
    this.put(0x14, OFFER.rxSize);
    this.put(0x18, OFFER.txOffset);
    this.put(0x1c, OFFER.txSize);
  }

  /** The region as a BMC writes it at its start; the magic may be left out. */
  writeRegion(magic = 0x4d435450): void {
    this.put(0x00, magic);
    this.put(0x04, 1, 2);
    this.put(0x06, 3, 2);
    this.put(0x0c, 0);
    this.writeOffer();
    this.put(0x08, 0);
  }

  /** BMC Active, without the announcements, and the dummy. */
  start(magic?: number): void {
    this.writeRegion(magic);
    this.setStatus(ACTIVE);
    this.queue.push(DUMMY);
  }

  /** BMC Active = 0 and a dummy. */
  down(): void {
    this.version = 0;
    this.setStatus(DOWN);
    this.queue.push(DUMMY);
  }

  /** Channel Active = 0 and a dummy. */
  drop(): void {
    this.version = 0;
    this.setStatus(ACTIVE);
    this.queue.push(DUMMY);
  }

  get opened(): readonly Proposal[] {
    return this.proposals.filter(({ low, high }) => low !== 0 || high !== 0);
  }

  protected override read(byte: number): void {
    if (byte !== 0x00) {
      super.read(byte);
      return;
    }
    this.version = 0;
    this.queue.length = 0;
    const proposal: Proposal = {
      low: this.get(0x08, 2),
      high: this.get(0x0a, 2),
      rxSize: this.get(0x14),
      at: this.bytes.length,
      milliseconds: performance.now(),
    };
    this.proposals.push(proposal);
    const closes = proposal.low === 0 && proposal.high === 0;
    this.#respond(proposal, closes ? { refuse: true } : this.#answer(proposal));
  }

  #respond(proposal: Proposal, answer: Answer): void {
    const version = answer.refuse === true ? 0 : (answer.version ?? Math.min(3, proposal.high));
    this.writeOffer();
    if (version !== 0) {
      const size = Math.min(proposal.rxSize, this.#mtu + (version === 3 ? 12 : 8));
      this.put(0x14, answer.rxSize ?? size);
      this.put(0x1c, answer.txSize ?? size);
      if (answer.txOffset !== undefined) this.put(0x18, answer.txOffset);
      this.incoming = { offset: this.get(0x18), size: this.get(0x1c) };
      this.outgoing = { offset: this.get(0x10), size: this.get(0x14) };
      this.session++;
    }
    this.put(0x0c, version, 2);
    this.version = version;
    this.setStatus(version === 0 && !this.keepActive ? ACTIVE : SESSION);
    this.queue.push(DUMMY);
    if (version !== 0 && this.early !== undefined) this.send(this.early);
  }

  async open(mtu = 1024, [, high]: readonly [number, number] = [1, 3]): Promise<void> {
    this.#mtu = mtu;
    this.#answer = () => ({ version: high });
    this.start();
    this.program.launch();
    await this.until(() => this.version !== 0);
    await this.fences();
    await this.quiet();
  }

  /** Waits for the two fences behind the last proposal. */
  async fences(): Promise<void> {
    await this.until(() => this.count(DUMMY, this.proposals.at(-1)?.at ?? 0) >= 2, 500);
    await pause(5);
  }

  ended(): boolean {
    return (this.proposals.at(-1)?.low ?? 1) === 0 || this.proposals.length > 2;
  }

  async reopen(): Promise<void> {
    const before = this.opened.length;
    this.completes = true;
    this.queue.length = 0;
    this.drop();
    await this.until(() => this.opened.length > before);
    await this.fences();
  }
}
