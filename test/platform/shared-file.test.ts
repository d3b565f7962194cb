import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import type { Failure } from "../../src/platform/failure.ts";
import type { BmcPlatform, HostPlatform } from "../../src/platform/port.ts";
import { makeBoard, openBoard } from "../../src/platform/shared-file/board-file.ts";
import { attachBmc, attachHost } from "../../src/platform/shared-file/shared-file.ts";
import { cellOf, readSpecification, tableOf } from "../project/tables.ts";
import { Sandbox, pause } from "../support/processes.ts";

/** Offsets of the annex "Virtual board", clause 1. */
const At = {
  version: 0x08,
  byteOrder: 0x0c,
  windowOffset: 0x10,
  windowBytes: 0x14,
  depth: 0x18,
  registers: 0x40,
  idrWritten: 0x80,
  idrRead: 0x84,
  odrWritten: 0xc0,
  odrRead: 0xc4,
  host: 0x100,
  bmc: 0x140,
} as const;
const PROCESS_ID = 0;
const BELL_WANTED = 4;
const BELL_GENERATION = 8;

const WINDOW_BYTES = 8192;
const ATTACH = { doorbell: true };
/** Milliseconds, on a busy machine. */
const RING_LIMIT = 5000;

let sandbox: Sandbox;
let path: string;
const attached: { close(): void }[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
  path = sandbox.path("board");
});
afterEach(async () => {
  for (const platform of attached.splice(0)) platform.close();
  await sandbox.dispose();
});

function host(options = ATTACH): HostPlatform {
  const platform = attachHost(path, options);
  attached.push(platform);
  return platform;
}

function bmc(options = ATTACH): BmcPlatform {
  const platform = attachBmc(path, options);
  attached.push(platform);
  return platform;
}

/** Closes before the test ends. */
function leave(platform: { close(): void }): void {
  attached.splice(attached.indexOf(platform), 1);
  platform.close();
}

/** A word of the header, read from the file as another program would. */
function word(offset: number): number {
  const bytes = Buffer.alloc(4);
  const fd = openSync(path, "r");
  readSync(fd, bytes, 0, 4, offset);
  closeSync(fd);
  return endianness() === "LE" ? bytes.readUInt32LE() : bytes.readUInt32BE();
}

function poke(offset: number, value: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, new Uint8Array(Uint32Array.of(value).buffer), 0, 4, offset);
  closeSync(fd);
}

function counters(): readonly number[] {
  return [word(At.idrWritten), word(At.idrRead), word(At.odrWritten), word(At.odrRead)];
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Failure).code;
  }
  return "nothing";
}

