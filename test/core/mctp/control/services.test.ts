/** Commands that an endpoint answers only where its role or its binding has them. */
import { describe, expect, test } from "@jest/globals";
import { decodeControl, encodeRequest } from "../../../../src/core/mctp/control/codec.ts";
import { CONTROL_COMMANDS } from "../../../../src/core/mctp/control/commands.ts";
import { respond } from "../../../../src/core/mctp/control/responder.ts";
import type { RoutingTableEntry } from "../../../../src/core/mctp/control/routing.ts";
import type {
  ControlServices,
  EndpointIdentity,
  RoutingInformation,
} from "../../../../src/core/mctp/control/services.ts";
import type { VendorSupport } from "../../../../src/core/mctp/control/commands/get-vendor-support.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";
import { eid } from "../../../../src/core/wire/units.ts";
import { hostIdentity } from "../../../support/endpoints.ts";

const UUID = "00112233445566778899aabbccddeeff";
const NO_ADDRESS = new Uint8Array(0);

/** Completion code and data of the answer, in hexadecimal; undefined for silence. */
function answer(
  services: ControlServices,
  command: number,
  data = "",
  identity: EndpointIdentity = hostIdentity(),
): string | undefined {
  const request = decodeControl(encodeRequest(5, command, fromHex(data)!), true)!;
  const response = respond(request, identity, services, eid(8));
  if (response === undefined) return undefined;
  expect(response.length).toBeLessThanOrEqual(64);
  expect(toHex(response.subarray(0, 3))).toBe(`0005${command.toString(16).padStart(2, "0")}`);
  return toHex(response.subarray(3));
}

function route(first: number, more: Partial<RoutingTableEntry> = {}): RoutingTableEntry {
  return {
    first: eid(first),
    count: 1,
    kind: "endpoint",
    isStatic: false,
    port: 0,
    binding: 0xff,
    medium: 0,
    address: NO_ADDRESS,
    ...more,
  };
}

function routing(changes: Partial<RoutingInformation> = {}): ControlServices {
  return {
    routing: { entries: () => [], resolve: () => undefined, hop: () => undefined, resolveUuid: () => [], ...changes },
  };
}

const FULL: ControlServices = {
  ...routing(),
  vendors: [{ format: "pci", id: 0x1ab4, commandSet: 0 }],
  networkId: fromHex(UUID)!,
  pool: { pool: "wanted", poolSize: 4, allocate: () => ({ accepted: true, poolSize: 4, first: eid(16) }) },
  routingUpdates: { update: () => true },
  discovery: { discovered: false },
  onDiscoveryNotify: () => undefined,
  rateLimiter: {
    query: () => ({
      receiveBufferBytes: 64,
      receiveRate: 1,
      largestTransmitRate: 2,
      smallestTransmitRate: 3,
      largestTransmitBurst: 4,
      transmitBurst: 5,
      transmitRate: 6,
      capabilities: 1,
    }),
    request: (limit) => limit,
    update: () => undefined,
  },
  interfaces: () => [{ type: 0x0f, eid: eid(9) }],
};

describe("LPC-MCTP-12 completion codes of commands with a service", () => {
  test.each([
    [0x01, ["", "00", "001400"]],
    [0x02, ["00", "0000"]],
    [0x03, ["00"]],
    [0x04, ["", "0000"]],
    [0x05, ["00"]],
  ])("command %p of a wrong length: 3, and nothing changes", (command, lengths) => {
    const identity = hostIdentity();
    for (const data of lengths) expect(answer(FULL, command, data, identity)).toBe("03");
    expect(identity).toEqual(hostIdentity());
  });

  test("LPC-MCTP-9: every command of a wrong length: 3, and with none of the services: 5, whatever the length", () => {
    for (const { code } of CONTROL_COMMANDS) {
      const tooLong = "00".repeat(20);
      expect([code, answer(FULL, code, tooLong)]).toEqual([code, "03"]);
      if (code > 5) {
        for (const data of ["", "00", tooLong]) expect([code, answer({}, code, data)]).toEqual([code, "05"]);
      }
    }
  });

  test("commands that are not defined, and the transport-specific ones: 5, with all services", () => {
    for (const code of [0x00, ...Array.from({ length: 0x100 - 0x15 }, (_, index) => 0x15 + index)]) {
      expect([code, answer(FULL, code, "ff0000007ed9"), answer({}, code)]).toEqual([code, "05", "05"]);
    }
  });

  test("a list longer than one packet of the baseline unit: an error, without data", () => {
    const messageTypes = new Map(Array.from({ length: 60 }, (_, type) => [1 + type, [0xf1f0f000]] as const));
    expect(answer({}, 0x05, "", hostIdentity({ messageTypes }))).toBe("01");
  });
});

