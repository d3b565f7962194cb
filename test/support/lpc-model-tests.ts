/**
 * What the platform counts on in QEMU's LPC controller, asked through the platform: of the real program, and of the one that
 * stands for it in tests.
 */
import { expect } from "@jest/globals";
import { openBmcPlatform, openHostPlatform, parsePlatform } from "../../src/platform/kinds.ts";
import { openQemuRegisters } from "../../src/platform/qemu/qemu-bmc.ts";
import { Scope } from "../../src/platform/scope.ts";

const [OBF, IBF] = [0x01, 0x02];
const STR3 = 0x1e78_9044;
const OPEN = { doorbell: true, log: () => undefined };

/** Fails where the machine in the folder behaves otherwise. */
export function checkLpcModel(folder: string, settings = ""): void {
  const spec = `qemu:${folder}${settings}`;
  const bmc = openBmcPlatform(parsePlatform(spec, "bmc"), OPEN);
  const host = openHostPlatform(parsePlatform(spec, "host"), OPEN);
  try {
    expect([bmc.depth, host.depth]).toEqual([0, 1]);
    checkBytes(bmc.port, host.port);
    // The window is the same memory.
    host.window.write(bmc.window.size - 3, Uint8Array.of(1, 2, 3), 0, 3);
    const seen = new Uint8Array(4);
    bmc.window.read(bmc.window.size - 4, seen, 0, 4);
    expect([...seen]).toEqual([0, 1, 2, 3]);
    host.window.write(bmc.window.size - 3, new Uint8Array(3), 0, 3);
  } finally {
    bmc.close();
    host.close();
  }
}

function checkBytes(
  bmc: ReturnType<typeof openBmcPlatform>["port"],
  host: ReturnType<typeof openHostPlatform>["port"],
): void {
  bmc.writeStatus(0);
  bmc.readData();
  host.readData();
  expect([host.readStatus(), bmc.readStatus()]).toEqual([0, 0]);
  host.writeData(0x5a);
  expect([host.readStatus(), bmc.readStatus()]).toEqual([IBF, IBF]);
  // A write of STR keeps the byte that waits, and what it cannot set.
  bmc.writeStatus(0x80 | OBF);
  expect(host.readStatus()).toBe(0x80 | IBF);
  expect(bmc.readData()).toBe(0x5a);
  expect(host.readStatus()).toBe(0x80);
  bmc.writeData(0xa5);
  expect([host.readStatus(), bmc.readStatus()]).toEqual([0x80 | OBF, 0x80 | OBF]);
  bmc.writeStatus(0xc0 | OBF);
  expect(host.readStatus()).toBe(0xc0 | OBF);
  expect(host.readData()).toBe(0xa5);
  expect(bmc.readStatus()).toBe(0xc0);
  // A stale byte is taken away by a write of STR.
  bmc.writeData(0x77);
  bmc.writeStatus(0);
  expect(host.readStatus()).toBe(0);
}

/** Fails where registers that no side uses do not keep what is written. */
export function checkRegisters(folder: string): void {
  const scope = new Scope();
  try {
    const { registers } = openQemuRegisters(scope, folder);
    registers.write(STR3, 0xf0);
    expect(registers.read(STR3)).toBe(0xf0);
    registers.write(STR3, 0);
    expect(registers.read(STR3)).toBe(0);
  } finally {
    scope.release();
  }
}
