/** The models of other transports against figures computed by hand. */
import { expect, test } from "@jest/globals";
import { rateText, threeDigits, timeText } from "../../spec/generator/tables/markdown-table.ts";
import { TRANSPORTS, messageCost, type Transport } from "../../spec/generator/tables/transports.ts";
import type { Direction } from "../../src/core/binding/side.ts";

function transport(start: string): Transport {
  const [found, ...others] = TRANSPORTS.filter(({ name }) => name.startsWith(start));
  if (found === undefined || others.length > 0) throw new Error(`no transport, or several, named ${start}`);
  return found;
}

/** Microseconds of a register access, and of four bytes of the window. */
const IO = 13 / 33;
const WORD = 23 / 33;
/** Framing, and the escapes of 68 bytes. */
const SERIAL_BYTES = 6 + 68 + (68 * 2) / 256;
const MMBI = "MMBI (DSP0284) in the same window, packets of 64";

/** Bytes and microseconds of a packet with 64 payload bytes. */
const PACKETS: readonly (readonly [string, Direction, bytes: number, microseconds: number])[] = [
  // 72 bytes, each a write and a status read, between WRITE_START and WRITE_END.
  ["KCS alone", "hostToBmc", 1 + 2 * (72 + 2), (1 + 2 * (72 + 2)) * IO],
  ["KCS alone", "bmcToHost", 3 * 72 + 2, (3 * 72 + 2) * IO],
  // 68 bytes in two transfers of at most 60, in seven of at most 11.
  ["IPMI BT", "hostToBmc", 68 + 2 * (4 + 3), (68 + 2 * (4 + 3)) * IO],
  ["IPMI BT", "bmcToHost", 68 + 2 * (4 + 5), (68 + 2 * (4 + 5)) * IO],
  ["SuperIO", "hostToBmc", 68 + 7 * 4, 96 * IO],
  // Ten bits a byte.
  ["serial (DSP0253), 115200", "hostToBmc", SERIAL_BYTES, (SERIAL_BYTES / 11_520) * 1e6],
  ["serial (DSP0253), 3 M", "bmcToHost", SERIAL_BYTES, (SERIAL_BYTES / 300_000) * 1e6],
  ["PCIe", "hostToBmc", 88, 0.352],
  // 72 bytes and two pointers by 4 bytes, and one doorbell.
  [MMBI, "hostToBmc", 72 + 8 + 1, 20 * WORD + IO],
  ["this binding, version 3, MTU 64", "hostToBmc", 76 + 4, 19 * WORD + 4 * IO],
];

test.each(PACKETS)("%s, %s: a packet of 64 payload bytes", (name, direction, bytes, microseconds) => {
  const packet = transport(name).packet(64, direction);
  expect([packet.bytes, packet.seconds * 1e6]).toEqual([bytes, expect.closeTo(microseconds)]);
});

test("a message is as many packets as it needs, the last one shorter", () => {
  const serial = transport("serial (DSP0253), 921600");
  const parts = [64, 64, 22].map((payload) => serial.packet(payload, "hostToBmc").bytes);
  expect(messageCost(serial, 150, "hostToBmc").bytes).toBeCloseTo(parts.reduce((sum, bytes) => sum + bytes));
});

test("figures have three digits, times and rates choose their units", () => {
  expect([0.352, 14.82, 999.6, 33_249].map(threeDigits)).toEqual(["0.352", "14.8", "1000", "33200"]);
  expect([1.5e-6, 999.6e-6, 2].map(timeText)).toEqual(["1.50 µs", "1.00 ms", "2.00 s"]);
  expect([9_890, 999_600].map(rateText)).toEqual(["9.89 kB/s", "1.00 MB/s"]);
});
