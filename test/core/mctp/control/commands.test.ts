/** Every command's data, byte for byte, and what a decoder refuses. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AllocateEndpointIds } from "../../../../src/core/mctp/control/commands/allocate-endpoint-ids.ts";
import { Control } from "../../../../src/core/mctp/control/codec.ts";
import { controlCommandName } from "../../../../src/core/mctp/control/commands.ts";
import { CONTROL_COMMANDS, controlCommand } from "../../../../src/core/mctp/control/commands.ts";
import type { AnyControlCommand, ControlCommand } from "../../../../src/core/mctp/control/data.ts";
import type { DataCodec, DataReject, Decoded } from "../../../../src/core/wire/field-codec.ts";
import { DiscoveryNotify } from "../../../../src/core/mctp/control/commands/discovery-notify.ts";
import { EndpointDiscovery } from "../../../../src/core/mctp/control/commands/endpoint-discovery.ts";
import { PrepareForDiscovery } from "../../../../src/core/mctp/control/commands/prepare-for-discovery.ts";
import { GetEndpointId } from "../../../../src/core/mctp/control/commands/get-endpoint-id.ts";
import { GetEndpointUuid } from "../../../../src/core/mctp/control/commands/get-endpoint-uuid.ts";
import { GetNetworkId } from "../../../../src/core/mctp/control/commands/get-network-id.ts";
import { QueryInterfaces } from "../../../../src/core/mctp/control/commands/query-interfaces.ts";
import { GetMessageTypeSupport } from "../../../../src/core/mctp/control/commands/get-message-type-support.ts";
import { QueryHop, transmissionUnit } from "../../../../src/core/mctp/control/commands/query-hop.ts";
import { QueryRateLimit } from "../../../../src/core/mctp/control/commands/query-rate-limit.ts";
import { RequestRateLimit } from "../../../../src/core/mctp/control/commands/request-rate-limit.ts";
import { UpdateRateLimit } from "../../../../src/core/mctp/control/commands/update-rate-limit.ts";
import { ResolveEndpointId } from "../../../../src/core/mctp/control/commands/resolve-endpoint-id.ts";
import { ResolveUuid } from "../../../../src/core/mctp/control/commands/resolve-uuid.ts";
import { GetRoutingTableEntries } from "../../../../src/core/mctp/control/commands/get-routing-table-entries.ts";
import {
  RoutingInformationUpdate,
  routingInformationUpdate,
} from "../../../../src/core/mctp/control/commands/routing-information-update.ts";
import { SetEndpointId } from "../../../../src/core/mctp/control/commands/set-endpoint-id.ts";
import { transportSpecific } from "../../../../src/core/mctp/control/commands/transport-specific.ts";
import { GetVendorSupport } from "../../../../src/core/mctp/control/commands/get-vendor-support.ts";
import { GetVersionSupport } from "../../../../src/core/mctp/control/commands/get-version-support.ts";
import { fromHex, toHex } from "../../../../src/core/wire/bytes.ts";
import { eid } from "../../../../src/core/wire/units.ts";

const hex = (text: string): Uint8Array => fromHex(text)!;
const UUID = hex("00112233445566778899aabbccddeeff");
const NO_ADDRESS = new Uint8Array(0);

interface Sample {
  readonly name: string;
  readonly code: number;
  /** The value as its bytes, and as it comes back from them. */
  readonly written: string;
  readonly value: unknown;
  readonly readBack: Decoded<unknown>;
  readonly bytes: string;
  /** What other data is read as. */
  readonly read: (data: Uint8Array) => Decoded<unknown>;
}

function sample<Value>(
  code: number,
  part: string,
  codec: DataCodec<Value>,
  value: NoInfer<Value>,
  bytes: string,
): Sample {
  const name = `${controlCommandName(code)} ${part}`;
  const read = (data: Uint8Array): Decoded<unknown> => codec.decode(data);
  return { name, code, written: toHex(codec.encode(value)), value, readBack: read(hex(bytes)), bytes, read };
}

function request<Request, Response>(
  { code, request: codec }: ControlCommand<Request, Response>,
  value: NoInfer<Request>,
  bytes: string,
): Sample {
  return sample(code, "request", codec, value, bytes);
}

function response<Request, Response>(
  { code, response: codec }: ControlCommand<Request, Response>,
  value: NoInfer<Response>,
  bytes: string,
): Sample {
  return sample(code, "response", codec, value, bytes);
}

