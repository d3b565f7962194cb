/** Both sides in one process on a loopback board, endpoints and all. */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../agent/agent.ts";
import type { Version } from "../../core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../drive/port-bus.ts";
import { createPacketMemory } from "../../drive/packet-memory.ts";
import { SideDriver } from "../../drive/side-driver.ts";
import { Endpoint } from "../../core/mctp/endpoint.ts";
import { LoopbackBoard } from "../../platform/loopback.ts";
import { millis, type Eid } from "../../core/wire/units.ts";

export const HOST_EID = 9 as Eid;
export const BMC_EID = 8 as Eid;

/** A driver's part that the benchmarks use. */
interface Pump {
  pump(now: ReturnType<typeof millis>): boolean;
}

export interface BenchPair {
  readonly host: { readonly endpoint: Endpoint; readonly driver: Pump };
  readonly bmc: { readonly endpoint: Endpoint; readonly driver: Pump };
  /** Payload bytes of a packet. */
  readonly mtu: number;
}

const NOW = millis(0);
const WINDOW_BYTES = 1024 * 1024;
const START_ROUNDS = 100;

/** A pair with an open channel. `mtu` undefined is the largest. */
export function openPair(version: Version, mtu: number | undefined): BenchPair {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const config = { versions: { min: 1, cur: version }, mtu, windowBytes: WINDOW_BYTES };
  const hostEndpoint = endpoint(HOST_EID, "endpoint");
  const bmcEndpoint = endpoint(BMC_EID, "busOwner");
  const hostSide = createHostSide(config, createPacketMemory());
  const host = new SideDriver(hostSide, new HostPortBus(board.host), hostEndpoint);
  const bmc = new SideDriver(createBmcSide(config, createPacketMemory()), new BmcPortBus(board.bmc), bmcEndpoint);
  for (let round = 0; round < START_ROUNDS && !(hostEndpoint.isUp && bmcEndpoint.isUp); round++) {
    bmc.pump(NOW);
    host.pump(NOW);
  }
  const { session } = hostSide;
  if (session === undefined) throw new Error("the benchmark's channel did not come up");
  return {
    host: { endpoint: hostEndpoint, driver: host },
    bmc: { endpoint: bmcEndpoint, driver: bmc },
    mtu: session.mtu.hostToBmc,
  };
}

function endpoint(eid: Eid, kind: "endpoint" | "busOwner"): Endpoint {
  return new Endpoint({
    ...ENDPOINT_DEFAULTS,
    identity: { eid, uuid: new Uint8Array(16), kind, staticEid: eid, assigned: false, messageTypes: new Map() },
  });
}
