import { describe, expect, test } from "@jest/globals";
import { ping, type PingSummary } from "../../src/agent/echo.ts";
import type { Messenger } from "../../src/node/messenger.ts";
import { REQUEST_FIELDS_AT } from "../../src/core/vendor-messages/operations.ts";
import { VendorStatus, encodeVendorResponse } from "../../src/agent/files/vendor-messages.ts";
import { Failure } from "../../src/platform/failure.ts";
import { eid } from "../../src/core/wire/units.ts";

/** Pings that take the given times, whose echoes are right. */
function pingsOf(...times: readonly number[]): Promise<PingSummary> {
  const left = [...times];
  const messenger = {
    request: (_destination: number, request: Uint8Array) =>
      Promise.resolve({
        response: { bytes: encodeVendorResponse(request, VendorStatus.OK, request.subarray(REQUEST_FIELDS_AT)) },
        roundTripMicroseconds: left.shift(),
      }),
  } as unknown as Messenger;
  return ping(messenger, eid(9), {
    count: times.length,
    bytes: 8,
    intervalMilliseconds: 0,
    timeoutMilliseconds: 1000,
  });
}

describe("the summary of pings", () => {
  test.each<readonly [string, readonly number[], number]>([
    ["one", [7], 7],
    ["an odd number: the middle one", [9, 1, 4], 4],
    ["an even number: the mean of the two in the middle", [10, 1, 4, 2], 3],
    ["two", [1, 2], 1.5],
  ])("the median of %s", async (_name, times, median) => {
    expect(await pingsOf(...times)).toEqual({
      sent: times.length,
      answered: times.length,
      minimumMicroseconds: Math.min(...times),
      medianMicroseconds: median,
      maximumMicroseconds: Math.max(...times),
    });
  });

  test("an echo that this side could not send is counted apart, and told with the reason", async () => {
    const failures = [new Failure("not-asked", "no tag"), new Failure("timeout", "no response")];
    const messenger = { request: () => Promise.reject(failures.shift()!) } as unknown as Messenger;
    const told: unknown[] = [];
    const timing = { count: 2, bytes: 8, intervalMilliseconds: 0, timeoutMilliseconds: 1000 };
    const summary = await ping(messenger, eid(9), { ...timing, onReply: (reply) => told.push(reply) });
    expect(summary).toMatchObject({ sent: 1, notAsked: 1, answered: 0 });
    expect(told).toEqual([
      { sequence: 1, microseconds: undefined, attempts: 0, notAsked: "no tag" },
      { sequence: 2, microseconds: undefined, attempts: 1 },
    ]);
  });
});
