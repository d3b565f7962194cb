/** Control requests at an endpoint: what is answered, what is answered once, and what with silence. */
import { describe, expect, test } from "@jest/globals";
import type { AllocateEndpointIdsRequest } from "../../../src/core/mctp/control/commands/allocate-endpoint-ids.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import { EndpointBench as Bench } from "../../support/endpoint-bench.ts";
import { hostIdentity } from "../../support/endpoints.ts";
import { packet, packetsOf, type PacketFields } from "../../support/packets.ts";

const ALLOCATE = "0083080004" + "10";

/** A bridge with EID 9 that counts what it is asked to do. */
function bridge() {
  const allocated: AllocateEndpointIdsRequest[] = [];
  const bench = new Bench({
    identity: hostIdentity({ kind: "bridge" }),
    services: {
      pool: {
        pool: "wanted",
        poolSize: 4,
        allocate: (request) => {
          allocated.push(request);
          return { accepted: allocated.length === 1, poolSize: 4, first: eid(16) };
        },
      },
    },
  });
  const ask = (hex: string, fields: PacketFields = {}): string | undefined => {
    bench.take(packet(fromHex(hex)!, { source: 8, destination: 9, ...fields }));
    return bench.sent();
  };
  return { bench, allocated, ask };
}

describe("LPC-MCTP-14 requests that come again", () => {
  test("the same request is answered the same, and carried out once", () => {
    const { bench, allocated, ask } = bridge();
    const first = ask(ALLOCATE, { tag: 3 });
    expect(first).toBe("010809c3" + "00030800" + "000410");
    expect([ask(ALLOCATE, { tag: 3 }), ask(ALLOCATE, { tag: 3 })]).toEqual([first, first]);
    expect(allocated).toHaveLength(1);
    expect(bench.counted).toEqual({ requestsRepeated: 2 });
  });

  test.each<[string, string, PacketFields]>([
    ["another instance id", "0084080004" + "10", {}],
    ["another tag", ALLOCATE, { tag: 4 }],
    ["another source", ALLOCATE, { source: 12 }],
    ["other data", "0083080004" + "20", {}],
  ])("%s: another request", (_, hex, fields) => {
    const { allocated, ask } = bridge();
    ask(ALLOCATE, { tag: 3 });
    expect(ask(hex, { tag: 3, ...fields })).toContain("01" + "0410");
    expect(allocated).toHaveLength(2);
  });

  test("after MT4 the instance id means another request", () => {
    const { bench, allocated, ask } = bridge();
    ask(ALLOCATE);
    bench.now = millis(4999);
    ask(ALLOCATE);
    expect(allocated).toHaveLength(1);
    bench.now = millis(5000);
    ask(ALLOCATE);
    expect(allocated).toHaveLength(2);
  });

  test("after another request, and in another session, it is a new one", () => {
    const { bench, allocated, ask } = bridge();
    ask(ALLOCATE);
    ask("008402");
    ask(ALLOCATE);
    expect(allocated).toHaveLength(2);
    bench.endpoint.linkDown(bench.now);
    bench.endpoint.linkUp(bench.now);
    ask(ALLOCATE);
    expect(allocated).toHaveLength(3);
  });

  test("what only reads is answered with what is true now", () => {
    const { bench, ask } = bridge();
    const before = ask("008102");
    bench.endpoint.identity.eid = eid(20);
    const after = ask("008102", { destination: 20 });
    expect([before, after]).toEqual(["010809c0" + "00010200091100", "010814c0" + "00010200141100"]);
  });

  test("an EID that is set twice by one request is told of once", () => {
    const { bench, ask } = bridge();
    const told: number[] = [];
    bench.endpoint.onEidAssigned = (own) => told.push(own);
    expect(ask("0081010014", { destination: 0 })).toBe("010814c0" + "00010100011404");
    expect(ask("0081010014", { destination: 0 })).toBe("010814c0" + "00010100011404");
    expect(told).toEqual([20]);
    ask("0082010014", { destination: 0 });
    expect(told).toEqual([20, 20]);
  });

  test.each<[string, PacketFields, boolean]>([
    ["by another owner", { source: 12 }, false],
    ["by another owner with the same EID on another port", {}, true],
  ])("a kept answer about EIDs is void once one was set %s", (_, fields, isElsewhere) => {
    const { bench, ask } = bridge();
    const { endpoint } = bench;
    const other = endpoint.addPort();
    endpoint.portUp(other, bench.now);
    expect(ask("0081010014", { destination: 0 })).toContain("00010100011404");
    const set21 = packet(fromHex("0081010015")!, { source: 8, destination: 0, ...fields });
    if (isElsewhere) endpoint.receiveAt(other, set21, 0, set21.length, bench.now);
    else bench.take(set21);
    bench.sent();
    expect(endpoint.identity.eid).toBe(21);
    // The first owner's request comes again: it is carried out, so that its answer is true.
    expect(ask("0081010014", { destination: 0 })).toContain("00010100011404");
    expect([endpoint.identity.eid, bench.counted["requestsRepeated"]]).toEqual([20, undefined]);
  });

  test("what only asks for the EIDs of a pool voids no kept answer", () => {
    const { bench, allocated, ask } = bridge();
    ask(ALLOCATE);
    ask("0081080200" + "00", { source: 12 });
    ask(ALLOCATE);
    expect(allocated).toHaveLength(2);
    expect(bench.counted).toEqual({ requestsRepeated: 1 });
  });

  test("a refused request is not kept: it comes again and is judged again", () => {
    const { bench, ask } = bridge();
    // EID 1 is none that can be set.
    const refused = ask("0081010001", { destination: 0 });
    expect(refused).toContain("000101" + "02");
    expect(ask("0081010001", { destination: 0 })).toBe(refused);
    expect([bench.counted, bench.endpoint.nextDeadline()]).toEqual([{}, undefined]);
  });

  test("LPC-MCTP-7: 255 Set Endpoint ID of 1 MiB, one from each EID, are dropped, and nothing of them is kept", () => {
    const { bench } = bridge();
    const large = Uint8Array.from(Buffer.concat([fromHex("0081010014")!, Buffer.alloc(1024 * 1024)]));
    for (let source = 0; source < 255; source++) bench.take(packet(large, { source, destination: 0 }));
    expect(bench.sent()).toBeUndefined();
    expect(bench.counted).toEqual({ controlTooLong: 255 });
    expect([bench.endpoint.usage.assemblyBytes, bench.endpoint.nextDeadline()]).toEqual([0, undefined]);
  });

  test("LPC-MCTP-7: what is kept of requests is forgotten after MT4, though no other request comes", () => {
    const { bench, ask } = bridge();
    ask(ALLOCATE);
    expect(bench.endpoint.nextDeadline()).toBe(5000);
    bench.now = millis(5000);
    bench.endpoint.expire(bench.now);
    expect(bench.endpoint.nextDeadline()).toBeUndefined();
  });

  test("set discovered assigns no EID", () => {
    const discovery = { discovered: false };
    const bench = new Bench({ identity: hostIdentity(), services: { discovery } });
    const told: number[] = [];
    bench.endpoint.onEidAssigned = (own) => told.push(own);
    bench.take(packet(fromHex("0081010300")!, { destination: 9 }));
    expect([bench.sent()?.slice(8), discovery.discovered, told]).toEqual(["00010100000900", true, []]);
  });
});

