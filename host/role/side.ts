/** The host role of the binding, and sides made of it. */
import type { HostBus } from "../../src/core/binding/bus.ts";
import { checkMtu } from "../../src/core/binding/layout.ts";
import type { PacketMemory } from "../../src/core/binding/packet-buffer.ts";
import { Side, type Role } from "../../src/core/binding/side.ts";
import { nextDeadline, service } from "./service.ts";
import { HOST_DEFAULTS, newHostState, type HostConfig, type HostState } from "./state.ts";

export const HOST_ROLE: Role<HostState, HostConfig, HostBus> = {
  name: "host",
  sends: "hostToBmc",
  newState: newHostState,
  service,
  nextDeadline,
};

export type HostSide = Side<HostState, HostConfig, HostBus>;

/** A host before its first step; what `config` leaves out is HOST_DEFAULTS. Throws for an MTU below the BTU. */
export function createHostSide(config: Partial<HostConfig>, memory: PacketMemory): HostSide {
  checkMtu(config.mtu);
  return new Side(HOST_ROLE, { ...HOST_DEFAULTS, ...config }, memory);
}
