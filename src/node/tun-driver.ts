/**
 * Joins an interface of the kernel and what sends and receives packets over it. The interface is up while the node's main
 * link, the channel, is, and takes packets as large as that carries. An interface that another program has removed is made
 * again.
 */
import type { PacketParts } from "../core/wire/packet-parts.ts";
import type { PacketExchange } from "../core/mctp/link.ts";
import { zeroCounters } from "../core/wire/counters.ts";
import { millis, type Eid, type Millis } from "../core/wire/units.ts";
import { Failure, messageOf } from "../platform/failure.ts";
import { LARGEST_TUN_UNIT, type Frame } from "../platform/tun/tun-device.ts";
import { usedSince, type Clock } from "./clock.ts";
import { Pacer } from "./pacer.ts";
import type { LinkShare } from "./processor-share.ts";
import { TUN_COUNTERS, type TunCounters } from "./tun-counters.ts";
import type { Tell } from "../platform/log-events.ts";

/** What is used of a TunDevice, or of a stand-in for one. */
export interface PacketDevice {
  setUnit(unit: number): void;
  setUp(isUp: boolean): void;
  setEid(eid: Eid | undefined, routes: "routes" | "noRoutes"): void;
  wait(milliseconds: number): Promise<boolean>;
  read(): Frame;
  write(header: number, message: Uint8Array, start: number, end: number): "taken" | "full" | "refused";
  close(): void;
}

/** What a port of a router is to the interface behind it. */
export interface KernelExchange extends PacketExchange {
  /** What it takes next may find no room at the port that it is to go out of. */
  readonly isCrowded: boolean;
}

export interface TunDriverOptions {
  /** Throws a Failure. */
  readonly make: () => PacketDevice;
  /** The kernel's EID from the start, where the kernel owns the bus; then it gets no routes either. */
  readonly ownEid: Eid | undefined;
  readonly share?: LinkShare | undefined;
  /** One line for people. */
  readonly tell: Tell;
}

/** A wait of the thread pool: so long a stop may wait for it. */
const WAIT_MILLISECONDS = 200;
/** Packets in one turn of the event loop. */
const PACKETS_PER_TURN = 64;
/** So long packets are left in the kernel, or with the router, before they are tried again. */
const RETRY_MILLISECONDS = 2;
/** Pauses between attempts to make an interface again double from the first to the last. */
const FIRST_PAUSE_MILLISECONDS = 100;
const LAST_PAUSE_MILLISECONDS = 5000;
/** What it takes in milliseconds to wait for packets on another thread. */
const WAIT_COST = 0.1;

export class TunDriver {
  readonly tunCounters: TunCounters = zeroCounters(TUN_COUNTERS);
  /** Payload bytes of the largest packet that the interface carries to the kernel. */
  readonly unit: number = LARGEST_TUN_UNIT;
  readonly #options: TunDriverOptions;
  readonly #exchange: KernelExchange;
  readonly #clock: Clock;
  readonly #pacer: Pacer;
  #device: PacketDevice | undefined;
  #reading: Promise<void> | undefined;
  /** Of a device that was lost. */
  #ending: Promise<void> | undefined;
  /** Payload bytes of a packet of the channel; 0 while that is down. */
  #channelUnit = 0;
  /** The kernel's EID, as it was given last. */
  #eid: Eid | undefined;
  #routes: "routes" | "noRoutes" = "noRoutes";
  #isUp = false;
  #isPumping = false;
  #isStopped = false;
  /** A packet that the kernel did not take yet. */
  #pending: PacketParts | undefined;
  #retry: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #remaking: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE_MILLISECONDS;
  #troubleTold: string | undefined;
  #payloadBefore = 0;
  #answersBefore = 0;