describe("making a board", () => {
  test("LPC-SEC-8: a header page as the annex has it, then the window, all else zero, for its owner alone", () => {
    expect(makeBoard(path, WINDOW_BYTES)).toBe(true);
    const bytes = readFileSync(path);
    expect(bytes).toHaveLength(4096 + WINDOW_BYTES);
    expect(bytes.toString("latin1", 0, 8)).toBe("MCTPLPCB");
    expect([word(At.version), word(At.byteOrder)]).toEqual([2, 0x01020304]);
    expect([word(At.windowOffset), word(At.windowBytes)]).toEqual([4096, WINDOW_BYTES]);
    expect(bytes.subarray(At.depth).every((byte) => byte === 0)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(sandbox.folder).sort()).toEqual(["board", "run", "tmp"]);
  });

  test("of depth 1: the word at 0x18 says so, and both sides know it", () => {
    makeBoard(path, WINDOW_BYTES, 1);
    expect(word(At.depth)).toBe(1);
    expect([host().depth, bmc().depth]).toEqual([1, 1]);
  });

  test("where something is already it stays as it is", () => {
    writeFileSync(path, "mine");
    expect(makeBoard(path, WINDOW_BYTES)).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect(readdirSync(sandbox.folder).sort()).toEqual(["board", "run", "tmp"]);
  });

  test("what lies under the name that a process of the same number would have used stays as it is", () => {
    const planted = `${path}.new-${String(process.pid)}`;
    writeFileSync(planted, "half");
    makeBoard(path, WINDOW_BYTES);
    expect(statSync(path).size).toBe(4096 + WINDOW_BYTES);
    expect(readFileSync(planted, "utf8")).toBe("half");
  });

  test("what a killed maker left beside it is removed by the next one, what a running one may write is not", () => {
    const beside = (digit: string): string => `${path}.new-${digit.repeat(16)}`;
    const others = [`${path}.new-${"0".repeat(15)}`, `${beside("0")}.txt`, sandbox.path(`other.new-${"0".repeat(16)}`)];
    for (const name of [beside("0"), beside("1"), ...others]) {
      writeFileSync(name, "half");
      if (name !== beside("1")) utimesSync(name, 1, 1);
    }
    mkdirSync(beside("2"));
    makeBoard(path, WINDOW_BYTES);
    expect([beside("0"), ...others, beside("1"), beside("2")].map((name) => existsSync(name))).toEqual([
      false,
      ...Array<boolean>(5).fill(true),
    ]);
  });

  test.each([4096, 1024 * 1024, 16 * 1024 * 1024])("a window of %d bytes can be", (bytes) => {
    makeBoard(path, bytes);
    const board = openBoard(path, "read");
    expect(board).toMatchObject({ path, windowOffset: 4096, windowBytes: bytes });
    closeSync(board.fd);
  });

  test.each([0, -4096, 4095, 4097, 16 * 1024 * 1024 + 4096, 4096.5, Number.NaN])(
    "a window of %d bytes cannot",
    (bytes) => {
      expect(codeOf(() => makeBoard(path, bytes))).toBe("window-size");
      expect(existsSync(path)).toBe(false);
    },
  );

  test("in a folder that is missing, or below a file, fails with what is wrong", () => {
    writeFileSync(sandbox.path("file"), "");
    for (const place of [sandbox.path("no/board"), sandbox.path("file/board")]) {
      expect(codeOf(() => makeBoard(place, WINDOW_BYTES))).toBe("make-board");
    }
  });
});

describe("attaching", () => {
  beforeEach(() => {
    makeBoard(path, WINDOW_BYTES);
  });

  test("writes the process id and a bell generation into the side's own block, and takes them back", () => {
    const one = host();
    expect(word(At.host + PROCESS_ID)).toBe(process.pid);
    expect(word(At.host + BELL_WANTED)).toBe(0);
    expect(word(At.host + BELL_GENERATION)).not.toBe(0);
    expect(statSync(`${path}.host-bell`)).toMatchObject({ mode: constants.S_IFIFO | 0o600 });
    expect([word(At.bmc), word(At.bmc + BELL_GENERATION)]).toEqual([0, 0]);
    leave(one);
    expect([word(At.host), word(At.host + BELL_WANTED), word(At.host + BELL_GENERATION)]).toEqual([0, 0, 0]);
    expect(existsSync(`${path}.host-bell`)).toBe(false);
    expect(statSync(path).size).toBe(4096 + WINDOW_BYTES);
  });

  test("without a doorbell the generation is 0, whatever a killed process left there", () => {
    poke(At.bmc + BELL_GENERATION, 7);
    poke(At.bmc + BELL_WANTED, 1);
    bmc({ doorbell: false });
    expect([word(At.bmc + BELL_WANTED), word(At.bmc + BELL_GENERATION)]).toEqual([0, 0]);
    expect(existsSync(`${path}.bmc-bell`)).toBe(false);
  });

  test("raises the generation above the one that a killed process left", () => {
    poke(At.bmc + BELL_GENERATION, 7);
    bmc();
    expect(word(At.bmc + BELL_GENERATION)).toBeGreaterThan(7);
  });

  test("a side that is taken is refused, also in the same process; the other side is free", () => {
    const first = host();
    expect(codeOf(() => attachHost(path, ATTACH))).toBe("side-taken");
    expect(existsSync(`${path}.host-bell`)).toBe(true);
    bmc();
    leave(first);
    host();
  });

  test("a host resets all registers for both sides, and wakes none", () => {
    const [one, other] = [host(), bmc()];
    other.port.writeStatus(0xc1);
    other.port.writeData(0x02);
    one.port.writeData(0x01);
    const before = counters();
    one.resetRegisters?.();
    expect([one.port.readStatus(), other.port.readStatus()]).toEqual([0, 0]);
    expect(counters()).toEqual(before);
  });

  test("each side sees whether the other is there", () => {
    const one = host();
    expect(one.peerAttached?.()).toBe(false);
    const other = bmc();
    expect([one.peerAttached?.(), other.peerAttached?.()]).toEqual([true, true]);
    leave(one);
    expect(other.peerAttached?.()).toBe(false);
  });

  test.each<readonly [string, number, number, string]>([
    ["a newer layout version", At.version, 3, "board-version"],
    ["a layout version that is none", At.version, 0, "board-version"],
    ["a depth that is none", At.depth, 2, "board-depth"],
    ["the other byte order", At.byteOrder, 0x04030201, "byte-order"],
    ["a byte order that is none", At.byteOrder, 0, "byte-order"],
    ["a window too small", At.windowBytes, 0, "board-size"],
    ["a window in the header", At.windowOffset, 0, "board-size"],
    ["a window off a page", At.windowOffset, 4100, "board-size"],
    ["a window behind the end", At.windowOffset, 8192, "board-size"],
    ["a window longer than the file", At.windowBytes, 12288, "board-size"],
  ])("a board with %s is refused", (_name, offset, value, code) => {
    poke(offset, value);
    for (const attach of [attachHost, attachBmc]) expect(codeOf(() => attach(path, ATTACH))).toBe(code);
    expect(existsSync(`${path}.host-bell`)).toBe(false);
  });

  test("a missing board and what is none are refused", () => {
    rmSync(path);
    expect(codeOf(() => attachHost(path, ATTACH))).toBe("no-board");
    writeFileSync(path, Buffer.alloc(8192), { mode: 0o600 });
    expect(codeOf(() => attachHost(path, ATTACH))).toBe("not-a-board");
    expect(codeOf(() => attachHost(sandbox.path("tmp"), ATTACH))).toBe("open-board");
  });
});

