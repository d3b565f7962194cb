/** The model of the LPC bus against figures computed by hand, and against what a running pair does on its bus. */
import { describe, expect, test } from "@jest/globals";
import type { BusAccess } from "../../src/core/binding/access.ts";
import { isVersion, type Version } from "../../src/core/binding/versions.ts";
import type { Direction } from "../../src/core/binding/side.ts";
import {
  CLOCK_HERTZ,
  DEFAULT_LAYOUT,
  DEPLOYED_READ,
  IO_CLOCKS,
  cycleRate,
  efficiency,
  firmwareClocks,
  packetAccesses,
  packetBusBytes,
  packetSeconds,
  payloadRate,
  rateLimit,
  windowClocks,
  type HostAccesses,
} from "../../src/cli/bench/bus-model.ts";
import { TEST_TYPE } from "../support/endpoints.ts";
import { Pair } from "../support/pair.ts";

const DIRECTIONS: readonly Direction[] = ["hostToBmc", "bmcToHost"];
const VERSIONS = [1, 2, 3].filter(isVersion);

function clocks(seconds: number): number {
  return Math.round(seconds * CLOCK_HERTZ);
}

describe("cycles", () => {
  test("an I/O byte takes 13 clocks, firmware cycles 17, 23 and 271", () => {
    expect([IO_CLOCKS, firmwareClocks(1), firmwareClocks(4), firmwareClocks(128)]).toEqual([13, 17, 23, 271]);
  });

  test("1.9, 5.7 and 15.6 MB/s in cycles of 1, 4 and 128 bytes", () => {
    expect([1, 4, 128].map((bytes) => (cycleRate(bytes) / 1e6).toFixed(1))).toEqual(["1.9", "5.7", "15.6"]);
  });

  test("an access is cut into aligned cycles, a write into 4 bytes at most", () => {
    // 1 at 0x0f, 2 at 0x7e: up to the next multiple by small cycles, then by the largest.
    expect(windowClocks({ kind: "read", offset: 0x0f, bytes: 1 })).toBe(17);
    expect(windowClocks({ kind: "read", offset: 0x0f, bytes: 3 })).toBe(17 + 19);
    expect(windowClocks({ kind: "read", offset: 0x7e, bytes: 2 + 2 * 128 + 4 + 1 })).toBe(19 + 2 * 271 + 23 + 17);
    expect(windowClocks({ kind: "read", offset: 0x80, bytes: 128 }, 4)).toBe(32 * 23);
    expect(windowClocks({ kind: "write", offset: 0x80, bytes: 128 })).toBe(32 * 23);
    expect(windowClocks({ kind: "write", offset: 0, bytes: 0 })).toBe(0);
  });
});

describe("packets by hand", () => {
  test.each([
    // 18 or 19 cycles of 4 bytes, and four register accesses.
    [1, "hostToBmc", 64, 18 * 23 + 4 * 13],
    [2, "hostToBmc", 64, 18 * 23 + 4 * 13],
    [3, "hostToBmc", 64, 19 * 23 + 4 * 13],
    [1, "bmcToHost", 64, 18 * 23 + 4 * 13],
    [3, "bmcToHost", 64, 19 * 23 + 4 * 13],
    [2, "hostToBmc", 4096, 1026 * 23 + 4 * 13],
    [3, "hostToBmc", 4096, 1027 * 23 + 4 * 13],
    // The length at 0x100; from 0x104 to 0x180 by 4; 31 times 128; 12 bytes by 4.
    [3, "bmcToHost", 4096, 23 + 31 * 23 + 31 * 271 + 3 * 23 + 4 * 13],
  ] as const)("version %p, %s, %p payload bytes: %p clocks", (version, direction, payload, expected) => {
    expect(clocks(packetSeconds(version, direction, payload))).toBe(expected);
  });

  test("a host that reads by 4 bytes is as slow as one that writes", () => {
    const deployed = { largestRead: DEPLOYED_READ };
    expect(packetSeconds(3, "bmcToHost", 4096, deployed)).toBe(packetSeconds(3, "hostToBmc", 4096));
    expect(rateLimit("bmcToHost", deployed)).toBe(rateLimit("hostToBmc"));
  });

  test("throughput: 4.3 MB/s in version 3 at MTU 64; the largest MTU reaches the limits of the cycles", () => {
    expect((payloadRate(3, "hostToBmc", 64) / 1e6).toFixed(2)).toBe("4.32");
    expect((payloadRate(2, "hostToBmc", 64) / 1e6).toFixed(2)).toBe("4.53");
    expect((payloadRate(3, "hostToBmc", 524_144) / 1e6).toFixed(2)).toBe("5.74");
    // The length, 31 cycles of 4 bytes up to a multiple of 128, 4093 of 128, 31 of 4.
    expect(clocks(packetSeconds(3, "bmcToHost", 524_144))).toBe(23 + 62 * 23 + 4093 * 271 + 4 * 13);
    expect((payloadRate(3, "bmcToHost", 524_144) / 1e6).toFixed(2)).toBe("15.57");
    expect(efficiency(3, "bmcToHost", 524_144)).toBeGreaterThan(0.999);
    for (const direction of DIRECTIONS) expect(efficiency(3, direction, 524_144)).toBeLessThan(1);
  });

  test("bytes on the bus: the frame and four register bytes", () => {
    expect(packetBusBytes(3, "hostToBmc", 64)).toBe(76 + 4);
    expect(packetBusBytes(2, "bmcToHost", 4096)).toBe(4104 + 4);
  });
});