const SAMPLES: readonly Sample[] = [
  request(SetEndpointId, { operation: "set", eid: eid(9) }, "0009"),
  request(SetEndpointId, { operation: "force", eid: eid(0x14) }, "0114"),
  request(SetEndpointId, { operation: "reset", eid: eid(0) }, "0200"),
  request(SetEndpointId, { operation: "setDiscovered", eid: eid(0) }, "0300"),
  response(SetEndpointId, { accepted: true, pool: "none", eid: eid(9), poolSize: 0 }, "000900"),
  response(SetEndpointId, { accepted: true, pool: "wanted", eid: eid(9), poolSize: 4 }, "010904"),
  response(SetEndpointId, { accepted: false, pool: "held", eid: eid(8), poolSize: 4 }, "120804"),
  request(GetEndpointId, undefined, ""),
  response(GetEndpointId, { eid: eid(9), endpointType: "simple", eidType: "dynamic", mediumSpecific: 0 }, "090000"),
  response(
    GetEndpointId,
    { eid: eid(8), endpointType: "bridge", eidType: "staticDiffers", mediumSpecific: 1 },
    "081301",
  ),
  request(GetEndpointUuid, undefined, ""),
  response(GetEndpointUuid, { uuid: UUID }, toHex(UUID)),
  request(GetVersionSupport, { messageType: 0xff }, "ff"),
  response(GetVersionSupport, { versions: [0xf1f3f000, 0xf1f3f100] }, "02f1f3f000f1f3f100"),
  request(GetMessageTypeSupport, undefined, ""),
  response(GetMessageTypeSupport, { messageTypes: [] }, "00"),
  response(GetMessageTypeSupport, { messageTypes: [1, 5, 0x7e] }, "0301057e"),
  request(GetVendorSupport, { selector: 3 }, "03"),
  response(GetVendorSupport, { next: 1, format: "pci", id: 0x1ab4, commandSet: 0x0102 }, "01001ab40102"),
  response(GetVendorSupport, { next: 0xff, format: "iana", id: 32473, commandSet: 1 }, "ff0100007ed90001"),
  request(ResolveEndpointId, { target: eid(20) }, "14"),
  response(ResolveEndpointId, { bridge: eid(9), address: NO_ADDRESS }, "09"),
  response(ResolveEndpointId, { bridge: eid(9), address: hex("0300") }, "090300"),
  request(AllocateEndpointIds, { operation: "allocate", count: 4, first: eid(16) }, "000410"),
  request(AllocateEndpointIds, { operation: "force", count: 4, first: eid(16) }, "010410"),
  request(AllocateEndpointIds, { operation: "get", count: 0, first: eid(0) }, "020000"),
  response(AllocateEndpointIds, { accepted: true, poolSize: 4, first: eid(16) }, "000410"),
  response(AllocateEndpointIds, { accepted: false, poolSize: 0, first: eid(0) }, "010000"),
  request(RoutingInformationUpdate, { entries: [] }, "00"),
  request(
    RoutingInformationUpdate,
    {
      entries: [
        { kind: "endpoint", count: 1, first: eid(9), address: NO_ADDRESS },
        { kind: "bridgeAndRange", count: 5, first: eid(10), address: NO_ADDRESS },
        { kind: "bridge", count: 1, first: eid(20), address: NO_ADDRESS },
        { kind: "range", count: 4, first: eid(21), address: NO_ADDRESS },
      ],
    },
    "0400010901050a020114030415",
  ),
  request(
    routingInformationUpdate(1),
    { entries: [{ kind: "endpoint", count: 1, first: eid(9), address: hex("3a") }] },
    "010001093a",
  ),
  response(RoutingInformationUpdate, undefined, ""),
  request(GetRoutingTableEntries, { handle: 7 }, "07"),
  response(GetRoutingTableEntries, { next: 0xff, entries: [] }, "ff00"),
  response(
    GetRoutingTableEntries,
    {
      next: 2,
      entries: [
        {
          first: eid(9),
          count: 1,
          kind: "endpoint",
          isStatic: false,
          port: 1,
          binding: 0xff,
          medium: 0,
          address: NO_ADDRESS,
        },
        {
          first: eid(16),
          count: 5,
          kind: "bridgeAndRange",
          isStatic: true,
          port: 31,
          binding: 1,
          medium: 2,
          address: hex("3a"),
        },
      ],
    },
    "0202010901ff0000" + "05107f0102013a",
  ),
  ...[PrepareForDiscovery, EndpointDiscovery, DiscoveryNotify].flatMap((command) => [
    request(command, undefined, ""),
    response(command, undefined, ""),
  ]),
  request(GetNetworkId, undefined, ""),
  response(GetNetworkId, { networkId: UUID }, toHex(UUID)),
  request(QueryHop, { target: eid(20), messageType: 1 }, "1401"),
  response(QueryHop, { next: eid(9), messageType: 1, incomingUnit: 64, outgoingUnit: 80 }, "090100000001"),
  response(
    QueryHop,
    { next: eid(0), messageType: 0x7f, incomingUnit: 64 + 16 * 0xffff, outgoingUnit: 64 + 16 * 0x0102 },
    "007fffff0102",
  ),
  request(ResolveUuid, { uuid: UUID, handle: 2 }, `${toHex(UUID)}02`),
  response(
    ResolveUuid,
    {
      next: 0xff,
      entries: [
        { eid: eid(9), binding: 0xff, medium: 0, address: NO_ADDRESS },
        { eid: eid(20), binding: 1, medium: 3, address: hex("40") },
      ],
    },
    "ff0209ff0000" + "1401030140",
  ),
  request(QueryRateLimit, undefined, ""),
  response(
    QueryRateLimit,
    {
      receiveBufferBytes: 0x01020304,
      receiveRate: 0x05060708,
      largestTransmitRate: 0xfffffffe,
      smallestTransmitRate: 1,
      largestTransmitBurst: 0x0a0b0c,
      transmitBurst: 0xfffffd,
      transmitRate: 2,
      capabilities: 1,
    },
    "0102030405060708fffffffe000000010a0b0cfffffd0000000201",
  ),
  request(RequestRateLimit, { burst: 0x010203, rate: 0xfffffffc }, "010203fffffffc"),
  response(RequestRateLimit, { burst: 0x01020304, rate: 5 }, "0102030400000005"),
  request(UpdateRateLimit, { burst: 1, rate: 2 }, "00000100000002"),
  response(UpdateRateLimit, undefined, ""),
  request(QueryInterfaces, undefined, ""),
  response(
    QueryInterfaces,
    {
      interfaces: [
        { type: 0x0f, eid: eid(9) },
        { type: 0x04, eid: eid(20) },
      ],
    },
    "020f090414",
  ),
  request(transportSpecific(0xf0), { binding: 2, medium: 8, vendor: undefined, data: hex("aabb") }, "0208aabb"),
  response(transportSpecific(0xff), { binding: 0xff, medium: 0, vendor: 32473, data: hex("aa") }, "ff0000007ed9aa"),
];

