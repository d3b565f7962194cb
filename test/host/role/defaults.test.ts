import { describe, expect, test } from "@jest/globals";
import { hostCommand } from "../../../host/cli.ts";
import { readRunOptions } from "../../../src/agent/run-options.ts";
import { HOST_DEFAULTS } from "../../../host/role/state.ts";

describe("what a host does unless configured otherwise", () => {
  test("LPC-MCTP-2: it has EID 9", () => {
    const run = hostCommand().commands[0];
    expect(readRunOptions("host", { ...run?.opts(), platform: "shm:/nowhere/board" }).eid).toBe(9);
  });

  test("LPC-TIME-2, LPC-TIME-3: T_refused and T_stall are one second", () => {
    expect(HOST_DEFAULTS).toMatchObject({ refusedDelay: 1000, stallDelay: 1000 });
  });

  test("LPC-TIME-5: T_stop is half a second", () => {
    expect(HOST_DEFAULTS).toMatchObject({ stopLimit: 500 });
  });

  test("it speaks versions 1 to 3, in a window of 1 MiB, with no MTU of its own", () => {
    expect(HOST_DEFAULTS).toMatchObject({ versions: { min: 1, cur: 3 }, windowBytes: 0x10_0000, mtu: undefined });
  });
});
