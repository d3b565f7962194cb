/** Both sides in one process on a loopback board, endpoints and all, or one of them on any board. */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import type { Version, VersionRange } from "../../core/binding/versions.ts";
import { ENDPOINT_DEFAULTS } from "../../core/mctp/endpoint-defaults.ts";
import { EndpointCore } from "../../core/mctp/endpoint.ts";
import type { PacketExchange } from "../../core/mctp/link.ts";
import { millis, type Eid } from "../../core/wire/units.ts";
import { createPacketMemory } from "../../node/packet-memory.ts";
import { BmcPortBus, HostPortBus } from "../../node/port-bus.ts";
import type { Pumped } from "../../node/runner.ts";
import { SideDriver } from "../../node/side-driver.ts";
import { LoopbackBoard } from "../../platform/loopback.ts";
import type { BmcPlatform, HostPlatform } from "../../platform/port.ts";

export const HOST_EID = 9 as Eid;
export const BMC_EID = 8 as Eid;
export const WINDOW_BYTES: number = 1024 * 1024;

/** One side: what sends and receives messages, and what moves it on. */
export interface BenchSide {
  readonly endpoint: EndpointCore;
  readonly driver: Pumped;
}

export interface BenchPair {
  readonly host: BenchSide;
  readonly bmc: BenchSide;
  /** Payload bytes of a packet. */
  readonly mtu: number;
}

const NOW = millis(0);
const START_ROUNDS = 100;

/** A pair with an open channel. `mtu` undefined is the largest. */
export function openPair(version: Version, mtu: number | undefined): BenchPair {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const endpoint = newEndpoint(HOST_EID, "endpoint");
  const { driver, side } = hostDriver(board.host, version, mtu, endpoint);
  const bmc = openBmc(board.bmc, version, mtu);
  bringUp([endpoint, bmc.endpoint], [bmc.driver, driver]);
  return { host: { endpoint, driver }, bmc, mtu: side.session?.mtu.hostToBmc ?? 0 };
}

/** Moves the drivers on until all endpoints have a link. */
export function bringUp(endpoints: readonly EndpointCore[], drivers: readonly Pumped[]): void {
  for (let round = 0; round < START_ROUNDS; round++) for (const driver of drivers) driver.pump(NOW);
  if (!endpoints.every(({ isUp }) => isUp)) throw new Error("the benchmark's channel did not come up");
}

/** The host's side on a board of any kind, with no channel yet. */
export function openHost(platform: HostPlatform, version: Version, mtu: number | undefined): BenchSide {
  const endpoint = newEndpoint(HOST_EID, "endpoint");
  return { endpoint, driver: hostDriver(platform, version, mtu, endpoint).driver };
}

export function openBmc(platform: BmcPlatform, version: Version, mtu: number | undefined): BenchSide {
  const endpoint = newEndpoint(BMC_EID, "busOwner");
  return { endpoint, driver: bmcDriver(platform, version, mtu, endpoint) };
}

export function hostDriver(
  platform: HostPlatform,
  version: Version,
  mtu: number | undefined,
  packets: PacketExchange,
): { readonly driver: Pumped; readonly side: ReturnType<typeof createHostSide> } {
  const side = createHostSide(sideConfig(platform, version, mtu), createPacketMemory());
  return { side, driver: new SideDriver(side, new HostPortBus(platform), packets) };
}

export function bmcDriver(
  platform: BmcPlatform,
  version: Version,
  mtu: number | undefined,
  packets: PacketExchange,
): Pumped {
  const side = createBmcSide(sideConfig(platform, version, mtu), createPacketMemory());
  return new SideDriver(side, new BmcPortBus(platform), packets);
}

interface SideConfig {
  readonly versions: VersionRange;
  readonly mtu: number | undefined;
  readonly windowBytes: number;
}

function sideConfig({ window }: HostPlatform | BmcPlatform, version: Version, mtu: number | undefined): SideConfig {
  return { versions: { min: 1, cur: version }, mtu, windowBytes: window.size };
}

export function newEndpoint(eid: Eid, kind: "endpoint" | "busOwner"): EndpointCore {
  return new EndpointCore({
    ...ENDPOINT_DEFAULTS,
    identity: { eid, uuid: new Uint8Array(16), kind, staticEid: eid, assigned: false, messageTypes: new Map() },
  });
}
