/**
 * `aspeed-mem:` on a file whose positions are physical addresses: what is refused, what is mapped, which registers are
 * written, and that nothing of a driver is taken.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { mkdtempSync, openSync, readFileSync, readSync, rmSync, closeSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { REGISTERS, type RegisterName } from "../../../src/platform/aspeed/isolation/doors.ts";
import { KCS_CHANNELS, Lpc } from "../../../src/platform/aspeed/soc.ts";
import { openAspeedMem } from "../../../src/platform/aspeed-mem/aspeed-mem.ts";
import type { AspeedMemSpec } from "../../../src/platform/aspeed-mem/spec.ts";
import { openBmcPlatform, parsePlatform } from "../../../src/platform/kinds.ts";
import type { BmcPlatform } from "../../../src/platform/port.ts";
import { system } from "../../../src/platform/system.ts";
import { SHUT } from "../../support/aspeed-doors.ts";
import { heldWithMappings } from "../../support/failing-calls.ts";
import { errno, FakeDevices } from "../../support/fake-devices.ts";

const MEBIBYTE = 1024 * 1024;
const WINDOW = 0x8010_0000;
const { idr, odr, str } = KCS_CHANNELS[3];
const IBF = 0x02;

let folder: string;
let devices: FakeDevices;
let log: string[];
const options = { doorbell: true, log: (line: string) => void log.push(line) };
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-aspeed-");
  devices = new FakeDevices(folder, 2 * MEBIBYTE);
  for (const [name, value] of Object.entries(SHUT.ast2600)) setRegister(REGISTERS[name as RegisterName], value);
  log = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const spec = (settings = "", channel = 3): string =>
  `aspeed-mem:${String(channel)},mem=${devices.physical},soc=ast2600,lpc=${devices.lpc}${settings}`;

function open(text: string): BmcPlatform {
  return openBmcPlatform(parsePlatform(text, "bmc"), options);
}

function withMemory<Given>(use: (fd: number) => Given): Given {
  const fd = openSync(devices.physical, "r+");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function register(address: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  withMemory((fd) => readSync(fd, bytes, 0, 4, address));
  return bytes.getUint32(0, true);
}

function setRegister(address: number, value: number): void {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, true);
  withMemory((fd) => writeSync(fd, bytes, 0, 4, address));
}

const lpcRegisters = (): readonly number[] => Object.values(Lpc).map(register);

/** Descriptors and mappings of the files. */
const held = (): readonly string[] => heldWithMappings(folder);

describe("what is opened", () => {
  test("registers and window are those of the file, and closing gives them back", () => {
    const before = held();
    const bmc = open(spec(`,window=0x${WINDOW.toString(16)},map=none`));
    expect([bmc.depth, bmc.window.size, bmc.name]).toEqual([0, MEBIBYTE, "aspeed-mem:3"]);
    bmc.port.writeStatus(0x80);
    bmc.port.writeData(0xff);
    setRegister(idr, 0x11);
    setRegister(str, register(str) | IBF);
    expect([bmc.port.readStatus(), bmc.port.readData(), register(odr)]).toEqual([0x82, 0x11, 0xff]);
    bmc.window.write(3, Uint8Array.of(1, 2, 3, 4, 5, 6, 7), 0, 7);
    expect(register(WINDOW + 4)).toBe(0x0504_0302);
    bmc.close();
    expect(held()).toEqual(before);
  });

  test("the window in reserved memory is its end", () => {
    const bmc = open(spec(",size=64K"));
    bmc.window.write(0, Uint8Array.of(0x77), 0, 1);
    bmc.close();
    expect(readFileSync(devices.lpc)[2 * MEBIBYTE - 0x1_0000]).toBe(0x77);
  });

  test("LPC-KCS-9: with barriers the same, by the processor's own instruction", () => {
    const bmc = openAspeedMem(parsePlatform(spec(",map=none"), "bmc") as AspeedMemSpec, options, true);
    setRegister(idr, 0x22);
    setRegister(str, IBF);
    const into = new Uint8Array(4);
    expect([bmc.port.readStatus(), bmc.port.readData()]).toEqual([IBF, 0x22]);
    bmc.window.read(0, into, 0, 4);
    bmc.port.writeData(1);
    bmc.close();
    expect([register(odr), ...into]).toEqual([1, 0, 0, 0, 0]);
  });
});

