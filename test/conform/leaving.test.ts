/** What a conformance run leaves behind. */
import { describe, expect, test } from "@jest/globals";
import { foundOn, leaveBmc, leaveHost } from "../../src/conform/leaving.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { Pair } from "../support/pair.ts";

function surroundingsOf(pair?: Pair): Surroundings {
  let time = 0;
  return {
    now: () => pair?.now ?? time,
    pause: (milliseconds) => {
      time += milliseconds;
      if (milliseconds > 0) pair?.pass(milliseconds);
      pair?.settle();
      return Promise.resolve();
    },
    restart: undefined,
    patience: 200,
    silence: 50,
  };
}

describe("behind a test of a BMC", () => {
  test("the channel is closed, and the region is as the BMC offered it", async () => {
    const pair = new Pair({ starts: ["bmc"], poll: 20 });
    pair.settle();
    pair.pass(1000);
    const found = foundOn(pair.hostPlatform);
    pair.hostPlatform.window.write(0x20, Uint8Array.of(1, 2, 3), 0, 3);
    pair.hostPlatform.window.write(0x14, Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 4);
    const notes = await leaveBmc(pair.hostPlatform, found, surroundingsOf(pair));
    expect(notes).toEqual(["The packet buffers hold packets of this run."]);
    const left = foundOn(pair.hostPlatform);
    expect(left.region).toEqual(found.region);
    expect(left.status & 0xc0).toBe(0x80);
  });

  test("a BMC that reads nothing: what was not done is said, and the region is put back", async () => {
    const board = new LoopbackBoard(8192);
    const found = foundOn(board.host);
    board.window.fill(0x55, 0x20, 0x40);
    board.host.port.writeData(0xff);
    const notes = await leaveBmc(board.host, found, surroundingsOf());
    expect(notes[0]).toBe("The channel was not closed: the BMC does not read IDR.");
    expect(board.window.subarray(0, 0x100)).toEqual(found.region);
  });
});

describe("behind a test of a host", () => {
  test("STR is down and the region is as it was; what cannot be undone is said", () => {
    const board = new LoopbackBoard(8192);
    board.bmc.port.writeStatus(0x81);
    board.window.fill(0x77, 0, 0x100);
    const found = foundOn(board.bmc);
    board.window.fill(0x55, 0, 0x60);
    board.bmc.port.writeStatus(0xc1);
    board.bmc.port.writeData(0xff);
    expect(leaveHost(board.bmc, found)).toEqual([
      "STR was 0x80 before the run, and is 0x00 now: start the BMC that runs here again.",
      "ODR holds a byte that the host has not read.",
      "The packet buffers hold packets of this run.",
    ]);
    expect(board.window.subarray(0, 0x100)).toEqual(found.region);
    expect(board.bmc.port.readStatus() & 0xc0).toBe(0);
  });
});
