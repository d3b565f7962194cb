/**
 * The FUSE board's aspeed-lpc-ctrl behaves as the mainline driver was measured to, and the host's files show what the BMC
 * has mapped.
 */
import { afterEach, describe, expect } from "@jest/globals";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { errnoOf } from "../../src/platform/failure.ts";
import { ioctl, map } from "../support/device-calls.ts";
import { boardOfFile, needsFuse, needsFuseMapping } from "../support/fuse-board.ts";

const [GET_SIZE, MAP] = [0xc010_b200, 0x4010_b201];
const [FLASH, MEMORY] = [1, 2];
const KIB = 1024;
const MIB = 1024 * KIB;
const REGION = 64 * MIB;
/** Where the deployed BMC maps the region, and where the MCTP window is. */
const REGION_ADDRESS = 0x0c00_0000;
const WINDOW_ADDRESS = 0x0ff0_0000;
const WINDOW_OFFSET = REGION - MIB;

const board = boardOfFile();

let opened: number[] = [];
afterEach(() => {
  for (const fd of opened) closeSync(fd);
  opened = [];
});

function open(name: "aspeed-lpc-ctrl" | "fw" | "io" | "mem" | "port" | "raw-kcs3"): number {
  const fd = openSync(board().path(name), "r+");
  opened.push(fd);
  return fd;
}

interface Window {
  readonly type?: number;
  readonly id?: number;
  readonly flags?: number;
  readonly address?: number;
  readonly offset?: number;
  readonly size?: number;
}

/** struct aspeed_lpc_ctrl_mapping. */
function windowStruct(window: Window): Buffer {
  const { type = MEMORY, id = 0, flags = 0, address = 0, offset = 0, size = 0 } = window;
  const bytes = Buffer.alloc(16);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt8(id, 1);
  bytes.writeUInt16LE(flags, 2);
  bytes.writeUInt32LE(address, 4);
  bytes.writeUInt32LE(offset, 8);
  bytes.writeUInt32LE(size, 12);
  return bytes;
}

function mapWindow(window: Window): string {
  return ioctl(open("aspeed-lpc-ctrl"), MAP, windowStruct(window));
}

function mapRegion(): void {
  expect(mapWindow({ address: REGION_ADDRESS, size: REGION })).toBe("ok");
}

function readAt(fd: number, length: number, offset: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.toString("latin1", 0, readSync(fd, bytes, 0, length, offset));
}

function writeAt(fd: number, text: string, offset: number): number {
  return writeSync(fd, Buffer.from(text, "latin1"), 0, text.length, offset);
}

function errorOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

describe("aspeed-lpc-ctrl", () => {
  needsFuse("GET_SIZE tells 64 MiB for memory with id 0, and fails with EINVAL for id 1 and for flash", () => {
    const fd = open("aspeed-lpc-ctrl");
    const window = windowStruct({});
    expect(ioctl(fd, GET_SIZE, window)).toBe("ok");
    expect(window.readUInt32LE(12)).toBe(REGION);
    expect(ioctl(fd, GET_SIZE, windowStruct({ id: 1 }))).toBe("EINVAL");
    expect(ioctl(fd, GET_SIZE, windowStruct({ type: FLASH }))).toBe("EINVAL");
  });

  const refused: readonly (readonly [string, Window])[] = [
    ["32 KiB", { size: 32 * KIB }],
    ["no bytes", { size: 0 }],
    ["an offset that is no multiple of 64 KiB", { offset: 32 * KIB, size: 64 * KIB }],
    ["an offset that is no multiple of the size", { offset: MIB, size: 2 * MIB }],
    ["flags", { flags: 1, size: MIB }],
    ["id 1", { id: 1, size: MIB }],
    ["flash", { type: FLASH, size: MIB }],
    ["more than the region", { size: 2 * REGION }],
    ["what begins at the region's end", { offset: REGION, size: MIB }],
  ];
  for (const [what, window] of refused) {
    needsFuse(`MAP of ${what} fails with EINVAL, and the mapping stays as it was`, () => {
      mapRegion();
      expect(mapWindow(window)).toBe("EINVAL");
      expect(board().state().mapping).toEqual({ address: REGION_ADDRESS, offset: 0, size: REGION });
    });
  }

  needsFuse("MAP of the last MiB alone is allowed", () => {
    expect(mapWindow({ address: WINDOW_ADDRESS, offset: WINDOW_OFFSET, size: MIB })).toBe("ok");
    expect(board().state().mapping).toEqual({ address: WINDOW_ADDRESS, offset: WINDOW_OFFSET, size: MIB });
  });

  needsFuse("a second open is allowed, and the last MAP of any of them wins", () => {
    const [first, second] = [open("aspeed-lpc-ctrl"), open("aspeed-lpc-ctrl")];
    expect(ioctl(first, MAP, windowStruct({ address: REGION_ADDRESS, size: REGION }))).toBe("ok");
    expect(ioctl(second, MAP, windowStruct({ address: 0, size: MIB }))).toBe("ok");
    expect(board().state().mapping).toEqual({ address: 0, offset: 0, size: MIB });
  });

  needsFuse("it has no other ioctl, and neither reads nor writes", () => {
    const fd = open("aspeed-lpc-ctrl");
    expect(ioctl(fd, 0xc010_b202, windowStruct({}))).toBe("EINVAL");
    expect(errorOf(() => readAt(fd, 1, 0))).toBe("EINVAL");
    expect(errorOf(() => writeAt(fd, "x", 0))).toBe("EINVAL");
  });

  needsFuse("the raw KCS node takes no ioctl", () => {
    expect(ioctl(open("raw-kcs3"), GET_SIZE, windowStruct({}))).toBe("ENOTTY");
  });

  needsFuse("a mapping of the last MiB is the host's window, both ways", () => {
    mapRegion();
    // Where the kernel cannot pass mappings through (before Linux 6.9), the memory's plain file stands for the node.
    const fd = board().hasPassthrough ? open("aspeed-lpc-ctrl") : openSync(board().memoryPath, "r+");
    if (!board().hasPassthrough) opened.push(fd);
    const mapped = map(fd, WINDOW_OFFSET, MIB);
    const fw = open("fw");
    mapped.bytes.set(Buffer.from("from the BMC"), 0);
    expect(readAt(fw, 12, WINDOW_ADDRESS)).toBe("from the BMC");
    writeAt(fw, "from the host", WINDOW_ADDRESS + MIB - 13);
    expect(Buffer.from(mapped.bytes.subarray(MIB - 13)).toString()).toBe("from the host");
    mapped.unmap();
  });
});

