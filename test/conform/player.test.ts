/** What a player puts together of packets: what another side sends without end is bounded. */
import { describe, expect, test } from "@jest/globals";
import { frameOf } from "../../src/conform/player.ts";
import { PlayedHost } from "../../src/conform/played-host.ts";
import type { Surroundings } from "../../src/conform/surroundings.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { packet } from "../support/packets.ts";

const RECEIVES = { offset: 0x100, size: 12 * 1024 };
const UNIT = 8 * 1024;

let time = 0;
/** By how much each pause is too long. */
let late = 0;
const SURROUNDINGS: Surroundings = {
  now: () => time,
  pause: (milliseconds) => {
    time += milliseconds + late;
    return Promise.resolve();
  },
  restart: undefined,
  patience: 100,
  silence: 20,
};

function inSession(): { readonly host: PlayedHost; readonly receive: (bytes: Uint8Array) => void } {
  const board = new LoopbackBoard(64 * 1024);
  const host = new PlayedHost(board.host, SURROUNDINGS);
  const sends = { offset: 0x4000, size: RECEIVES.size };
  host.session = { version: 3, sends, receives: RECEIVES, sendsMtu: UNIT, receivesMtu: UNIT };
  return {
    host,
    receive: (bytes) => {
      board.window.set(frameOf(3, bytes), RECEIVES.offset);
      host.takePacket();
    },
  };
}

function part(start: boolean, end: boolean, bytes = UNIT): Uint8Array {
  return packet(new Uint8Array(bytes).fill(0x7e), { start, end });
}

describe("messages", () => {
  test("of several packets are put together", () => {
    const { host, receive } = inSession();
    receive(part(true, false));
    receive(part(false, true, 5));
    expect(host.messages.map(({ bytes }) => bytes.length)).toEqual([UNIT + 5]);
  });

  test("without an end are dropped at 64 KiB, or at as many packets as are kept, and the next one is taken", () => {
    for (const [packets, bytes] of [
      [10, UNIT],
      [5000, 1],
    ] as const) {
      const { host, receive } = inSession();
      receive(part(true, false, bytes));
      for (let more = 0; more < packets; more++) receive(part(false, false, bytes));
      receive(part(false, true, bytes));
      expect(host.messages).toEqual([]);
      receive(part(true, true, 3));
      expect(host.messages.map((message) => message.bytes.length)).toEqual([3]);
    }
  });
});

test("a wait grows by the time that pauses took too long, to three times as long at most", async () => {
  const { host } = inSession();
  const waits = async (lost: number): Promise<number> => {
    late = lost;
    const began = time;
    await host.until(() => false, 60);
    late = 0;
    return time - began;
  };
  expect(await waits(0)).toBeLessThan(62);
  const stretched = await waits(9);
  expect(stretched).toBeGreaterThan(100);
  expect(stretched).toBeLessThan(200);
});

test("a wait for silence ends with it, and at the latest with the run's patience", async () => {
  const { host } = inSession();
  const began = time;
  await host.serveSilence();
  expect(time - began).toBeLessThan(100);
});
