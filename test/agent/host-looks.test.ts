/** A look at the host's fields is made at one moment only, when they have to be zero; counts need two calls. */
import { describe, expect, test } from "@jest/globals";
import { HostLooks } from "../../src/agent/bus/host-looks.ts";
import { BINDING_COUNTERS, type BindingCounter } from "../../src/core/binding/counters.ts";
import { Field } from "../../src/core/binding/control-region.ts";
import { zeroCounters } from "../../src/core/wire/counters.ts";

/** What is found with host versions 1 to 3 in the window, round by round. */
function found(...rounds: readonly (readonly BindingCounter[])[]): readonly (string | undefined)[] {
  const looks = new HostLooks({
    read: (_offset, into) => {
      into[Field.hostVersionMin + 1] = 1;
      into[Field.hostVersionCur + 1] = 3;
    },
  });
  const counters = zeroCounters(BINDING_COUNTERS);
  return rounds.map((counted) => {
    for (const name of counted) counters[name]++;
    return looks.behindClose(counters)?.requirement;
  });
}

const CLOSE = "closingInitialises";
const FENCE = "fencesReceived";

describe("LPC-HOST-5 the host's fields behind a close", () => {
  test("are looked at when its first fence was read in a round of its own", () => {
    expect(found([CLOSE], [], [FENCE], [FENCE])).toEqual([undefined, undefined, "LPC-HOST-5", undefined]);
  });

  test.each([
    ["the fence was read in the round of the close: the next may be the second", [[CLOSE, FENCE], [FENCE]]],
    ["both fences were read in one round: the host may propose", [[CLOSE], [FENCE, FENCE]]],
    ["the fence is behind a proposal", [[CLOSE], ["sessionsOpened"], [FENCE]]],
    ["the fence is behind a refused proposal", [[CLOSE], ["versionRefused"], [FENCE]]],
    ["a proposal was read in its round", [[CLOSE], ["sessionsOpened", FENCE]]],
    ["two closes were read in one round", [[CLOSE, CLOSE], [FENCE]]],
  ] as const)("are not looked at where %s", (_why, rounds) => {
    expect(found(...rounds).every((requirement) => requirement === undefined)).toBe(true);
  });
});

describe("LPC-KCS-2 bytes lost in IDR", () => {
  test("are found when two calls have counted them, and only what is new", () => {
    const looks = new HostLooks(undefined);
    const texts = [1, 0, 2, 3, 3, 3].map((lost) => looks.atCounts(lost)?.seen.split(" more")[0]);
    expect(texts).toEqual([undefined, undefined, undefined, "2 bytes", "one byte", undefined]);
  });
});
