/** The board in memory: what each side sees, and which interrupts it gets, at both depths of the path into the BMC. */
import { describe, expect, test } from "@jest/globals";
import { SHADOW_FULL } from "../../src/core/binding/kcs-word.ts";
import { Command, Status } from "../../src/core/binding/registers.ts";
import { withFaults } from "../../src/platform/faulty.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import { replayBmc } from "../../src/platform/replay.ts";
import { TraceRecorder } from "../../src/platform/tracing.ts";

const WINDOW_BYTES = 4096;

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

function boardOf(depth: 0 | 1) {
  const board = new LoopbackBoard(WINDOW_BYTES, { depth });
  const { host, bmc } = board;
  /** Which sides have an interrupt pending, read and reset. */
  const interrupted = (): string => {
    const sides = [host, bmc].flatMap(({ interrupts }, index) =>
      interrupts.pending() ? [["host", "bmc"][index]] : [],
    );
    return sides.join(" ");
  };
  const ibf = (): readonly number[] => [host, bmc].map(({ port }) => (port.readStatus() & Status.IBF) >> 1);
  return { board, host: host.port, bmc: bmc.port, interrupted, ibf };
}

describe("the depth of a board", () => {
  test("is 0 unless asked for, and a fact of both platforms and of what wraps them", () => {
    expect(new LoopbackBoard(WINDOW_BYTES)).toMatchObject({ depth: 0, host: { depth: 0 }, bmc: { depth: 0 } });
    const { host, bmc } = new LoopbackBoard(WINDOW_BYTES, { depth: 1 });
    const recorder = new TraceRecorder(() => undefined);
    const wrapped = [recorder.traceHost(host), recorder.traceBmc(bmc), withFaults(host, { seed: 1, chances: {} })];
    expect([host, bmc, ...wrapped].map(({ depth }) => depth)).toEqual([1, 1, 1, 1, 1]);
    expect(replayBmc([]).platform.depth).toBe(0);
  });
});

test("a reset leaves all registers 0 for both sides, and the driver's byte as it is", () => {
  for (const depth of [0, 1] as const) {
    const { board, host, bmc, interrupted } = boardOf(depth);
    bmc.writeStatus(0xc1);
    bmc.writeData(0x02);
    host.writeData(0x01);
    host.writeData(0x02);
    interrupted();
    board.host.resetRegisters?.();
    expect([host.readStatus(), bmc.readStatus(), interrupted()]).toEqual([0, depth === 1 ? Status.IBF : 0, ""]);
  }
});

test("a reset is told to a recorder as a register that was changed from outside", () => {
  const rows: unknown[] = [];
  const { board } = boardOf(0);
  new TraceRecorder((row) => rows.push(row)).traceHost(board.host).resetRegisters?.();
  expect(rows).toMatchObject([{ side: "lab", op: "poke", reg: "STR", value: "00" }]);
});

describe("depth 0", () => {
  test("registers alone: IBF = 0 when the BMC has read, and the handler never runs", () => {
    const { board, host, bmc, interrupted, ibf } = boardOf(0);
    host.writeData(0x01);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["00000102", [1, 1], "bmc"]);
    expect(board.runHandler()).toBe(false);
    expect(bmc.readData()).toBe(0x01);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["00000100", [0, 0], "host"]);
  });

  test("bit 3 is in no STR value that a side reads", () => {
    const { board, host, bmc } = boardOf(0);
    board.word = 0xf7 | SHADOW_FULL;
    expect([host.readStatus() & SHADOW_FULL, bmc.readStatus() & SHADOW_FULL]).toEqual([0, 0]);
  });
});

describe("depth 1", () => {
  test("the handler takes at once: IBF = 0 for the host, 1 for the BMC, which reads the bytes in their order", () => {
    const { board, host, bmc, interrupted, ibf } = boardOf(1);
    host.writeData(0x00);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["00000008", [0, 1], "host bmc"]);
    host.writeData(0xff);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["0000ff0a", [1, 1], "bmc"]);
    expect(bmc.readData()).toBe(0x00);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["ff00ff08", [0, 1], "host bmc"]);
    expect(bmc.readData()).toBe(0xff);
    // The host cannot see that the shadow was emptied.
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["0000ff00", [0, 0], ""]);
  });

  test("one fence proves nothing, two do: the second leaves IDR when the BMC comes back for the first", () => {
    const { host, bmc, ibf } = boardOf(1);
    host.writeData(Command.INITIALISE);
    // The BMC has read Initialise and is at work on it.
    expect(bmc.readData()).toBe(Command.INITIALISE);
    host.writeData(Command.DUMMY);
    expect(ibf()[0]).toBe(0);
    host.writeData(Command.DUMMY);
    expect(ibf()[0]).toBe(1);
    // It comes back when Initialise is handled.
    expect(bmc.readData()).toBe(Command.DUMMY);
    expect(ibf()[0]).toBe(0);
  });

  test("a handler that is held back leaves the byte in IDR, where the BMC can read it; fired, it takes it", () => {
    const { board, host, bmc, interrupted, ibf } = boardOf(1);
    board.holdHandler();
    host.writeData(0x01);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["00000102", [1, 1], "bmc"]);
    expect(bmc.readData()).toBe(0x01);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["00000100", [0, 0], "host"]);
    expect(board.runHandler()).toBe(false);

    host.writeData(0x02);
    expect(interrupted()).toBe("bmc");
    expect(board.runHandler()).toBe(true);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["02000208", [0, 1], "host bmc"]);
    host.writeData(0xff);
    expect(interrupted()).toBe("bmc");
    expect(board.runHandler()).toBe(false);
    expect(bmc.readData()).toBe(0x02);
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["0000ff02", [1, 1], ""]);
    board.releaseHandler();
    expect([hex(board.word), ibf(), interrupted()]).toEqual(["ff00ff08", [0, 1], "host bmc"]);
  });

  test("while the BMC's node is closed the shadow keeps its byte, and the last byte written to IDR wins", () => {
    const { board, host, bmc, ibf } = boardOf(1);
    host.writeData(0x01);
    board.bmc.close();
    host.writeData(0x02);
    host.writeData(0x03);
    expect([hex(board.word), ibf(), board.runHandler()]).toEqual(["0100030a", [1, 1], false]);
    board.openBmcNode();
    expect(hex(board.word)).toBe("0100030a");
    expect([bmc.readData(), bmc.readData()]).toEqual([0x01, 0x03]);
    expect(ibf()).toEqual([0, 0]);
  });

  test("nothing moves into the shadow while the node is closed; opening it lets the handler take what waits", () => {
    const { board, host, interrupted } = boardOf(1);
    board.bmc.close();
    host.writeData(0x01);
    expect([hex(board.word), interrupted()]).toEqual(["00000102", "bmc"]);
    board.openBmcNode();
    expect([hex(board.word), interrupted()]).toEqual(["01000108", "host bmc"]);
  });

  test("writes of STR and of ODR leave the shadow alone", () => {
    const { board, host, bmc } = boardOf(1);
    host.writeData(0x9a);
    bmc.writeStatus(0xc1);
    bmc.writeData(0xff);
    bmc.writeStatus(0x81);
    expect([hex(board.word), host.readStatus(), bmc.readStatus()]).toEqual(["9aff9a89", 0x81, 0x83]);
    expect(host.readData()).toBe(0xff);
    bmc.writeStatus(0x00);
    expect([hex(board.word), bmc.readData()]).toEqual(["9aff9a08", 0x9a]);
  });
});
