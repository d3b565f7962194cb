/**
 * A host on a board in memory, in virtual time: the project's own, or another role in its place, under an endpoint that
 * announces itself when a session opens (LPC-MCTP-20) and echoes, as an agent does.
 */
import { createHostSide, HOST_ROLE } from "../../host/role/side.ts";
import type { HostConfig, HostState } from "../../host/role/state.ts";
import { Side, type RoleState } from "../../src/core/binding/side.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { NULL_EID } from "../../src/core/mctp/message.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { HostPortBus } from "../../src/node/port-bus.ts";
import type { Pumped } from "../../src/node/runner.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import { performerOf } from "../support/access-bus.ts";
import { hostEndpoint } from "../support/endpoints.ts";
import { SteppedDriver, type AnySide, type MakeSide } from "./stepped-driver.ts";
import { echo, VirtualSide, type VirtualSideOptions } from "./virtual-side.ts";

export interface VirtualHostOptions extends VirtualSideOptions {
  readonly host?: Partial<HostConfig>;
}

export class VirtualHost extends VirtualSide {
  readonly #options: VirtualHostOptions;

  constructor(options: VirtualHostOptions) {
    super(options);
    this.#options = options;
  }

  protected override get isRung(): boolean {
    return this.board.host.interrupts.pending();
  }

  protected override begin(): Pumped {
    const { stepped = false, make = this.#own } = this.#options;
    const endpoint = hostEndpoint();
    endpoint.onWork = this.kick;
    endpoint.onLinkChange = (up, now) => {
      if (up) endpoint.requestControl(NULL_EID, Control.DISCOVERY_NOTIFY, new Uint8Array(0), now, () => undefined);
    };
    echo(endpoint);
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
