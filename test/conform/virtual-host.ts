/**
 * A host on a board in memory, in virtual time: the project's own, or another role in its place, under an endpoint that
 * announces itself when a session opens (LPC-MCTP-20) and echoes, as an agent does.
 */
import { createHostSide, HOST_ROLE } from "../../host/role/side.ts";
import type { HostConfig, HostState } from "../../host/role/state.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import { Side, type RoleState } from "../../src/core/binding/side.ts";
import {
  decodeVendorRequest,
  encodeVendorResponse,
  Operation,
  VendorStatus,
} from "../../src/agent/files/vendor-messages.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { MessageType, NULL_EID } from "../../src/core/mctp/message.ts";
import { earliest, later, millis, type Millis } from "../../src/core/wire/units.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { HostPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { performerOf } from "../support/access-bus.ts";
import { hostEndpoint } from "../support/endpoints.ts";
import { SteppedDriver, type AnySide, type MakeSide } from "./stepped-driver.ts";

/** Turns without an end that take a millisecond: a host that spins keeps the clock running. */
const TURNS_A_MILLISECOND = 200;

export interface VirtualHostOptions {
  readonly depth?: Depth;
  readonly windowBytes?: number;
  readonly host?: Partial<HostConfig>;
  /** In place of the project's own side. */
  readonly make?: MakeSide | undefined;
  /** One access a pause, so that the tester sees the board between any two. */
  readonly stepped?: boolean | undefined;
  /** How often it looks at STR where nothing wakes it, in milliseconds. */
  readonly poll: number;
  /** It is woken by no interrupt: it looks when its poll is due. */
  readonly sleepy?: boolean | undefined;
}

export class VirtualHost {
  readonly board: LoopbackBoard;
  now: Millis = millis(0);
  /** What its present life ended with: a program that throws is gone until it is started again. */
  crash: unknown;
  readonly #options: VirtualHostOptions;
  #driver: Pumped;
  #wanted = true;
  #polledAt: Millis = millis(0);

  constructor(options: VirtualHostOptions) {
    this.#options = options;
    this.board = new LoopbackBoard(options.windowBytes ?? 64 * 1024, { depth: options.depth ?? 0 });
    this.#driver = this.#start();
  }

  /** Killed without a word, and started again: registers and window stay as they are. */
  restart(): void {
    this.crash = undefined;
    this.#driver = this.#start();
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

  /** To the next moment at which it does something by itself, `end` at the latest. */
  #jump(end: Millis): void {
    const poll = later(this.#polledAt, millis(this.#options.poll));
    const due = earliest(this.crash === undefined ? this.#driver.nextDeadline() : undefined, poll)!;
    if (due > end) {
      this.now = end;
      return;
    }
    this.now = due > this.now ? due : later(this.now, millis(1));
    this.#polledAt = this.now;
    this.#run(() => this.#driver.expire(this.now));
  }

  #turn(): boolean {
    const isRung = this.board.host.interrupts.pending() && this.#options.sleepy !== true;
    if (!isRung && !this.#wanted) return false;
    this.#run(() => this.#driver.pump(this.now));
    return true;
  }

  /** What it does may bring more to do. */
  #run(act: () => boolean): void {
    this.#wanted = false;
    if (this.crash !== undefined) return;
    try {
      const isMore = act();
      this.#wanted ||= isMore;
    } catch (error) {
      this.crash = error;
    }
  }

  #start(): Pumped {
    const { stepped = false, make = this.#own } = this.#options;
    const endpoint = hostEndpoint();
    endpoint.onWork = () => {
      this.#wanted = true;
    };
    endpoint.onLinkChange = (up, now) => {
      if (up) endpoint.requestControl(NULL_EID, Control.DISCOVERY_NOTIFY, new Uint8Array(0), now, () => undefined);
    };
    endpoint.handle(MessageType.VENDOR_IANA, (message) => {
      const request = decodeVendorRequest(message.bytes);
      if (!request.ok || request.value.operation !== Operation.ECHO) return;
      endpoint.respond(message, encodeVendorResponse(message.bytes, VendorStatus.OK, request.value.data));
    });
    if (stepped) return new SteppedDriver(make, performerOf(this.board.host), endpoint);
    return new SideDriver(make(), new HostPortBus(this.board.host), endpoint);
  }

  readonly #own: MakeSide = (state?: RoleState) => {
    const config = { windowBytes: this.board.window.length, ...this.#options.host };
    const fresh = createHostSide(config, createPacketMemory());
    if (state === undefined) return fresh as unknown as AnySide;
    return new Side(HOST_ROLE, fresh.config, createPacketMemory(), state as HostState) as unknown as AnySide;
  };
}
