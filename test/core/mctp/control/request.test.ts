import { describe, expect, test } from "@jest/globals";
import { GetEndpointId } from "../../../../src/core/mctp/control/commands/get-endpoint-id.ts";
import {
  ask,
  commandRejectText,
  requestCommand,
  runSequence,
  type CommandOutcome,
  type ControlSequence,
} from "../../../../src/core/mctp/control/request.ts";
import type { GetEndpointIdResponse } from "../../../../src/core/mctp/control/commands/get-endpoint-id.ts";
import { fromHex } from "../../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../../src/core/wire/units.ts";
import { EndpointBench as Bench } from "../../../support/endpoint-bench.ts";
import { packet } from "../../../support/packets.ts";

/** Asks EID 9 for its EID; it answers with these bytes behind the instance id, or not at all. */
function asked(answer: string | undefined, cancel = false): { outcome: unknown; attempts: number } {
  const bench = new Bench();
  let outcome: CommandOutcome<GetEndpointIdResponse> | undefined;
  const ticket = requestCommand(bench.endpoint, GetEndpointId, eid(9), undefined, bench.now, (value) => {
    expect(outcome).toBeUndefined();
    outcome = value;
  });
  let attempts = 0;
  for (let round = 0; round < 4 && outcome === undefined; round++) {
    if (bench.sent() === "010908c8008002") attempts++;
    if (cancel) ticket.cancel(bench.now);
    else if (answer !== undefined) bench.take(packet(fromHex(`0000${answer}`)!, { tagOwner: false }));
    bench.now = millis(bench.now + 300);
    bench.endpoint.expire(bench.now);
  }
  return { outcome, attempts };
}

describe("a control request as a record", () => {
  test("its response as a record, from whom, and after how many attempts", () => {
    const response = { eid: 9, endpointType: "simple", eidType: "static", mediumSpecific: 0 };
    expect(asked("0200090100")).toEqual({
      outcome: { ok: true, value: { response, source: 9, attempts: 1 } },
      attempts: 1,
    });
  });

  test.each<[string, string | undefined, unknown, string]>([
    ["an error code", "0205", { why: "completion", completion: 5 }, "unsupported command"],
    ["an error code with data, which is not looked at", "0204ffff", { why: "completion", completion: 4 }, "not ready"],
    ["data that is none", "02000901", { why: "malformed" }, "malformed response"],
    ["a reserved value", "0200092000", { why: "malformed" }, "malformed response"],
    ["no response", undefined, { why: "timeout" }, "no response"],
    ["the response of another command", "0300090100", { why: "timeout" }, "no response"],
  ])("%s", (_, answer, why, text) => {
    const { outcome, attempts } = asked(answer);
    expect(outcome).toEqual({ ok: false, reject: why });
    expect(commandRejectText((outcome as { reject: never }).reject)).toBe(text);
    expect(attempts).toBe((why as { why: string }).why === "timeout" ? 3 : 1);
  });

  test("cancelled", () => {
    expect(asked(undefined, true)).toEqual({ outcome: { ok: false, reject: { why: "cancelled" } }, attempts: 1 });
  });
});

describe("a sequence of requests", () => {
  function* twice(): ControlSequence<readonly boolean[]> {
    const first = yield* ask(GetEndpointId, eid(9), undefined);
    const second = yield* ask(GetEndpointId, eid(10), undefined);
    return [first.ok, second.ok];
  }

  test("asks one after the other, and ends once", () => {
    const bench = new Bench();
    const ends: unknown[] = [];
    runSequence(bench.endpoint, twice(), bench.now, (value) => ends.push(value));
    expect([bench.sent(), bench.sent()]).toEqual(["010908c8008002", undefined]);
    bench.take(packet(fromHex("00000200090000")!, { tagOwner: false }));
    expect([bench.sent(), ends]).toEqual(["010a08c8008102", []]);
    bench.take(packet(fromHex("00010205")!, { tagOwner: false, source: 10 }));
    expect([bench.sent(), ends]).toEqual([undefined, [[true, false]]]);
  });

  test("cancelled, it asks nothing more and does not end", () => {
    const bench = new Bench();
    const ends: unknown[] = [];
    const ticket = runSequence(bench.endpoint, twice(), bench.now, (value) => ends.push(value));
    bench.sent();
    ticket.cancel(bench.now);
    bench.take(packet(fromHex("00000200090000")!, { tagOwner: false }));
    bench.now = millis(10_000);
    bench.endpoint.expire(bench.now);
    expect([bench.sent(), ends, bench.endpoint.nextDeadline()]).toEqual([undefined, [], undefined]);
  });
});
