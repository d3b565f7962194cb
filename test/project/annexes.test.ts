/** What the informative annexes say of the program, of its tests and of recorded traffic is so. */
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createBmcSide } from "../../bmc/role/side.ts";
import { createHostSide } from "../../host/role/side.ts";
import { BINDING_COUNTERS } from "../../src/core/binding/counters.ts";
import { CONTROL_FIELDS_BYTES, CONTROL_REGION_BYTES } from "../../src/core/binding/control-region.ts";
import { Status } from "../../src/core/binding/registers.ts";
import { newBmc, serviceBmc } from "../../src/core/explore/version-4/bmc.ts";
import { newHost, serviceHost } from "../../src/core/explore/version-4/host.ts";
import { Field4, Reason } from "../../src/core/explore/version-4/region.ts";
import { ALL_RULES, newTally } from "../../src/core/explore/version-4/sides.ts";
import { withoutCode } from "../../src/core/spec/document.ts";
import { readTables } from "../../src/core/spec/tables.ts";
import { CLOCK_HERTZ, IO_CLOCKS, windowClocks } from "../../src/cli/bench/bus-model.ts";
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

/** The same for the model of version 4. */
function startUpOfVersion4(): readonly TraceRow[] {
  const board = new LoopbackBoard();
  const rows: TraceRow[] = [];
  const recorder = new TraceRecorder((row) => rows.push(row));
  const config = { versions: { min: 1, cur: 4 }, slots: 2, batch: 1, nonces: 0xffff };
  const [bmc, host] = [newBmc(), newHost()];
  const bmcBus = new BmcPortBus(board.bmc);
  const hostBus = new HostPortBus(recorder.traceHost(board.host));
  const bmcRuns = (): void => {
    while (serviceBmc(bmcBus, bmc, config, ALL_RULES, newTally(), false) === "again");
  };
  for (let turn = 0; turn < 20; turn++) {
    bmcRuns();
    if ((board.word & Status.OBF) !== 0) board.host.port.readData();
  }
  for (let turn = 0; turn < 20 && host.ring === undefined; turn++) {
    const hostRuns = (): boolean => serviceHost(hostBus, host, config, ALL_RULES, newTally(), false) === "again";
    while (hostRuns() && host.phase !== "active");
    bmcRuns();
  }
  expect(host.phase).toBe("active");
  return rows;
}

function clocksOf(rows: readonly TraceRow[]): number {
  return rows.reduce((sum, row) => {
    if (isRegisterRow(row)) return sum + IO_CLOCKS;
    const kind = row.op === "lpc_read" ? "read" : "write";
    return sum + windowClocks({ kind, offset: row.offset, bytes: row.len });
  }, 0);
}

