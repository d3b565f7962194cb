import { expect, test } from "@jest/globals";
import debugFactory from "debug";
import { debugLog } from "../../src/agent/debug-log.ts";
import { HOSTILE_TEXTS } from "../support/hostile-texts.ts";

test("a line of DEBUG output shows what a peer sent by its numbers, on one line", () => {
  const written: string[] = [];
  const { log } = debugFactory;
  const before = debugFactory.disable();
  debugFactory.log = (...given: readonly unknown[]) => written.push(given.join(" "));
  try {
    const debug = debugLog("mctp-lpc:bmc:mctp");
    debug("not shown: %s", "x");
    expect([written, debug.enabled]).toEqual([[], false]);
    debugFactory.enable("mctp-lpc:*");
    for (const { text } of HOSTILE_TEXTS) debug("%s from %d: %o", text, 9, { name: text, parts: [text, text] });
    expect(debug.enabled).toBe(true);
  } finally {
    debugFactory.log = log;
    debugFactory.enable(before);
  }
  expect(written).toHaveLength(HOSTILE_TEXTS.length);
  for (const [at, { shown }] of HOSTILE_TEXTS.entries()) expect(written[at]).toContain(`${shown} from 9: { name: `);
  // Without a terminal the package adds no colours.
  expect(written.join("")).not.toMatch(/\p{C}/u);
});