describe("register accesses", () => {
  let hostSide: HostPlatform;
  let bmcSide: BmcPlatform;
  beforeEach(() => {
    makeBoard(path, WINDOW_BYTES);
    hostSide = host({ doorbell: false });
    bmcSide = bmc({ doorbell: false });
  });

  /** One access, as in "host IDR = 01" or "bmc reads IDR"; gives what it read. */
  function access(text: string): number | undefined {
    const [side, register, , value] = text.split(" ");
    const { port } = side === "host" ? hostSide : bmcSide;
    if (register === "reads") return text.endsWith("STR") ? port.readStatus() : port.readData();
    const byte = Number.parseInt(value ?? "", 16);
    if (register === "STR") bmcSide.port.writeStatus(byte);
    else port.writeData(byte);
    return undefined;
  }

  test.each<readonly [string, readonly (readonly [string, number | undefined, number, string])[]]>([
    [
      "each access of the table in clause 3",
      [
        ["host reads STR", 0x00, 0x00000000, "0 0 0 0"],
        ["bmc STR = 81", undefined, 0x00000080, "0 0 0 0"],
        ["host IDR = 5a", undefined, 0x00005a82, "1 0 0 0"],
        ["host reads STR", 0x82, 0x00005a82, "1 0 0 0"],
        ["bmc reads IDR", 0x5a, 0x00005a80, "1 1 0 0"],
        ["bmc ODR = ff", undefined, 0x00ff5a81, "1 1 1 0"],
        ["bmc reads STR", 0x81, 0x00ff5a81, "1 1 1 0"],
        ["host reads ODR", 0xff, 0x00ff5a80, "1 1 1 1"],
        // A read of an empty register yields the byte that was there, and is an access all the same.
        ["host reads ODR", 0xff, 0x00ff5a80, "1 1 1 2"],
        // A byte written over an unread one.
        ["host IDR = 01", undefined, 0x00ff0182, "2 1 1 2"],
        ["host IDR = 02", undefined, 0x00ff0282, "3 1 1 2"],
      ],
    ],
    [
      "the start-up and the packet of clause 5",
      [
        ["bmc STR = 01", undefined, 0x00000000, "0 0 0 0"],
        ["bmc ODR = ff", undefined, 0x00ff0001, "0 0 1 0"],
        ["host reads ODR", 0xff, 0x00ff0000, "0 0 1 1"],
        ["bmc ODR = ff", undefined, 0x00ff0001, "0 0 2 1"],
        ["host reads ODR", 0xff, 0x00ff0000, "0 0 2 2"],
        ["bmc STR = 81", undefined, 0x00ff0080, "0 0 2 2"],
        ["bmc ODR = ff", undefined, 0x00ff0081, "0 0 3 2"],
        ["host reads ODR", 0xff, 0x00ff0080, "0 0 3 3"],
        ["host IDR = 00", undefined, 0x00ff0082, "1 0 3 3"],
        ["bmc reads IDR", 0x00, 0x00ff0080, "1 1 3 3"],
        ["bmc STR = 81", undefined, 0x00ff0080, "1 1 3 3"],
        ["bmc ODR = ff", undefined, 0x00ff0081, "1 1 4 3"],
        ["host reads ODR", 0xff, 0x00ff0080, "1 1 4 4"],
        ["host IDR = ff", undefined, 0x00ffff82, "2 1 4 4"],
        ["bmc reads IDR", 0xff, 0x00ffff80, "2 2 4 4"],
        ["host IDR = 00", undefined, 0x00ff0082, "3 2 4 4"],
        ["bmc reads IDR", 0x00, 0x00ff0080, "3 3 4 4"],
        ["bmc STR = c1", undefined, 0x00ff00c0, "3 3 4 4"],
        ["bmc ODR = ff", undefined, 0x00ff00c1, "3 3 5 4"],
        ["host reads ODR", 0xff, 0x00ff00c0, "3 3 5 5"],
        ["host IDR = ff", undefined, 0x00ffffc2, "4 3 5 5"],
        ["bmc reads IDR", 0xff, 0x00ffffc0, "4 4 5 5"],
        ["host IDR = 01", undefined, 0x00ff01c2, "5 4 5 5"],
        ["bmc reads IDR", 0x01, 0x00ff01c0, "5 5 5 5"],
        ["bmc ODR = 02", undefined, 0x000201c1, "5 5 6 5"],
        ["host reads ODR", 0x02, 0x000201c0, "5 5 6 6"],
      ],
    ],
  ])("%s of the annex: what it reads, the register word and the counters after it", (_name, rows) => {
    for (const [text, read, after, counted] of rows) {
      const given = access(text);
      expect([text, given, word(At.registers).toString(16), counters().join(" ")]).toEqual([
        text,
        read,
        after.toString(16),
        counted,
      ]);
    }
  });

  test("a write of STR stores bits 7:4 and 2, keeps C/D and IBF, and OBF if its own bit 0 is set", () => {
    for (let before = 0; before < 256; before++) {
      for (const value of [0x00, 0x01, 0x81, 0xc1, 0x80, 0xff, 0xfe, 0x0b]) {
        poke(At.registers, 0xaabb00 | before);
        bmcSide.port.writeStatus(value);
        const expected = (value & 0xf4) | (before & 0x0a) | (before & value & 0x01);
        expect(word(At.registers)).toBe(0xaabb00 | expected);
      }
    }
    expect(counters()).toEqual([0, 0, 0, 0]);
  });

  test("a counter wraps", () => {
    poke(At.idrWritten, 0xffff_ffff);
    hostSide.port.writeData(0);
    expect(word(At.idrWritten)).toBe(0);
  });

  test("window: what one side writes the other reads, at the file's window; outside it nobody does", () => {
    expect([hostSide.window.size, bmcSide.window.size]).toEqual([WINDOW_BYTES, WINDOW_BYTES]);
    hostSide.window.write(WINDOW_BYTES - 3, Uint8Array.of(9, 1, 2, 3), 1, 4);
    const into = new Uint8Array(5);
    bmcSide.window.read(WINDOW_BYTES - 3, into, 1, 3);
    expect([...into]).toEqual([0, 1, 2, 3, 0]);
    expect([...readFileSync(path).subarray(-3)]).toEqual([1, 2, 3]);
    const four = new Uint8Array(4);
    for (const offset of [-1, WINDOW_BYTES - 3, WINDOW_BYTES, Number.MAX_SAFE_INTEGER]) {
      expect(() => {
        hostSide.window.read(offset, four, 0, 4);
      }).toThrow(RangeError);
      expect(() => {
        bmcSide.window.write(offset, four, 0, 4);
      }).toThrow(RangeError);
    }
  });
});