describe("powerpc/lpc/fw", () => {
  needsFuse("every access fails with ENXIO before the BMC has mapped", () => {
    const fw = open("fw");
    expect(errorOf(() => readAt(fw, 4, WINDOW_ADDRESS))).toBe("ENXIO");
    expect(errorOf(() => writeAt(fw, "abcd", WINDOW_ADDRESS))).toBe("ENXIO");
  });

  needsFuse("it answers inside the mapping alone, and a call that reaches past its end fails as a whole", () => {
    expect(mapWindow({ address: WINDOW_ADDRESS, offset: WINDOW_OFFSET, size: 64 * KIB })).toBe("ok");
    const fw = open("fw");
    const end = WINDOW_ADDRESS + 64 * KIB;
    writeAt(fw, "\0\0\0\0", end - 4);
    expect(errorOf(() => readAt(fw, 8, end - 4))).toBe("ENXIO");
    expect(errorOf(() => readAt(fw, 1, WINDOW_ADDRESS - 1))).toBe("ENXIO");
    expect(errorOf(() => writeAt(fw, "abcdefgh", end - 4))).toBe("ENXIO");
    expect(readAt(fw, 4, end - 4)).toBe("abcd");
  });

  needsFuse(
    "calls are cut into accesses of 4, 2 and 1 bytes by alignment and length, and bytes keep their places",
    () => {
      mapRegion();
      const fw = open("fw");
      writeAt(fw, "abcdefgh", WINDOW_ADDRESS);
      expect(board().state().fwAccesses).toEqual({ 1: 0, 2: 0, 4: 2 });
      expect(readAt(fw, 7, WINDOW_ADDRESS + 1)).toBe("bcdefgh");
      expect(board().state().fwAccesses).toEqual({ 1: 1, 2: 1, 4: 3 });
      expect(readAt(fw, 3, WINDOW_ADDRESS)).toBe("abc");
      expect(board().state().fwAccesses).toEqual({ 1: 2, 2: 2, 4: 3 });
    },
  );

  needsFuse("a MiB goes there and back", () => {
    mapRegion();
    const fw = open("fw");
    const text = "0123456789abcdef".repeat(MIB / 16);
    expect(writeAt(fw, text, WINDOW_ADDRESS)).toBe(MIB);
    expect(readAt(fw, MIB, WINDOW_ADDRESS)).toBe(text);
  });
});

describe("powerpc/lpc/io and /dev/port", () => {
  needsFuse("both lead to the same registers, byte by byte in ascending order", () => {
    const node = open("raw-kcs3");
    for (const name of ["io", "port"] as const) {
      const fd = open(name);
      writeAt(fd, "h", 0xca2);
      expect(readAt(node, 1, 0)).toBe("h");
      writeAt(node, "b\x90", 0);
      // Data first, which clears OBF in the status behind it.
      expect(readAt(fd, 2, 0xca2)).toBe("b\x90");
    }
  });

  needsFuse("where nothing answers, port reads 0xff and io fails with ENXIO", () => {
    const [port, io] = [open("port"), open("io")];
    expect(readAt(port, 1, 0xca1)).toBe("\xff");
    expect(writeAt(port, "x", 0x80)).toBe(1);
    expect(errorOf(() => readAt(io, 1, 0xca1))).toBe("ENXIO");
    expect(errorOf(() => writeAt(io, "x", 0x80))).toBe("ENXIO");
  });

  needsFuse("port ends with the I/O space", () => {
    const port = open("port");
    expect(readAt(port, 4, 0xfffe)).toBe("\xff\xff");
    expect(readAt(port, 1, 0x1_0000)).toBe("");
  });
});

describe("/dev/mem", () => {
  needsFuse("it shows the memory from address 0 on, and fails with EFAULT past its end", () => {
    mapRegion();
    const mem = open("mem");
    writeAt(mem, "by address", WINDOW_OFFSET);
    expect(readAt(mem, 10, WINDOW_OFFSET)).toBe("by address");
    expect(readAt(open("fw"), 10, WINDOW_ADDRESS)).toBe("by address");
    expect(errorOf(() => readAt(mem, 2, REGION - 1))).toBe("EFAULT");
    expect(errorOf(() => writeAt(mem, "xy", REGION - 1))).toBe("EFAULT");
  });

  needsFuseMapping("a mapping of it is the same memory", () => {
    const [mem, node] = [map(open("mem"), WINDOW_OFFSET, MIB), map(open("aspeed-lpc-ctrl"), WINDOW_OFFSET, MIB)];
    mem.bytes[5] = 0x5a;
    expect(node.bytes[5]).toBe(0x5a);
    mem.unmap();
    node.unmap();
  });
});
