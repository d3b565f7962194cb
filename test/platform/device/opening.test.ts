/**
 * Opening devices: each way in which it goes wrong is a sentence with a code, and nothing stays open or mapped. Plain files
 * stand for the nodes.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import { system } from "../../../src/platform/system.ts";
import { ERRNOS, FailingCalls, heldWithMappings, thrownBy } from "../../support/failing-calls.ts";
import { errno, FakeDevices } from "../../support/fake-devices.ts";

const MEBIBYTE = 1024 * 1024;
const REGION = 2 * MEBIBYTE;
const OPEN = { doorbell: true, log: (line: string) => void log.push(line) };

let folder: string;
let devices: FakeDevices;
let log: string[];
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-devices-");
  devices = new FakeDevices(folder, REGION);
  log = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const rawKcs = (settings = ""): string => `raw-kcs:${devices.node},lpc=${devices.lpc}${settings}`;
const x86 = (settings = ",window=0x100000"): string => `x86:0xca2,port=${devices.port},mem=${devices.mem}${settings}`;
const aspeedMem = (settings = ""): string =>
  `aspeed-mem:3,mem=${devices.physical},soc=ast2600,lpc=${devices.lpc}${settings}`;
const powernv = (settings = ""): string => `powernv:${devices.lpcFolder}${settings}`;

function open(spec: string): { close(): void } {
  return spec.startsWith("raw-kcs") || spec.startsWith("aspeed-mem")
    ? openBmcPlatform(parsePlatform(spec, "bmc"), OPEN)
    : openHostPlatform(parsePlatform(spec, "host"), OPEN);
}

/** Descriptors and mappings of the files. */
const held = (): readonly string[] => heldWithMappings(folder);

const WAYS: readonly (readonly [string, () => string])[] = [
  ["raw-kcs, which looks for a mapping", () => rawKcs()],
  ["raw-kcs, which maps", () => rawKcs(",map=0x0ff00000")],
  ["aspeed-mem, with reserved memory", () => aspeedMem()],
  ["aspeed-mem, with a window in physical memory", () => aspeedMem(",window=0x80100000")],
  ["x86", () => x86()],
  ["powernv", () => powernv()],
];

describe.each(WAYS)("%s", (_name, spec) => {
  test.each(ERRNOS)("opening, each call failing with %s: a Failure, nothing is left, the next one succeeds", (code) => {
    open(spec()).close();
    const before = held();
    const calls = new FailingCalls(folder);
    try {
      for (let n = 1; ; n++) {
        calls.failAt(n, code);
        let opened: { close(): void } | undefined;
        const error = thrownBy(() => (opened = open(spec())));
        const isOver = !calls.hasFailed;
        calls.failAt(0, "");
        // A call whose failure does not matter.
        opened?.close();
        if (opened === undefined) expect([n, error?.name]).toEqual([n, "Failure"]);
        expect([n, held()]).toEqual([n, before]);
        if (!isOver) continue;
        expect(n).toBeGreaterThan(8);
        return;
      }
    } finally {
      calls.restore();
    }
  });

  test("closing gives everything back", () => {
    const before = held();
    open(spec()).close();
    expect(held()).toEqual(before);
  });
});

