/** Throughput through a router: from the host of one board in memory to the host of another, one bridge between them. */
import type { Version } from "../../core/binding/versions.ts";
import { Router } from "../../core/mctp/bridge/router.ts";
import { eid } from "../../core/wire/units.ts";
import { LoopbackBoard } from "../../platform/loopback.ts";
import { ratesOf, secondsAMessage, type BenchEffort, type Throughput } from "./in-process.ts";
import { BMC_EID, HOST_EID, WINDOW_BYTES, bmcDriver, bringUp, hostDriver, newEndpoint } from "./pair.ts";

const RECEIVER_EID = eid(10);

export function measureRouting(version: Version, mtu: number, messageBytes: number, effort: BenchEffort): Throughput {
  const sender = newEndpoint(HOST_EID, "endpoint");
  const receiver = newEndpoint(RECEIVER_EID, "endpoint");
  const router = new Router(newEndpoint(BMC_EID, "endpoint"));
  const drivers = [sender, receiver].flatMap((endpoint, port) => {
    router.routes.add({ first: endpoint.identity.eid, count: 1, port, isStatic: true, bridge: undefined });
    const board = new LoopbackBoard(WINDOW_BYTES);
    return [
      hostDriver(board.host, version, mtu, endpoint).driver,
      bmcDriver(board.bmc, version, mtu, router.addPort(`board ${String(port)}`)),
    ];
  });
  bringUp([sender, receiver], drivers);
  const seconds = secondsAMessage(sender, receiver, drivers, messageBytes, effort);
  return { version, mtu, messageBytes, ...ratesOf(seconds, messageBytes, mtu) };
}
