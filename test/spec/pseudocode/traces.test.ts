/** Annex M's listings do what the recorded traces show, access by access. */
import { describe, expect, test } from "@jest/globals";
import { LISTINGS } from "./listings.ts";
import { playSide, TRACE_SIDES } from "./recorded-traces.ts";

describe("LPC-HOST-16, LPC-BMC-13: the listings of annex M make the accesses of the recorded traces", () => {
  test.each(TRACE_SIDES)("$trace, $role", (side) => {
    expect(playSide(LISTINGS, side)).toBeGreaterThan(0);
  });
});
