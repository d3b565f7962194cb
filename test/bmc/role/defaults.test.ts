import { describe, expect, test } from "@jest/globals";
import { bmcCommand } from "../../../bmc/cli.ts";
import { readRunOptions } from "../../../src/agent/run-options.ts";
import { BMC_DEFAULTS } from "../../../bmc/role/state.ts";

describe("what a BMC does unless configured otherwise", () => {
  test("LPC-MCTP-2: it has EID 8 and assigns 9 to the host", () => {
    const run = bmcCommand().commands[0];
    const { eid } = readRunOptions("bmc", { ...run?.opts(), platform: "shm:/nowhere/board" });
    expect([eid, run?.getOptionValue("assign")]).toEqual([8, 9]);
  });

  test("LPC-TIME-1, LPC-TIME-3: T_ann is half a second, T_stall one", () => {
    expect(BMC_DEFAULTS).toMatchObject({ announceLimit: 500, stallDelay: 1000 });
  });

  test("LPC-BMC-10: while announcing it looks every millisecond", () => {
    expect(BMC_DEFAULTS).toMatchObject({ announcePoll: 1 });
  });

  test("it speaks versions 1 to 3, in a window of 1 MiB, with no MTU of its own", () => {
    expect(BMC_DEFAULTS).toMatchObject({ versions: { min: 1, cur: 3 }, windowBytes: 0x10_0000, mtu: undefined });
  });
});
