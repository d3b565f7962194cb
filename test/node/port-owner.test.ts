/** A bus owner's life on its ports, with devices in the test's hands and a virtual clock. */
import { describe, expect, test } from "@jest/globals";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import { assignEid } from "../../src/node/assigning.ts";
import { SetEndpointId } from "../../src/core/mctp/control/commands/set-endpoint-id.ts";
import { messageOf } from "../../src/platform/failure.ts";
import { Device, NodeBench, type NodeBenchOptions, type Script } from "../support/node-bench.ts";

const [ONE, OTHER] = ["11".repeat(16), "22".repeat(16)];
const textOf = (uuid: string): string => uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const ALWAYS: NodeBenchOptions = { discover: "always" };
const notReady: Script = () => ({ hex: "04" });
const notReadyOnce: Script = (_, count) => (count === 0 ? { hex: "04" } : "asUsual");

describe("LPC-MCTP-19 a bus owner waits for a control message", () => {
  const WAITING = "Waiting for a control message on the channel before discovery (LPC-MCTP-19); do this.";
  const waiting = (): NodeBench => new NodeBench([new Device()], { remedy: "; do this" }).up();

  test("LPC-MCTP-19: nothing is asked before one came, which it says after 1 s; then at once, once", () => {
    const bench = waiting().run(900);
    expect(bench.told).toEqual([]);
    bench.run(3_600_000);
    expect([bench.devices[0]!.asked, bench.told, bench.node.notes]).toEqual([[], [WAITING], [WAITING]]);
    bench.hears("02").run(0).hears("02").run(10_000);
    expect([bench.present, bench.devices[0]!.countOf(Control.SET_ENDPOINT_ID)]).toEqual([["9 present 11"], 1]);
    expect(bench.node.notes).toEqual([]);
  });

  test("LPC-MCTP-19: each session is waited for anew, and checks wait, too", () => {
    const bench = new NodeBench([new Device()], { checkInterval: millis(500) }).up().hears("0d").run(2000);
    const { asked } = bench.devices[0]!;
    expect(asked.slice(-2)).toEqual(["02", "03"]);
    bench.down().up();
    const { length } = asked;
    bench.run(10_000);
    expect([asked.length, bench.present]).toEqual([length, ["9 gone 11"]]);
    bench.hears("0d").run(100);
    expect(bench.present).toEqual(["9 present 11"]);
  });

  test("LPC-MCTP-19: packets that are no control messages are told of", () => {
    const bench = waiting().hears("02", 0, true).run(0);
    // A datagram of a command that has none is discarded, and no control message.
    expect(bench.node.notes[0]).toBe("Packets arrive from EID 0, which was not asked who it is.");
  });

  test("LPC-MCTP-3: Discovery Notify of an endpoint that is known has it discovered again, also in the middle of a check", () => {
    const bench = new NodeBench([new Device()], { checkInterval: millis(1000) }).up().hears("0d").run(100);
    const [device] = bench.devices;
    device!.script.set(Control.GET_ENDPOINT_ID, (request) => ({ hex: device!.usual(request), after: 100 }));
    bench.run(950).hears("0d").run(500);
    expect(device!.countOf(Control.SET_ENDPOINT_ID)).toBe(2);
  });

  test.each<[string, readonly boolean[]]>([
    ["the channel", [false]],
    ["a line and a further board", [false, true, false]],
  ])("LPC-MCTP-3: never asks nothing on %s, whatever comes, and says so", (_, lines) => {
    const bench = new NodeBench(
      lines.map(() => new Device()),
      { discover: "never", lines },
    ).up();
    for (const port of lines.keys()) bench.hears("0d", port);
    bench.run(60_000);
    expect(bench.devices.flatMap(({ asked }) => asked)).toEqual([]);
    expect(bench.node.notes).toHaveLength(lines.length);
    expect(bench.node.notes[0]).toMatch(/^Discovery is off \(--discover never\): the endpoint on the channel keeps/);
  });
});

