import { describe, expect, test } from "@jest/globals";
import { PacketFilter } from "../../../src/core/trace/packet-filter.ts";

/** Version 1; SOM 80, EOM 40, TO 08. */
const packet = (destination: number, source: number, flags: number, ...payload: readonly number[]): Uint8Array =>
  Uint8Array.of(1, destination, source, flags, ...payload);

describe("packets chosen by type", () => {
  test("a middle packet has the type of its message, until the message ends", () => {
    const filter = new PacketFilter({ type: 1 });
    expect(filter.take(packet(8, 9, 0x88, 0x01))).toEqual({ isChosen: true, type: 1 });
    // Another message of the same endpoints, with another tag.
    expect(filter.take(packet(8, 9, 0x89, 0x7f))).toEqual({ isChosen: false, type: 0x7f });
    expect(filter.take(packet(8, 9, 0x18, 0x7f))).toEqual({ isChosen: true, type: 1 });
    expect(filter.take(packet(8, 9, 0x68, 0x00))).toEqual({ isChosen: true, type: 1 });
    expect(filter.take(packet(8, 9, 0x38, 0x00))).toEqual({ isChosen: false, type: undefined });
  });

  test("the integrity check bit is no part of the type; an empty payload has none", () => {
    const filter = new PacketFilter({ type: 5 });
    expect(filter.take(packet(8, 9, 0xc8, 0x85)).isChosen).toBe(true);
    expect(filter.take(packet(8, 9, 0xc8))).toEqual({ isChosen: false, type: undefined });
  });

  test("of messages without an end it remembers the last 256", () => {
    const filter = new PacketFilter({});
    for (let eid = 0; eid < 300; eid++) filter.take(packet(eid & 0xff, eid >> 8, 0x88, 0x01));
    expect(filter.take(packet(0, 0, 0x18)).type).toBeUndefined();
    expect(filter.take(packet(100, 0, 0x18)).type).toBe(1);
  });
});

describe("packets chosen by EID", () => {
  test("are those from it and to it", () => {
    const filter = new PacketFilter({ eid: 9 });
    const chosen = [packet(9, 8, 0xc8, 0), packet(8, 9, 0xc0, 0), packet(8, 10, 0xc0, 0)];
    expect(chosen.map((one) => filter.take(one).isChosen)).toEqual([true, true, false]);
  });
});
