import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import { eid, type Millis } from "../../src/core/wire/units.ts";
import { monotonicClock } from "../../src/node/clock.ts";
import { TunDriver, type KernelExchange } from "../../src/node/tun-driver.ts";
import { parseLink } from "../../src/platform/kinds.ts";
import type { TunLinkSpec } from "../../src/platform/tun/kind.ts";
import { LARGEST_TUN_UNIT, TunDevice } from "../../src/platform/tun/tun-device.ts";
import { FakeKernel } from "../support/fake-kernel.ts";
import { within } from "../support/processes.ts";

const LIMIT = 20_000;
jest.setTimeout(2 * LIMIT);

const SPEC = parseLink("tun:lpc0") as TunLinkSpec;

/** What a port of a router is to the driver, with its packets in hand. */
class Port implements KernelExchange {
  readonly outgoing: PacketParts[] = [];
  readonly received: string[] = [];
  readonly changes: string[] = [];
  done = 0;
  isCrowded = false;

  linkUp(): void {
    this.changes.push("up");
  }
  linkDown(): void {
    this.changes.push("down");
  }
  nextPacket(): PacketParts | undefined {
    return this.outgoing[0];
  }
  packetDone(): void {
    this.outgoing.shift();
    this.done++;
  }
  receivePacket(bytes: Uint8Array, start: number, end: number): boolean {
    this.received.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
    return true;
  }
  packetLost(): void {
    throw new Error("the kernel loses none on the way");
  }
  nextDeadline(): Millis | undefined {
    return undefined;
  }
  expire(): void {
    throw new Error("there is no deadline");
  }
}

let kernel: FakeKernel;
let port: Port;
let told: string[];
let driver: TunDriver;
beforeEach(() => {
  kernel = new FakeKernel();
  port = new Port();
  told = [];
  driver = new TunDriver(port, monotonicClock, {
    make: () => TunDevice.make(SPEC),
    ownEid: undefined,
    tell: (line) => told.push(line),
  });
});
afterEach(async () => {
  await driver.stop();
  kernel.restore();
  expect(kernel.open.size).toBe(0);
});

async function until(holds: () => boolean): Promise<void> {
  await within(
    LIMIT,
    (async () => {
      while (!holds()) await new Promise((go) => setTimeout(go, 1));
    })(),
  );
}

const PACKET: PacketParts = { header: 0x010a_08c8, message: Uint8Array.of(0x7e, 1), start: 0, end: 2 };

describe("an interface and its channel", () => {
  test("it is there from the start, down; up with the channel's packets as its MTU; down with the channel", async () => {
    await driver.start();
    expect(kernel.interface).toMatchObject({ isUp: false });
    expect([driver.incomingUnit, port.changes]).toEqual([0, []]);
    driver.mainChanged(4096);
    expect(kernel.interface).toMatchObject({ isUp: true, mtu: 4100 });
    driver.mainChanged(524_144);
    expect(kernel.interface).toMatchObject({ isUp: true, mtu: 65_535 });
    expect(driver.incomingUnit).toBe(LARGEST_TUN_UNIT);
    driver.mainChanged(0);
    expect(kernel.interface).toMatchObject({ isUp: false });
    expect(port.changes).toEqual(["up", "down"]);
    expect(driver.tunCounters.interfaceUp).toBe(1);
  });

  test("a channel that is up before the interface is made", async () => {
    await driver.open();
    driver.mainChanged(64);
    await driver.start();
    expect(kernel.interface).toMatchObject({ isUp: true, mtu: 68 });
  });

  test("packets go both ways, in their order", async () => {
    await driver.start();
    driver.mainChanged(64);
    port.outgoing.push(PACKET, PACKET);
    driver.kick();
    expect(kernel.taken).toEqual(["000000fa010a08c87e01", "000000fa010a08c87e01"]);
    for (let index = 0; index < 200; index++) kernel.sends(1, 9, 10, 0xc8, 0x7f, index);
    kernel.sendsFrame(0, 0, 0x86, 0xdd, 0, 0, 0, 0);
    await until(() => port.received.length === 200 && driver.tunCounters.kernelForeign === 1);
    expect(port.received).toEqual(
      Array.from({ length: 200 }, (_, index) => `01090ac87f${index.toString(16).padStart(2, "0")}`),
    );
    expect(driver.tunCounters).toMatchObject({ packetsToKernel: 2, packetsFromKernel: 200 });
  });

  test("what the kernel has sent into a channel that is lost by now goes nowhere, and is counted", async () => {
    await driver.start();
    kernel.sends(1, 9, 10, 0xc8, 0x7f);
    await until(() => driver.tunCounters.kernelLate === 1);
    expect(port.received).toEqual([]);
  });
});

