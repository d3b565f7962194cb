import { describe, expect, test } from "@jest/globals";
import type { RequestOutcome } from "../../../src/core/mctp/request-terms.ts";
import { fromHex } from "../../../src/core/wire/bytes.ts";
import { eid, millis } from "../../../src/core/wire/units.ts";
import { HOST_EID, testMessage } from "../../support/endpoints.ts";
import { packet, packetsOf } from "../../support/packets.ts";

import { EndpointBench as Bench } from "../../support/endpoint-bench.ts";

describe("own requests", () => {
  interface Told {
    outcome: RequestOutcome | undefined;
  }

  function control(bench: Bench, destination: number, command: number, data = ""): Told {
    const told: Told = { outcome: undefined };
    bench.endpoint.requestControl(eid(destination), command, fromHex(data)!, bench.now, (outcome) => {
      told.outcome = outcome;
    });
    return told;
  }

  test("DSP0236 11.2: the response must have the request's tag, instance id and command", () => {
    const bench = new Bench();
    const told = control(bench, 9, 0x02);
    expect(bench.sent()).toBe("010908c8" + "008002");
    for (const [bytes, fields] of [
      ["00010200090100", {}],
      ["00000300090100", {}],
      ["00000200090100", { tag: 1 }],
      ["00000200090100", { source: 10 }],
      ["7f000200090100", {}],
    ] as const) {
      bench.take(packet(fromHex(bytes)!, { tagOwner: false, ...fields }));
      expect(told.outcome).toBeUndefined();
    }
    expect(bench.counted).toEqual({ unexpectedTag: 5 });
    bench.take(packet(fromHex("00000200090100")!, { tagOwner: false }));
    expect(told.outcome).toMatchObject({ ok: true, attempts: 1 });
  });

  test("DSP0236 11.2: instance ids go round through 32", () => {
    const bench = new Bench();
    const instances = Array.from({ length: 34 }, () => {
      control(bench, 9, 0x02);
      const text = bench.sent()!;
      const tag = Number.parseInt(text.slice(6, 8), 16) & 7;
      const instance = Number.parseInt(text.slice(10, 12), 16) & 0x1f;
      const response = Uint8Array.of(0, instance, 2, 0, 9, 1, 0);
      bench.take(packet(response, { tagOwner: false, tag }));
      return instance;
    });
    expect(instances).toEqual([...Array.from({ length: 32 }, (_, index) => index), 0, 1]);
  });

  test("LPC-MCTP-5: retries carry the same bytes, instance id included; MT2 and MN1 are the endpoint's", () => {
    const bench = new Bench();
    const told = control(bench, 9, 0x02);
    const first = bench.sent();
    for (const now of [300, 600]) {
      expect(bench.endpoint.nextDeadline()).toBe(now);
      bench.now = millis(now);
      bench.endpoint.expire(bench.now);
      expect(bench.sent()).toBe(first);
    }
    bench.now = millis(900);
    bench.endpoint.expire(bench.now);
    expect(told.outcome).toEqual({ ok: false, reject: "timeout", attempts: 3 });
    expect(bench.counted).toEqual({ requestsRetried: 2, requestsTimedOut: 1 });
    // A response that comes after all is dropped.
    bench.take(packet(fromHex("00000200090100")!, { tagOwner: false }));
    expect(bench.counted).toMatchObject({ unexpectedTag: 1 });
  });

  test("a response may have many packets", () => {
    const bench = new Bench();
    let response: Uint8Array | undefined;
    bench.endpoint.request(HOST_EID, testMessage(5), bench.now, (outcome) => {
      if (outcome.ok) response = outcome.response.bytes;
    });
    bench.sent();
    for (const bytes of packetsOf(testMessage(500), 64, { tagOwner: false })) bench.take(bytes);
    expect(response).toEqual(testMessage(500));
  });

  test("the peer's messages with the same tag and TO set are no responses", () => {
    const bench = new Bench();
    let answered = false;
    bench.endpoint.request(HOST_EID, testMessage(5), bench.now, () => {
      answered = true;
    });
    bench.take(packet(testMessage(10), { tagOwner: true }));
    expect([answered, bench.received.length]).toEqual([false, 1]);
  });

  test("LPC-MCTP-11: Set Endpoint ID is answered from the EID that it assigned", () => {
    const bench = new Bench();
    const told = control(bench, 9, 0x01, "0014");
    bench.sent();
    bench.take(packet(fromHex("00000100001400")!, { tagOwner: false, source: 20 }));
    expect(told.outcome).toMatchObject({ ok: true });
  });

  test("LPC-MCTP-6: a request survives its session: its own timer sends it again in the next", () => {
    const bench = new Bench();
    const told = control(bench, 9, 0x02);
    const first = bench.sent();
    bench.endpoint.linkDown(bench.now);
    bench.endpoint.linkUp(bench.now);
    expect(bench.sent()).toBeUndefined();
    bench.now = millis(300);
    bench.endpoint.expire(bench.now);
    expect(bench.sent()).toBe(first);
    bench.take(packet(fromHex("00000200090100")!, { tagOwner: false }));
    expect(told.outcome).toMatchObject({ ok: true, attempts: 2 });
  });
});