describe("DSP0236 12 data of control commands", () => {
  test.each(SAMPLES)("$name: $bytes", ({ written, bytes, value, readBack }) => {
    expect(written).toBe(bytes);
    expect(readBack).toEqual({ ok: true, value });
  });

  test("every command has its samples, and a name", () => {
    for (const [place, { code }] of CONTROL_COMMANDS.entries()) {
      expect(code).toBe(place + 1);
      expect(controlCommand(code)).toBe(CONTROL_COMMANDS[place]);
      expect(controlCommandName(code)).not.toContain("0x");
      expect(new Set(SAMPLES.filter((one) => one.code === code).map(({ name }) => name)).size).toBe(2);
    }
    expect(Object.values(Control)).toEqual(CONTROL_COMMANDS.map(({ code }) => code));
    expect([0x00, 0x15, 0xef, 0xf0].map(controlCommand)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

/** Data in hexadecimal that is none of a command's requests or responses, and why. */
type Refused = readonly [
  command: Pick<AnyControlCommand, "code" | "request" | "response">,
  bytes: string,
  why: DataReject,
];

function refused(part: "request" | "response", samples: readonly Refused[]): void {
  test.each(samples.map(([command, bytes, why]) => [controlCommandName(command.code), bytes, why, command] as const))(
    `%s ${part}, data %p: %s`,
    (_, bytes, why, command) => {
      expect(command[part].decode(hex(bytes))).toEqual({ ok: false, reject: why });
    },
  );
}

describe("DSP0236 12.2 what is no data of its command", () => {
  /** What ends with bytes that are no field, of any number: an address, or data of a binding. */
  const ENDS_OPEN = /^Resolve Endpoint ID response|^command 0x/;
  const closed = SAMPLES.filter(({ name }) => !ENDS_OPEN.test(name));

  test.each(closed.filter(({ bytes }) => bytes !== ""))("$name $bytes: no part of it is valid", ({ bytes, read }) => {
    const data = hex(bytes);
    for (let length = 0; length < data.length; length++) {
      expect([length, read(data.subarray(0, length))]).toEqual([length, { ok: false, reject: "invalidLength" }]);
    }
  });

  test.each(closed.filter(({ name }) => name.endsWith("request")))("$name $bytes: nor is more", ({ bytes, read }) => {
    for (const more of ["00", "00010900"]) {
      expect(read(hex(bytes + more))).toEqual({ ok: false, reject: "invalidLength" });
    }
  });

  refused("request", [
    [ResolveEndpointId, "", "invalidLength"],
    [ResolveEndpointId, "0900", "invalidLength"],
    [AllocateEndpointIds, "030410", "invalidData"],
    [RoutingInformationUpdate, "00000109", "invalidLength"],
    [RoutingInformationUpdate, "01040109", "invalidData"],
    [transportSpecific(0xf0), "02", "invalidLength"],
    [transportSpecific(0xf0), "ff0000007e", "invalidLength"],
  ]);

  refused("response", [
    [SetEndpointId, "200900", "invalidData"],
    [SetEndpointId, "030900", "invalidData"],
    [GetEndpointId, "092000", "invalidData"],
    [GetEndpointUuid, "00".repeat(17), "invalidLength"],
    [GetVersionSupport, "00", "invalidData"],
    [GetVendorSupport, "ff020000", "invalidData"],
    [ResolveEndpointId, "", "invalidLength"],
    [AllocateEndpointIds, "020410", "invalidData"],
    [GetRoutingTableEntries, "ff01010901ff0001", "invalidLength"],
    [GetRoutingTableEntries, "ff02010901ff0000", "invalidLength"],
    [ResolveUuid, "ff0109ff0001", "invalidLength"],
  ]);

  test("reserved bits are not looked at", () => {
    expect(SetEndpointId.request.decode(hex("fc09"))).toEqual({ ok: true, value: { operation: "set", eid: 9 } });
    expect(AllocateEndpointIds.request.decode(hex("fd0410"))).toMatchObject({
      ok: true,
      value: { operation: "force" },
    });
    expect(SetEndpointId.response.decode(hex("cc0900"))).toMatchObject({ ok: true, value: { accepted: true } });
  });

  test("a response may be longer than what is known of it", () => {
    expect(GetEndpointId.response.decode(hex("09000055"))).toMatchObject({ ok: true, value: { eid: 9 } });
    expect(GetMessageTypeSupport.response.decode(hex("01057f"))).toEqual({ ok: true, value: { messageTypes: [5] } });
  });
});

describe("properties of the codecs", () => {
  const both = [...CONTROL_COMMANDS, transportSpecific(0xf7)].flatMap(({ request: one, response: other }) => [
    one,
    other,
  ]);

  test("any bytes are read without complaint, and what is read is written the same again and again", () => {
    fc.assert(
      fc.property(fc.constantFrom(...both), fc.uint8Array({ maxLength: 80 }), (codec, data) => {
        const read = codec.decode(data);
        if (!read.ok) {
          expect(["invalidLength", "invalidData"]).toContain(read.reject);
          return;
        }
        // Reserved bits and what follows a response's known part are lost the first time.
        const written = codec.encode(read.value as never);
        expect(written.length).toBeLessThanOrEqual(data.length);
        expect(codec.decode(written)).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  test("nothing is read beyond the data", () => {
    fc.assert(
      fc.property(fc.constantFrom(...both), fc.uint8Array({ maxLength: 70 }), (codec, data) => {
        const inside = new Uint8Array(data.length + 32).fill(0xa5);
        inside.set(data, 16);
        expect(codec.decode(inside.subarray(16, 16 + data.length))).toEqual(codec.decode(data));
      }),
      { numRuns: 1000 },
    );
  });

  test("DSP0236: a unit between two steps of Query Hop is told as the lower", () => {
    fc.assert(
      fc.property(fc.nat(2_000_000), (unit) => {
        const told = transmissionUnit(unit);
        expect(told % 16).toBe(0);
        expect(told).toBe(Math.max(64, Math.min(64 + 16 * 0xffff, unit - (unit % 16))));
        const value = { next: eid(9), messageType: 1, incomingUnit: unit, outgoingUnit: 64 };
        expect(QueryHop.response.decode(QueryHop.response.encode(value))).toMatchObject({
          ok: true,
          value: { incomingUnit: told },
        });
      }),
    );
  });
});