describe("what is refused, and its code", () => {
  test.each<readonly [string, () => string, string, RegExp]>([
    ["a node that is missing", () => `raw-kcs:${folder}/none`, "device-missing", /does not exist; load its driver/],
    ["its memory that is missing", () => `raw-kcs:${devices.node},lpc=/none`, "device-missing", /\/none: it does not/],
    ["powernv on another machine", () => `powernv:${folder}`, "device-missing", /io: it does not exist/],
    ["a folder as the node", () => `raw-kcs:${folder}`, "device-refused", /it is a folder, not a device/],
    [
      "a file without STR as the node",
      () => `raw-kcs:${emptyFile()},lpc=${devices.lpc}`,
      "device-refused",
      /no raw KCS/,
    ],
    ["memory of another driver", () => `raw-kcs:${devices.node},lpc=${devices.mem}`, "device-refused", /lpc=PATH/],
    ["a region too small", () => rawKcs(",size=4M"), "region-small", /2097152 bytes, too few for a window of 4194304/],
    ["a window behind the region", () => rawKcs(",at=1M,size=2M"), "region-small", /choose other at= and size=/],
    ["a window that begins within a page", () => rawKcs(",at=100"), "map-address", /at=0x64 is not aligned/],
    ["an address that is no multiple", () => rawKcs(",map=0x0ff10000"), "map-address", /choose a multiple of 0x100000/],
    ["a place that is none", () => rawKcs(",at=64K,map=0"), "map-address", /at=0x10000 is not aligned/],
    ["a size that the chip does not map", () => rawKcs(",size=96K,map=0"), "map-address", /power of two from 65536/],
    ["an address beyond", () => rawKcs(",map=0x10000000"), "map-address", /lies beyond/],
    ["a window of no size", () => rawKcs(",size=5000"), "window-size", /multiple of 4096/],
    ["a decoder of no host", () => x86(",window=0,size=12K"), "window-size", /power of two for size=/],
    ["an address of no decoder", () => x86(",window=0x8000"), "map-address", /window=0x8000 is not aligned/],
    ["a port that is none", () => powernv(",kcs=0x10000"), "port-number", /there are 0 to 0xffff/],
    ["an address within a page", () => powernv(",window=0x0ff00800"), "map-address", /multiple of 0x1000/],
  ])("%s", (_what, spec, code, says) => {
    const text = spec();
    const before = held();
    expect(thrownBy(() => open(text))).toMatchObject({
      name: "Failure",
      code,
      message: expect.stringMatching(says) as unknown,
    });
    expect(held()).toEqual(before);
    expect(devices.mapped).toEqual([]);
  });

  test.each([
    ["EBUSY", "device-busy", /takes one at a time; stop that program \("fuser -v .*raw-kcs3"/],
    ["EACCES", "device-permission", /permission denied; run as root/],
    ["ENXIO", "device-missing", /no hardware answers/],
    ["EIO", "device-open", /EIO/],
    ["ENOTCONN", "device-open", /the driver reports ENOTCONN; see the kernel's log/],
  ])("a node that gives %s", (code, failure, says) => {
    jest.spyOn(system, "open").mockImplementation(() => {
      throw errno(code);
    });
    expect(thrownBy(() => open(rawKcs()))).toMatchObject({
      code: failure,
      message: expect.stringMatching(says) as unknown,
    });
  });

  test.each([
    ["ENXIO", "region-missing", /the device tree of this BMC names none/],
    ["EPERM", "device-permission", /permission denied/],
  ])("a region that the driver does not give: %s", (code, failure, says) => {
    jest.spyOn(system, "control").mockImplementation(() => {
      throw errno(code);
    });
    expect(thrownBy(() => open(rawKcs()))).toMatchObject({
      code: failure,
      message: expect.stringMatching(says) as unknown,
    });
  });

  test("a MAP that the driver refuses: the sentence has its numbers, and nothing is left", () => {
    const before = held();
    devices.refusesMap = true;
    expect(thrownBy(() => open(rawKcs(",map=0x0ff00000")))).toMatchObject({
      code: "map-refused",
      message: expect.stringMatching(/1048576 bytes at 0x100000 of the region to 0xff00000/) as unknown,
    });
    expect(held()).toEqual(before);
  });

  test.each([
    ["--window", { windowBytes: 4096 }, "window-size"],
    ["--depth", { depth: 0 as const }, "board-depth"],
  ])("%s, which is for virtual boards", (_name, given, code) => {
    expect(thrownBy(() => openBmcPlatform(parsePlatform(rawKcs(), "bmc"), { ...OPEN, ...given }))?.code).toBe(code);
  });

  function emptyFile(): string {
    const path = join(folder, "empty");
    writeFileSync(path, "", { mode: 0o600 });
    return path;
  }
});

describe("LPC-SEC-8: nodes that a stranger may write or has put there", () => {
  test("a node that others may write is refused; one that a group may write is taken", () => {
    chmodSync(devices.node, 0o660);
    open(rawKcs()).close();
    chmodSync(devices.node, 0o662);
    expect(thrownBy(() => open(rawKcs()))).toMatchObject({ code: "device-refused" });
  });

  test("a node of another user is refused", () => {
    const { lookUp } = system;
    jest.spyOn(system, "lookUp").mockImplementation((path) => {
      const status = lookUp(path);
      return status && path === devices.lpc ? { ...status, uid: 4242 } : status;
    });
    expect(thrownBy(() => open(rawKcs()))).toMatchObject({
      code: "device-refused",
      message: expect.stringMatching(/it belongs to user 4242/) as unknown,
    });
  });

  test("a folder in which others may exchange the node is refused", () => {
    chmodSync(folder, 0o777);
    expect(thrownBy(() => open(rawKcs()))).toMatchObject({
      code: "device-refused",
      message: expect.stringMatching(/of its folder \/dev\/shm\/[^ ]*: its mode is 0777/) as unknown,
    });
  });

  test("a link of udev is followed; a FIFO is refused before it is opened", () => {
    const [link, fifo] = [join(folder, "kcs-mctp"), join(folder, "fifo")];
    symlinkSync(devices.node, link);
    open(`raw-kcs:${link},lpc=${devices.lpc}`).close();
    expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
    const opens = jest.spyOn(system, "open");
    expect(thrownBy(() => open(`raw-kcs:${fifo},lpc=${devices.lpc}`))).toMatchObject({ code: "device-refused" });
    expect(opens).not.toHaveBeenCalled();
  });
});

describe("what the host sees", () => {
  test("map=ADDRESS maps the window alone, and the log says so", () => {
    open(rawKcs(",at=1M,size=64K,map=0x0fff0000")).close();
    expect(devices.mapped).toEqual([{ address: 0x0fff_0000, offset: MEBIBYTE, size: 0x1_0000 }]);
    expect(log).toEqual(["mapped 65536 bytes at 0x100000 of the region to 0xfff0000 of firmware space"]);
  });

  test("map=none maps nothing, and has nothing to say", () => {
    open(rawKcs(",map=none")).close();
    expect([devices.mapped, log]).toEqual([[], []]);
  });

  test("map=auto leaves a mapping alone that it cannot see, and the log says how to make one", () => {
    open(rawKcs()).close();
    expect(devices.mapped).toEqual([]);
    expect(log).toEqual([expect.stringMatching(/left as it is \(map=auto\): .*; map=0xff00000 maps the window/)]);
  });

  test.each([
    ["firmware cycles are off: it maps", 0, 1, []],
    ["a mapping of another program: it is left alone", 0x500, 0, [/64 x 64 KiB at 0xe000000 show .* 0x20000000/]],
  ])("map=auto, %s", (_name, hicr5, maps, says) => {
    const registers = new DataView(new ArrayBuffer(4096));
    registers.setUint32(0x80, hicr5, true);
    registers.setUint32(0x88, 0x2000_0e00, true);
    registers.setUint32(0x8c, 0xffc0_003f, true);
    const compatible = join(folder, "compatible");
    writeFileSync(compatible, "ibm,rainier-bmc\0aspeed,ast2600\0");
    const [openFile, map] = [system.open, system.map];
    let memory = -1;
    jest.spyOn(system, "open").mockImplementation((path, how) => {
      if (path === "/proc/device-tree/compatible") return openFile(compatible, how);
      if (path !== "/dev/mem") return openFile(path, how);
      return (memory = openFile(devices.physical, how));
    });
    jest.spyOn(system, "map").mockImplementation((fd, length, range) => {
      if (range?.offset !== 0x1e78_9000) return map(fd, length, range);
      expect([fd, range.access]).toEqual([memory, "read"]);
      return { memory: registers.buffer, unmap: () => undefined };
    });
    const before = held();
    open(rawKcs()).close();
    expect(held()).toEqual(before);
    expect(devices.mapped).toHaveLength(maps);
    for (const text of says) expect(log).toContainEqual(expect.stringMatching(text));
  });
});

describe("the window of x86", () => {
  test.each([
    ["mapped", () => undefined],
    [
      "read and written, where the file cannot be mapped",
      () => {
        jest.spyOn(system, "map").mockImplementation(() => {
          throw errno("ENODEV");
        });
      },
    ],
  ])("%s: bytes lie at its physical address", (_name, prepare) => {
    prepare();
    const host = openHostPlatform(parsePlatform(x86(",window=0x110000,size=64K")), OPEN);
    try {
      host.window.write(5, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 0, 9);
      const into = new Uint8Array(9);
      host.window.read(5, into, 0, 9);
      expect([...into]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    } finally {
      host.close();
    }
    expect([...readFileSync(devices.mem).subarray(0x11_0004, 0x11_000f)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
  });

  test("memory that the kernel does not let map is told so, and nothing is left", () => {
    const before = held();
    jest.spyOn(system, "map").mockImplementation(() => {
      throw errno("EPERM");
    });
    expect(thrownBy(() => open(x86()))).toMatchObject({
      code: "device-permission",
      message: expect.stringMatching(/no lockdown.*iomem=relaxed/) as unknown,
    });
    expect(held()).toEqual(before);
  });
});

describe("ports of a driver", () => {
  test("are refused by the driver's name", () => {
    mkdirSync(join(folder, "other"));
    const list = join(folder, "other", "ioports");
    writeFileSync(list, "0000-0cf7 : PCI Bus 0000:00\n  0ca2-0ca2 : ipmi_si\n  0ca3-0ca3 : ipmi_si\n");
    const openFile = system.open;
    jest.spyOn(system, "open").mockImplementation((path, how) => openFile(path === "/proc/ioports" ? list : path, how));
    const before = held();
    expect(thrownBy(() => open("x86:0xca2,window=0x100000"))).toMatchObject({
      code: "port-owned",
      message: expect.stringMatching(/ports 0xca2 and 0xca3 belong to "ipmi_si"/) as unknown,
    });
    expect(held()).toEqual(before);
  });
});
