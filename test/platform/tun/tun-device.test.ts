import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { eid } from "../../../src/core/wire/units.ts";
import { parseLink } from "../../../src/platform/kinds.ts";
import { LARGEST_TUN_UNIT, TunDevice, WAITING_PACKETS } from "../../../src/platform/tun/tun-device.ts";
import type { TunLinkSpec } from "../../../src/platform/tun/kind.ts";
import { FakeKernel } from "../../support/fake-kernel.ts";

const SPEC = parseLink("tun:lpc0,net=10") as TunLinkSpec;

let kernel: FakeKernel;
beforeEach(() => {
  kernel = new FakeKernel();
});
afterEach(() => {
  kernel.restore();
});

describe("an interface", () => {
  test("is made down, in its network, with room for two of the longest messages in the smallest packets", () => {
    const device = TunDevice.make(SPEC);
    expect(kernel.interface).toEqual({ name: "lpc0", mtu: 1500, isUp: false, queue: WAITING_PACKETS });
    expect(kernel.asked).toEqual([expect.stringMatching(/^1000.*080001000a000000$/)]);
    device.close();
    expect(kernel.interface).toBeUndefined();
    expect(kernel.open.size).toBe(0);
  });

  test("carries packets of the unit with their header, at most 65535 bytes", () => {
    const device = TunDevice.make(SPEC);
    for (const [unit, mtu] of [
      [64, 68],
      [4096, 4100],
      [LARGEST_TUN_UNIT, 65535],
      [524_144, 65535],
    ] as const) {
      device.setUnit(unit);
      expect(kernel.interface?.mtu).toBe(mtu);
    }
  });

  test("goes up and down, and keeps its other flags", () => {
    const device = TunDevice.make(SPEC);
    device.setUp(true);
    expect(kernel.interface?.isUp).toBe(true);
    device.setUp(false);
    expect(kernel.interface?.isUp).toBe(false);
  });

  test("has an EID, and routes to all others, none of which holds its own", () => {
    const device = TunDevice.make(SPEC);
    kernel.asked.length = 0;
    device.setEid(eid(10), "routes");
    expect(kernel.asked.map((one) => one.slice(0, 4))).toEqual(["1400", "1800", "1800"]);
    const ranges = kernel.asked.slice(1).map((one) => [one.slice(6, 8), one.slice(36, 38)]);
    // How many follow, and the first: 8 to 9, 11 to 254.
    expect(ranges).toEqual([
      ["01", "08"],
      ["f3", "0b"],
    ]);
    kernel.asked.length = 0;
    device.setEid(eid(10), "routes");
    expect(kernel.asked).toEqual([]);
    device.setEid(eid(254), "routes");
    expect(kernel.asked.map((one) => one.slice(0, 4))).toEqual(["1900", "1900", "1500", "1400", "1800"]);
    kernel.asked.length = 0;
    device.setEid(undefined, "routes");
    expect(kernel.asked.map((one) => one.slice(0, 4))).toEqual(["1900", "1500"]);
  });

  test("of a kernel that owns the bus it has no routes of the agent's", () => {
    const device = TunDevice.make(SPEC);
    kernel.asked.length = 0;
    device.setEid(eid(8), "noRoutes");
    expect(kernel.asked.map((one) => one.slice(0, 4))).toEqual(["1400"]);
  });
});

describe("an interface that cannot be had: a sentence with a code, and nothing is left open", () => {
  test.each<readonly [string, (kernel: FakeKernel) => void, string, RegExp]>([
    [
      "no MCTP in the kernel",
      (it) => {
        it.hasMctp = false;
      },
      "tun-no-mctp",
      /this kernel has no MCTP \(CONFIG_MCTP\).*docs\/guides\/kernel\.md/,
    ],
    [
      "no rights",
      (it) => {
        it.refuses = 1;
      },
      "tun-rights",
      /cannot set up the interface lpc0: permission denied; run the agent as root, or .*CAP_NET_ADMIN/,
    ],
    [
      "a name that is taken",
      (it) => {
        it.interface = { name: "lpc0", mtu: 1500, isUp: true, queue: 500 };
      },
      "tun-exists",
      /there is an interface of this name; name another/,
    ],
    [
      "a kernel that is older than MCTP over TUN",
      (it) => {
        it.refuses = 95;
      },
      "tun-no-mctp",
      /needs Linux 5\.15 or later/,
    ],
  ])("%s", (_what, prepare, code, says) => {
    prepare(kernel);
    expect(() => TunDevice.make(SPEC)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(says) }));
    expect(kernel.open.size).toBe(0);
  });
});

describe("packets", () => {
  test("each is a frame behind four bytes: flags, and MCTP's number in network order", () => {
    const device = TunDevice.make(SPEC);
    device.setUp(true);
    const message = Uint8Array.of(0xee, 0x7e, 1, 2, 3, 0xee);
    expect(device.write(0x010a_08c8, message, 1, 5)).toBe("taken");
    expect(kernel.taken).toEqual(["000000fa" + "010a08c8" + "7e010203"]);
    kernel.sends(0x01, 0x08, 0x0a, 0xc8, 0x7e, 9);
    const frame = device.read();
    if (frame === "none" || frame === "other") throw new Error(frame);
    expect([...frame.bytes.subarray(frame.start, frame.end)]).toEqual([0x01, 0x08, 0x0a, 0xc8, 0x7e, 9]);
    expect(device.read()).toBe("none");
  });

  test("frames of other protocols, cut ones and those without a whole header are none", () => {
    const device = TunDevice.make(SPEC);
    kernel.sendsFrame(0, 0, 0x86, 0xdd, 0x60, 0, 0, 0, 0);
    kernel.sendsFrame(0, 0, 0x00, 0xfa, 1, 8, 10);
    const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
    kernel.sendsFrame(...(isLittle ? [1, 0] : [0, 1]), 0x00, 0xfa, 1, 8, 10, 0xc8, 0x7e);
    kernel.sendsFrame(0);
    expect([1, 2, 3, 4].map(() => device.read())).toEqual(["other", "other", "other", "other"]);
  });

  test("an interface that is down takes none; one that was removed is lost", () => {
    const device = TunDevice.make(SPEC);
    const bytes = new Uint8Array(64);
    expect(device.write(0x010a_08c8, bytes, 0, 64)).toBe("refused");
    device.setUp(true);
    kernel.writeFails = "EAGAIN";
    expect(device.write(0x010a_08c8, bytes, 0, 64)).toBe("full");
    kernel.writeFails = "EBADFD";
    expect(() => device.write(0x010a_08c8, bytes, 0, 64)).toThrow(
      expect.objectContaining({
        code: "tun-lost",
        message: "lost tun:lpc0: the interface was removed; making it again",
      }),
    );
    kernel.removes();
    expect(() => device.read()).toThrow(expect.objectContaining({ code: "tun-lost" }));
    expect(() => {
      device.setUp(false);
    }).toThrow(expect.objectContaining({ code: "tun-lost" }));
  });
});
