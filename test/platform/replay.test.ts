import { describe, expect, test } from "@jest/globals";
import { Field } from "../../src/core/binding/control-region.ts";
import { Command, Status } from "../../src/core/binding/registers.ts";
import { idrOf, odrOf, statusOf } from "../../src/core/binding/kcs-word.ts";
import { replayBmc, replayHost, turnsOf } from "../../src/platform/replay.ts";
import type { Register, RegisterRow, TraceEntry, TraceRow, TraceSide, WindowRow } from "../../src/core/trace/format.ts";

type Act = Omit<RegisterRow, "n"> | Omit<WindowRow, "n">;

function numbered(...acts: readonly Act[]): readonly TraceRow[] {
  return acts.map((act, n) => ({ n, ...act }));
}

function read(side: TraceSide, reg: Register, value: string): Act {
  return { side, op: "kcs_read", reg, value };
}

function write(side: TraceSide, reg: Register, value: string): Act {
  return { side, op: "kcs_write", reg, value };
}

function window(side: TraceSide, op: WindowRow["op"], offset: number, value: string): Act {
  return { side, op, offset, len: value.length / 2, value };
}

describe("turns of a trace", () => {
  test("a turn lasts until another side acts, whatever the steps are called", () => {
    const rows = numbered(
      { ...write("bmc", "STR", "00"), step: "bmc.destroy" },
      { ...write("bmc", "STR", "80"), step: "bmc2.start" },
      read("host", "STR", "80"),
      window("lab", "poke", 0x100, "00"),
      read("host", "STR", "80"),
    );
    expect(turnsOf(rows).map((turn) => [turn.side, turn.rows.length])).toEqual([
      ["bmc", 2],
      ["host", 1],
      ["lab", 1],
      ["host", 1],
    ]);
  });
});

describe("playing a recorded BMC", () => {
  test("its accesses are carried out on the board, with a stop where the recording has a turn of the host", () => {
    const replay = replayBmc(
      numbered(
        window("bmc", "lpc_write", 0x00, "4d435450"),
        write("bmc", "STR", "80"),
        write("bmc", "ODR", "ff"),
        read("host", "STR", "81"),
        write("bmc", "STR", "c1"),
      ),
    );
    expect(replay.advance().kind).toBe("played");
    expect(statusOf(replay.board.word)).toBe(0x81);
    expect(replay.platform.port.readData()).toBe(0xff);
    expect(replay.board.window.subarray(0, 4)).toEqual(Buffer.from("MCTP"));
    expect(replay.advance()).toMatchObject({ kind: "ours", turn: { side: "host" } });
    expect(replay.advance().kind).toBe("played");
    expect(statusOf(replay.board.word)).toBe(0xc0);
    expect(replay.advance()).toEqual({ kind: "finished" });
  });

  test("Tx Begin and Rx Complete may come in the other order, each once", () => {
    const rows = numbered(
      read("bmc", "IDR", "01"),
      write("bmc", "ODR", "02"),
      read("bmc", "IDR", "02"),
      read("bmc", "IDR", "02"),
    );
    const replay = replayBmc(rows);
    replay.platform.port.writeData(Command.RX_COMPLETE);
    expect(replay.advance()).toEqual({ kind: "blocked", row: rows[0] });
    expect(statusOf(replay.board.word) & Status.IBF).toBe(0);
    replay.platform.port.writeData(Command.TX_BEGIN);
    expect(replay.advance()).toEqual({ kind: "blocked", row: rows[3] });
    expect(odrOf(replay.board.word)).toBe(0x02);
    expect(replay.mismatches).toEqual([]);
  });

  test("another byte, and other bytes of the window, are kept as mismatches", () => {
    const rows = numbered(read("bmc", "IDR", "00"), window("bmc", "lpc_read", 8, "00010003"));
    const replay = replayBmc(rows);
    replay.board.window.set([0, 1, 0, 2], Field.hostVersionMin);
    replay.platform.port.writeData(0x55);
    expect(replay.advance().kind).toBe("played");
    expect(replay.mismatches).toEqual([
      { row: rows[0], found: "55" },
      { row: rows[1], found: "00010002" },
    ]);
  });
});

