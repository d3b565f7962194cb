/** Both sides in one process on a loopback board, endpoints and all, or one of them on any board. */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../core/mctp/endpoint-defaults.ts";
import type { Version, VersionRange } from "../../core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../node/port-bus.ts";
import { createPacketMemory } from "../../node/packet-memory.ts";
import type { Pumped } from "../../node/runner.ts";
import { SideDriver } from "../../node/side-driver.ts";
import { EndpointCore } from "../../core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../platform/loopback.ts";
import type { BmcPlatform, HostPlatform } from "../../platform/port.ts";
import { millis, type Eid } from "../../core/wire/units.ts";

export const HOST_EID = 9 as Eid;
export const BMC_EID = 8 as Eid;

/** One side: what sends and receives messages, and what moves it on. */
export interface BenchSide {
  readonly endpoint: EndpointCore;
  readonly driver: Pumped;
}

/** The channel is judged by the host's session. */
interface BenchHost extends BenchSide {
  readonly side: Pick<ReturnType<typeof createHostSide>, "session">;
}

export interface BenchPair {
  readonly host: BenchSide;
  readonly bmc: BenchSide;
  /** Payload bytes of a packet. */
  readonly mtu: number;
}

const NOW = millis(0);
const WINDOW_BYTES = 1024 * 1024;
const START_ROUNDS = 100;

/** A pair with an open channel. `mtu` undefined is the largest. */
export function openPair(version: Version, mtu: number | undefined): BenchPair {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const host = openHost(board.host, version, mtu);
  const bmc = openBmc(board.bmc, version, mtu);
  for (let round = 0; round < START_ROUNDS && !(host.endpoint.isUp && bmc.endpoint.isUp); round++) {
    bmc.driver.pump(NOW);
    host.driver.pump(NOW);
  }
  const { session } = host.side;
  if (session === undefined) throw new Error("the benchmark's channel did not come up");
  return { host, bmc, mtu: session.mtu.hostToBmc };
}

/** The host's side on a board of any kind, with no channel yet. */
export function openHost(platform: HostPlatform, version: Version, mtu: number | undefined): BenchHost {
  const side = createHostSide(sideConfig(platform, version, mtu), createPacketMemory());
  const endpoint = newEndpoint(HOST_EID, "endpoint");
  return { endpoint, driver: new SideDriver(side, new HostPortBus(platform), endpoint), side };
}

export function openBmc(platform: BmcPlatform, version: Version, mtu: number | undefined): BenchSide {
  const side = createBmcSide(sideConfig(platform, version, mtu), createPacketMemory());
  const endpoint = newEndpoint(BMC_EID, "busOwner");
  return { endpoint, driver: new SideDriver(side, new BmcPortBus(platform), endpoint) };
}

interface SideConfig {
  readonly versions: VersionRange;
  readonly mtu: number | undefined;
  readonly windowBytes: number;
}

function sideConfig({ window }: HostPlatform, version: Version, mtu: number | undefined): SideConfig {
  return { versions: { min: 1, cur: version }, mtu, windowBytes: window.size };
}

function newEndpoint(eid: Eid, kind: "endpoint" | "busOwner"): EndpointCore {
  return new EndpointCore({
    ...ENDPOINT_DEFAULTS,
    identity: { eid, uuid: new Uint8Array(16), kind, staticEid: eid, assigned: false, messageTypes: new Map() },
  });
}
