/** The BMC role of the binding, and sides made of it. */
import type { BmcBus } from "../../src/core/binding/bus.ts";
import { checkMtu } from "../../src/core/binding/layout.ts";
import type { PacketMemory } from "../../src/core/binding/packet-buffer.ts";
import { Side, type Role } from "../../src/core/binding/side.ts";
import { nextDeadline, service } from "./service.ts";
import { BMC_DEFAULTS, newBmcState, type BmcConfig, type BmcState } from "./state.ts";

export const BMC_ROLE: Role<BmcState, BmcConfig, BmcBus> = {
  name: "bmc",
  sends: "bmcToHost",
  newState: newBmcState,
  service,
  nextDeadline,
};

export type BmcSide = Side<BmcState, BmcConfig, BmcBus>;

/** A BMC before its first step; what `config` leaves out is BMC_DEFAULTS. Throws for an MTU below the BTU. */
export function createBmcSide(config: Partial<BmcConfig>, memory: PacketMemory): BmcSide {
  checkMtu(config.mtu);
  return new Side(BMC_ROLE, { ...BMC_DEFAULTS, ...config }, memory);
}
