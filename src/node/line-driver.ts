/**
 * Joins a serial line and what sends and receives packets over it: frames what is to go out, one at a time, and hands
 * on what comes in. The link is up while the line is open.
 */
import type { PacketExchange } from "../core/mctp/link.ts";
import type { ByteLine } from "../platform/byte-line.ts";
import type { Failure } from "../platform/failure.ts";
import { SERIAL_COUNTERS, type SerialCounters } from "../core/serial/counters.ts";
import { FrameEncoder, type Escaping } from "../core/serial/framing.ts";
import { FrameReceiver } from "../core/serial/receiver.ts";
import { zeroCounters } from "../core/wire/counters.ts";
import { PACKET_HEADER_BYTES } from "../core/wire/packet-parts.ts";
import { millis, type Millis } from "../core/wire/units.ts";
import { usedSince, type Clock } from "./clock.ts";
import { Pacer } from "./pacer.ts";
import type { LinkShare } from "./processor-share.ts";

export interface LineOptions {
  /** Payload bytes of a packet, both ways: from 64 to LARGEST_SERIAL_UNIT. */
  readonly unit: number;
  readonly escaping: Escaping;
  /** What the other end may make this one cost. Default: that of a link that shares with no other. */
  readonly share?: LinkShare;
}

/** Bytes on the line that a packet with payload pays for: each may be escaped, and header, length and CRC are there, too. */
function bytesPaidFor(unit: number): number {
  return 2 * (unit + PACKET_HEADER_BYTES + 8);
}

/** What it takes in milliseconds to wait for bytes of a line and to read them, before they are here. */
const READ_COST = 0.15;

export class LineDriver {
  readonly counters: SerialCounters = zeroCounters(SERIAL_COUNTERS);
  readonly name: string;
  readonly unit: number;
  /** Told when the line was lost; it is opened again by itself. */
  onLost: ((why: Failure) => void) | undefined;
  /** Told when a lost line cannot be opened again as things are. */
  onStuck: ((why: Failure) => void) | undefined;
  readonly #line: ByteLine;
  readonly #exchange: PacketExchange;
  readonly #clock: Clock;
  readonly #receiver: FrameReceiver;
  readonly #encoder: FrameEncoder;
  #isUp = false;
  /** A frame is on its way. */
  #writing = false;
  #pumping = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #pacer: Pacer;
  #payloadBefore = 0;
  #answersBefore = 0;
  #rest: NodeJS.Timeout | undefined;
  /** Told when the line has the first rest of its life. */
  onFirstRest: (() => void) | undefined;

  constructor(line: ByteLine, exchange: PacketExchange, clock: Clock, options: LineOptions) {
    this.name = line.name;
    this.unit = options.unit;
    this.#line = line;
    this.#exchange = exchange;
    this.#clock = clock;
    this.#encoder = new FrameEncoder(options.escaping);
    this.#pacer = new Pacer(options.share, bytesPaidFor(options.unit));
    this.#receiver = new FrameReceiver(
      PACKET_HEADER_BYTES + options.unit,
      this.counters,
      (bytes) => {
        exchange.receivePacket(bytes, 0, bytes.length, clock.now());
      },
      () => {
        exchange.packetLost(clock.now());
      },
    );
  }

  /** Rests given to the other end, see pacer.ts. */
  get paced(): number {
    return this.#pacer.paced;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Opens the line ahead of `start`, which it carries nothing before. Throws a Failure when that is not possible now. */
  async open(): Promise<void> {
    await this.#line.open?.();
  }

  /** Opens the line. Throws a Failure when that is not possible now. */
  async start(): Promise<void> {
    await this.#line.start({
      opened: () => {
        this.counters.lineOpened++;
        this.#isUp = true;
        this.#writing = false;
        this.#exchange.linkUp(this.#clock.now());
        this.kick();
      },
      received: (bytes) => {
        const began = this.#clock.now();
        this.#receiver.push(bytes);
        this.kick();
        this.#pace(began, bytes.length);
      },
      lost: (why) => {
        this.counters.lineLost++;
        this.#goDown();
        this.onLost?.(why);
        this.kick();
      },
      stuck: (why) => {
        this.onStuck?.(why);
      },
    });
  }

  async stop(): Promise<void> {
    this.#goDown();
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endRest();
    await this.#line.close();
  }

  /** There may be something to send, or a new deadline. Safe to call from within the exchange. */
  kick(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    try {
      this.#sendAll();
    } finally {
      this.#pumping = false;
    }
    this.#setTimer();
  }

  #goDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#endRest();
    this.#receiver.reset();
    this.#exchange.linkDown(this.#clock.now());
  }

  #sendAll(): void {
    while (this.#isUp && !this.#writing) {
      const packet = this.#exchange.nextPacket(this.unit, this.#clock.now());
      if (packet === undefined) return;
      this.#writing = true;
      this.counters.framesSent++;
      this.#line.write(this.#encoder.encode(packet), () => {
        this.#writing = false;
        this.#exchange.packetDone(this.#clock.now());
        this.kick();
      });
    }
  }

  /** What bytes took is charged to the other end; beyond its share it is not read for a while. Sending goes on. */
  #pace(began: Millis, bytes: number): void {
    const { payloadPackets = 0, answeredPackets: answers = 0 } = this.#exchange;
    const payload = payloadPackets - answers;
    const [free, answered] = [payload - this.#payloadBefore, answers - this.#answersBefore];
    const used = millis(usedSince(this.#clock, began) + READ_COST);
    const rest = this.#pacer.afterTurn(used, this.#clock.now(), bytes, free, answered);
    this.#payloadBefore = payload;
    this.#answersBefore = answers;
    if (rest === 0 || !this.#isUp || this.#rest !== undefined) return;
    if (this.#pacer.paced === 1) this.onFirstRest?.();
    this.#line.pause(true);
    this.#rest = setTimeout(
      () => {
        this.#endRest();
        this.#line.pause(false);
      },
      Math.max(1, rest),
    );
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
  }

  /** Deadlines pass whether the line is open or not. */
  #setTimer(): void {
    clearTimeout(this.#timer);
    const deadline = this.#exchange.nextDeadline();
    if (deadline === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#exchange.expire(this.#clock.now());
        this.kick();
      },
      Math.max(1, deadline - this.#clock.now()),
    );
  }
}