describe("DSP0236 12.3 Set Endpoint ID of a bridge", () => {
  test("it takes the EID, and tells of the pool that it wants", () => {
    const identity = hostIdentity({ kind: "bridge" });
    expect(answer(FULL, 0x01, "0014", identity)).toBe("00011404");
    expect(identity.eid).toBe(20);
    expect(answer(FULL, 0x02, "", identity)).toBe("00141300");
  });
});

describe("DSP0236 12.8 Get Vendor Defined Message Support", () => {
  const vendors: readonly VendorSupport[] = [
    { format: "pci", id: 0x1ab4, commandSet: 0x0102 },
    { format: "iana", id: 32473, commandSet: 3 },
  ];

  test.each([
    ["00", "0001001ab40102"],
    ["01", "00ff0100007ed90003"],
    ["02", "02"],
    ["ff", "02"],
  ])("selector 0x%s: %s", (selector, expected) => {
    expect(answer({ vendors }, 0x06, selector)).toBe(expected);
  });
});

describe("routes: Resolve Endpoint ID, Get Routing Table Entries, Query Hop, Resolve UUID", () => {
  test("DSP0236 12.9: Resolve Endpoint ID, and invalid data for an EID that is not in the table", () => {
    const services = routing({
      resolve: (target) => (target === 20 ? { bridge: eid(16), address: NO_ADDRESS } : undefined),
    });
    expect(answer(services, 0x07, "14")).toBe("0010");
    for (const other of ["15", "00", "ff"]) expect(answer(services, 0x07, other)).toBe("02");
  });

  test("DSP0236 12.12: a table that fits one response", () => {
    const entries = [route(9), route(16, { count: 5, kind: "bridgeAndRange", isStatic: true, port: 2 })];
    expect(answer(routing({ entries: () => entries }), 0x0a, "00")).toBe("00ff02010900ff0000051062ff0000");
    expect(answer(routing(), 0x0a, "00")).toBe("00ff00");
  });

  test("DSP0236 12.12: a larger table comes in pieces, each in one packet, every entry once", () => {
    const entries = Array.from({ length: 200 }, (_, index) =>
      route(9 + index, { address: new Uint8Array(index % 5).fill(index) }),
    );
    const services = routing({ entries: () => entries });
    const seen: number[] = [];
    let handle = 0;
    for (let asked = 0; handle !== 0xff; asked++) {
      expect(asked).toBeLessThan(entries.length);
      const data = fromHex(answer(services, 0x0a, handle.toString(16).padStart(2, "0"))!)!;
      expect(data[0]).toBe(0);
      handle = data[1]!;
      let at = 3;
      for (let index = 0; index < data[2]!; index++) {
        seen.push(data[at + 1]!);
        at += 6 + data[at + 5]!;
      }
      expect(at).toBe(data.length);
    }
    expect(seen).toEqual(entries.map(({ first }) => first));
  });

  test("DSP0236 12.12: a handle behind the table: invalid data", () => {
    const services = routing({ entries: () => [route(9), route(10)] });
    expect(answer(services, 0x0a, "01")).toBe("00ff01010a00ff0000");
    for (const handle of ["02", "ff"]) expect(answer(services, 0x0a, handle)).toBe("02");
  });

  test("Query Hop: the message type comes back, units in steps of 16 bytes", () => {
    const services = routing({
      hop: (target) => (target === 20 ? { next: eid(16), incomingUnit: 100, outgoingUnit: 64 } : undefined),
    });
    expect(answer(services, 0x0f, "147e")).toBe("00107e00020000");
    expect(answer(services, 0x0f, "157e")).toBe("02");
  });

  test("Resolve UUID: an entry for each bus; none for a UUID that nobody has", () => {
    const services = routing({
      resolveUuid: (uuid) =>
        toHex(uuid) === UUID ? [{ eid: eid(9), binding: 0xff, medium: 0, address: NO_ADDRESS }] : [],
    });
    expect(answer(services, 0x10, `${UUID}00`)).toBe("00ff0109ff0000");
    expect(answer(services, 0x10, `${"00".repeat(16)}00`)).toBe("00ff00");
    expect(answer(services, 0x10, `${UUID}01`)).toBe("02");
  });
});