describe("LPC-MCTP-13 silence", () => {
  test.each<[string, string, PacketFields, string]>([
    ["an integrity check", "808102", {}, "controlDiscarded"],
    ["two bytes", "0081", {}, "controlDiscarded"],
    ["a request without TO", "008102", { tagOwner: false }, "unexpectedTag"],
    ["a response with TO", "00010200", {}, "controlDiscarded"],
    ["D without Rq", "00410200", {}, "controlDiscarded"],
    ["a datagram", "00c102", {}, "controlDiscarded"],
    ["a Discovery Notify datagram where nobody listens", "00c10d", {}, "controlDiscarded"],
  ])("LPC-MCTP-13, DSP0236 11.2: %s is not answered, and counted", (_, hex, fields, counter) => {
    const { bench, ask } = bridge();
    expect(ask(hex, fields)).toBeUndefined();
    expect(bench.counted).toEqual({ [counter]: 1 });
  });

  test("a Discovery Notify datagram is taken, and not answered", () => {
    const told: number[] = [];
    const bench = new Bench({ services: { onDiscoveryNotify: (by) => told.push(by) } });
    bench.take(packet(fromHex("00c10d")!, { source: 9 }));
    expect([bench.sent(), told, bench.counted]).toEqual([undefined, [9], {}]);
    bench.take(packet(fromHex("00c10d00")!, { source: 9 }));
    expect([bench.sent(), told, bench.counted]).toEqual([undefined, [9], { controlDiscarded: 1 }]);
  });

  test("who was discovered answers Endpoint Discovery with silence, which is no drop", () => {
    const bench = new Bench({ services: { discovery: { discovered: true } } });
    bench.take(packet(fromHex("00810c")!, { source: 9, destination: 255 }));
    expect([bench.sent(), bench.counted]).toEqual([undefined, {}]);
  });
});

