/** Looks at STR through QEMU are slow: they leave the agent its turns, and none of the peer's news is lost. */
import { expect, test } from "@jest/globals";
import type { Interrupts } from "../../../src/platform/port.ts";
import { spacedLooks } from "../../../src/platform/qemu/spaced-looks.ts";

const LOOK_MILLISECONDS = 0.4;

test("a look that follows at once is left out; what came meanwhile is found by the next one", () => {
  let [time, looks, isNews] = [0, 0, false];
  const slow: Interrupts = {
    pending: () => {
      looks++;
      time += LOOK_MILLISECONDS;
      const was = isNews;
      isNews = false;
      return was;
    },
    arm: () => false,
    disarm: () => undefined,
    peerRings: () => false,
    onWake: undefined,
  };
  const spaced = spacedLooks(slow, () => time);
  expect(spaced.pending()).toBe(false);
  isNews = true;
  for (let n = 0; n < 16; n++) expect(spaced.pending()).toBe(false);
  expect(looks).toBe(1);
  time += 0.3;
  expect([spaced.pending(), spaced.pending(), looks]).toEqual([true, false, 2]);
  expect([spaced.arm(), spaced.peerRings()]).toEqual([false, false]);
});
