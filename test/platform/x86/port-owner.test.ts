/** Ports that belong to a driver are not ours: what /proc/ioports says of them. */
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { checkPortsAreFree, driverOf } from "../../../src/platform/x86/port-owner.ts";
import { system } from "../../../src/platform/system.ts";
import { errno } from "../../support/fake-devices.ts";
import { Sandbox } from "../../support/processes.ts";
import { testUnless } from "../../support/tools.ts";

const LIST = `0000-0cf7 : PCI Bus 0000:00
  0060-0060 : keyboard
  0ca2-0ca3 : pnp 00:05
    0ca2-0ca2 : ipmi_si
    0ca3-0ca3 : ipmi_si
  0ca8-0cab : PCI conf1
0d00-ffff : PCI Bus 0000:00
  e000-e01f : 0000:00:1f.4
    e000-e01f : i801_smbus
`;

afterEach(() => {
  jest.restoreAllMocks();
});

describe("the driver of a port", () => {
  test.each<readonly [number, string | undefined]>([
    [0xca2, "ipmi_si"],
    [0xca1, "ipmi_si"],
    [0xca3, "ipmi_si"],
    [0xca8, undefined],
    [0xca4, undefined],
    [0x5f, "keyboard"],
    [0xe010, "0000:00:1f.4"],
    [0xd00, undefined],
  ])("ports from %i: %s", (first, driver) => {
    expect(driverOf(LIST, first, first + 1)).toBe(driver);
  });
});

function list(text: string): void {
  jest.spyOn(system, "open").mockReturnValue(99);
  jest.spyOn(system, "close").mockReturnValue();
  jest.spyOn(system, "read").mockImplementation((_fd, into, position) => {
    const part = Buffer.from(text).subarray(position!, position! + into.length);
    into.set(part);
    return part.length;
  });
}

describe("where it cannot be told, the log says so", () => {
  test.each([
    ["addresses are hidden from this user", "0000-0000 : PCI Bus 0000:00\n  0000-0000 : ipmi_si\n"],
    ["the list is empty", ""],
  ])("%s", (_name, text) => {
    list(text);
    const log: string[] = [];
    checkPortsAreFree(0xca2, 0xca3, (line) => log.push(line));
    expect(log).toEqual([expect.stringMatching(/does not say who has ports 0xca2 and 0xca3/)]);
  });

  test("there is no list", () => {
    jest.spyOn(system, "open").mockImplementation(() => {
      throw errno("ENOENT");
    });
    const log: string[] = [];
    checkPortsAreFree(0xca2, 0xca3, (line) => log.push(line));
    expect(log).toHaveLength(1);
  });

  test("it can be told, and no driver has them: nothing is said", () => {
    list(LIST);
    const log: string[] = [];
    checkPortsAreFree(0xca4, 0xca5, (line) => log.push(line));
    expect(log).toEqual([]);
  });
});

describe("an agent, with the list of this machine", () => {
  /** Ports of the clock, which every PC has; undefined on other machines, and where the list hides addresses. */
  const owned = /^ *0070-0071 : (\S.*)$/m.exec(machinesList())?.[1];
  const testOfOwned = testUnless(owned === undefined ? "a driver that has the ports 0x70 and 0x71" : undefined);

  testOfOwned("ends with status 1 and names the driver, before it has opened any device", async () => {
    const sandbox = new Sandbox();
    try {
      const place = "x86:0x70,window=0x100000,mem=/nowhere";
      const { code, stderr } = await sandbox.run("host", "run", "-p", place, "--control", sandbox.path("host.sock"));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining(
          `ports 0x70 and 0x71 belong to ${JSON.stringify(owned)} (/proc/ioports)`,
        ) as unknown,
      });
    } finally {
      await sandbox.dispose();
    }
  });
});

function machinesList(): string {
  try {
    return readFileSync("/proc/ioports", "utf8");
  } catch {
    return "";
  }
}
