import { describe, expect, test } from "@jest/globals";
import { anyConfig, runSchedules, type ScheduleOptions } from "../../support/schedules.ts";

const SEEDS = 1000;

describe("LPC-KCS-9, LPC-KCS-13, LPC-HOST-4, LPC-HOST-6, LPC-BMC-3, LPC-BMC-9 any order of accesses, faults between any two", () => {
  test.each<[string, ScheduleOptions]>([
    ["version 3, MTU 64", () => ({ host: () => ({ mtu: 64 }), bmc: () => ({}) })],
    ["versions and sizes that differ from start to start", anyConfig],
    ["version 3, MTU 64, depth 1", () => ({ depth: 1, host: () => ({ mtu: 64 }), bmc: () => ({}) })],
    ["versions and sizes that differ from start to start, depth 1", (random) => ({ depth: 1, ...anyConfig(random) })],
  ])(
    "nothing comes twice, late, damaged or from another session, and the channel always comes back: %s",
    (_, options) => {
      const { crashes, resets, delivered } = runSchedules(SEEDS, options);
      expect(crashes).toBeGreaterThan(2 * SEEDS);
      expect(resets).toBeGreaterThan(SEEDS / 2);
      expect(delivered).toBeGreaterThan(8 * SEEDS);
    },
  );
});
