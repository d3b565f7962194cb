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
import type { Clock } from "./clock.ts";

export interface LineOptions {
  /** Payload bytes of a packet, both ways: from 64 to LARGEST_SERIAL_UNIT. */
  readonly unit: number;
  readonly escaping: Escaping;
}

export class LineDriver {
  readonly counters: SerialCounters = zeroCounters(SERIAL_COUNTERS);
  readonly name: string;
  readonly unit: number;
  /** Told when the line was lost; it is opened again by itself. */
  onLost: ((why: Failure) => void) | undefined;
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

  constructor(line: ByteLine, exchange: PacketExchange, clock: Clock, options: LineOptions) {
    this.name = line.name;
    this.unit = options.unit;
    this.#line = line;
    this.#exchange = exchange;
    this.#clock = clock;
    this.#encoder = new FrameEncoder(options.escaping);
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

  get isUp(): boolean {
    return this.#isUp;
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
        this.#receiver.push(bytes);
        this.kick();
      },
      lost: (why) => {
        this.counters.lineLost++;
        this.#goDown();
        this.onLost?.(why);
        this.kick();
      },
    });
  }

  async stop(): Promise<void> {
    this.#goDown();
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
