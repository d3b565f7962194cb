/** The host's registers in a file of I/O ports. */
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { DeviceHealth } from "../../../src/platform/device/health.ts";
import { hostRegisters, type HostRegisters } from "../../../src/platform/device/host-registers.ts";
import { RegisterFile } from "../../../src/platform/device/register-file.ts";
import { system } from "../../../src/platform/system.ts";
import { errno } from "../../support/fake-devices.ts";

let status: number;
let calls: string[];
let log: string[];
let host: HostRegisters;
let health: DeviceHealth;
beforeEach(() => {
  [status, calls, log] = [0, [], []];
  jest.spyOn(system, "read").mockImplementation((_fd, into, position) => {
    calls.push(`read ${position!.toString(16)}`);
    into[0] = position === 0xca3 ? status : 0x02;
    return 1;
  });
  jest.spyOn(system, "writeAt").mockImplementation((_fd, bytes, position) => {
    calls.push(`write ${position.toString(16)} ${bytes[0]!.toString(16)}`);
    return 1;
  });
  health = new DeviceHealth((line) => log.push(line));
  host = hostRegisters(new RegisterFile("/dev/port", 3, health), 0xca2, health, false);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test("data at the first port, STR behind it", () => {
  status = 0x81;
  expect([host.port.readStatus(), host.port.readData()]).toEqual([0x81, 2]);
  host.port.writeData(0xff);
  expect(calls).toEqual(["read ca3", "read ca2", "write ca2 ff"]);
});

describe("LPC-HOST-14: a bus that nothing drives", () => {
  test("STR of 0xff, which no BMC writes (LPC-KCS-7), means no BMC; it counts, and the log says it once", () => {
    status = 0xff;
    expect([host.port.readStatus(), host.port.readStatus()]).toEqual([0, 0]);
    expect([health.unanswered, log]).toEqual([2, [expect.stringMatching(/no hardware answers through \/dev\/port/)]]);
  });

  test("so does ENXIO, as on PowerNV while the BMC is off", () => {
    jest.spyOn(system, "read").mockImplementation(() => {
      throw errno("ENXIO");
    });
    expect([host.port.readStatus(), host.port.readData(), health.isLost]).toEqual([0, 0xff, false]);
  });
});

test("LPC-KCS-10: a byte of the BMC that the host leaves unread is news once, so that it does not keep the host awake", () => {
  status = 0x81;
  host.port.readStatus();
  expect(host.interrupts.pending()).toBe(false);
  status = 0x80;
  expect([host.interrupts.pending(), host.interrupts.pending()]).toEqual([true, false]);
});
