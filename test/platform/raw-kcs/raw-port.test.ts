/**
 * The raw KCS driver's node as the BMC's registers: which calls are made of the driver, so that none waits and no byte is lost or
 * made up. The driver here is a model of what was measured on the real one.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { BmcRegisters } from "../../../src/platform/device/bmc-registers.ts";
import { DeviceHealth } from "../../../src/platform/device/health.ts";
import { RegisterFile } from "../../../src/platform/device/register-file.ts";
import { rawRegisters } from "../../../src/platform/raw-kcs/raw-port.ts";
import { system } from "../../../src/platform/system.ts";
import { errno } from "../../support/fake-devices.ts";

const [OBF, IBF] = [0x01, 0x02];

/** The driver, and the host. */
class Driver {
  readonly calls: string[] = [];
  /** QEMU stores all bits of an STR write. */
  storesAllBits = false;
  shadow: number | undefined;
  idr = 0;
  odr = 0;
  str = 0;

  hostWrites(value: number): void {
    this.idr = value;
    this.str |= IBF;
    this.#handler();
  }

  hostReads(): number {
    this.str &= ~OBF;
    return this.odr;
  }

  read(position: number): number {
    this.calls.push(`read ${String(position)}`);
    if (position === 1) return this.str | (this.shadow === undefined ? 0 : IBF);
    const byte = this.shadow;
    if (byte === undefined) throw new Error("it would wait for the host");
    this.shadow = undefined;
    this.#handler();
    return byte;
  }

  write(position: number, value: number): void {
    this.calls.push(`write ${String(position)} ${value.toString(16)}`);
    if (position === 1) {
      const hardware = this.storesAllBits ? value & (OBF | IBF) : (this.str & IBF) | (this.str & value & OBF);
      this.str = (value & ~(OBF | IBF)) | hardware;
    } else {
      if ((this.str & OBF) !== 0) throw new Error("it would wait for the host");
      this.odr = value;
      this.str |= OBF;
    }
  }

  #handler(): void {
    if (this.shadow !== undefined || (this.str & IBF) === 0) return;
    this.shadow = this.idr;
    this.str &= ~IBF;
  }
}

let driver: Driver;
let registers: BmcRegisters;
let health: DeviceHealth;
beforeEach(() => {
  driver = new Driver();
  jest.spyOn(system, "read").mockImplementation((_fd, into, position) => {
    into[0] = driver.read(position!);
    return 1;
  });
  jest.spyOn(system, "writeAt").mockImplementation((_fd, bytes, position) => {
    driver.write(position, bytes[0]!);
    return 1;
  });
  health = new DeviceHealth(() => undefined);
  registers = rawRegisters(new RegisterFile("/dev/raw-kcs3", 3, health), false);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe("LPC-KCS-13: bytes of the host", () => {
  test("position 0 is read only after STR has shown a byte; without one the last byte is given, as IDR does", () => {
    driver.hostWrites(0x11);
    driver.hostWrites(0x22);
    const { port } = registers;
    expect(port.readStatus() & IBF).toBe(IBF);
    expect([port.readData(), port.readData()]).toEqual([0x11, 0x22]);
    expect([port.readStatus() & IBF, port.readData()]).toEqual([0, 0x22]);
    expect(driver.calls).toEqual(["read 1", "read 0", "read 1", "read 0", "read 1", "read 1"]);
  });

  test("a byte that waits at the start is seen and read", () => {
    driver.shadow = 0x01;
    expect(registers.interrupts.pending()).toBe(true);
    registers.port.readStatus();
    expect(registers.port.readData()).toBe(0x01);
  });

  test("a byte that an STR write loses, as on QEMU, is not waited for", () => {
    driver.storesAllBits = true;
    driver.str = IBF;
    const { port } = registers;
    expect(port.readStatus() & IBF).toBe(IBF);
    port.writeStatus(0x81);
    expect(port.readData()).toBe(0);
  });
});

describe("LPC-KCS-3, LPC-KCS-7: writes of STR", () => {
  test.each([false, true])("an unread byte in ODR stays, none is made up (all bits stored: %s)", (storesAllBits) => {
    driver.storesAllBits = storesAllBits;
    const { port } = registers;
    port.writeStatus(0x81);
    expect(driver.str).toBe(0x80);
    port.writeData(0xff);
    port.writeStatus(0xc1);
    expect([driver.str, driver.hostReads()]).toEqual([0xc1, 0xff]);
    port.writeStatus(0x80);
    expect(driver.str).toBe(0x80);
  });

  test("bit 1 is written as 0, whatever the driver shows: it would be a byte out of nothing", () => {
    driver.hostWrites(0x00);
    registers.port.writeStatus(0xc3);
    expect(driver.calls.at(-1)).toBe("write 1 c0");
  });
});

describe("LPC-KCS-10: what is news to a side that nothing wakes", () => {
  test("a byte of the host, an own byte that was read, a reset: once each; own accesses are none", () => {
    const { port, interrupts } = registers;
    port.readStatus();
    expect(interrupts.pending()).toBe(false);
    port.writeStatus(0x81);
    port.writeData(0xff);
    expect(interrupts.pending()).toBe(false);
    driver.hostReads();
    expect([interrupts.pending(), interrupts.pending()]).toEqual([true, false]);
    driver.hostWrites(0);
    expect([interrupts.pending(), interrupts.pending()]).toEqual([true, false]);
    port.readStatus();
    port.readData();
    expect(interrupts.pending()).toBe(false);
    driver.str = 0;
    expect(interrupts.pending()).toBe(true);
  });

  test("a second byte that takes the first one's place between two looks is news", () => {
    const { port, interrupts } = registers;
    driver.hostWrites(1);
    port.readStatus();
    port.readData();
    driver.hostWrites(2);
    expect(interrupts.pending()).toBe(true);
  });

  test("it never claims to wake", () => {
    expect([registers.interrupts.arm(), registers.interrupts.peerRings()]).toEqual([false, false]);
  });
});

test("a node that fails reads as a chip after a reset, and is not called again", async () => {
  const calls = jest.spyOn(system, "read").mockImplementation(() => {
    throw errno("ENODEV");
  });
  const lost: string[] = [];
  health.whenLost(({ code }) => lost.push(code));
  expect([registers.port.readStatus(), registers.port.readStatus(), registers.port.readData()]).toEqual([0, 0, 0]);
  registers.port.writeData(1);
  registers.port.writeStatus(0x81);
  await Promise.resolve();
  expect([calls.mock.calls.length, driver.calls, lost]).toEqual([1, [], ["device-lost"]]);
});
