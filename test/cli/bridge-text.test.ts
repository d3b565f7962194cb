import { expect, test } from "@jest/globals";
import { pathLines } from "../../src/cli/bridge-text.ts";
import { amountText } from "../../src/cli/terminal.ts";
import { eid } from "../../src/core/wire/units.ts";

test("a path names the bridges on it, or says that there is none", () => {
  expect(
    pathLines([
      { eid: eid(9), unit: 524_144, bridges: [] },
      { eid: eid(10), unit: 64, bridges: [eid(8), eid(9)] },
    ]),
  ).toEqual([
    "  path       EID 9: 524144 bytes a packet, without a bridge between",
    "  path       EID 10: 64 bytes a packet, by way of EID 8, 9",
  ]);
});

test("one of a thing has no s", () => {
  expect([0, 1, 2].map((count) => amountText(count, "byte"))).toEqual(["0 bytes", "1 byte", "2 bytes"]);
});