describe("what does not fit", () => {
  test("packets stay in the kernel while the next link is full", async () => {
    await driver.start();
    driver.mainChanged(64);
    port.isCrowded = true;
    kernel.sends(1, 9, 10, 0xc8, 0x7f);
    await until(() => driver.tunCounters.kernelWaited > 2);
    expect(port.received).toEqual([]);
    port.isCrowded = false;
    await until(() => port.received.length === 1);
  });

  test("packets wait for a kernel that takes none, and one that it refuses is dropped and counted", async () => {
    await driver.start();
    driver.mainChanged(64);
    kernel.writeFails = "EAGAIN";
    port.outgoing.push(PACKET);
    driver.kick();
    await new Promise((go) => setTimeout(go, 20));
    expect(port.done).toBe(0);
    kernel.writeFails = undefined;
    await until(() => port.done === 1);
    // `ip link set lpc0 down`
    kernel.interface!.isUp = false;
    port.outgoing.push(PACKET);
    driver.kick();
    expect([port.done, driver.tunCounters.kernelRefused]).toEqual([2, 1]);
    expect(told).toEqual([]);
  });
});

describe("an interface that another program removes", () => {
  test("is made again with its EID, up with the channel, and told once", async () => {
    await driver.start();
    driver.mainChanged(64);
    expect(driver.setKernelEid(eid(10))).toBeUndefined();
    kernel.asked.length = 0;
    kernel.removes();
    await until(() => kernel.interface?.isUp === true);
    expect(port.changes).toEqual(["up", "down", "up"]);
    expect(told).toEqual(["lost tun:lpc0: the interface was removed; making it again"]);
    expect(kernel.asked.map((one) => one.slice(0, 4))).toEqual(["1000", "1400", "1800", "1800"]);
    expect(driver.tunCounters.interfaceLost).toBe(1);
    kernel.sends(1, 9, 10, 0xc8, 0x7f);
    await until(() => port.received.length === 1);
  });

  test("is tried for again while the kernel refuses it, and told once", async () => {
    await driver.start();
    driver.mainChanged(64);
    kernel.refuses = 1;
    kernel.removes();
    await until(() => told.length === 2);
    expect(told[1]).toMatch(/permission denied/);
    await new Promise((go) => setTimeout(go, 300));
    expect(told).toHaveLength(2);
    kernel.refuses = 0;
    await until(() => kernel.interface?.isUp === true);
  });

  test("a stop meanwhile makes none again", async () => {
    await driver.start();
    driver.mainChanged(64);
    kernel.removes();
    await until(() => told.length === 1);
    await driver.stop();
    await new Promise((go) => setTimeout(go, 300));
    expect(kernel.interface).toBeUndefined();
  });
});

test("an EID that cannot be set is told in words", async () => {
  await driver.start();
  kernel.refuses = 1;
  expect(driver.setKernelEid(eid(10))).toMatch(/permission denied; run the agent as root/);
});

test("an interface that cannot be made keeps the agent from starting", async () => {
  kernel.hasMctp = false;
  await expect(driver.start()).rejects.toMatchObject({ code: "tun-no-mctp" });
});
