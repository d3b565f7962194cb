import { describe, expect, test } from "@jest/globals";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import {
  TraceRecorder,
  monotonicNanoseconds,
  type HeadedTracingOptions,
  type TracingOptions,
} from "../../src/platform/tracing.ts";
import { traceHead, type TraceHead } from "../../src/core/trace/head.ts";
import {
  decodeTrace,
  decodeTraceRow,
  encodeTrace,
  encodeTraceRow,
  type TraceEntry,
  type TraceRow,
} from "../../src/core/trace/format.ts";

function traced(options?: TracingOptions) {
  const rows: TraceRow[] = [];
  const board = new LoopbackBoard(4096);
  const recorder = new TraceRecorder((row) => rows.push(row), options);
  return { rows, board, recorder, host: recorder.traceHost(board.host), bmc: recorder.traceBmc(board.bmc) };
}

describe("tracing a platform", () => {
  test("every access is told of, with what it read or wrote, under the register's name for that side", () => {
    const { rows, board, host, bmc } = traced();
    bmc.port.writeStatus(0x80);
    host.port.writeData(0x00);
    bmc.port.readStatus();
    bmc.port.readData();
    bmc.port.writeData(0xff);
    host.port.readStatus();
    host.port.readData();
    host.window.write(0x100, Uint8Array.of(9, 1, 2, 3, 9), 1, 4);
    const into = new Uint8Array(4);
    bmc.window.read(0x100, into, 1, 3);

    expect(rows).toEqual([
      { n: 0, side: "bmc", op: "kcs_write", reg: "STR", value: "80" },
      { n: 1, side: "host", op: "kcs_write", reg: "IDR", value: "00" },
      { n: 2, side: "bmc", op: "kcs_read", reg: "STR", value: "82" },
      { n: 3, side: "bmc", op: "kcs_read", reg: "IDR", value: "00" },
      { n: 4, side: "bmc", op: "kcs_write", reg: "ODR", value: "ff" },
      { n: 5, side: "host", op: "kcs_read", reg: "STR", value: "81" },
      { n: 6, side: "host", op: "kcs_read", reg: "ODR", value: "ff" },
      { n: 7, side: "host", op: "lpc_write", offset: 0x100, len: 3, value: "010203" },
      { n: 8, side: "bmc", op: "lpc_read", offset: 0x100, len: 3, value: "010203" },
    ]);
    expect(into).toEqual(Uint8Array.of(0, 1, 2, 3));
    expect(board.window.subarray(0x100, 0x103)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("changes from outside stand in the same trace, under lab", () => {
    const { rows, host, recorder } = traced();
    host.port.readStatus();
    recorder.registerPoked("STR", 0);
    recorder.windowPoked(0x14c, Uint8Array.of(0, 0x45));
    host.port.readStatus();
    expect(rows.slice(1, 3)).toEqual([
      { n: 1, side: "lab", op: "poke", reg: "STR", value: "00" },
      { n: 2, side: "lab", op: "poke", offset: 0x14c, len: 2, value: "0045" },
    ]);
    expect(rows.map((row) => decodeTraceRow(encodeTraceRow(row)))).toEqual(rows.map((value) => ({ ok: true, value })));
  });

  test("what is told is a trace: every row is decoded to itself", () => {
    const { rows, host, bmc } = traced({ clock: monotonicNanoseconds, shownBytes: 2 });
    bmc.port.writeStatus(0xc1);
    host.port.readStatus();
    host.window.write(0, new Uint8Array(8), 0, 8);
    expect(rows.map((row) => decodeTraceRow(encodeTraceRow(row)))).toEqual(rows.map((value) => ({ ok: true, value })));
  });

  test("a row is told after its access was carried out", () => {
    const board = new LoopbackBoard(4096);
    const words: number[] = [];
    const host = new TraceRecorder(() => words.push(board.word)).traceHost(board.host);
    host.port.writeData(0x01);
    expect(words).toEqual([0x0102]);
  });

  test("a long window access shows its first bytes and says that it was cut", () => {
    const { rows, board, host } = traced({ shownBytes: 4 });
    host.window.write(0x200, Uint8Array.of(1, 2, 3, 4, 5, 6), 0, 6);
    host.window.write(0x210, Uint8Array.of(1, 2, 3, 4), 0, 4);
    host.window.read(0x200, new Uint8Array(6), 1, 5);
    expect(rows).toEqual([
      { n: 0, side: "host", op: "lpc_write", offset: 0x200, len: 6, value: "01020304", cut: true },
      { n: 1, side: "host", op: "lpc_write", offset: 0x210, len: 4, value: "01020304" },
      { n: 2, side: "host", op: "lpc_read", offset: 0x200, len: 5, value: "01020304", cut: true },
    ]);
    expect(board.window.subarray(0x200, 0x206)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  test("rows carry the recorder's step while it has one", () => {
    const { rows, recorder, host } = traced();
    host.port.readStatus();
    recorder.step = "host.start";
    host.port.readStatus();
    recorder.step = undefined;
    host.port.readStatus();
    expect(rows.map((row) => row.step)).toEqual([undefined, "host.start", undefined]);
  });

  test("a write is stamped before it takes effect and a read behind, so cause stays before effect", () => {
    let now = 0n;
    const board = new LoopbackBoard(4096);
    const rows: TraceRow[] = [];
    const recorder = new TraceRecorder((row) => rows.push(row), { clock: () => now });
    const { port } = board.bmc;
    const bmc = recorder.traceBmc({
      ...board.bmc,
      port: {
        ...port,
        writeData: (value) => {
          now = 10n;
          port.writeData(value);
          now = 20n;
        },
        readStatus: () => {
          now = 30n;
          return port.readStatus();
        },
      },
    });
    bmc.port.writeData(0x02);
    bmc.port.readStatus();
    expect(rows.map((row) => row.t)).toEqual([0, 30]);
  });

  test("an access that fails is not told of, and its failure is the caller's", () => {
    const { rows, host } = traced();
    expect(() => {
      host.window.write(4095, new Uint8Array(2), 0, 2);
    }).toThrow(RangeError);
    expect(rows).toEqual([]);
  });

  test("interrupts, name, peer and closing are the platform's own", () => {
    const board = new LoopbackBoard(4096);
    let closed = 0;
    const recorder = new TraceRecorder(() => undefined);
    const host = recorder.traceHost({ ...board.host, peerAttached: () => true, close: () => closed++ });
    expect(host.interrupts).toBe(board.host.interrupts);
    expect(host.name).toBe("loopback");
    expect(host.window.size).toBe(4096);
    expect(host.peerAttached?.()).toBe(true);
    host.close();
    expect(closed).toBe(1);
    expect(recorder.traceBmc(board.bmc)).not.toHaveProperty("peerAttached");
  });
});

describe("a trace of version 2", () => {
  const head = traceHead({ sides: ["host", "bmc"], depth: 0, windowBytes: 4096, lives: true, times: { stop: 500 } });

  function headed(options: Omit<HeadedTracingOptions, "head"> = {}) {
    const lines: (TraceHead | TraceEntry)[] = [];
    const board = new LoopbackBoard(4096);
    const recorder = new TraceRecorder((line: TraceHead | TraceEntry) => lines.push(line), { ...options, head });
    return { lines, recorder, host: recorder.traceHost(board.host) };
  }

  test("begins with its head, before anything happens", () => {
    expect(headed().lines).toEqual([head]);
  });

  test("tells when a side starts, is asked to stop and has stopped, numbered and timed as accesses are", () => {
    let now = 5n;
    const { lines, recorder, host } = headed({ clock: () => now++ });
    recorder.step = "any";
    recorder.sideStarted("host");
    host.port.readStatus();
    recorder.stopAsked("host");
    recorder.sideEnded("host");
    expect(lines.slice(1)).toEqual([
      { n: 0, t: 5, side: "host", op: "life", event: "started" },
      { n: 1, t: 6, step: "any", side: "host", op: "kcs_read", reg: "STR", value: "00" },
      { n: 2, t: 7, side: "host", op: "life", event: "stopAsked" },
      { n: 3, t: 8, side: "host", op: "life", event: "ended" },
    ]);
    const text = encodeTrace(lines.slice(1) as TraceEntry[], head);
    expect(decodeTrace(text)).toEqual({ ok: true, value: { head, rows: lines.slice(1) } });
  });

  test("a trace of version 1 has no such rows, and no gaps in its numbers for them", () => {
    const { rows, recorder, host } = traced();
    recorder.sideStarted("host");
    host.port.readStatus();
    expect(rows).toEqual([{ n: 0, side: "host", op: "kcs_read", reg: "STR", value: "00" }]);
  });
});