/* ---- A running pair ---- */

const PACKETS = 12;
const MORE_PACKETS = 20;

/** What the host does while a stream of messages of one packet each goes one way, each side in turn. */
function streamed(version: Version, direction: Direction, payload: number, packets: number): readonly BusAccess[] {
  const accesses: BusAccess[] = [];
  let isRecording = false;
  const pair = new Pair({
    windowBytes: 1024 * 1024,
    host: { versions: { min: 1, cur: version } },
    beforeAccess: (role, access) => {
      if (isRecording && role === "host") accesses.push({ ...access });
    },
  }).bringUp();
  const receiver = direction === "hostToBmc" ? pair.bmc : pair.host;
  isRecording = true;
  const message = new Uint8Array(payload);
  message[0] = TEST_TYPE;
  const outcomes = Array.from({ length: packets }, () => pair.send(direction, message));
  for (let turns = 0; turns < 4 * packets && outcomes.some(({ outcome }) => outcome === undefined); turns++) {
    pair.turn(direction === "hostToBmc" ? "host" : "bmc");
    pair.turn(direction === "hostToBmc" ? "bmc" : "host");
  }
  expect(receiver.received).toHaveLength(packets);
  return accesses;
}

/** Accesses that a packet adds to a stream. */
function aPacket(version: Version, direction: Direction, payload: number): HostAccesses {
  const fewer = streamed(version, direction, payload, PACKETS);
  const more = streamed(version, direction, payload, MORE_PACKETS);
  const registers = ({ kind }: BusAccess): boolean => kind !== "readWindow" && kind !== "writeWindow";
  const window = (accesses: readonly BusAccess[]): HostAccesses["window"] =>
    accesses.flatMap((access): HostAccesses["window"] => {
      if (access.kind === "readWindow") return [{ kind: "read", offset: access.offset, bytes: access.length }];
      if (access.kind !== "writeWindow") return [];
      return [{ kind: "write", offset: access.offset, bytes: access.end - access.start }];
    });
  const added = window(more).slice(window(fewer).length);
  const packets = MORE_PACKETS - PACKETS;
  const each = added.slice(0, added.length / packets);
  expect(added).toEqual(Array.from({ length: packets }, () => each).flat());
  return {
    registers: (more.filter(registers).length - fewer.filter(registers).length) / packets,
    window: each,
  };
}

describe("the accesses of the model are those of the host's procedures", () => {
  const cases = DIRECTIONS.flatMap((direction) =>
    VERSIONS.flatMap((version) =>
      (version === 1 ? [64, 20] : [64, 512, 4096, 32_768]).map((payload) => [direction, version, payload] as const),
    ),
  );
  test.each(cases)("%s, version %p, %p payload bytes", (direction, version, payload) => {
    expect(aPacket(version, direction, payload)).toEqual(packetAccesses(version, direction, payload, DEFAULT_LAYOUT));
  });
});
