/** Who serves which messages: programs, one for a kind, before the agent's own services. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import {
  ANSWER_LIMIT,
  MOST_PROGRAMS,
  ServiceTable,
  UNANSWERED_REQUESTS,
} from "../../../src/agent/services/service-table.ts";
import type { Program, ProgramRequest } from "../../../src/agent/services/service-table.ts";
import type { MessageKind } from "../../../src/agent/services/message-kind.ts";
import type { VendorSupport } from "../../../src/core/mctp/control/commands/get-vendor-support.ts";
import { versionNumber } from "../../../src/core/mctp/control/version-number.ts";
import { fromHex, toHex } from "../../../src/core/wire/bytes.ts";
import { TEST_TYPE } from "../../support/endpoints.ts";
import { EndpointBench } from "../../support/endpoint-bench.ts";

const OWN_VENDOR = 32473;
const VERSION = versionNumber(1, 0, 0);

let bench: EndpointBench;
let table: ServiceTable;
let messageTypes: Map<number, readonly number[]>;
let vendors: VendorSupport[];
let told: string[];
let own: string[];

beforeEach(() => {
  jest.useFakeTimers();
  bench = new EndpointBench();
  bench.endpoint.unhandle(TEST_TYPE);
  told = [];
  own = [];
  messageTypes = new Map([
    [0x01, [VERSION]],
    [0x7f, [VERSION]],
  ]);
  vendors = [{ format: "iana", id: OWN_VENDOR, commandSet: 0x0100 }];
  table = new ServiceTable({
    endpoint: bench.endpoint,
    announced: { messageTypes, vendors },
    tell: (line) => told.push(line),
  });
  for (const type of [0x01, 0x7f]) table.handle(type, ({ bytes }) => own.push(toHex(bytes)), "own");
});
afterEach(() => {
  table.stop();
  jest.useRealTimers();
});

/** A program that takes what comes, or as much as `most`. */
function program(kind: MessageKind, name = "a program", most = Number.POSITIVE_INFINITY) {
  const taken: ProgramRequest[] = [];
  const dropped: number[] = [];
  const made: Program = {
    name,
    kind,
    take: (request) => taken.length < most && taken.push(request) > 0,
    dropped: (id) => dropped.push(id),
  };
  return { made, taken, dropped };
}

/** A request from EID 9 with this tag, in one packet. */
function request(hex: string, tag = 1): void {
  bench.take(Uint8Array.of(0x01, 0x08, 0x09, 0xc8 | tag, ...fromHex(hex)!));
}

const codeOf = (call: () => unknown): string => {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a program", () => {
  test("gets the requests of its type, which is announced, and its response goes to who asked", () => {
    const { made, taken } = program({ type: 0x50 });
    const registration = table.register({ ...made, versions: [versionNumber(2, 1, 0)] });
    expect(messageTypes.get(0x50)).toEqual([versionNumber(2, 1, 0)]);
    request("500102", 3);
    request("d003", 4);
    expect(taken.map(({ source, tag, bytes }) => [source, tag, toHex(bytes)])).toEqual([
      [9, 3, "500102"],
      [9, 4, "d003"],
    ]);
    expect(table.respond(taken[0]!.id, fromHex("50aa")!)).toBe(true);
    // TO = 0, the tag of the request.
    expect(bench.sent()).toBe("010908c350aa");
    expect(table.respond(taken[0]!.id, fromHex("50aa")!)).toBe(false);
    expect(table.ignore(taken[1]!.id)).toBe(true);
    registration.release();
    registration.release();
    expect(messageTypes.has(0x50)).toBe(false);
    request("500102");
    expect(taken).toHaveLength(2);
    expect(bench.counted["unsupportedType"]).toBe(1);
    expect(told).toEqual([
      "message type 0x50 is served by a program",
      "a program has gone, which served message type 0x50",
    ]);
  });

  test("goes before the agent's own service of a type, which serves again when it has gone", () => {
    const { made, taken } = program({ type: 0x01 });
    const registration = table.register({ ...made, versions: [versionNumber(1, 2, 0)] });
    request("01800002");
    expect([taken.length, own]).toEqual([1, []]);
    expect(messageTypes.get(0x01)).toEqual([versionNumber(1, 2, 0)]);
    registration.release();
    request("01800002");
    expect([taken.length, own]).toEqual([1, ["01800002"]]);
    expect(messageTypes.get(0x01)).toEqual([VERSION]);
  });

  test("of one vendor gets that vendor's messages, another the rest of the type, and neither the agent's own", () => {
    const one = program({ type: 0x7f, vendor: 5, commandSet: 7 });
    const rest = program({ type: 0x7f });
    table.register(one.made);
    table.register(rest.made);
    for (const hex of ["7f0000000501", "7f0000000601", "7f00007ed90101", "7f00"]) request(hex);
    expect(one.taken.map(({ bytes }) => toHex(bytes))).toEqual(["7f0000000501"]);
    expect(rest.taken.map(({ bytes }) => toHex(bytes))).toEqual(["7f0000000601", "7f00"]);
    expect(own).toEqual(["7f00007ed90101"]);
    expect(vendors).toEqual([
      { format: "iana", id: OWN_VENDOR, commandSet: 0x0100 },
      { format: "iana", id: 5, commandSet: 7 },
    ]);
  });

  test("of a PCI vendor: the type is announced, messages of other vendors are for nobody", () => {
    const { made, taken } = program({ type: 0x7e, vendor: 0x1234 });
    const registration = table.register(made);
    request("7e123401");
    request("7e123501");
    expect(taken).toHaveLength(1);
    expect(messageTypes.get(0x7e)).toEqual([VERSION]);
    registration.release();
    expect(messageTypes.has(0x7e)).toBe(false);
    expect(vendors).toHaveLength(1);
  });
});

