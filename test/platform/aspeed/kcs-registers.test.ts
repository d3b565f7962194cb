/** A KCS channel at the chip's own registers: no byte is lost or made up, and no channel of a driver is taken. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { checkNoDriverReads, enableChannel, kcsRegisters } from "../../../src/platform/aspeed/kcs-registers.ts";
import { KCS_CHANNELS, kcsChannel, Lpc, type KcsChannel } from "../../../src/platform/aspeed/soc.ts";
import type { BmcRegisters } from "../../../src/platform/device/bmc-registers.ts";
import { DeviceHealth } from "../../../src/platform/device/health.ts";
import { AspeedChip } from "../../support/aspeed-chip.ts";

const IBF = 0x02;
const CHANNELS: readonly KcsChannel[] = [1, 2, 3, 4];
const { idr, odr, str } = KCS_CHANNELS[3];

let chip: AspeedChip;
let health: DeviceHealth;
let bmc: BmcRegisters;
beforeEach(() => {
  chip = new AspeedChip();
  health = new DeviceHealth(() => undefined);
  bmc = kcsRegisters(chip, 3, health, false);
});

/** As accesses are noted. */
const reads = (address: number): string => `read ${address.toString(16)}`;

describe("LPC-KCS-13: bytes of the host", () => {
  test("IDR is read only after STR has shown a byte; without one the last byte is given", () => {
    chip.hostWrites(3, 0x11);
    const { port } = bmc;
    expect(port.readStatus() & IBF).toBe(IBF);
    expect([port.readData(), port.readData()]).toEqual([0x11, 0x11]);
    expect(chip.accesses).toEqual([reads(str), reads(idr), reads(str)]);
    expect(chip.valueOf(str) & IBF).toBe(0);
  });

  test("a byte that waits at the start is seen and read", () => {
    chip.hostWrites(3, 0x00);
    expect(bmc.interrupts.pending()).toBe(true);
    expect(bmc.port.readData()).toBe(0x00);
  });

  test.each(CHANNELS)("channel %i has its own three registers", (channel) => {
    const { port } = kcsRegisters(chip, channel, health, false);
    chip.hostWrites(channel, channel);
    port.writeStatus(0x80);
    port.writeData(0x10 + channel);
    expect([port.readStatus(), port.readData(), chip.hostReads(channel)]).toEqual([0x83, channel, 0x10 + channel]);
    for (const other of CHANNELS) {
      if (other !== channel) expect(chip.valueOf(KCS_CHANNELS[other].str)).toBe(0);
    }
  });
});

describe("LPC-KCS-3, LPC-KCS-7: writes of STR", () => {
  test.each([false, true])("keep an unread byte either way and make none up (all bits stored: %s)", (storesAllBits) => {
    chip.storesAllBits = storesAllBits;
    const { port } = bmc;
    port.writeStatus(0x81);
    expect(chip.valueOf(str)).toBe(0x80);
    port.writeData(0xff);
    chip.hostWrites(3, 0x22);
    port.writeStatus(0xc1);
    expect([chip.valueOf(str), chip.hostReads(3), port.readData()]).toEqual([0xc3, 0xff, 0x22]);
    port.writeData(0xff);
    port.writeStatus(0x80);
    expect(chip.valueOf(str)).toBe(0x80);
  });

  test("nothing comes between the read of STR and its write", () => {
    bmc.port.writeStatus(0xc1);
    expect(chip.accesses).toEqual([reads(str), `write ${str.toString(16)} c0`]);
  });

  test("a chip that keeps its bits loses no byte that comes between these two", () => {
    chip.beforeAccess = (access) => {
      if (access.startsWith("write")) chip.hostWrites(3, 0x33);
    };
    bmc.port.writeStatus(0xc1);
    chip.beforeAccess = () => undefined;
    expect([bmc.port.readStatus(), bmc.port.readData()]).toEqual([0xc2, 0x33]);
  });

  test("a byte that comes between is news, though STR was written", () => {
    bmc.port.readStatus();
    chip.hostWrites(3, 0x44);
    bmc.port.writeStatus(0x80);
    expect([bmc.interrupts.pending(), bmc.interrupts.pending()]).toEqual([true, false]);
  });
});

describe("LPC-KCS-9: a read of STR is the barrier", () => {
  test("between the window and a byte written, and between a byte read and the window", () => {
    const { port, order } = kcsRegisters(chip, 3, health, true);
    chip.hostWrites(3, 1);
    port.readStatus();
    port.readData();
    order.beforeWindow();
    port.writeData(2);
    expect(chip.accesses).toEqual([reads(str), reads(idr), reads(str), reads(str), `write ${odr.toString(16)} 2`]);
  });
});

describe("a channel that the host cannot reach", () => {
  test.each(CHANNELS)("%i is enabled, other bits stay, and the log says which", (channel) => {
    const log: string[] = [];
    for (const register of ["HICR0", "HICR4", "HICRB"] as const) chip.values.set(Lpc[register], 0x8000_0100);
    enableChannel(chip, channel, (line) => log.push(line));
    for (const { register, mask } of KCS_CHANNELS[channel].enabled) {
      expect(chip.valueOf(Lpc[register])).toBe(0x8000_0100 + mask);
      expect(log).toEqual([expect.stringContaining(`${register} bit ${String(Math.log2(mask))} at 0x1e789`)]);
    }
    chip.accesses.length = 0;
    enableChannel(chip, channel, (line) => log.push(line));
    expect([log.length, chip.accesses.filter((access) => access.startsWith("write"))]).toEqual([1, []]);
  });
});

describe("a channel that a driver reads", () => {
  test.each(CHANNELS)("%i is refused while its input interrupt is enabled, and no register is changed", (channel) => {
    const { register, mask } = KCS_CHANNELS[channel].inputInterrupt;
    checkNoDriverReads(chip, channel);
    chip.values.set(Lpc[register], mask);
    expect(() => {
      checkNoDriverReads(chip, channel);
    }).toThrow(expect.objectContaining({ code: "channel-owned", message: expect.stringMatching(/ipmi-kcs\d/) }));
    chip.values.set(Lpc[register], ~mask);
    checkNoDriverReads(chip, channel);
    expect(chip.accesses.every((access) => access === reads(Lpc[register]))).toBe(true);
  });
});

test("registers that refuse an access: they read as after a reset, and are not accessed again", async () => {
  const lost: string[] = [];
  health.whenLost(({ code }) => lost.push(code));
  chip.hostWrites(3, 1);
  chip.isGone = true;
  expect([bmc.port.readStatus(), bmc.port.readData()]).toEqual([0, 0]);
  chip.isGone = false;
  bmc.port.writeData(1);
  bmc.port.writeStatus(0x81);
  await Promise.resolve();
  expect([chip.accesses, lost]).toEqual([[], ["device-lost"]]);
});

test("there are four channels", () => {
  expect([0, 1, 2, 3, 4, 5, 1.5].map(kcsChannel)).toEqual([undefined, 1, 2, 3, 4, undefined, undefined]);
});