describe("LPC-SEC-6: other doors of the chip", () => {
  test.each([
    ["aspeed-mem", () => spec(",map=none")],
    ["raw-kcs", () => `raw-kcs:${devices.node},lpc=${devices.lpc},map=none`],
  ])("%s: one that is open is told once, with the command that says more", (_kind, text) => {
    pretend({ "/proc/device-tree/compatible": "aspeed,ast2600\0" });
    setRegister(REGISTERS.SCU510, 0);
    setRegister(REGISTERS.SCU0D8, 0);
    const before = held();
    open(text()).close();
    expect(log.filter((line) => line.includes("CVE-2019-6260"))).toEqual([
      expect.stringMatching(/SuperIO decode open, iLPC2AHB open, debug UART open .*"mctp-lpc bmc isolation"/),
    ]);
    expect(held()).toEqual(before);
  });
});

describe("which registers are written", () => {
  test("the channel is enabled and the window mapped where both were off; the log says each", () => {
    setRegister(Lpc.HICR0, 0x8000_0001);
    open(spec()).close();
    expect([register(Lpc.HICR0), register(Lpc.HICR4)]).toEqual([0x8000_0081, 4]);
    expect(devices.mapped).toEqual([{ address: 0x0ff0_0000, offset: MEBIBYTE, size: MEBIBYTE }]);
    expect(log).toEqual([
      expect.stringMatching(/^mapped 1048576 bytes at 0x100000 of the region to 0xff00000/),
      expect.stringMatching(/^KCS channel 3 was off .*HICR0 bit 7 .*HICR4 bit 2/),
      expect.stringMatching(/the host's port of KCS channel 3 is 0 \(LADR3\)/),
    ]);
  });

  test("nothing, where both are in use", () => {
    for (const [address, value] of [
      [Lpc.HICR0, 0x80],
      [Lpc.HICR4, 4],
      [Lpc.HICR5, 0x500],
      [Lpc.HICR7, 0x8000_0e00],
      [Lpc.LADR3H, 0x0c],
      [Lpc.LADR3L, 0xa2],
    ] as const) {
      setRegister(address, value);
    }
    const before = lpcRegisters();
    open(spec()).close();
    expect([lpcRegisters(), devices.mapped]).toEqual([before, []]);
    expect(log).toEqual([expect.stringMatching(/left as it is \(map=auto\): 1 x 64 KiB at 0xe000000 .* 0x80000000/)]);
  });

  test("a window in physical memory is mapped by HICR7, HICR8 and HICR5", () => {
    setRegister(Lpc.HICR5, 0x8000_0000);
    open(spec(`,window=0x${WINDOW.toString(16)}`)).close();
    expect([Lpc.HICR5, Lpc.HICR7, Lpc.HICR8].map(register)).toEqual([0x8000_0500, 0x8010_0ff0, 0xfff0_000f]);
    expect(log[0]).toBe("mapped 1048576 bytes at 0x80100000 to 0xff00000 of firmware space");
  });

  test("none after a refusal", () => {
    devices.refusesMap = true;
    const before = lpcRegisters();
    expect(() => open(spec())).toThrow(expect.objectContaining({ code: "map-refused" }));
    expect(lpcRegisters()).toEqual(before);
  });
});

describe("what is refused, and its code", () => {
  test.each<readonly [string, () => string, string, RegExp]>([
    ["a channel that no chip has", () => spec("", 5), "platform-spec", /no KCS channel 5: name one of 1 to 4/],
    ["a place twice", () => spec(",window=0x80100000,at=0"), "platform-spec", /leave one of them out/],
    ["no place at all", () => "aspeed-mem:3,soc=ast2600,lpc=none,mem=" + devices.physical, "platform-spec", /window=/],
    ["a window that begins within a page", () => spec(",window=0x80100800"), "map-address", /window=0x80100800 is not/],
    ["a window that the chip cannot map", () => spec(",window=0x80101000"), "map-address", /multiple of 0x100000/],
    ["a window among the registers", () => spec(",window=0x1e700000"), "map-address", /begins at 0x80000000/],
    ["a window beyond 4 GiB", () => spec(",window=0xfff80000"), "map-address", /is not in the memory of an AST2600/],
    ["a window of no size", () => spec(",size=5000"), "window-size", /multiple of 4096/],
    ["a file that ends before", () => spec(",window=0x80200000"), "device-refused", /ends before 0x80300000/],
    [
      "memory that is missing",
      () => "aspeed-mem:3,soc=ast2600,mem=/none",
      "device-missing",
      /\/none: it does not exist/,
    ],
    ["a region too small", () => spec(",size=4M"), "region-small", /2097152 bytes, too few/],
  ])("%s", (_what, text, code, says) => {
    const before = [held(), lpcRegisters()];
    expect(() => open(text())).toThrow(
      expect.objectContaining({ name: "Failure", code, message: expect.stringMatching(says) as unknown }),
    );
    expect([held(), lpcRegisters(), devices.mapped]).toEqual([...before, []]);
  });

  test("a machine that is no such BMC, where no chip is named", () => {
    pretend({ "/proc/device-tree/compatible": "acme,server\0" });
    expect(() => open(spec().replace(",soc=ast2600", ""))).toThrow(expect.objectContaining({ code: "soc-unknown" }));
  });

  test("another agent on the channel; one on another channel is none", () => {
    const first = open(spec(",map=none"));
    try {
      const before = held();
      expect(() => open(spec(",map=none"))).toThrow(expect.objectContaining({ code: "device-busy" }));
      expect(held()).toEqual(before);
      open(spec(",map=none", 4)).close();
    } finally {
      first.close();
    }
    open(spec(",map=none")).close();
  });

  test("a channel that a driver reads, but for force=yes", () => {
    setRegister(Lpc.HICR2, 1 << 3);
    const before = held();
    expect(() => open(spec())).toThrow(
      expect.objectContaining({ code: "channel-owned", message: expect.stringMatching(/force=yes/) as unknown }),
    );
    expect(held()).toEqual(before);
    open(spec(",force=yes")).close();
  });

  test.each([
    ["EPERM at mmap", "map", "EPERM", "device-permission", /no lockdown.*iomem=relaxed/],
    ["EACCES at open", "open", "EACCES", "device-permission", /permission denied; run as root/],
    ["ENOMEM at mmap", "map", "ENOMEM", "device-open", /reports ENOMEM/],
  ] as const)("%s", (_what, call, code, failure, says) => {
    const before = held();
    jest.spyOn(system, call).mockImplementation(() => {
      throw errno(code);
    });
    expect(() => open(spec())).toThrow(
      expect.objectContaining({ code: failure, message: expect.stringMatching(says) as unknown }),
    );
    jest.restoreAllMocks();
    expect(held()).toEqual(before);
  });
});

describe("on the BMC itself, with /dev/mem", () => {
  const onBmc = (channel = 3): string => `aspeed-mem:${String(channel)},lpc=${devices.lpc},map=none`;

  test("the chip is the one of the device tree", () => {
    pretend({ "/proc/device-tree/compatible": "ibm,rainier-bmc\0aspeed,ast2600\0" });
    open(onBmc()).close();
  });

  test.each([
    ["raw-kcs3", /use raw-kcs:\/dev\/raw-kcs3/],
    ["ipmi-kcs3", /unbind that driver/],
  ])("a channel that a driver offers as %s is refused by that name; another channel is not", (node, says) => {
    pretend({ "/proc/device-tree/compatible": "aspeed,ast2600\0", [`/sys/class/misc/${node}`]: "" });
    const before = held();
    expect(() => open(onBmc())).toThrow(
      expect.objectContaining({ code: "channel-owned", message: expect.stringMatching(says) as unknown }),
    );
    expect(held()).toEqual(before);
    open(onBmc(2)).close();
    open(`${onBmc()},force=yes`).close();
  });

  test("a kernel without /dev/mem is told what it lacks", () => {
    pretend({ "/proc/device-tree/compatible": "aspeed,ast2600\0", "/dev/mem": undefined });
    expect(() => open(onBmc())).toThrow(
      expect.objectContaining({ code: "device-missing", message: expect.stringMatching(/CONFIG_DEVMEM/) as unknown }),
    );
  });
});

/** Files of a BMC; /dev/mem is the file of this test, but where it is said to be missing. */
function pretend(files: Readonly<Record<string, string | undefined>>): void {
  const places = new Map<string, string | undefined>([["/dev/mem", devices.physical]]);
  for (const [n, [path, content]] of Object.entries(files).entries()) {
    const stand = join(folder, `stand-in-${String(n)}`);
    if (content !== undefined) writeFileSync(stand, content, { mode: 0o600 });
    places.set(path, content === undefined ? undefined : stand);
  }
  const { open: openFile, lookUp, realPath } = system;
  const place = (path: string): string => {
    if (!places.has(path)) return path;
    const stand = places.get(path);
    if (stand === undefined) throw errno("ENOENT");
    return stand;
  };
  jest.spyOn(system, "open").mockImplementation((path, how) => openFile(place(path), how));
  jest.spyOn(system, "realPath").mockImplementation((path) => realPath(place(path)));
  jest
    .spyOn(system, "lookUp")
    .mockImplementation((path) =>
      places.get(path) === undefined && places.has(path) ? undefined : lookUp(place(path)),
    );
}
