/** What the peers of one port can make an agent hold, all of it at once. */
import { describe, expect, test } from "@jest/globals";
import { MOST_BYTES_A_PORT, PORT_MEMORY } from "../../src/agent/port-memory.ts";
import { Router, TRANSIT_OF_PORT } from "../../src/core/mctp/bridge/router.ts";
import { ENDPOINT_DEFAULTS, MOST_BYTES_OF_PEERS } from "../../src/core/mctp/endpoint-defaults.ts";
import { EndpointCore } from "../../src/core/mctp/endpoint.ts";
import { PART_OF_PEER } from "../../src/core/mctp/transmit-queue.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { TEST_TYPE, bmcIdentity } from "../support/endpoints.ts";
import { packet } from "../support/packets.ts";

const MEBIBYTE = 1024 * 1024;
const NOW = millis(0);
const PORTS = 8;
/** Payload bytes of a packet, as between two boards. */
const UNIT = 64 * 1024;
/** EIDs behind the hostile port, and from here on those behind the others. */
const [SOURCES, OTHERS] = [50, 100];

/** A bridge all of whose ports are up, with an echo; nothing is fetched from any of them. */
function bridge(): Router {
  const endpoint = new EndpointCore({ ...ENDPOINT_DEFAULTS, identity: bmcIdentity() });
  endpoint.handle(TEST_TYPE, (message) => {
    endpoint.respond(message, message.bytes, undefined, true);
  });
  const router = new Router(endpoint);
  for (let number = 0; number < PORTS; number++) {
    router.addPort(`port ${String(number)}`).linkUp(NOW);
    router.routes.add({ first: eid(OTHERS + number), count: 1, port: number, isStatic: false, bridge: undefined });
  }
  return router;
}

describe("LPC-MCTP-7 the memory of a port", () => {
  test("LPC-MCTP-7: peers of one port that fill all that there is at once have the agent hold no more than the sum", () => {
    const router = bridge();
    const [port] = router.ports;
    const { endpoint } = router;
    const payload = new Uint8Array(UNIT).fill(TEST_TYPE, 0, 1);
    let most = 0;
    const receive = (bytes: Uint8Array): void => {
      port!.receivePacket(bytes, 0, bytes.length, NOW);
      const { assemblyBytes, queuedBytes } = endpoint.usage;
      most = Math.max(most, assemblyBytes + queuedBytes + router.inTransit.bytes);
    };
    for (let round = 0; round < 40; round++) {
      for (let source = 10; source < 10 + SOURCES; source++) {
        const tag = round % 6;
        // A message that is begun and goes on, an echo, and a packet for each other port.
        receive(packet(payload, { source, tag, end: false }));
        receive(packet(payload, { source, tag, start: false, end: false, sequence: 1 }));
        receive(packet(payload, { source, tag: 6 }));
        receive(packet(payload, { source, destination: OTHERS + 1 + (source % (PORTS - 1)) }));
        receive(packet(Uint8Array.of(0, 0x80, 0x01, 1, 30), { source, destination: 0, tag: 7 }));
      }
    }
    const { assemblyBytes, queuedBytes } = endpoint.usage;
    // Each is as full as it gets, or nearly.
    expect(assemblyBytes).toBeGreaterThan(0.8 * ENDPOINT_DEFAULTS.assembly.totalBytes);
    expect(queuedBytes).toBeGreaterThan(0.9 * PART_OF_PEER * ENDPOINT_DEFAULTS.queue.bytes);
    expect(router.inTransit.bytes).toBeGreaterThan(0.9 * TRANSIT_OF_PORT.bytes);
    expect(router.inTransit.bytes).toBeLessThanOrEqual(TRANSIT_OF_PORT.bytes);
    expect(most).toBeLessThanOrEqual(MOST_BYTES_OF_PEERS + TRANSIT_OF_PORT.bytes);
    const { assemblyEvicted, answersNotFetched } = endpoint.counters;
    expect([assemblyEvicted, answersNotFetched, router.counters.transitFull].every((count) => count > 0)).toBe(true);
    // Another port's packets find room: the share is that of the port that they come from.
    const other = router.ports[2]!;
    const waiting = router.inTransit.packets;
    const bytes = packet(payload, { source: OTHERS + 2, destination: OTHERS });
    other.receivePacket(bytes, 0, bytes.length, NOW);
    expect(router.inTransit.packets).toBe(waiting + 1);
  });

  test("what is forwarded or lost with its link makes room again", () => {
    const router = bridge();
    const [port, out] = router.ports;
    const fill = (): number => {
      let taken = 0;
      for (let count = 0; count < 100; count++) {
        const before = router.inTransit.packets;
        const bytes = packet(new Uint8Array(UNIT), { source: 20, destination: OTHERS + 1 });
        port!.receivePacket(bytes, 0, bytes.length, NOW);
        taken += router.inTransit.packets - before;
      }
      return taken;
    };
    const full = fill();
    expect([full > 0, fill()]).toEqual([true, 0]);
    out!.nextPacket(UNIT);
    expect(fill()).toBe(1);
    out!.linkDown(NOW);
    out!.linkUp(NOW);
    expect(fill()).toBe(full);
  });

  test("all that a port's peers can make an agent hold is at most 40 MiB, with the largest window, too", () => {
    expect(MOST_BYTES_A_PORT).toBeLessThanOrEqual(40 * MEBIBYTE);
    for (const { bytes } of PORT_MEMORY) expect(bytes).toBeGreaterThan(0);
  });
});
