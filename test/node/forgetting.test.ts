/** `mctp-lpc forget`: what an endpoint had is free, and one that is there is discovered anew. */
import { describe, expect, test } from "@jest/globals";
import { parseUuid, uuidText } from "../../src/core/mctp/control/identifiers.ts";
import { eid } from "../../src/core/wire/units.ts";
import { forgetEndpoints } from "../../src/node/forgetting.ts";
import { assignEid } from "../../src/node/assigning.ts";
import { messageOf } from "../../src/platform/failure.ts";
import { Device, NodeBench, type NodeBenchOptions } from "../support/node-bench.ts";

const [ONE, OTHER] = ["11".repeat(16), "22".repeat(16)];
const ALWAYS: NodeBenchOptions = { discover: "always" };
const textOf = (uuid: string): string => uuidText(parseUuid(uuid)!);
const byUuid = (uuid: string): { readonly uuid: string } => ({ uuid: textOf(uuid) });

describe("an endpoint is forgotten", () => {
  test("that is gone: its EID is free, and its port's other endpoint keeps its own", () => {
    const device = new Device();
    const bench = new NodeBench([device], ALWAYS).up().run(100).down();
    device.uuid = OTHER;
    bench.up().run(100);
    expect(bench.present).toEqual(["9 gone 11", "10 present 22"]);
    expect(forgetEndpoints(bench.node, { eid: eid(9) })).toEqual([
      { eid: 9, uuid: textOf(ONE), here: false, bridge: undefined },
    ]);
    bench.run(100);
    expect(bench.present).toEqual(["10 present 22"]);
    expect(bench.node.bridge.owner.memory).toHaveLength(1);
  });

  test("that is there is discovered anew, without the operator's word for it", async () => {
    const device = new Device();
    const bench = new NodeBench([device], ALWAYS).up().run(100);
    const moved = assignEid(bench.node, eid(50), {});
    bench.run(100);
    await moved;
    expect([bench.present, bench.node.bridge.owner.at(0)?.pinned]).toEqual([["50 present 11"], true]);
    expect(forgetEndpoints(bench.node, byUuid(ONE))).toMatchObject([{ eid: 50, here: true }]);
    bench.run(100);
    expect([bench.present, device.own]).toEqual([["9 present 11"], 9]);
    expect(bench.node.bridge.owner.memory).toMatchObject([{ eid: 9, pinned: false }]);
    expect(bench.node.router.routes.portOf(eid(50))).toBe(-1);
  });

  test("in the middle of a question to it", () => {
    const device = new Device();
    const bench = new NodeBench([device], ALWAYS).up().run(100);
    device.isSilent = true;
    bench.node.ownerOf(0)!.heard({ kind: "request", command: 0x0d } as never, eid(9));
    expect(bench.node.ownerOf(0)!.isBusy).toBe(true);
    forgetEndpoints(bench.node, { eid: eid(9) });
    device.isSilent = false;
    bench.run(2000);
    expect(bench.present).toEqual(["9 present 11"]);
  });

  test("a bridge with its pool, its routes and who is behind it; each is found again", () => {
    const bridge = new Device({ pool: 2 });
    bridge.routes = [[10, 1]];
    bridge.behind.set(10, new Device({ uuid: OTHER, insistsOn: 10 }));
    const bench = new NodeBench([bridge], ALWAYS).up().run(500);
    expect([bench.node.bridge.far.endpoints.length, bench.node.router.routes.portOf(eid(11))]).toEqual([1, 0]);
    forgetEndpoints(bench.node, { eid: eid(9) });
    expect([bench.node.bridge.far.endpoints.length, bench.node.router.routes.portOf(eid(11))]).toEqual([0, -1]);
    bench.run(3000);
    expect([bench.present, bench.node.bridge.far.endpoints.map(({ eid: own }) => own)]).toEqual([
      ["9 present 11"],
      [10],
    ]);
  });

  test("one behind a bridge is listed again when it answers; assign says who gives it its EID", async () => {
    const bridge = new Device({ pool: 2 });
    bridge.routes = [[10, 1]];
    const far = new Device({ uuid: OTHER, insistsOn: 10 });
    bridge.behind.set(10, far);
    const bench = new NodeBench([bridge], ALWAYS).up().run(3000);
    expect(await assignEid(bench.node, eid(60), { current: eid(10) }).catch(messageOf)).toBe(
      "EID 10 is behind EID 9, a bridge, which gives it its EID: choose that by the bridge's own means",
    );
    far.isSilent = true;
    expect(forgetEndpoints(bench.node, byUuid(OTHER))).toMatchObject([{ eid: 10, here: true, bridge: 9 }]);
    bench.run(5000);
    expect(bench.node.bridge.far.endpoints).toEqual([]);
    far.isSilent = false;
    bench.run(20_000);
    expect(bench.node.bridge.far.find(eid(10))?.uuid).toBe(textOf(OTHER));
  });

  test.each([
    [{ eid: eid(33) }, 'no endpoint with EID 33 is known: see "mctp-lpc endpoints"'],
    [byUuid(OTHER), `no endpoint with UUID ${textOf(OTHER)} is known: see "mctp-lpc endpoints"`],
  ])("one that is not known is a failure: %j", (target, message) => {
    const bench = new NodeBench([new Device()], ALWAYS).up().run(100);
    expect(() => forgetEndpoints(bench.node, target)).toThrow(message);
    expect(bench.present).toEqual(["9 present 11"]);
  });
});
