/** `--preset-eids keep`: an EID that an endpoint has already is learnt, without Set Endpoint ID. */
import { describe, expect, test } from "@jest/globals";
import { eid } from "../../src/core/wire/units.ts";
import { Control } from "../../src/core/mctp/control/codec.ts";
import { Device, NodeBench, type NodeBenchOptions } from "../support/node-bench.ts";

const [ONE, OTHER] = ["11".repeat(16), "22".repeat(16)];
const textOf = (uuid: string): string => uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const keeping = (owner: NonNullable<NodeBenchOptions["owner"]> = {}): NodeBenchOptions => ({
  discover: "always",
  owner: { keepsEids: true, ...owner },
});

/** A device with an EID of its own choice, which it gives up for another. */
function presetTo(own: number, uuid: string = ONE): Device {
  const device = new Device({ uuid });
  device.own = own;
  return device;
}

describe("an EID that an endpoint has already", () => {
  test("is kept where it is free: Get Endpoint ID and UUID come first, and no Set Endpoint ID", () => {
    const device = presetTo(77);
    const bench = new NodeBench([device], keeping()).up().run(100);
    expect([bench.present, device.own, device.asked]).toEqual([["77 present 11"], 77, ["0400", "02", "03", "05"]]);
    expect(bench.node.router.routes.portOf(eid(77))).toBe(0);
    expect(bench.node.bridge.owner.at(0)?.fixed).toBe("own");
  });

  test("is replaced unless that is asked for (LPC-MCTP-3)", () => {
    const device = presetTo(77);
    const bench = new NodeBench([device], { discover: "always" }).up().run(100);
    expect([bench.present, device.own, device.asked[1]]).toEqual([["9 present 11"], 9, "010009"]);
  });

  test("that is none, or reserved, is no EID to keep", () => {
    for (const own of [0, 5]) {
      const device = presetTo(own);
      expect(new NodeBench([device], keeping()).up().run(100).present).toEqual(["9 present 11"]);
    }
  });

  test.each<[string, number, NonNullable<NodeBenchOptions["owner"]>, string]>([
    ["the bus owner's", 8, {}, "9 present 11"],
    ["kept for another UUID", 30, { statics: new Map([[textOf(OTHER), eid(30)]]) }, "9 present 11"],
    [
      "of another bridge's pool",
      30,
      { staticPools: new Map([[textOf(OTHER), { first: eid(30), count: 2, port: undefined }]]) },
      "9 present 11",
    ],
    ["kept for another port", 30, { portEids: new Map([[1, eid(30)]]) }, "9 present 11"],
    ["not the one that --static gives it", 30, { statics: new Map([[textOf(ONE), eid(40)]]) }, "40 present 11"],
    ["not the one that --assign gives its port", 30, { portEids: new Map([[0, eid(40)]]) }, "40 present 11"],
  ])("that is %s is replaced by Set Endpoint ID", (_, own, owner, present) => {
    const device = presetTo(own);
    const bench = new NodeBench([device], keeping(owner)).up().run(100);
    expect([bench.present, device.countOf(Control.SET_ENDPOINT_ID) > 0]).toEqual([[present], true]);
  });

  test("LPC-MCTP-17: that another has, or is remembered by, is replaced, and the other keeps it", () => {
    const [one, other] = [presetTo(30), presetTo(30, OTHER)];
    const bench = new NodeBench([one, other], keeping({ ports: 2 })).up(0).run(100).up(1).run(100);
    expect(bench.present).toEqual(["9 present 22", "30 present 11"]);
    const { memory } = bench.node.bridge.owner;
    other.own = 30;
    one.own = 9;
    const again = new NodeBench([one, other], { ...keeping({ ports: 2 }), memory }).up(1).run(100).up(0).run(100);
    expect(again.present).toEqual(["9 present 22", "30 present 11"]);
  });

  test("that a bridge has is sent by Set Endpoint ID: its answer says what pool it wants", () => {
    const bridge = new Device({ pool: 3 });
    bridge.own = 50;
    bridge.script.set(Control.GET_ENDPOINT_ID, () => ({ hex: `00${bridge.own.toString(16).padStart(2, "0")}1000` }));
    const bench = new NodeBench([bridge], keeping()).up().run(100);
    expect([bench.present, bridge.held]).toEqual([["9 present 11"], { first: 10, count: 3 }]);
  });

  test("survives the bus owner's restart, with a state file and without", () => {
    const device = presetTo(77);
    const { memory } = new NodeBench([device], keeping()).up().run(100).node.bridge.owner;
    expect(new NodeBench([device], { ...keeping(), memory }).up().run(100).present).toEqual(["77 present 11"]);
    expect(new NodeBench([device], keeping()).up().run(100).present).toEqual(["77 present 11"]);
    expect(device.countOf(Control.SET_ENDPOINT_ID)).toBe(0);
  });

  test("of one that does not tell its UUID is replaced: it is not known whose it is", () => {
    const device = presetTo(77);
    device.script.set(Control.GET_ENDPOINT_UUID, () => ({ hex: "04" }));
    expect(new NodeBench([device], keeping()).up().run(100).present).toEqual(["9 present none"]);
  });
});
