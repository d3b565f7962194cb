import { describe, expect, test } from "@jest/globals";
import { IncidentCauses, RESTART_MILLISECONDS } from "../../src/agent/bus/incident-causes.ts";
import type { CloseReason, Session } from "../../src/core/binding/channel.ts";
import { BINDING_COUNTERS, type BindingCounter } from "../../src/core/binding/counters.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";

const session = (): Session => ({}) as Session;

function bench() {
  const causes = new IncidentCauses();
  const counters = zeroCounters(BINDING_COUNTERS);
  let [open, reason, now]: [Session | undefined, CloseReason, number] = [session(), "notStarted", 0];
  const look = (): string | undefined => causes.look(counters, open, reason, now);
  look();
  return {
    look,
    count: (counter: BindingCounter): string | undefined => {
      counters[counter]++;
      return look();
    },
    end: (why: CloseReason): string | undefined => {
      [open, reason] = [undefined, why];
      return look();
    },
    open: (later: number): string | undefined => {
      [open, now] = [session(), now + later];
      return look();
    },
  };
}

describe("an incident is", () => {
  test.each([
    ["lengthOutOfBounds", "LPC-BUF-4"],
    ["crcMismatch", "LPC-BUF-5"],
    ["transmitStalled", "T_stall"],
  ] as const)("each %s, as %s", (counter, why) => {
    const { count, look } = bench();
    expect([count(counter), look(), count(counter)]).toEqual([why, undefined, why]);
  });

  test.each(["packetsReceived", "fencesReceived", "unknownCommand", "versionRefused"] as const)("no %s", (counter) => {
    expect(bench().count(counter)).toBeUndefined();
  });

  test.each(["reinitialised", "channelInactive", "statusReset", "magicMismatch"] as const)(
    "a session that ends by %s",
    (why) => {
      expect(bench().end(why)).toBe("session-lost");
    },
  );
});

describe("a session that its peer ends in order", () => {
  test.each(["closedByHost", "bmcInactive"] as const)("%s: is none, whenever the next one comes", (why) => {
    const { end, open } = bench();
    expect([end(why), open(RESTART_MILLISECONDS)]).toEqual([undefined, undefined]);
  });

  test.each(["closedByHost", "bmcInactive"] as const)("%s: is one where the peer was back at once", (why) => {
    const { end, open, look } = bench();
    expect([end(why), open(RESTART_MILLISECONDS - 1), look()]).toEqual([undefined, "session-lost", undefined]);
  });

  test("nor is a stop of this side", () => {
    const { end, open } = bench();
    expect([end("stopped"), open(0)]).toEqual([undefined, undefined]);
  });
});
