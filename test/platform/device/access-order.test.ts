/** LPC-KCS-9 where the processor reorders: a read of STR stands wherever accesses change between window and registers. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { openRawKcs } from "../../../src/platform/raw-kcs/raw-kcs.ts";
import type { RawKcsSpec } from "../../../src/platform/raw-kcs/spec.ts";
import { parsePlatform } from "../../../src/platform/kinds.ts";
import { openX86 } from "../../../src/platform/x86/x86.ts";
import type { X86Spec } from "../../../src/platform/x86/spec.ts";
import type { BmcPlatform, HostPlatform } from "../../../src/platform/port.ts";
import { system } from "../../../src/platform/system.ts";
import { FakeDevices } from "../../support/fake-devices.ts";

const OPEN = { doorbell: true, log: () => undefined };

let folder: string;
let devices: FakeDevices;
/** Accesses to registers as system calls, accesses to the window by name. */
let made: string[];
beforeEach(() => {
  folder = mkdtempSync("/dev/shm/mctp-lpc-order-");
  devices = new FakeDevices(folder, 0x10_0000);
  made = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function watchRegisters(status: number): void {
  const { read, writeAt } = system;
  jest.spyOn(system, "read").mockImplementation((fd, into, position) => {
    made.push(position === status ? "read STR" : "read data");
    return read(fd, into, position);
  });
  jest.spyOn(system, "writeAt").mockImplementation((fd, bytes, position) => {
    made.push(position === status ? "write STR" : "write data");
    return writeAt(fd, bytes, position);
  });
}

function windowOf({ window }: BmcPlatform | HostPlatform): { read(): void; write(): void } {
  const bytes = new Uint8Array(8);
  return {
    read: () => {
      window.read(0, bytes, 0, 8);
      made.push("window");
    },
    write: () => {
      window.write(0, bytes, 0, 8);
      made.push("window");
    },
  };
}

describe.each([true, false])("LPC-KCS-9: with barriers: %s", (needsBarriers) => {
  const barrier = needsBarriers ? ["read STR"] : [];

  test("BMC: between a byte read and the window, and between the window and a byte written", () => {
    const spec = parsePlatform(`raw-kcs:${devices.node},lpc=${devices.lpc}`, "bmc") as RawKcsSpec;
    const bmc = openRawKcs(spec, OPEN, needsBarriers);
    watchRegisters(1);
    setStatus(devices.node, 1, 0x02);
    const window = windowOf(bmc);
    bmc.port.readStatus();
    window.read();
    bmc.port.readStatus();
    bmc.port.readData();
    window.read();
    window.write();
    bmc.port.writeData(2);
    window.write();
    bmc.close();
    expect(made).toEqual([
      "read STR",
      // The procedure's own read of STR is a barrier.
      "window",
      ...barrier,
      "read STR",
      "read data",
      ...barrier,
      "window",
      "window",
      ...barrier,
      "write data",
      ...barrier,
      "window",
    ]);
  });

  test("host: the same", () => {
    const spec = parsePlatform(`x86:0xca2,window=0,port=${devices.port},mem=${devices.mem}`) as X86Spec;
    const host = openX86(spec, OPEN, needsBarriers);
    watchRegisters(0xca3);
    const window = windowOf(host);
    window.write();
    host.port.readStatus();
    window.write();
    host.port.writeData(1);
    host.port.readData();
    window.read();
    host.close();
    const expected = [
      "window",
      ...barrier,
      "read STR",
      "window",
      ...barrier,
      "write data",
      "read data",
      ...barrier,
      "window",
    ];
    // Before the first access to the window no register was in order with it.
    expect(made).toEqual([...barrier, ...expected]);
  });
});

function setStatus(path: string, position: number, status: number): void {
  const fd = system.open(path, "readWrite");
  system.writeAt(fd, Uint8Array.of(status), position);
  system.close(fd);
  made.length = 0;
}