describe("register accesses at depth 1", () => {
  const shown = (): readonly string[] => [hex(word(At.registers)), counters().join(" ")];
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  beforeEach(() => {
    makeBoard(path, WINDOW_BYTES, 1);
  });

  test("each access of the run in clause 3 of the annex: what it yields, the register word and the counters after it", () => {
    const h = host({ doorbell: false }).port;
    let b = bmc({ doorbell: false });
    const perform = (text: string): number | undefined => {
      const [, side, register, value] = /^(host|BMC): (?:read )?(STR|IDR|ODR)(?: = (0x..))?$/.exec(text) ?? [];
      if (text === "BMC leaves") leave(b);
      else if (text === "BMC attaches") b = bmc({ doorbell: false });
      else if (value === undefined) {
        const port = side === "host" ? h : b.port;
        return register === "STR" ? port.readStatus() : port.readData();
      } else if (register === "STR") b.port.writeStatus(Number(value));
      else h.writeData(Number(value));
      return undefined;
    };
    const annex = readSpecification("annex-virtual-board.md");
    const rows = tableOf(annex, "access at depth 1", "yields", "register word", "counters");
    expect(rows).toHaveLength(13);
    for (const row of rows) {
      const text = cellOf(row, "access at depth 1");
      const yielded = perform(text);
      const wanted = cellOf(row, "yields");
      expect([text, yielded, ...shown()]).toEqual([
        text,
        wanted === "" ? undefined : Number(wanted),
        cellOf(row, "register word").replace("0x", ""),
        cellOf(row, "counters"),
      ]);
    }
  });

  test("a byte in the shadow is there for the next BMC, and what is written without one waits in IDR", () => {
    const h = host().port;
    const first = bmc();
    h.writeData(0x01);
    leave(first);
    h.writeData(0x02);
    expect(shown()).toEqual(["0100020a", "2 1 0 0"]);
    const second = bmc().port;
    expect([second.readData(), second.readData()]).toEqual([0x01, 0x02]);
    expect(shown()).toEqual(["00000200", "2 2 0 0"]);
  });

  test("a host that writes before a BMC that was killed is replaced: its process id still stands", () => {
    poke(At.bmc + PROCESS_ID, 4_000_000);
    const h = host().port;
    h.writeData(0x01);
    h.writeData(0x02);
    expect(shown()).toEqual(["0100020a", "2 1 0 0"]);
    const b = bmc().port;
    expect([b.readData(), b.readData(), b.readStatus()]).toEqual([0x01, 0x02, 0x00]);
  });

  test("a write of STR keeps the shadow and its flag, whatever its bit 3", () => {
    const h = host().port;
    const b = bmc().port;
    h.writeData(0x9a);
    for (const value of [0x00, 0x08, 0xff, 0xf7]) {
      b.writeStatus(value);
      expect(word(At.registers)).toBe((0x9a009a08 | (value & 0xf4)) >>> 0);
      expect([h.readStatus(), b.readStatus()]).toEqual([value & 0xf4, (value & 0xf4) | 0x02]);
    }
  });

  test("the host has its event when IBF falls, the BMC when a byte comes; of a shadow emptied the host hears nothing", () => {
    const [h, b] = [host(), bmc()];
    const pending = () => [h.interrupts.pending(), b.interrupts.pending()];
    pending();
    h.port.writeData(0x00);
    expect(pending()).toEqual([true, true]);
    h.port.writeData(0xff);
    expect(pending()).toEqual([false, true]);
    expect(pending()).toEqual([false, false]);
    b.port.readData();
    expect(pending()).toEqual([true, true]);
    b.port.readData();
    expect(pending()[0]).toBe(false);
  });
});

