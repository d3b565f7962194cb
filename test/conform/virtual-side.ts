/** What a host and a BMC on a board in memory have in common: virtual time, and the turns that each gets in it. */
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { earliest, later, millis, type Millis } from "../../src/core/wire/units.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorRequest,
  encodeVendorResponse,
} from "../../src/agent/files/vendor-messages.ts";
import type { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { AnySide, MakeSide } from "./stepped-driver.ts";

/** Turns without an end that take a millisecond: a side that spins keeps the clock running. */
const TURNS_A_MILLISECOND = 200;

export interface VirtualSideOptions {
  readonly depth?: Depth;
  readonly windowBytes?: number;
  /** In place of the project's own side. */
  readonly make?: MakeSide | undefined;
  /** One access a pause, so that the tester sees the board between any two. */
  readonly stepped?: boolean | undefined;
  /** How often it looks at STR where nothing wakes it, in milliseconds. */
  readonly poll: number;
  /** An error ends it, as it ends a process; without this it is the bench's. */
  readonly mayDie?: boolean | undefined;
  /** It is woken by no interrupt: it looks when its poll is due. */
  readonly sleepy?: boolean | undefined;
}

export abstract class VirtualSide {
  readonly board: LoopbackBoard;
  now: Millis = millis(0);
  readonly #options: VirtualSideOptions;
  #started: Pumped | undefined;
  #wanted = true;
  #isDead = false;
  #polledAt: Millis = millis(0);

  constructor(options: VirtualSideOptions) {
    this.#options = options;
    this.board = new LoopbackBoard(options.windowBytes ?? 64 * 1024, { depth: options.depth ?? 0 });
  }

  /** A new life of it on the board as it is. */
  protected abstract begin(): Pumped;
  /** Whether the board rings for it. */
  protected abstract get isRung(): boolean;

  /** Killed without a word, and started again: registers and window stay as they are. */
  restart(): void {
    this.#isDead = false;
    this.#started = this.begin();
    this.#wanted = true;
  }

  /** It is asked to stop in order. */
  stop(): void {
    (this.#driver as unknown as { readonly side: AnySide }).side.stop();
    this.#wanted = true;
  }

  /** Lets it run: so many milliseconds; 0 for what it can do at once, or for one access of it. */
  pause(milliseconds: number): void {
    if (milliseconds === 0 && this.#options.stepped === true) {
      this.#turn();
      return;
    }
    const end = later(this.now, millis(milliseconds));
    for (let turns = 1; ; turns++) {
      const isBusy = this.#turn();
      if (isBusy && turns % TURNS_A_MILLISECOND !== 0) continue;
      if (this.now >= end) return;
      if (isBusy) this.now = later(this.now, millis(1));
      else this.#jump(end);
    }
  }

  /** It has something to do. */
  protected readonly kick = (): void => {
    this.#wanted = true;
  };

  get #driver(): Pumped {
    this.#started ??= this.begin();
    return this.#started;
  }

  /** To the next moment at which it does something by itself, `end` at the latest. */
  #jump(end: Millis): void {
    const poll = later(this.#polledAt, millis(this.#options.poll));
    const due = earliest(this.#isDead ? undefined : this.#driver.nextDeadline(), poll)!;
    if (due > end) {
      this.now = end;
      return;
    }
    this.now = due > this.now ? due : later(this.now, millis(1));
    this.#polledAt = this.now;
    this.#run(() => this.#driver.expire(this.now));
  }

  #turn(): boolean {
    const isRung = this.isRung && this.#options.sleepy !== true;
    if (!isRung && !this.#wanted) return false;
    this.#run(() => this.#driver.pump(this.now));
    return true;
  }

  /** What it does may bring more to do. */
  #run(act: () => boolean): void {
    this.#wanted = false;
    if (this.#isDead) return;
    try {
      const isMore = act();
      this.#wanted ||= isMore;
    } catch (error) {
      if (this.#options.mayDie !== true) throw error;
      this.#isDead = true;
    }
  }
}

/** Has an endpoint echo, as an agent does. */
export function echo(endpoint: EndpointCore): void {
  endpoint.handle(MessageType.VENDOR_IANA, (message) => {
    const request = decodeVendorRequest(message.bytes);
    if (!request.ok || request.value.operation !== Operation.ECHO) return;
    endpoint.respond(message, encodeVendorResponse(message.bytes, VendorStatus.OK, request.value.data));
  });
}
