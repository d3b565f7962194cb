/** Every EID there is, behind bridges, and as many requests at once as tags allow. */
import { describe, expect, test } from "@jest/globals";
import { askEverybody, openFullNetwork } from "../../../support/full-network.ts";
import { TRANSIT_LIMITS } from "../../../../src/core/mctp/bridge/router.ts";

describe("a network of 247 EIDs", () => {
  test("is joined by everybody, and eight requests to each of them at once are answered in bounded memory", () => {
    const network = openFullNetwork();
    expect(network.eids).toEqual(Array.from({ length: 246 }, (_, index) => 9 + index));
    const held = askEverybody(network, 64);
    expect(held.requests).toBe(246 * 8);
    // What is on its way is never more than what was asked, and is spread over the links.
    expect(held.packetsInTransit).toBeLessThanOrEqual(246 * 8);
    expect(held.bytesInTransit).toBeLessThanOrEqual(246 * 8 * 68);
    for (const { counters, inTransit } of network.routers) {
      const { packetsForwarded: _packets, bytesForwarded: _bytes, ...drops } = counters;
      expect(Object.values(drops).every((count) => count === 0)).toBe(true);
      expect(inTransit).toEqual({ packets: 0, bytes: 0 });
    }
    expect(network.owner.usage).toMatchObject({ requests: 0, queuedMessages: 0, assemblies: 0 });
  });

  test("with messages of many packets no bridge holds more than it may", () => {
    const network = openFullNetwork();
    const held = askEverybody(network, 1000, 2);
    const ports = network.routers.reduce((sum, router) => sum + router.ports.length ** 2, 0);
    expect(held.bytesInTransit).toBeLessThanOrEqual(ports * TRANSIT_LIMITS.bytes);
    for (const { counters } of network.routers) expect(counters.transitFull).toBe(0);
  });
});