describe("Annex C: migration and version 4", () => {
  test("the counters to watch are counters", () => {
    const headings = ["counter", "at", "with a deployed peer", "with a peer of this document"];
    const names = tableOf(extensions, ...headings).map((row) => cellOf(row, "counter"));
    expect(names.length).toBeGreaterThan(10);
    const known = new Set([...Object.keys(BINDING_COUNTERS), ...Object.keys(MCTP_COUNTERS)]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test("start-ups take the accesses that C.12 says, and wait as often", () => {
    const [four, three] = [startUpOfVersion4(), startUpAccesses()].map((rows) => {
      const registers = rows.filter(isRegisterRow);
      return {
        all: rows.length,
        registers: registers.length,
        window: rows.length - registers.length,
        waits: registers.filter((row) => row.reg === "IDR").length,
        clocks: clocksOf(rows),
      };
    });
    const time = (clocks: number): string => `${((clocks * 1e6) / CLOCK_HERTZ).toFixed(1)} µs`;
    expect(running(extensions)).toContain(
      `${four!.all} accesses, ${four!.registers} of registers and ${four!.window} of the window, ${four!.clocks} clocks or ${time(four!.clocks)} on the bus`,
    );
    expect(running(extensions)).toContain(
      `version 3 takes ${three!.all}, ${three!.registers} and ${three!.window}, ${three!.clocks} clocks or ${time(three!.clocks)}`,
    );
    expect([four!.waits, three!.waits]).toEqual([1, 6]);
    expect(running(extensions)).toContain("The host waits for the BMC once instead of six times");
  });

  test("the example of C.4.1 has the CRC-32 of both ranges", () => {
    const example = /^version ([34])\s+([0-9a-f |]+)$/gm;
    const trailers = [...extensions.matchAll(example)].map(([, version = "", bytes = ""]) => {
      const frame = fromHex(bytes.replace(/[ |]/g, ""));
      if (frame === undefined) throw new Error(`no hexadecimal: ${bytes}`);
      // Nonce 0x0001, 0, index 0.
      const covered = version === "3" ? frame.subarray(4, -4) : Uint8Array.of(0, 1, 0, 0, ...frame.subarray(0, -4));
      return [version, crc32(covered, 0, covered.length), Buffer.from(frame).readUInt32BE(frame.length - 4)];
    });
    expect(trailers.map(([version]) => version)).toEqual(["3", "4"]);
    for (const [, computed, written] of trailers) expect(written).toBe(computed);
  });

  test("the fields of C.3 are those of the model, and take nothing that versions 1 to 3 use", () => {
    const fields = tableOf(extensions, "offset", "bytes", "field", "written by", "when").map((row) => ({
      name: cellOf(row, "field"),
      offset: numberIn(cellOf(row, "offset")),
      length: numberIn(cellOf(row, "bytes")),
    }));
    for (const [index, { offset, length }] of fields.entries()) {
      expect(offset).toBeGreaterThanOrEqual(CONTROL_FIELDS_BYTES);
      expect(offset + length).toBeLessThanOrEqual(fields[index + 1]?.offset ?? CONTROL_REGION_BYTES);
    }
    const offsets = Object.values(Field4);
    expect(fields.filter(({ name }) => name !== "reserved").map(({ offset }) => offset)).toEqual(offsets);
    const reasons = tableOf(extensions, "reason", "meaning", "host then").map((row) => numberIn(cellOf(row, "reason")));
    expect(reasons).toEqual(Object.values(Reason));
  });

  test("the tables V, P and S have the steps of the model in their order", () => {
    const rows = readTables(withoutCode(extensions.split("\n")))
      .filter(({ headings }) => headings[0] === "row")
      .flatMap((table) => table.rows.map(([name = ""]) => name))
      .filter((name) => name !== "–");
    const sources = ["host", "bmc", "ring"].map((name) =>
      readFileSync(join(PROJECT, "src", "core", "explore", "version-4", `${name}.ts`), "utf8"),
    );
    const made = new Set([...sources.join("\n").matchAll(/"([VPS]\d+)"/g)].map(([, step = ""]) => step));
    const shown = new Set(rows);
    expect([...made].filter((step) => !shown.has(step))).toEqual([]);
    expect(rows).toHaveLength(shown.size);
    const inOrder = rows.map((name) => name.charCodeAt(0) * 100 + Number(name.slice(1)));
    for (const table of ["V", "P", "S"]) {
      const numbers = inOrder.filter((_, index) => rows[index]!.startsWith(table));
      expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
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

describe("Annex H: change log", () => {
  const changes = readSpecification("annex-change-log.md");

  /** "LPC-KCS-1 to -5, -7": each identifier that the cell names, ranges written out. */
  function namedIn(cell: string): readonly string[] {
    let area = "";
    return [...cell.matchAll(/(?:LPC-([A-Z]+))?-(\d+)(?: to (?:LPC-[A-Z]+)?-(\d+))?/g)].flatMap(
      ([, named, first = "", last = first]) => {
        area = named ?? area;
        const count = Number(last) - Number(first) + 1;
        return Array.from({ length: count }, (_, index) => `LPC-${area}-${String(Number(first) + index)}`);
      },
    );
  }

  test("its two tables name every requirement once: those of draft 0.2, and the new ones", () => {
    const kept = tableOf(changes, "identifier of draft 0.2", "in this draft");
    const added = tableOf(changes, "new identifier", "what it says");
    const old = kept.flatMap((row) => namedIn(cellOf(row, "identifier of draft 0.2")));
    const named = [...old, ...added.flatMap((row) => namedIn(cellOf(row, "new identifier")))];
    expect(old).toHaveLength(88);
    expect(named.sort()).toEqual(specification.requirements.map(({ id }) => id).sort());
  });
});