describe("refused in words", () => {
  test("a second program of a kind; one that waits has its turn when the first has gone", () => {
    const [first, second] = [program({ type: 0x50 }, "first"), program({ type: 0x50 }, "second")];
    const registration = table.register(first.made);
    expect(() => table.register(second.made)).toThrow(
      "message type 0x50 is served by first: end that first, or serve another type",
    );
    expect(table.counters.programsRefused).toBe(1);
    const waiting = table.register(second.made, true);
    expect(waiting.serves).toBe(false);
    request("5001");
    registration.release();
    expect(waiting.serves).toBe(true);
    request("5002");
    expect([first.taken.length, second.taken.length]).toEqual([1, 1]);
    expect(told.at(-1)).toBe("first has gone, which served message type 0x50; second serves it");
  });

  test.each<readonly [string, MessageKind, string]>([
    ["MCTP control", { type: 0 }, "message-kind"],
    ["a vendor of a type that has none", { type: 0x50, vendor: 1 }, "message-kind"],
    ["a PCI vendor of more than 16 bits", { type: 0x7e, vendor: 0x1_0000 }, "message-kind"],
    ["a command set without a vendor", { type: 0x7e, commandSet: 1 }, "message-kind"],
    ["the agent's own vendor", { type: 0x7f, vendor: OWN_VENDOR }, "type-taken"],
  ])("%s", (_what, kind, code) => {
    expect(codeOf(() => table.register(program(kind).made))).toBe(code);
    expect(table.programs).toEqual([]);
  });

  test("more programs than there may be", () => {
    const registrations = Array.from({ length: MOST_PROGRAMS }, (_, at) =>
      table.register(program({ type: 2 + at }).made),
    );
    expect(codeOf(() => table.register(program({ type: 0x70 }).made))).toBe("too-many");
    registrations[0]!.release();
    expect(codeOf(() => table.register(program({ type: 0x70 }).made))).toBe("nothing was thrown");
  });
});

describe("requests that a program does not answer", () => {
  test("in time are dropped and counted, and the answer comes too late", () => {
    const { made, taken, dropped } = program({ type: 0x50 });
    table.register(made);
    request("5001", 1);
    jest.advanceTimersByTime(ANSWER_LIMIT / 2);
    request("5002", 2);
    jest.advanceTimersByTime(ANSWER_LIMIT / 2 + 1);
    expect([table.counters.programUnanswered, dropped]).toEqual([1, [taken[0]!.id]]);
    expect(table.respond(taken[0]!.id, fromHex("50aa")!)).toBe(false);
    expect(table.respond(taken[1]!.id, fromHex("50bb")!)).toBe(true);
    jest.advanceTimersByTime(ANSWER_LIMIT);
    expect(table.counters.programUnanswered).toBe(1);
  });

  test("are bounded, and one that takes no more gets no more: dropped and counted", () => {
    const { made, taken } = program({ type: 0x50 });
    table.register(made);
    for (let sent = 0; sent < UNANSWERED_REQUESTS + 3; sent++) request("5001", sent % 8);
    expect([taken.length, table.counters.programBusy]).toEqual([UNANSWERED_REQUESTS, 3]);
    table.register(program({ type: 0x51 }, "full", 1).made);
    request("5101");
    request("5102");
    expect(table.counters.programBusy).toBe(4);
    table.ignore(taken[0]!.id);
    request("5003");
    expect(taken.at(-1)!.bytes).toEqual(fromHex("5003"));
  });

  test("because it or the link has gone", () => {
    const { made, taken, dropped } = program({ type: 0x50 });
    const registration = table.register(made);
    request("5001");
    table.portLost(bench.endpoint.ownPort);
    expect(dropped).toEqual([taken[0]!.id]);
    request("5002");
    registration.release();
    expect([dropped.length, table.counters.programUnanswered]).toEqual([2, 2]);
    expect(table.respond(taken[1]!.id, fromHex("50aa")!)).toBe(false);
  });
});

test("a message of the endpoint to itself goes to who serves its type, and the response back", () => {
  const { made, taken } = program({ type: 0x50 });
  table.register(made);
  const answers: string[] = [];
  const ask = (hex: string): boolean =>
    bench.endpoint.handToSelf(fromHex(hex)!, (response) => answers.push(toHex(response)), bench.now);
  expect([ask("5001"), ask("4f01")]).toEqual([true, false]);
  table.respond(taken[0]!.id, fromHex("50aa")!);
  expect(answers).toEqual(["50aa"]);
  expect(taken[0]!.source).toBe(bench.endpoint.identity.eid);
  expect(bench.sent()).toBeUndefined();
});