describe("a board of layout version 1", () => {
  test("is read as one of depth 0: after a session whose agents were killed, its registers and window go on", () => {
    copyFileSync(join(__dirname, "fixtures", "board-layout-1"), path);
    chmodSync(path, 0o600);
    expect([word(At.version), word(At.depth)]).toEqual([1, 0]);
    const [h, b] = [host(), bmc()];
    expect([h.depth, b.depth, h.window.size]).toEqual([0, 0, 4096]);
    expect([h.port.readStatus(), b.port.readStatus()]).toEqual([0xc0, 0xc0]);
    const magic = new Uint8Array(4);
    h.window.read(0, magic, 0, 4);
    expect(Buffer.from(magic).toString("latin1")).toBe("MCTP");
    h.port.writeData(0xff);
    expect([h.port.readStatus(), b.port.readStatus(), b.port.readData()]).toEqual([0xc2, 0xc2, 0xff]);
    expect([word(At.registers), word(At.version)]).toEqual([0x0002ffc0, 1]);
    expect(counters()).toEqual([15, 15, 15, 15]);
  });

  test("has no field for the depth: what stands there means nothing", () => {
    makeBoard(path, WINDOW_BYTES, 1);
    poke(At.version, 1);
    expect(host().depth).toBe(0);
  });
});