describe("an endpoint that does not join", () => {
  test("LPC-MCTP-27: is looked for after 0.5 s, 1 s and so on, at most every 8 s; each new reason is told once", () => {
    const [device] = [new Device()];
    device.isSilent = true;
    const bench = new NodeBench([device], ALWAYS).up().run(60_000);
    const attempts = device.countOf(Control.GET_VERSION_SUPPORT) / 3;
    // 0.9 s for an attempt, and the pauses.
    expect(attempts).toBe(10);
    const silent = "No endpoint answers on the channel (Get MCTP Version Support: no response)";
    expect(bench.told).toEqual([`${silent}; next try in 0.5 s`]);
    expect(bench.node.notes).toEqual([`${silent}; next try within 8 s.`]);
    device.isSilent = false;
    device.script.set(Control.GET_ENDPOINT_ID, notReady);
    bench.run(30_000);
    device.isSilent = true;
    bench.run(30_000);
    expect(bench.told.slice(1)).toEqual(["No endpoint on the channel: Get Endpoint ID: not ready; next try in 8 s"]);
  });

  test("LPC-MCTP-23: one that shows the UUID of an absent endpoint of another port joins, and the log says so once", () => {
    const bench = new NodeBench([new Device(), new Device()], { ...ALWAYS, owner: { ports: 2 } });
    bench.up(1).run(100).down(1);
    for (let session = 0; session < 3; session++) bench.up(0).run(100).down(0);
    expect(bench.present).toEqual(["9 gone 11", "10 gone 11"]);
    expect(bench.told.filter((line) => line.includes("LPC-MCTP-23"))).toEqual([
      `The endpoint at port 0 shows UUID ${textOf(ONE)}, which EID 9 has at port 1: here it has EID 10 (LPC-MCTP-23)`,
    ]);
    expect(bench.node.bridge.owner.refusals.counters.uuidsElsewhere).toBe(3);
    bench.up(1).run(100);
    expect(bench.present).toEqual(["9 present 11", "10 gone 11"]);
  });

  test("an EID conflict is a reason, told and noted", () => {
    const bench = new NodeBench([new Device(), new Device({ insistsOn: 9, uuid: OTHER })], ALWAYS);
    bench.up(0).run(100).up(1).run(10_000);
    expect(bench.told.at(-1)).toBe(
      "No endpoint on line 1: the endpoint insists on EID 9, which another endpoint has; next try in 0.5 s",
    );
    expect(bench.node.notes[0]).toMatch(
      /^Packets arrive from EID 9, which has not joined on line 1 \(the endpoint insists/,
    );
    expect(bench.present).toEqual(["9 present 11"]);
  });
});

describe("an endpoint that has not told its UUID", () => {
  const pool = { first: eid(20), count: 2 };

  test("gets its static EID once it has", () => {
    const device = new Device();
    device.script.set(Control.GET_ENDPOINT_UUID, notReadyOnce);
    const statics = new Map([[textOf(ONE), eid(33)]]);
    const bench = new NodeBench([device], { ...ALWAYS, owner: { pool, statics } }).up().run(100);
    expect(bench.present).toEqual(["20 present none"]);
    expect(bench.node.notes).toEqual(["EID 20 has not told its UUID (Get Endpoint UUID: not ready)."]);
    bench.run(1000);
    expect([bench.present, device.own, bench.node.notes]).toEqual([["33 present 11"], 33, []]);
  });

  test("takes no EID by which another is remembered, and leaves none behind", () => {
    const [known, stranger] = [new Device({ uuid: ONE }), new Device({ uuid: OTHER })];
    const before = new NodeBench([known], { ...ALWAYS, owner: { pool } }).up().run(100);
    const { memory } = before.node.bridge.owner;
    stranger.script.set(Control.GET_ENDPOINT_UUID, notReady);
    const bench = new NodeBench([stranger], { ...ALWAYS, owner: { pool }, memory }).up().run(60_000);
    expect(bench.present).toEqual(["20 gone 11", "21 present none"]);
    expect(bench.node.bridge.owner.memory.map(({ eid: own }) => own)).toEqual([20]);
    bench.down();
    expect(bench.present).toEqual(["20 gone 11"]);
    stranger.script.clear();
    bench.up().run(100);
    expect(bench.present).toEqual(["20 gone 11", "21 present 22"]);
  });

  test("joins later where no other EID is left", () => {
    const device = new Device();
    const owner = { pool: { first: eid(20), count: 1 } };
    const { memory } = new NodeBench([device], { ...ALWAYS, owner }).up().run(100).node.bridge.owner;
    device.script.set(Control.GET_ENDPOINT_UUID, (_, count) => (count < 3 ? "silence" : "asUsual"));
    device.restart();
    const bench = new NodeBench([new Device({ uuid: OTHER })], { ...ALWAYS, owner, memory });
    bench.devices[0]!.script.set(Control.GET_ENDPOINT_UUID, notReady);
    expect(bench.up().run(5000).present).toEqual(["20 gone 11"]);
    bench.devices[0]!.uuid = ONE;
    bench.devices[0]!.script.clear();
    expect(bench.run(8000).present).toEqual(["20 present 11"]);
  });

  test("an unsupported command is lasting: it has none, and is not asked again", () => {
    const bench = new NodeBench([new Device({ uuid: "none" })], ALWAYS).up().run(60_000);
    expect([bench.present, bench.devices[0]!.countOf(Control.GET_ENDPOINT_UUID)]).toEqual([["9 present none"], 1]);
  });
});

describe("a bridge", () => {
  test("is asked again to take its EIDs, and routes follow", () => {
    const device = new Device({ pool: 3 });
    device.script.set(Control.ALLOCATE_ENDPOINT_IDS, (_, count) => (count < 2 ? { hex: "04" } : "asUsual"));
    const bench = new NodeBench([device], ALWAYS).up().run(100);
    expect([device.held, bench.node.router.routes.portOf(eid(11))]).toEqual([undefined, -1]);
    bench.run(2000);
    expect([device.held, bench.node.router.routes.portOf(eid(11))]).toEqual([{ first: 10, count: 3 }, 0]);
    expect(device.countOf(Control.SET_ENDPOINT_ID)).toBe(1);
    expect(bench.told).toEqual([
      expect.stringMatching(/^discovered EID 9: MCTP 1\.3\.1, message types: vendor \(IANA\), UUID 1{8}/),
      "EID 9, a bridge, has no EIDs to give: Allocate Endpoint IDs: not ready; next try in 0.5 s",
      "EID 9 is a bridge and has EIDs 10 to 12 to give on",
      expect.stringMatching(/^EID 9, a bridge, does not tell who is behind it/),
    ]);
  });

  test("whose answers to an allocation were lost has the EIDs in the end, and no other gets them meanwhile", () => {
    const device = new Device({ pool: 3 });
    device.script.set(Control.ALLOCATE_ENDPOINT_IDS, (request, count) => {
      device.usual(request);
      return count < 6 ? "silence" : "asUsual";
    });
    const bench = new NodeBench([device, new Device({ uuid: OTHER, pool: 2 })], ALWAYS).up();
    bench.run(20_000);
    expect(bench.present).toEqual(["9 present 11", "10 present 22"]);
    const [one, other] = bench.devices;
    expect(one!.held!.count + other!.held!.count).toBe(5);
    expect(bench.node.router.routes.portOf(eid(one!.held!.first))).toBe(0);
  });
});

describe("presence", () => {
  const checked = (device: Device): NodeBench =>
    new NodeBench([device], { ...ALWAYS, checkInterval: millis(1000) }).up().run(100);

  test("a device that was exchanged for another with the same EID is told by its UUID, and its types are read anew", () => {
    const device = new Device({ insistsOn: 40 });
    const bench = checked(device);
    device.uuid = OTHER;
    device.script.set(Control.GET_MESSAGE_TYPE_SUPPORT, () => ({ hex: "000101" }));
    bench.run(1500);
    expect(bench.present).toEqual(["40 present 22"]);
    expect(bench.node.bridge.owner.at(0)?.messageTypes).toEqual([1]);
    expect(bench.told.at(-3)).toMatch(/^EID 40 on the channel is another device now: UUID 2{8}-/);
  });

  test.each<[string, number, RegExp]>([
    ["lost its EID", 0, /was started anew; discovering it again$/],
    ["took another by itself", 66, /has EID 66 now; discovering it again$/],
  ])("an endpoint that %s gets its own again", (_, own, says) => {
    const device = new Device();
    const bench = checked(device);
    device.own = own;
    bench.run(1500);
    expect([bench.present, device.own]).toEqual([["9 present 11"], 9]);
    expect(bench.told.at(-2)).toMatch(says);
  });

  test("silence is told, its end, and in the third check that it is gone", () => {
    const device = new Device();
    const bench = checked(device);
    bench.told.length = 0;
    device.isSilent = true;
    bench.run(3000);
    expect(bench.present).toEqual(["9 silent 11"]);
    device.isSilent = false;
    bench.run(2000);
    device.isSilent = true;
    bench.run(7000);
    expect(bench.present).toEqual(["9 gone 11"]);
    expect(bench.told.slice(0, 4)).toEqual([
      "EID 9 on the channel does not answer",
      "EID 9 on the channel answers again",
      "EID 9 on the channel does not answer",
      "EID 9 on the channel is gone: no answer to 3 checks; looking for it again",
    ]);
  });
});

describe("a Set Endpoint ID of a tool", () => {
  function setEid(bench: NodeBench, to: number): void {
    const data = SetEndpointId.request.encode({ operation: "set", eid: eid(to) });
    bench.node.endpoint.requestControl(eid(0), Control.SET_ENDPOINT_ID, data, bench.now, () => undefined);
    bench.run(500);
  }

  test("changes what the node knows: record, routes and peer", () => {
    const bench = new NodeBench([new Device()], ALWAYS).up().run(100);
    setEid(bench, 20);
    expect([bench.present, bench.node.peerEid, bench.node.router.routes.portOf(eid(20))]).toEqual([
      ["20 present 11"],
      20,
      0,
    ]);
    expect(bench.told.at(-1)).toBe("EID 9 on the channel has EID 20 now, by a tool");
    expect(bench.devices[0]!.countOf(Control.SET_ENDPOINT_ID)).toBe(2);
  });

  test("changes the peer where nothing is discovered, too", () => {
    const bench = new NodeBench([new Device()], { discover: "never" }).up().run(100);
    setEid(bench, 20);
    expect([bench.node.peerEid, bench.devices[0]!.asked]).toEqual([20, ["010014"]]);
  });

  test("to an EID that another has is undone by a discovery", () => {
    const bench = new NodeBench([new Device(), new Device({ uuid: OTHER })], ALWAYS).up(0).run(100).up(1).run(100);
    setEid(bench, 10);
    bench.run(1000);
    expect(bench.present).toEqual(["9 present 11", "10 present 22"]);
  });

  test("that is refused changes nothing", () => {
    const device = new Device();
    const bench = new NodeBench([device], ALWAYS).up().run(100);
    device.script.set(Control.SET_ENDPOINT_ID, notReady);
    setEid(bench, 20);
    expect([bench.present, bench.told.length]).toEqual([["9 present 11"], 1]);
  });
});

describe("an assignment", () => {
  test("that the endpoint refuses, however often, leaves it and its routes where they are", async () => {
    const device = new Device();
    const bench = new NodeBench([device], ALWAYS).up().run(100);
    device.script.set(Control.SET_ENDPOINT_ID, () => ({ hex: "02" }));
    for (let attempt = 0; attempt < 3; attempt++) {
      const refused = assignEid(bench.node, eid(40), {}).catch((error: unknown) => messageOf(error));
      bench.run(1000);
      expect(await refused).toBe("Set Endpoint ID: invalid data: EID 40 was not assigned");
      expect([bench.present, bench.node.router.routes.portOf(eid(9))]).toEqual([["9 present 11"], 0]);
    }
    // The EID is free for another.
    expect(bench.node.bridge.owner.judgeAssignment(eid(40), {})).toBeUndefined();
  });
});