describe("what a bridge is given", () => {
  test("DSP0236 12.10: Allocate Endpoint IDs; a range that cannot be is invalid data", () => {
    const asked: unknown[] = [];
    const pool = {
      pool: "wanted" as const,
      poolSize: 4,
      allocate: (...given: unknown[]) => {
        asked.push(given);
        return asked.length === 1 ? { accepted: true, poolSize: 4, first: eid(16) } : undefined;
      },
    };
    expect(answer({ pool }, 0x08, "000410")).toBe("00000410");
    expect(asked).toEqual([[{ operation: "allocate", count: 4, first: 16 }, 8]]);
    expect(answer({ pool }, 0x08, "0004ff")).toBe("02");
    expect(answer({ pool }, 0x08, "030410")).toBe("02");
    expect(asked).toHaveLength(2);
  });

  test("DSP0236 12.11: Routing Information Update; no room for it: 0x80, without data", () => {
    const given: unknown[] = [];
    const full = { update: () => false };
    const open = { update: (entries: unknown, by: unknown) => given.push([entries, by]) > 0 };
    expect(answer({ routingUpdates: open }, 0x09, "0102040c")).toBe("00");
    expect(given).toEqual([[[{ kind: "bridge", count: 4, first: 12, address: NO_ADDRESS }], 8]]);
    expect(answer({ routingUpdates: full }, 0x09, "0102040c")).toBe("80");
    expect(answer({ routingUpdates: open }, 0x09, "0104040c")).toBe("02");
    expect(answer({ routingUpdates: open }, 0x09, "0202040c")).toBe("03");
  });
});

describe("discovery on a binding that has it", () => {
  test("DSP0236 12.13, 12.14: who was discovered keeps quiet until it is prepared anew", () => {
    const discovery = { discovered: false };
    expect(answer({ discovery }, 0x0c)).toBe("00");
    expect(answer({ discovery }, 0x01, "0014")).toBe("00001400");
    expect(discovery.discovered).toBe(true);
    expect(answer({ discovery }, 0x0c)).toBeUndefined();
    expect(answer({ discovery }, 0x0b)).toBe("00");
    expect(discovery.discovered).toBe(false);
    expect(answer({ discovery }, 0x0c)).toBe("00");
  });

  test("DSP0236 12.3: set discovered sets the flag and leaves the EID as it is", () => {
    const discovery = { discovered: false };
    const identity = hostIdentity();
    expect(answer({ discovery }, 0x01, "0300", identity)).toBe("00000900");
    expect([discovery.discovered, identity.eid, identity.assigned]).toEqual([true, 9, false]);
  });

  test("DSP0236 12.15: a bus owner is told of Discovery Notify", () => {
    const told: number[] = [];
    expect(answer({ onDiscoveryNotify: (by) => told.push(by) }, 0x0d)).toBe("00");
    expect(told).toEqual([8]);
  });
});

describe("the rest", () => {
  test("Get Network ID, Query Supported Interfaces", () => {
    expect(answer(FULL, 0x0e)).toBe(`00${UUID}`);
    expect(answer(FULL, 0x14)).toBe("00010f09");
  });

  test("rate limits", () => {
    expect(answer(FULL, 0x11)).toBe("00000000400000000100000002000000030000040000050000000601");
    expect(answer(FULL, 0x12, "00000100000002")).toBe("000000000100000002");
    expect(answer(FULL, 0x13, "00000100000002")).toBe("00");
  });
});
