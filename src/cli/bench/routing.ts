/** Throughput through a router: from the host of one board in memory to the host of another, one bridge between them. */
import { createBmcSide } from "../../../bmc/role/side.ts";
import { createHostSide } from "../../../host/role/side.ts";
import { ENDPOINT_DEFAULTS } from "../../core/mctp/endpoint-defaults.ts";
import type { Version } from "../../core/binding/versions.ts";
import { BmcPortBus, HostPortBus } from "../../node/port-bus.ts";
import { createPacketMemory } from "../../node/packet-memory.ts";
import { SideDriver } from "../../node/side-driver.ts";
import { Router } from "../../core/mctp/bridge/router.ts";
import { EndpointCore } from "../../core/mctp/endpoint.ts";
import type { PacketExchange } from "../../core/mctp/link.ts";
import { MessageType } from "../../core/mctp/message.ts";
import { LoopbackBoard } from "../../platform/loopback.ts";
import { eid, millis, type Eid } from "../../core/wire/units.ts";
import type { BenchEffort } from "./in-process.ts";
import { medianSeconds } from "./statistics.ts";

export interface RoutingFigures {
  readonly version: number;
  readonly mtu: number;
  readonly messageBytes: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}

const NOW = millis(0);
const WINDOW_BYTES = 1024 * 1024;
const START_ROUNDS = 100;
/** Messages that the sender keeps queued. */
const QUEUED = 8;
const BRIDGE_EID = eid(8);
const SENDER_EID = eid(9);
const RECEIVER_EID = eid(10);

interface Pump {
  pump(now: typeof NOW): boolean;
}

export function measureRouting(
  version: Version,
  mtu: number,
  messageBytes: number,
  effort: BenchEffort,
): RoutingFigures {
  const sender = newEndpoint(SENDER_EID);
  const receiver = newEndpoint(RECEIVER_EID);
  const router = new Router(newEndpoint(BRIDGE_EID));
  const ends = [sender, receiver].map((endpoint, port) => {
    router.routes.add({ first: endpoint.identity.eid, count: 1, port, isStatic: true, bridge: undefined });
    return openBoard(version, mtu, endpoint, router.addPort(`board ${String(port)}`));
  });
  const drivers: readonly Pump[] = ends.flat();
  for (let round = 0; round < START_ROUNDS; round++) for (const driver of drivers) driver.pump(NOW);
  if (!sender.isUp || !receiver.isUp) throw new Error("the benchmark's channels did not come up");
  const message = Uint8Array.from({ length: messageBytes }, (_, index) => index);
  message[0] = MessageType.VENDOR_IANA;
  let received = 0;
  receiver.handle(MessageType.VENDOR_IANA, (arrived) => {
    if (arrived.bytes.length !== messageBytes) throw new Error("a message of another length arrived");
    received++;
  });
  const secondsAMessage = medianSeconds(effort.samples, effort.runSeconds, (repetitions) => {
    const end = received + repetitions;
    while (received < end) {
      while (sender.queued < QUEUED) sender.send(RECEIVER_EID, message, NOW);
      for (const driver of drivers) driver.pump(NOW);
    }
  });
  const packets = Math.ceil(messageBytes / mtu);
  return {
    version,
    mtu,
    messageBytes,
    packetsPerSecond: packets / secondsAMessage,
    bytesPerSecond: messageBytes / secondsAMessage,
  };
}

/** A board whose host is the endpoint and whose BMC is a port of the router. */
function openBoard(version: Version, mtu: number, host: EndpointCore, port: PacketExchange): readonly Pump[] {
  const board = new LoopbackBoard(WINDOW_BYTES);
  const config = { versions: { min: 1, cur: version }, mtu, windowBytes: WINDOW_BYTES };
  return [
    new SideDriver(createHostSide(config, createPacketMemory()), new HostPortBus(board.host), host),
    new SideDriver(createBmcSide(config, createPacketMemory()), new BmcPortBus(board.bmc), port),
  ];
}

function newEndpoint(own: Eid): EndpointCore {
  const identity = {
    eid: own,
    uuid: new Uint8Array(16),
    kind: "endpoint" as const,
    staticEid: own,
    assigned: false,
    messageTypes: new Map<number, readonly number[]>(),
  };
  return new EndpointCore({ ...ENDPOINT_DEFAULTS, identity });
}