describe("interrupts and doorbells", () => {
  beforeEach(() => {
    makeBoard(path, WINDOW_BYTES);
  });

  /** Waits for so many rings, and for a moment in which more would come. */
  async function expectRings(
    platform: HostPlatform | BmcPlatform,
    expected: number,
    action: () => void,
  ): Promise<void> {
    let rings = 0;
    platform.interrupts.onWake = () => rings++;
    action();
    for (const end = performance.now() + RING_LIMIT; rings < expected && performance.now() < end;) await pause(2);
    await pause(30);
    platform.interrupts.onWake = undefined;
    expect(rings).toBe(expected);
  }

  test("each side's two causes are pending once, its own accesses and writes of STR wake nobody but are seen", () => {
    const [h, b] = [host(), bmc()];
    const pending = () => [h.interrupts.pending(), b.interrupts.pending()];
    pending();
    expect(pending()).toEqual([false, false]);
    h.port.writeData(0);
    expect(pending()[1]).toBe(true);
    expect(pending()).toEqual([false, false]);
    b.port.readData();
    expect(pending()[0]).toBe(true);
    pending();
    b.port.writeData(0xff);
    expect(pending()[0]).toBe(true);
    pending();
    h.port.readData();
    expect(pending()[1]).toBe(true);
    pending();
    b.port.writeStatus(0x81);
    expect(pending()[0]).toBe(true);
  });

  test("a change back and forth is seen by the counters, though the registers are as before", () => {
    const [h, b] = [host(), bmc()];
    h.port.writeData(0);
    b.port.readData();
    b.interrupts.pending();
    h.port.writeData(0);
    const other = b.port.readStatus();
    expect(other & 0x02).toBe(0x02);
    b.interrupts.pending();
    b.port.readData();
    h.interrupts.pending();
    h.port.writeData(0);
    b.port.readData();
    expect(h.interrupts.pending()).toBe(true);
  });

  test.each(["a command arrived", "its outbound register was read"])(
    "a side that wants its bell is rung once: %s",
    async (cause) => {
      const [h, b] = [host(), bmc()];
      const act = () => {
        if (cause === "a command arrived") h.port.writeData(0x01);
        else h.port.readData();
      };
      expect(b.interrupts.arm()).toBe(true);
      expect(word(At.bmc + BELL_WANTED)).toBe(1);
      await expectRings(b, 1, act);
      expect(word(At.bmc + BELL_WANTED)).toBe(0);
      // Awake, it is not rung.
      await expectRings(b, 0, act);
      b.interrupts.arm();
      b.interrupts.disarm();
      await expectRings(b, 0, act);
      b.interrupts.arm();
      await expectRings(b, 1, act);
    },
  );

  test("a side that owes no byte is rung for what is written, not for what is read; no later ring is lost by it", async () => {
    const [h, b] = [host(), bmc()];
    h.interrupts.arm(false);
    b.interrupts.arm(false);
    expect([word(At.host + BELL_WANTED), word(At.bmc + BELL_WANTED)]).toEqual([2, 2]);
    await expectRings(h, 0, () => b.port.readData());
    await expectRings(b, 0, () => h.port.readData());
    expect([h.interrupts.pending(), b.interrupts.pending()]).toEqual([true, true]);
    const write = (port: { writeData(value: number): void }) => () => {
      port.writeData(0x01);
    };
    await expectRings(h, 1, write(b.port));
    await expectRings(b, 1, write(h.port));
  });

  test("a side is rung once a sleep, whatever happens in it", async () => {
    const [h, b] = [host(), bmc()];
    b.interrupts.arm();
    h.port.writeData(0x00);
    expect(word(At.bmc + BELL_WANTED)).toBe(0);
    await expectRings(b, 1, () => {
      for (let write = 0; write < 100; write++) h.port.writeData(0xff);
    });
  });

  test("what a side changes itself is no news to it, and hides nothing of its peer's", () => {
    const [h, b] = [host(), bmc()];
    h.interrupts.pending();
    h.port.writeData(0x01);
    expect(h.interrupts.pending()).toBe(false);
    b.port.writeStatus(0x81);
    h.port.writeData(0x02);
    expect(h.interrupts.pending()).toBe(true);
  });

  test("the host is rung for its causes too", async () => {
    const [h, b] = [host(), bmc()];
    h.interrupts.arm();
    await expectRings(h, 1, () => {
      b.port.writeData(0xff);
    });
    h.interrupts.arm();
    await expectRings(h, 1, () => b.port.readData());
  });

  test("depth 1: the host is rung for the read that empties IDR, not for the one that empties the shadow alone", async () => {
    rmSync(path);
    makeBoard(path, WINDOW_BYTES, 1);
    const [h, b] = [host(), bmc()];
    h.port.writeData(0x00);
    h.port.writeData(0xff);
    for (const expected of [1, 0]) {
      h.interrupts.arm();
      await expectRings(h, expected, () => b.port.readData());
    }
  });

  test("a peer with generation 0 is taken for one that may not ring: poll", () => {
    const h = host();
    expect(h.interrupts.arm()).toBe(false);
    const b = bmc({ doorbell: false });
    expect([h.interrupts.arm(), b.interrupts.arm()]).toEqual([false, false]);
    leave(b);
    bmc();
    expect(h.interrupts.arm()).toBe(true);
  });

  test("a peer that was never there, has left, or left its words behind when it was killed, stops nobody", () => {
    const h = host();
    poke(At.bmc + BELL_WANTED, 1);
    h.port.writeData(0x01);
    poke(At.bmc + BELL_GENERATION, 3);
    h.port.writeData(0x01);
    expect(word(At.idrWritten)).toBe(2);
  });

  test("a peer that left and came back, perhaps with the same generation, is rung at its new FIFO", async () => {
    const h = host();
    for (let time = 0; time < 3; time++) {
      const b = bmc();
      b.interrupts.arm();
      await expectRings(b, 1, () => {
        h.port.writeData(0x01);
      });
      leave(b);
    }
  });

  test("a peer that wants its bell and never wakes is rung in vain, without an end of it", () => {
    const h = host();
    // A FIFO holds 64 KiB; nobody empties this one while this test runs.
    bmc();
    for (let ring = 0; ring < 70_000; ring++) {
      if (ring % 1000 === 0) poke(At.bmc + BELL_WANTED, 1);
      h.port.writeData(0x01);
    }
    expect(word(At.idrWritten)).toBe(70_000);
  });

  test("a ring from any program that opens the FIFO wakes the side", async () => {
    const h = host();
    await expectRings(h, 1, () => {
      const fd = openSync(`${path}.host-bell`, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, "x");
      closeSync(fd);
    });
  });
});
