import { describe, expect, test } from "@jest/globals";
import type { BusListener, SideListener } from "../../../src/core/judge/listener.ts";
import { tellRow } from "../../../src/core/judge/rows.ts";
import type { TraceEntry } from "../../../src/core/trace/format.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";

/** A listener that writes down what it is told, in words. */
function noting(): { readonly told: string[]; readonly listener: BusListener } {
  const told: string[] = [];
  const side = (name: string): SideListener => {
    const byte =
      (what: string) =>
      (value: number, step: string | undefined): void => {
        told.push(`${name} ${what} ${String(value)} in ${String(step)} at ${String(listener.time)}`);
      };
    const bytes =
      (what: string): SideListener["windowRead"] =>
      (offset, length, shown, start, end) => {
        told.push(`${name} ${what} ${String(offset)}+${String(length)} ${toHex(shown.subarray(start, end))}`);
      };
    const life = (what: string) => (): void => {
      told.push(`${name} ${what} at ${String(listener.time)}`);
    };
    return {
      statusRead: byte("statusRead"),
      dataRead: byte("dataRead"),
      dataWritten: byte("dataWritten"),
      statusWritten: byte("statusWritten"),
      windowRead: bytes("windowRead"),
      windowWritten: bytes("windowWritten"),
      started: life("started"),
      stopAsked: life("stopAsked"),
      ended: life("ended"),
    };
  };
  const listener: BusListener = {
    host: side("host"),
    bmc: side("bmc"),
    time: 0,
    registerPoked: (register, value) => told.push(`poked ${register} ${String(value)}`),
    windowPoked: (offset, length) => told.push(`poked ${String(offset)}+${String(length)}`),
  };
  return { told, listener };
}

describe("rows as accesses", () => {
  test("every kind of row tells one thing, of the side that acts", () => {
    const rows: readonly TraceEntry[] = [
      { n: 0, t: 1_500_000, side: "host", op: "life", event: "started" },
      { n: 1, t: "2000000", step: "H0.1", side: "host", op: "kcs_read", reg: "STR", value: "81" },
      { n: 2, side: "host", op: "kcs_read", reg: "ODR", value: "ff" },
      { n: 3, side: "host", op: "kcs_write", reg: "IDR", value: "00" },
      { n: 4, side: "bmc", op: "kcs_write", reg: "STR", value: "c1" },
      { n: 5, side: "bmc", op: "lpc_read", offset: 256, len: 70, value: "00000042", cut: true },
      { n: 6, side: "host", op: "lpc_write", offset: 8, len: 4, value: "00010003" },
      { n: 7, side: "lab", op: "poke", reg: "STR", value: "00" },
      { n: 8, side: "lab", op: "poke", offset: 20, len: 2, value: "0045" },
      { n: 9, t: 3_000_000, side: "bmc", op: "life", event: "stopAsked" },
      { n: 10, side: "bmc", op: "life", event: "ended" },
    ];
    const { told, listener } = noting();
    for (const row of rows) tellRow(listener, row);
    expect(told).toEqual([
      "host started at 1.5",
      "host statusRead 129 in H0.1 at 2",
      "host dataRead 255 in undefined at NaN",
      "host dataWritten 0 in undefined at NaN",
      "bmc statusWritten 193 in undefined at NaN",
      "bmc windowRead 256+70 00000042",
      "host windowWritten 8+4 00010003",
      "poked STR 0",
      "poked 20+2",
      "bmc stopAsked at 3",
      "bmc ended at NaN",
    ]);
  });
});
