/** What the informative annexes say of the program, of its tests and of recorded traffic is so. */
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createBmcSide } from "../../bmc/role/side.ts";
import { createHostSide } from "../../host/role/side.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { CONTROL_FIELDS_BYTES, Field } from "../../src/core/binding/control-region.ts";
import { Command, Status } from "../../src/core/binding/registers.ts";
import { CLOCK_HERTZ, IO_CLOCKS, packetAccesses, packetSeconds, windowClocks } from "../../src/cli/bench/bus-model.ts";
import { testTitles } from "../../spec/generator/conformance/test-titles.ts";
import { citations } from "../../src/core/spec/citations.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { MCTP_COUNTERS } from "../../src/core/mctp/counters.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";
import { isRegisterRow, type TraceRow } from "../../src/core/trace/format.ts";
import { fromHex } from "../../src/core/wire/bytes.ts";
import { crc32 } from "../../src/core/wire/crc.ts";
import { millis } from "../../src/core/wire/units.ts";
import { PROJECT, specification } from "./requirements.ts";
import { cellOf, numberIn, readSpecification, tableOf } from "./tables.ts";

const openPoints = readSpecification("annex-open-points.md");
const extensions = readSpecification("annex-extensions.md");

/** Text without its line breaks. */
function running(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("Annex A: open points and deployed behaviour", () => {
  test("traces that it names were recorded", () => {
    const recorded = new Set(readdirSync(join(PROJECT, "test", "vectors", "bus")).map((name) => name.split(".")[0]));
    const named = [...openPoints.matchAll(/`(\d\d[a-z]?-[a-z0-9-]+)`/g)].map(([, name = ""]) => name);
    expect(new Set(named).size).toBeGreaterThan(7);
    expect(named.filter((name) => !recorded.has(name))).toEqual([]);
  });

  test("tests that it names are there, and cite the requirements that it says", () => {
    const named = [extensions, openPoints].flatMap((text) => [
      ...running(text).matchAll(/`(test\/[a-z/-]+\.test\.ts)`(?: and `(test\/[a-z/-]+\.test\.ts)`)? \(([^)]*)\)/g),
    ]);
    expect(named.length).toBeGreaterThan(15);
    const missing = named.flatMap(([, first = "", second = first, reason = ""]) => {
      const titles = [first, second].flatMap((path) => testTitles(path, readFileSync(join(PROJECT, path), "utf8")));
      const cited = new Set(titles.flatMap(citations));
      return citations(reason)
        .filter((id) => !cited.has(id))
        .map((id) => `${first}: ${id}`);
    });
    expect(missing).toEqual([]);
    const files = [...openPoints.matchAll(/`(test\/[^`]+\.ts)`/g)].map(([, path = ""]) => path);
    expect(files.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });
});

/** The accesses of a host that comes to a session with a BMC that is up and has nothing to say. */
function startUpAccesses(): readonly TraceRow[] {
  const board = new LoopbackBoard();
  const rows: TraceRow[] = [];
  const recorder = new TraceRecorder((row) => rows.push(row));
  const bmc = createBmcSide({}, createPacketMemory());
  const host = createHostSide({}, createPacketMemory());
  const bmcBus = new BmcPortBus(board.bmc);
  const hostBus = new HostPortBus(recorder.traceHost(board.host));
  const inSession = (): boolean => host.session !== undefined;
  const now = millis(0);
  for (let turn = 0; turn < 20; turn++) {
    while (bmc.service(bmcBus, now) === "again");
    if ((board.word & Status.OBF) !== 0) board.host.port.readData();
  }
  for (let turn = 0; turn < 20 && !inSession(); turn++) {
    while (host.service(hostBus, now) === "again" && !inSession());
    while (bmc.service(bmcBus, now) === "again");
  }
  expect(inSession()).toBe(true);
  return rows;
}

describe("Annex C: migration and candidate extensions", () => {
  test("the counters to watch are counters", () => {
    const headings = ["counter", "at", "with a deployed peer", "with a peer of this document"];
    const names = tableOf(extensions, ...headings).map((row) => cellOf(row, "counter"));
    expect(names.length).toBeGreaterThan(10);
    const known = new Set([...Object.keys(BINDING_COUNTERS), ...Object.keys(MCTP_COUNTERS)]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test("a start-up takes the accesses that C.3 says, and waits as often", () => {
    const rows = startUpAccesses();
    const registers = rows.filter(isRegisterRow);
    expect(running(extensions)).toContain(
      `${rows.length} accesses, ${registers.length} of registers and ${rows.length - registers.length} of the window`,
    );
    expect(registers.filter((row) => row.reg === "IDR")).toHaveLength(6);
    expect(running(extensions)).toContain("the host waits for the BMC six times");
    const clocks = rows.reduce((sum, row) => {
      if (isRegisterRow(row)) return sum + IO_CLOCKS;
      const kind = row.op === "lpc_read" ? "read" : "write";
      return sum + windowClocks({ kind, offset: row.offset, bytes: row.len });
    }, 0);
    expect(running(extensions)).toContain(
      `${String(clocks)} clocks or ${((clocks * 1e6) / CLOCK_HERTZ).toFixed(1)} µs on the bus`,
    );
  });

  test("the table of throughput is the bus model's", () => {
    const delays = [10, 100, 1000, 10_000];
    const columns = ["L = 10 µs", "L = 100 µs", "L = 1 ms", "L = 10 ms"];
    const rows = tableOf(extensions, "MTU", "bus", "registers' part", ...columns);
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const mtu = numberIn(cellOf(row, "MTU"));
      const bus = packetSeconds(3, "bmcToHost", mtu) * 1e6;
      const { registers: accesses } = packetAccesses(3, "bmcToHost", mtu);
      const registers = (accesses * IO_CLOCKS * 1e6) / CLOCK_HERTZ / bus;
      expect(cellOf(row, "bus")).toBe(`${bus.toFixed(1)} µs`);
      expect(cellOf(row, "registers' part")).toBe(`${(100 * registers).toFixed(1)} %`);
      expect(columns.map((column) => cellOf(row, column))).toEqual(
        delays.map((delay) => {
          const one = mtu / (bus + delay);
          return `${one.toFixed(2)} → ${Math.min(mtu / bus, 8 * one).toFixed(2)}`;
        }),
      );
    }
  });

  test("the example of C.5.3 has the CRC-32 of both ranges", () => {
    const example = /^version ([34])\s+([0-9a-f |]+)$/gm;
    const trailers = [...extensions.matchAll(example)].map(([, version = "", bytes = ""]) => {
      const frame = fromHex(bytes.replace(/[ |]/g, ""));
      if (frame === undefined) throw new Error(`no hexadecimal: ${bytes}`);
      const end = frame.length - 4;
      return [version, crc32(frame, version === "3" ? 4 : 0, end), Buffer.from(frame).readUInt32BE(end)];
    });
    expect(trailers.map(([version]) => version)).toEqual(["3", "4"]);
    for (const [, computed, written] of trailers) expect(written).toBe(computed);
  });

  test("bytes and fields of C.4 take nothing that versions 1 to 3 use", () => {
    const bytes = tableOf(extensions, "byte", "in IDR", "in ODR", "for").flatMap((row) => {
      const [first = "", last = first] = cellOf(row, "byte").split("–");
      const from = numberIn(first);
      return Array.from({ length: numberIn(last) - from + 1 }, (_, index) => from + index);
    });
    expect(new Set(bytes).size).toBe(bytes.length);
    const commands: ReadonlySet<number> = new Set(Object.values(Command));
    expect(bytes.filter((byte) => commands.has(byte))).toEqual([]);

    const fields = tableOf(extensions, "offset", "bytes", "field", "written by", "for").map((row) => ({
      offset: numberIn(cellOf(row, "offset")),
      length: numberIn(cellOf(row, "bytes")),
    }));
    const pad = Field.negotiatedVersion + 2;
    for (const [index, { offset, length }] of fields.entries()) {
      const next = fields[index + 1]?.offset ?? 0x100;
      expect(offset + length).toBeLessThanOrEqual(next);
      if (offset !== pad) expect(offset).toBeGreaterThanOrEqual(CONTROL_FIELDS_BYTES);
    }
  });
});

describe("the annexes", () => {
  const annexes = specification.documents.filter(({ letter }) => letter !== undefined);

  test("have the letters from A on, one each", () => {
    const letters = annexes.map(({ letter }) => letter);
    expect(letters).toEqual(letters.map((_, index) => String.fromCharCode(65 + index)));
  });

  test("are listed in the body with their letters", () => {
    const body = readFileSync(join(PROJECT, "spec", "mctp-lpc.md"), "utf8");
    const rows = [...body.matchAll(/\[([A-Z])\]\(([^)]*)\)/g)].map(([, letter, file]) => [letter, file]);
    expect(rows).toEqual(annexes.map(({ letter, file }) => [letter, file]));
  });
});