describe("LPC-MCTP-9 Discovery Notify at a bus owner, and what an endpoint hears", () => {
  /** What `onControl` tells, and how many responses had gone out by then. */
  function listening(services = {}) {
    const bench = new Bench({ services: { onDiscoveryNotify: () => undefined, ...services } });
    const heard: (readonly [string, number, number])[] = [];
    bench.endpoint.onControl = ({ kind, command }, source, port) => {
      expect(port).toBe(bench.endpoint.ownPort);
      heard.push([kind, command, source]);
    };
    const take = (hex: string, fields: PacketFields = {}): string | undefined => {
      bench.take(packet(fromHex(hex)!, { source: 9, ...fields }));
      return bench.sent()?.slice(8);
    };
    return { bench, heard, take };
  }

  test("LPC-MCTP-9: the request is answered with success, with data with an invalid length", () => {
    const { heard, take } = listening();
    expect([take("00810d"), take("00820d00")]).toEqual(["00010d00", "00020d03"]);
    expect(heard).toEqual([
      ["request", 0x0d, 9],
      ["request", 0x0d, 9],
    ]);
  });

  test("LPC-MCTP-9: the datagram is heard, and not answered", () => {
    const { heard, take } = listening();
    expect(take("00c10d")).toBeUndefined();
    expect(heard).toEqual([["datagram", 0x0d, 9]]);
  });

  test("LPC-MCTP-14: one that comes again is answered again, and heard once", () => {
    const { bench, heard, take } = listening();
    expect([take("00810d"), take("00810d")]).toEqual(["00010d00", "00010d00"]);
    expect([heard.length, bench.counted]).toEqual([1, { requestsRepeated: 1 }]);
    bench.endpoint.linkDown(bench.now);
    bench.endpoint.linkUp(bench.now);
    take("00810d");
    expect(heard).toHaveLength(2);
  });

  test("LPC-MCTP-19: any request, and the response to one of the own, but nothing that is no control message", () => {
    const { bench, heard, take } = listening();
    take("008102");
    take("7f0102");
    take("00c10e");
    take("0081");
    take("000102000900", { tagOwner: false, tag: 0 });
    bench.endpoint.requestControl(eid(9), 2, new Uint8Array(0), bench.now, () => undefined);
    expect(bench.sent()?.slice(8)).toBe("008002");
    take("00000200090000", { tagOwner: false, tag: 0 });
    expect(heard).toEqual([
      ["request", 2, 9],
      ["response", 2, 9],
    ]);
  });

  test("LPC-MCTP-19: the response is queued before it is told of, so that what follows goes out behind it", () => {
    const { bench, take } = listening();
    bench.endpoint.onControl = () => {
      bench.endpoint.requestControl(eid(0), 4, Uint8Array.of(0), bench.now, () => undefined);
    };
    expect([take("00810d"), bench.sent()?.slice(8)]).toEqual(["00010d00", "00800400"]);
  });

  test("packets that are not dropped for their header are counted, with their last source", () => {
    const { bench, take } = listening();
    const port = bench.endpoint.ownPort;
    expect([port.packetsReceived, port.lastSource]).toEqual([0, undefined]);
    take("7f01", { source: 77 });
    take("7f01", { source: 12, destination: 99 });
    expect([port.packetsReceived, port.lastSource]).toEqual([1, 77]);
  });
});

describe("defects of deployed peers that this endpoint does not have", () => {
  test("responses are never sent again by themselves", () => {
    const { bench, ask } = bridge();
    expect(ask("008102")).toBeDefined();
    bench.now = millis(60_000);
    bench.endpoint.expire(bench.now);
    expect([bench.sent(), bench.endpoint.nextDeadline()]).toEqual([undefined, undefined]);
  });

  test("a control request of two packets is one message, judged by its length", () => {
    const { bench } = bridge();
    const long = Uint8Array.of(0x00, 0x81, 0x02, ...new Uint8Array(50));
    for (const one of packetsOf(long, 32, { source: 8, destination: 9 })) {
      expect(bench.sent()).toBeUndefined();
      bench.take(one);
    }
    expect(bench.sent()).toBe("010809c0" + "00010203");
  });
});