describe("playing a recorded host", () => {
  test("a recorded dummy that does not come is not waited for, a command in its place is taken for later", () => {
    const replay = replayHost(
      numbered(
        read("host", "ODR", "ff"),
        read("bmc", "STR", "c0"),
        read("host", "ODR", "ff"),
        read("host", "ODR", "01"),
      ),
    );
    expect(replay.advance().kind).toBe("played");
    expect(replay.advance().kind).toBe("ours");
    replay.platform.port.writeData(Command.TX_BEGIN);
    expect(replay.advance().kind).toBe("played");
    expect(replay.mismatches).toEqual([]);
  });
});

describe("an exact peer", () => {
  test("takes each byte as it was recorded, and passes over nothing by itself", () => {
    const replay = replayBmc(numbered(read("bmc", "IDR", "00"), read("bmc", "IDR", "ff")), undefined, "exact");
    replay.platform.port.writeData(Command.INITIALISE);
    expect(replay.serve()).toBe(false);
    expect(replay.advance()).toMatchObject({ kind: "blocked", row: { n: 1 } });
    expect(statusOf(replay.board.word)).toBe(0x00);
    replay.platform.port.writeData(Command.DUMMY);
    expect(replay.serve()).toBe(false);
    expect(statusOf(replay.board.word)).toBe(Status.IBF);
    expect(replay.advance().kind).toBe("played");
    expect(replay.mismatches).toEqual([]);
  });

  test("keeps another byte as a mismatch, be it a dummy, and waits for one that does not come", () => {
    const rows = numbered(read("host", "ODR", "02"), read("host", "ODR", "ff"));
    const replay = replayHost(rows, undefined, "exact");
    replay.platform.port.writeData(Command.DUMMY);
    expect(replay.advance()).toEqual({ kind: "blocked", row: rows[1] });
    expect(replay.mismatches).toEqual([{ row: rows[0], found: "ff" }]);
  });
});

describe("changes from outside", () => {
  test("are made when their turn comes and touch nothing else", () => {
    const replay = replayHost(
      numbered(
        write("host", "IDR", "02"),
        window("lab", "poke", 0x194, "c3"),
        { side: "lab", op: "poke", reg: "ODR", value: "55" },
        { side: "lab", op: "poke", reg: "IDR", value: "01" },
        read("bmc", "STR", "02"),
        { side: "lab", op: "poke", reg: "STR", value: "40" },
      ),
    );
    expect(replay.advance().kind).toBe("played");
    expect(replay.board.window[0x194]).toBe(0);
    expect(replay.advance().kind).toBe("played");
    expect(replay.board.window[0x194]).toBe(0xc3);
    expect([statusOf(replay.board.word), idrOf(replay.board.word), odrOf(replay.board.word)]).toEqual([2, 0x01, 0x55]);
    expect(replay.advance().kind).toBe("ours");
    expect(replay.advance().kind).toBe("played");
    expect(statusOf(replay.board.word)).toBe(0x40);
  });

  test("life rows are passed over, and part no turn", () => {
    const rows: readonly TraceEntry[] = [
      { n: 0, side: "host", op: "life", event: "started" },
      { n: 1, side: "host", op: "kcs_write", reg: "IDR", value: "02" },
      { n: 2, side: "bmc", op: "life", event: "started" },
      { n: 3, side: "host", op: "kcs_write", reg: "IDR", value: "01" },
      { n: 4, side: "host", op: "life", event: "ended" },
    ];
    const replay = replayHost(rows);
    expect(replay.upcoming?.rows.map(({ n }) => n)).toEqual([1, 3]);
    expect(replay.advance().kind).toBe("played");
    expect(idrOf(replay.board.word)).toBe(0x01);
    expect(replay.advance().kind).toBe("finished");
  });

  test("a trace without all of its bytes cannot be played", () => {
    const cut: TraceRow = { n: 7, side: "host", op: "lpc_write", offset: 0x100, len: 70, value: "00000042", cut: true };
    expect(() => replayHost([cut])).toThrow(/row 7/);
  });
});
