/** A bus owner and devices that come to its ports, as discovery finds them. */
import { BusOwner } from "../../src/core/mctp/bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../../src/core/mctp/bus-owner/config.ts";
import type { DiscoveredEndpoint } from "../../src/core/mctp/bus-owner/discovery.ts";
import { uuidText } from "../../src/core/mctp/control/identifiers.ts";
import { eid, type Eid } from "../../src/core/wire/units.ts";

/** The UUID of device number `index`. */
export function uuidOf(index: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => index);
}
export const textOf = (index: number): string => uuidText(uuidOf(index));

/** A device, or one without UUID, that took the EID that it was given. */
export function found(
  index: number | undefined,
  own: number,
  changes: Partial<DiscoveredEndpoint> = {},
): DiscoveredEndpoint {
  return {
    eid: eid(own),
    accepted: true,
    pool: "none",
    poolSize: 0,
    controlVersions: [0xf1f3f100],
    messageTypes: [1],
    uuid: index === undefined ? undefined : uuidOf(index),
    ...changes,
  };
}

export function owner(changes: Partial<BusOwnerConfig> = {}, before?: BusOwner): BusOwner {
  const config = {
    own: eid(8),
    pool: { first: eid(9), count: 4 },
    statics: new Map(),
    portEids: new Map(),
    ...changes,
  };
  return new BusOwner(config, before?.memory);
}

/** A device comes to a port; gives the EID that it has then. */
export function comes(bus: BusOwner, port: number, index: number | undefined): Eid | string {
  const provisional = bus.provisional(port);
  if (provisional === undefined) return bus.exhausted;
  const device = found(index, provisional);
  const settled = bus.settle(port, device);
  if (!settled.ok) return settled.reject;
  bus.joined(port, device, settled.value, undefined);
  return settled.value;
}

export function visits(bus: BusOwner, port: number, index: number | undefined): Eid | string {
  const own = comes(bus, port, index);
  bus.left(port);
  return own;
}

export function presences(bus: BusOwner): Record<number, string> {
  return Object.fromEntries(bus.endpoints.map(({ eid: own, presence }) => [own, presence]));
}
