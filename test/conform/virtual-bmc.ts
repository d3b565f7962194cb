/**
 * A BMC on a board in memory, in virtual time: the project's own, or another role in its place, under a node that is the
 * bus owner, as in an agent.
 */
import { BMC_ROLE, createBmcSide } from "../../bmc/role/side.ts";
import type { BmcConfig, BmcState } from "../../bmc/role/state.ts";
import { Side, type RoleState } from "../../src/core/binding/side.ts";
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import { eid } from "../../src/core/wire/units.ts";
import { CHANNEL_KIND, type LinkPort } from "../../src/node/link.ts";
import { Node } from "../../src/node/node.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { BmcPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { performerOf } from "../support/access-bus.ts";
import { bmcIdentity, endpointConfig } from "../support/endpoints.ts";
import { SteppedDriver, type AnySide, type MakeSide } from "./stepped-driver.ts";
import { echo, VirtualSide, type VirtualSideOptions } from "./virtual-side.ts";

export interface VirtualBmcOptions extends VirtualSideOptions {
  readonly bmc?: Partial<BmcConfig>;
}

export class VirtualBmc extends VirtualSide {
  readonly #options: VirtualBmcOptions;

  constructor(options: VirtualBmcOptions) {
    super(options);
    this.#options = options;
  }

  /** The node of its device is closed with it, and opened again. */
  override restart(): void {
    this.board.bmc.close();
    super.restart();
    this.board.openBmcNode();
  }

  protected override get isRung(): boolean {
    return this.board.bmc.interrupts.pending();
  }

  protected override begin(): Pumped {
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
            return { unit: 64, kick: this.kick, start: () => Promise.resolve(), stop: () => Promise.resolve() };
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
    echo(node.endpoint);
    if (made === undefined) throw new Error("the node opened no link");
    return made;
  }
}
