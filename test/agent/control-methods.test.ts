/** The methods of the control socket: how calls are judged, and what they tell while they wait. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { busOwnerMethods } from "../../src/agent/control/bus-owner-methods.ts";
import { commonMethods, type ControlledAgent } from "../../src/agent/control/control-methods.ts";
import { Messenger } from "../../src/node/messenger.ts";
import { COMMON_TAGS } from "../../src/core/mctp/tags.ts";
import { eid, millis } from "../../src/core/wire/units.ts";
import type { Failure } from "../../src/platform/failure.ts";
import { EndpointBench } from "../support/endpoint-bench.ts";
import { packet } from "../support/packets.ts";

let bench: EndpointBench;
let told: unknown[];
const CALLER = { isOwner: true, unreadBytes: (): number => 0 };
let call: (name: string, parameters: unknown) => Promise<unknown>;
beforeEach(() => {
  bench = new EndpointBench();
  told = [];
  const agent: ControlledAgent = {
    messenger: new Messenger(bench.endpoint, { now: () => bench.now }),
    peerEid: eid(9),
    status: () => {
      throw new Error("not asked for here");
    },
    packetBytesTo: () => 64,
    whyDown: () => undefined,
  };
  const owner = {
    endpoints: [],
    routes: [],
    notes: ["nobody yet"],
    assign: () => Promise.resolve({ here: true }),
    farEndpoints: [],
    isStaticPool: () => false,
    forget: () => Promise.resolve([]),
  };
  const methods = { ...commonMethods(agent), ...busOwnerMethods(owner) };
  call = (name, parameters) =>
    new Promise((resolve) => {
      const notify = (_: string, progress: unknown): boolean => told.push(progress) > 0;
      resolve(methods[name]!(parameters, notify, new AbortController().signal, CALLER));
    });
});

/** Lets time pass, packets being taken as they come. */
function passTo(now: number): void {
  while (bench.sent() !== undefined);
  bench.now = millis(now);
  bench.endpoint.expire(bench.now);
}

async function failureOf(promise: Promise<unknown>): Promise<readonly [string, string]> {
  return promise.then(
    () => ["none", "it did not fail"],
    (error: unknown) => [(error as Failure).code, (error as Failure).message],
  );
}

describe("a call is judged before its method runs", () => {
  test.each<[string, unknown, string]>([
    ["ping", { count: 0 }, "count must be a whole number from 1 to 1000000"],
    ["ping", { count: 1.5 }, "count must be a whole number from 1 to 1000000"],
    ["ping", { count: "4" }, "count must be a whole number from 1 to 1000000"],
    ["ping", { count: null }, "count must be a whole number from 1 to 1000000"],
    ["ping", { eid: 7 }, "eid must be an EID from 8 to 254"],
    ["ping", { eid: 0 }, "eid must be an EID from 8 to 254"],
    ["ping", { bytes: 1e9 }, "bytes must be a whole number from 0 to 65529"],
    ["ping", { cuont: 1 }, 'there is no parameter "cuont"'],
    ["ping", JSON.parse('{"__proto__":1}'), 'there is no parameter "__proto__"'],
    ["ping", [], "parameters must be an object"],
    ["ping", "all", "parameters must be an object"],
    ["sendFile", {}, "path must be text"],
    ["sendFile", { path: 3 }, "path must be text"],
    ["request", {}, "hex must be 1 to 1048576 bytes in hexadecimal"],
    ["request", { hex: "zz" }, "hex must be 1 to 1048576 bytes in hexadecimal"],
    ["request", { hex: "" }, "hex must be 1 to 1048576 bytes in hexadecimal"],
    ["request", { hex: "008002", tag: 8 }, "tag must be a whole number from 0 to 7"],
    ["request", { hex: "008002", eid: 255 }, "eid must be an EID from 8 to 254, or 0"],
    ["control", {}, "command must be a whole number from 0 to 255"],
    ["control", { command: 2, hex: "zz" }, "hex must be 0 to 1048576 bytes in hexadecimal"],
    ["send", { hex: "00c00d", tagOwner: "no" }, "tagOwner must be true or false"],
    ["send", { hex: "00c00d", tag: 1 }, "tag goes with tagOwner false"],
    ["send", { hex: "000002", tagOwner: false }, "tag goes with tagOwner false"],
    ["assign", {}, "eid must be an EID from 8 to 254"],
    ["assign", { eid: 20, uuid: "12" }, "uuid must be a UUID of 32 hexadecimal digits"],
    ["status", { all: true }, 'there is no parameter "all"'],
  ])("%s %j: the wrong parameter is named", async (name, parameters, why) => {
    const [code, message] = await failureOf(call(name, parameters));
    expect([code, message.slice(0, name.length + 2 + why.length)]).toEqual(["parameters", `${name}: ${why}`]);
    expect(bench.sent()).toBeUndefined();
  });

  test("without parameters the defaults hold", async () => {
    expect(await call("endpointNotes", undefined)).toEqual(["nobody yet"]);
    expect(await call("assign", { eid: 20, current: 9 })).toEqual({ eid: 20, here: true });
  });

  test("an agent that owns no link refuses what is asked of a bus owner", () => {
    const refuse = busOwnerMethods(undefined)["routes"]!;
    expect(() => refuse({}, () => true, new AbortController().signal, CALLER)).toThrow(/is no bus owner/);
  });
});

describe("a request", () => {
  test("tells its attempts, and gives the answer", async () => {
    const answer = call("request", { hex: "7f01", timeout: 100, retries: 1 });
    passTo(100);
    bench.take(packet(Uint8Array.of(0x7f, 2), { tagOwner: false, source: 9 }));
    expect(await answer).toMatchObject({ source: 9, tag: 0, hex: "7f02", attempts: 2 });
    expect(told).toEqual([
      { attempt: 1, tag: 0 },
      { attempt: 2, tag: 0 },
    ]);
  });

  test("that waits for a tag says so at once, and ends in the time of its attempts", async () => {
    const first = Array.from({ length: COMMON_TAGS }, () => failureOf(call("request", { hex: "7f01", retries: 0 })));
    passTo(300);
    for (const [code] of await Promise.all(first)) expect(code).toBe("timeout");
    told.length = 0;
    const late = failureOf(call("request", { hex: "7f01", timeout: 300, retries: 0 }));
    expect(told).toEqual([{ waitLimit: 300, tagFreeIn: 5000 }]);
    passTo(600);
    expect(await late).toEqual([
      "not-asked",
      "EID 9 was not asked: all its tags are in use or in reuse hold-off (LPC-MCTP-4)",
    ]);
  });
});