  constructor(exchange: KernelExchange, clock: Clock, options: TunDriverOptions) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#options = options;
    this.#eid = options.ownEid;
    this.#pacer = new Pacer(options.share, 1);
  }

  get paced(): number {
    return this.#pacer.paced;
  }

  /** Payload bytes of the largest packet that the kernel sends. */
  get incomingUnit(): number {
    return Math.min(this.#channelUnit, LARGEST_TUN_UNIT);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Makes the interface. Throws a Failure. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#device ??= this.#make();
      resolve();
    });
  }

  async start(): Promise<void> {
    await this.open();
    this.#reading = this.#readAll();
    this.#follow();
  }

  async stop(): Promise<void> {
    this.#goDown();
    this.#isStopped = true;
    for (const timer of [this.#deadline, this.#remaking]) clearTimeout(timer);
    const device = this.#device;
    this.#device = undefined;
    await this.#ending;
    await this.#end(device);
  }

  /** The channel came up with packets of so many payload bytes, or went down: 0. */
  mainChanged(unit: number): void {
    this.#channelUnit = unit;
    if (this.#reading !== undefined) this.#follow();
  }

  /**
   * The kernel is to have this EID and to find all others behind the interface; undefined: none. Gives why it has not got it,
   * in words for people.
   */
  setKernelEid(eid: Eid | undefined): string | undefined {
    [this.#eid, this.#routes] = [eid, "routes"];
    try {
      this.#device?.setEid(eid, "routes");
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** There may be something to send, or a new deadline. */
  kick(): void {
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    try {
      this.#sendAll();
    } finally {
      this.#isPumping = false;
    }
    this.#setDeadline();
  }

  /* ---- The interface ---- */

  #make(): PacketDevice {
    const device = this.#options.make();
    try {
      device.setEid(this.#eid, this.#routes);
    } catch (error) {
      device.close();
      throw error;
    }
    return device;
  }

  /** Has the interface follow the channel. */
  #follow(): void {
    if (this.#isStopped || this.#device === undefined) return;
    const unit = this.#channelUnit;
    if (unit === 0) {
      this.#goDown();
      return;
    }
    try {
      this.#device.setUnit(unit);
      this.#device.setUp(true);
    } catch (error) {
      this.#fails(error);
      return;
    }
    this.#troubleTold = undefined;
    this.#pause = FIRST_PAUSE_MILLISECONDS;
    if (this.#isUp) return;
    this.tunCounters.interfaceUp++;
    this.#isUp = true;
    this.#exchange.linkUp(this.#clock.now());
    this.kick();
  }

  #goDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    clearTimeout(this.#retry);
    this.#pending = this.#retry = undefined;
    try {
      this.#device?.setUp(false);
    } catch {
      // It is gone, which reading it tells.
    }
    this.#exchange.linkDown(this.#clock.now());
  }

  /** The interface is gone, or cannot be set up: it is made anew. */
  #fails(error: unknown): void {
    this.#goDown();
    this.#tell(error);
    const device = this.#device;
    this.#device = undefined;
    this.#ending = this.#end(device);
    if (this.#isStopped) return;
    this.#remaking = setTimeout(() => {
      void this.#remake();
    }, this.#pause);
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE_MILLISECONDS);
  }

  /** A descriptor in use is not closed: another file could have its number before the wait has ended. */
  async #end(device: PacketDevice | undefined): Promise<void> {
    await this.#reading;
    device?.close();
  }

  async #remake(): Promise<void> {
    await this.#ending;
    if (this.#isStopped) return;
    try {
      this.#device = this.#make();
    } catch (error) {
      this.#fails(error);
      return;
    }
    this.#reading = this.#readAll();
    this.#follow();
  }

  #tell(error: unknown): void {
    const text = messageOf(error);
    if (text === this.#troubleTold) return;
    this.#troubleTold = text;
    this.#options.tell(text, "link-lost");
  }

  /* ---- To the kernel ---- */

  #sendAll(): void {
    while (this.#isUp && this.#retry === undefined) {
      const packet = this.#pending ?? this.#exchange.nextPacket(this.unit, this.#clock.now());
      if (packet === undefined) return;
      this.#pending = packet;
      const outcome = this.#write(packet);
      if (outcome === "lost") return;
      if (outcome === "full") {
        this.#retry = setTimeout(() => {
          this.#retry = undefined;
          this.kick();
        }, RETRY_MILLISECONDS);
        return;
      }
      this.#pending = undefined;
      this.tunCounters[outcome === "taken" ? "packetsToKernel" : "kernelRefused"]++;
      this.#exchange.packetDone(this.#clock.now());
    }
  }

  #write({ header, message, start, end }: PacketParts): "taken" | "full" | "refused" | "lost" {
    try {
      return this.#device?.write(header, message, start, end) ?? "refused";
    } catch (error) {
      this.tunCounters.interfaceLost++;
      this.#fails(error);
      return "lost";
    }
  }

  /* ---- From the kernel ---- */

  /** Ends with the driver, or with its device. */
  async #readAll(): Promise<void> {
    const device = this.#device;
    while (!this.#isStopped && device !== undefined && device === this.#device) {
      const isThere = await device.wait(WAIT_MILLISECONDS);
      if (!isThere || device !== this.#device) continue;
      const rest = this.#turn(device);
      if (rest !== 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
  }

  /** Takes what waits in the kernel; gives for how long to leave the rest there. */
  #turn(device: PacketDevice): Millis {
    const began = this.#clock.now();
    let count = 0;
    try {
      for (; count < PACKETS_PER_TURN; count++) {
        if (this.#isUp && this.#exchange.isCrowded) {
          this.tunCounters.kernelWaited++;
          break;
        }
        const frame = device.read();
        if (frame === "none") break;
        this.#take(frame);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.tunCounters.interfaceLost++;
      if (device === this.#device) this.#fails(error);
      return millis(0);
    }
    this.kick();
    const rest = this.#restAfter(began, count);
    return millis(Math.max(rest, this.#isUp && this.#exchange.isCrowded ? RETRY_MILLISECONDS : 0));
  }

  #take(frame: Exclude<Frame, "none">): void {
    if (frame === "other") {
      this.tunCounters.kernelForeign++;
      return;
    }
    if (!this.#isUp) {
      this.tunCounters.kernelLate++;
      return;
    }
    this.tunCounters.packetsFromKernel++;
    // Its memory is that of the next one.
    const bytes = frame.bytes.slice(frame.start, frame.end);
    this.#exchange.receivePacket(bytes, 0, bytes.length, this.#clock.now());
  }

  /** What packets took is charged to the programs behind the interface; beyond their share it is not read for a while. */
  #restAfter(began: Millis, packets: number): Millis {
    const { payloadPackets = 0, answeredPackets: answers = 0 } = this.#exchange;
    const payload = payloadPackets - answers;
    const [free, answered] = [payload - this.#payloadBefore, answers - this.#answersBefore];
    [this.#payloadBefore, this.#answersBefore] = [payload, answers];
    const used = millis(usedSince(this.#clock, began) + WAIT_COST);
    return this.#pacer.afterTurn(used, this.#clock.now(), packets, free, answered);
  }

  /** Deadlines pass whether the interface is up or not. */
  #setDeadline(): void {
    clearTimeout(this.#deadline);
    const deadline = this.#exchange.nextDeadline();
    if (deadline === undefined) return;
    this.#deadline = setTimeout(
      () => {
        this.#exchange.expire(this.#clock.now());
        this.kick();
      },
      Math.max(1, deadline - this.#clock.now()),
    );
  }
}
