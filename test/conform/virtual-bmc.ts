/**
 * A BMC on a board in memory, in virtual time: the project's own, or another role in its place, under a node that is the
 * bus owner, as in an agent.
 */
import { createBmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig, BmcState } from "../../bmc/role/state.ts";
import type { Depth } from "../../src/core/binding/kcs-word.ts";
import type { RoleState } from "../../src/core/binding/side.ts";
import { Side } from "../../src/core/binding/side.ts";
import { BMC_ROLE } from "../../bmc/role/side.ts";
import type { LinkPort } from "../../src/node/link.ts";
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { earliest, eid, later, millis, type Millis } from "../../src/core/wire/units.ts";
import { MessageType } from "../../src/core/mctp/message.ts";
import {
  Operation,
  VendorStatus,
  decodeVendorRequest,
  encodeVendorResponse,
} from "../../src/agent/files/vendor-messages.ts";
import { CHANNEL_KIND } from "../../src/node/link.ts";
import { Node } from "../../src/node/node.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { BmcPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { performerOf } from "../support/access-bus.ts";
import { bmcIdentity, endpointConfig } from "../support/endpoints.ts";
import { SteppedDriver, type AnySide, type MakeSide } from "./stepped-driver.ts";

/** Turns that no pause takes: what goes on for longer runs in circles. */
const TURN_LIMIT = 100_000;

export interface VirtualBmcOptions {
  readonly depth?: Depth;
  readonly windowBytes?: number;
  readonly bmc?: Partial<BmcConfig>;
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

export class VirtualBmc {
  readonly board: LoopbackBoard;
  now: Millis = millis(0);
  readonly #options: VirtualBmcOptions;
  #driver: Pumped;
  #wanted = true;
  #isDead = false;
  #polledAt: Millis = millis(0);

  constructor(options: VirtualBmcOptions) {
    this.#options = options;
    this.board = new LoopbackBoard(options.windowBytes ?? 64 * 1024, { depth: options.depth ?? 0 });
    this.#driver = this.#start();
  }

  /** Killed without a word, and started again: registers and window stay as they are. */
  restart(): void {
    this.board.bmc.close();
    this.#isDead = false;
    this.#driver = this.#start();
    this.board.openBmcNode();
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
    for (let turns = 0; turns < TURN_LIMIT; turns++) {
      if (this.#turn()) continue;
      const due = earliest(this.#driver.nextDeadline(), later(this.#polledAt, millis(this.#options.poll)))!;
      if (due > end || this.now >= end) {
        this.now = end;
        return;
      }
      this.now = due > this.now ? due : later(this.now, millis(1));
      this.#polledAt = this.now;
      this.#run(() => this.#driver.expire(this.now));
    }
    throw new Error("the BMC runs in circles");
  }

  #turn(): boolean {
    const isRung = this.board.bmc.interrupts.pending() && this.#options.sleepy !== true;
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

  #start(): Pumped {
    const { stepped = false, make = this.#own } = this.#options;
    const port = this.#node();
    if (stepped) return new SteppedDriver(make, performerOf(this.board.bmc), port);
    return new SideDriver(make(), new BmcPortBus(this.board.bmc), port);
  }

  readonly #own: MakeSide = (state?: RoleState) => {
    const config = { windowBytes: this.board.window.length, ...this.#options.bmc };
    const fresh = createBmcSide(config, createPacketMemory());
    if (state === undefined) return fresh as unknown as AnySide;
    return new Side(BMC_ROLE, fresh.config, createPacketMemory(), state as BmcState) as unknown as AnySide;
  };

  #node(): LinkPort {
    let made: LinkPort | undefined;
    const node = new Node({
      endpoint: endpointConfig(bmcIdentity()),
      links: [
        {
          name: "the channel",
          kind: CHANNEL_KIND,
          showsPresence: true,
          open: (port) => {
            made = port;
            const kick = (): void => {
              this.#wanted = true;
            };
            return { unit: 64, kick, start: () => Promise.resolve(), stop: () => Promise.resolve() };
          },
        },
      ],
      owner: new BusOwner({
        own: eid(8),
        pool: { first: eid(9), count: 246 },
        statics: new Map(),
        portEids: new Map(),
      }),
      peerEid: eid(9),
      clock: { now: () => this.now },
      tell: () => undefined,
      linkChanged: () => undefined,
    });
    node.endpoint.handle(MessageType.VENDOR_IANA, (message) => {
      const request = decodeVendorRequest(message.bytes);
      if (!request.ok || request.value.operation !== Operation.ECHO) return;
      const answer = encodeVendorResponse(message.bytes, VendorStatus.OK, request.value.data);
      node.endpoint.respond(message, answer);
    });
    if (made === undefined) throw new Error("the node opened no link");
    return made;
  }
}
