import { describe, expect, test } from "@jest/globals";
import { BTU } from "../../../src/core/binding/layout.ts";
import type { RoleName } from "../../../src/core/binding/side.ts";
import type { Version } from "../../../src/core/binding/versions.ts";
import { toHex } from "../../../src/core/wire/bytes.ts";
import { bmcRows, hostRows, packetWrite, str } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import {
  bmcInSession,
  countedBy,
  hostInSession,
  OPEN,
  OPEN_IBF,
  OPEN_OBF,
  receiveRows,
  sendRows,
  type SessionOptions,
} from "../../support/in-session.ts";
import { millis } from "../../../src/core/wire/units.ts";

const NOW = millis(0);
const ROLES: readonly RoleName[] = ["host", "bmc"];
const VERSIONS: readonly Version[] = [1, 2, 3];
const LARGE_MTU = 2048;

function inSession(role: RoleName, options: SessionOptions): ReturnType<typeof hostInSession | typeof bmcInSession> {
  return role === "host" ? hostInSession(options) : bmcInSession(options);
}

/** The bytes of the packet just received, copied; undefined if there is none. */
function taken(side: {
  takeReceived(): { bytes: Uint8Array; start: number; end: number } | undefined;
}): string | undefined {
  const packet = side.takeReceived();
  return packet === undefined ? undefined : toHex(packet.bytes.subarray(packet.start, packet.end));
}

/** Role, version, payload bytes: small frames and large, the BTU, the MTU and both sides of 512 bytes a frame. */
const CASES = ROLES.flatMap((role) =>
  VERSIONS.flatMap((version) =>
    (version === 1 ? [1, 63, 64] : [1, 64, 65, 496, 500, 501, 504, 505, 1000, LARGE_MTU]).map(
      (payload) => [role, version, payload] as const,
    ),
  ),
);

describe("LPC-BUF packet buffers: sending", () => {
  test.each(CASES)("LPC-BUF-1: the %s, version %p, writes the whole frame of %p bytes, then Tx Begin", (...given) => {
    const [role, version, payload] = given;
    const { side, bench, sendsAt } = inSession(role, { version, mtu: version === 1 ? BTU : LARGE_MTU });
    const packet = packetOf(payload);
    const frame = frameOf(version, packet);
    bench.window.fill(0x99);
    side.offer(partsOf(packet));
    expect(bench.play((bus) => side.service(bus, NOW), sendRows(role, sendsAt))).toBe("waiting");
    expect(bench.hexAt(sendsAt, frame.length)).toBe(toHex(frame));
    // Nothing else of the window was touched.
    expect(bench.window.every((byte, at) => byte === 0x99 || (at >= sendsAt && at < sendsAt + frame.length))).toBe(
      true,
    );
  });

  const RECORDED = Uint8Array.from({ length: 64 }, (_, index) => (index === 0 ? 0x7d : 0x10 + index));
  test.each([
    ["recorded frame", 0x010809cd, RECORDED, `00000044010809cd${toHex(RECORDED)}5263d074`],
    ["Get Endpoint ID request", 0x010809c8, Uint8Array.of(0x00, 0x80, 0x02), "00000007010809c8008002bc2c0b58"],
  ])("LPC-BUF-3: a %s, byte for byte", (_, header, message, frame) => {
    const { side, bench, sendsAt } = hostInSession();
    side.offer({ header, message, start: 0, end: message.length });
    bench.play((bus) => side.service(bus, NOW), sendRows("host", sendsAt));
    expect(bench.hexAt(sendsAt, frame.length / 2)).toBe(frame);
  });

  test.each(ROLES)("LPC-BUF-7: the %s's next packet waits for Rx Complete, untouched buffer and all", (role) => {
    const { side, bench, sendsAt } = inSession(role, {});
    const [first, second] = [packetOf(40, 1), packetOf(50, 2)];
    const none = role === "host" ? hostRows.odr(0xff) : bmcRows.idr(0xff);
    const waiting = role === "host" ? OPEN_OBF : OPEN_IBF;

    side.offer(partsOf(first));
    bench.play((bus) => side.service(bus, NOW), sendRows(role, sendsAt));
    expect(side.canOffer).toBe(true);
    side.offer(partsOf(second));
    expect(side.canOffer).toBe(false);
    bench.play((bus) => side.service(bus, NOW), [str(OPEN)]);
    // A byte that is no Rx Complete frees nothing.
    bench.play(
      (bus) => side.service(bus, NOW),
      role === "host" ? [str(waiting), none, str(OPEN)] : [str(waiting), none],
    );
    expect(bench.hexAt(sendsAt, 48)).toBe(toHex(frameOf(3, first).subarray(0, 48)));
    expect(side.state.counters.packetsSent).toBe(0);

    const begin = role === "host" ? hostRows.idr(0x01) : bmcRows.odr(0x01);
    if (role === "host") {
      bench.play(
        (bus) => side.service(bus, NOW),
        [str(waiting), hostRows.odr(0x02), packetWrite(sendsAt), str(OPEN), begin],
      );
    } else {
      expect(bench.play((bus) => side.service(bus, NOW), [str(waiting), bmcRows.idr(0x02)])).toBe("again");
      bench.play((bus) => side.service(bus, NOW), [packetWrite(sendsAt), str(OPEN), begin]);
    }
    expect(side.state.counters.packetsSent).toBe(1);
    expect(bench.hexAt(sendsAt, 62)).toBe(toHex(frameOf(3, second)));
  });

  test.each(ROLES)("LPC-BUF-9: a packet above the %s's MTU, or where none is wanted, is misuse", (role) => {
    const { side } = inSession(role, {});
    expect(() => {
      side.offer(partsOf(packetOf(65)));
    }).toThrow(RangeError);
    side.offer(partsOf(packetOf(64)));
    expect(() => {
      side.offer(partsOf(packetOf(64)));
    }).toThrow("canOffer");
  });

  test("LPC-MTU-2: in version 1 the MTU is 64 whatever the sizes say", () => {
    const { side } = hostInSession({ version: 1, mtu: 4096 });
    expect(side.session?.mtu).toEqual({ hostToBmc: 64, bmcToHost: 64 });
  });
});

describe("LPC-BUF packet buffers: receiving", () => {
  test.each(CASES)("LPC-BUF-6: the %s, version %p, takes a packet of %p bytes", (role, version, payload) => {
    const { side, bench, receivesAt } = inSession(role, { version, mtu: version === 1 ? BTU : LARGE_MTU });
    const packet = packetOf(payload);
    bench.set(receivesAt, frameOf(version, packet));
    const counters = countedBy(side, () => {
      expect(bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt))).toBe("waiting");
    });
    expect(taken(side)).toBe(toHex(packet));
    expect(taken(side)).toBeUndefined();
    expect(counters).toEqual({ packetsReceived: 1 });
  });

  /** In version 1 the host's packets end where the next buffer begins, the BMC's where the window of 16 KiB does. */
  const VERSION_1_LIMITS: Readonly<Record<RoleName, number>> = { host: 76 - 8, bmc: 16 * 1024 - 0x14c - 8 };

  function limitOf(role: RoleName, version: Version, mtu: number): number {
    return version === 1 ? VERSION_1_LIMITS[role] : mtu;
  }

  const lengths = ROLES.flatMap((role) =>
    VERSIONS.flatMap((version) =>
      ([64, LARGE_MTU] as const)
        .filter((mtu) => version !== 1 || mtu === 64)
        .flatMap((mtu) =>
          [0, 1, 3, ...[5, 8, 12].map((more) => limitOf(role, version, mtu) + more)]
            .concat([0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff])
            .map((length) => [role, version, mtu, length] as const),
        ),
    ),
  );

  test.each(lengths)(
    "LPC-BUF-4: %s, version %p, MTU %p: length %p is dropped and answered with Rx Complete",
    (role, version, mtu, length) => {
      const { side, bench, receivesAt } = inSession(role, { version, mtu });
      bench.set(receivesAt, frameOf(version, packetOf(64), length));
      const counters = countedBy(side, () => {
        bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      });
      expect(taken(side)).toBeUndefined();
      expect(counters).toEqual({ lengthOutOfBounds: 1 });
      // The channel works on.
      bench.set(receivesAt, frameOf(version, packetOf(64)));
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      expect(taken(side)).toBe(toHex(packetOf(64)));
    },
  );

  test.each(ROLES.flatMap((role) => VERSIONS.map((version) => [role, version] as const)))(
    "LPC-BUF-4: %s, version %p: lengths 4 and MTU + 4 are within bounds",
    (role, version) => {
      const { side, bench, receivesAt } = inSession(role, { version });
      for (const payload of [0, 64]) {
        bench.set(receivesAt, frameOf(version, packetOf(payload)));
        bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
        expect(taken(side)).toBe(toHex(packetOf(payload)));
      }
    },
  );

  test.each(ROLES)("LPC-BUF-4: the %s, version 1, takes what its buffer's place holds, above the BTU, too", (role) => {
    const { side, bench, receivesAt } = inSession(role, { version: 1 });
    const limit = VERSION_1_LIMITS[role];
    expect(side.session?.mtu).toEqual({ hostToBmc: 64, bmcToHost: 64 });
    for (const payload of [65, limit - 1, limit]) {
      const packet = packetOf(payload);
      bench.set(receivesAt, frameOf(1, packet));
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      expect(taken(side)).toBe(toHex(packet));
    }
    // More would be another's: dropped, with Rx Complete, and nothing but the length is read.
    bench.touches.length = 0;
    bench.set(receivesAt, Uint8Array.of(0, 0, (limit + 5) >> 8, limit + 5));
    const counters = countedBy(side, () => {
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
    });
    expect(counters).toEqual({ lengthOutOfBounds: 1 });
    expect(bench.touches).toEqual([{ write: false, offset: receivesAt, length: 4 }]);
    expect(taken(side)).toBeUndefined();
  });

  test.each(ROLES.flatMap((role) => [10, 64, 600].map((payload) => [role, payload] as const)))(
    "LPC-BUF-5: %s: one wrong bit anywhere in %p bytes drops the packet, with Rx Complete",
    (role, payload) => {
      const { side, bench, receivesAt } = inSession(role, { mtu: LARGE_MTU });
      const packet = packetOf(payload);
      const frame = frameOf(3, packet);
      const places = payload > 100 ? [4, 5, 8, 300, 511, 512, frame.length - 4, frame.length - 1] : frame.keys();
      let drops = 0;
      for (const at of places) {
        if (at < 4) continue;
        bench.set(receivesAt, frame);
        bench.window[receivesAt + at]! ^= 1 << (at % 8);
        bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
        expect(taken(side)).toBeUndefined();
        expect(side.state.counters.crcMismatch).toBe(++drops);
      }
      expect(side.state.counters.packetsReceived).toBe(0);
      bench.set(receivesAt, frame);
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      expect(taken(side)).toBe(toHex(packet));
    },
  );

  test.each(ROLES)("LPC-BUF-5: %s: a length within bounds that is not the packet's fails the CRC", (role) => {
    const { side, bench, receivesAt } = inSession(role, {});
    for (const length of [4, 43, 45, 68]) {
      bench.set(receivesAt, frameOf(3, packetOf(40), length));
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      expect(taken(side)).toBeUndefined();
    }
    expect(side.state.counters.crcMismatch).toBe(4);
  });
});

describe("LPC-BUF packet buffers: the peer may write at any time", () => {
  const variants = ROLES.flatMap((role) => [60, 1000].map((payload) => [role, payload] as const));

  test.each(variants)(
    "LPC-BUF-2, LPC-BUF-6: %s, %p bytes: the length is fetched once, nothing is read twice",
    (role, payload) => {
      const { side, bench, receivesAt } = inSession(role, { mtu: LARGE_MTU });
      bench.set(receivesAt, frameOf(3, packetOf(payload)));
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      const reads = new Map<number, number>();
      for (const { offset, length } of bench.touches) {
        for (let at = offset; at < offset + length; at++) reads.set(at, (reads.get(at) ?? 0) + 1);
      }
      expect(Math.max(...reads.values())).toBe(1);
      expect(Math.min(...reads.keys())).toBe(receivesAt);
      expect(Math.max(...reads.keys())).toBe(receivesAt + 4 + 4 + payload + 4 - 1);
    },
  );

  test.each(variants)("LPC-BUF-2: %s, %p bytes: a length changed after its fetch moves no bounds", (role, payload) => {
    const { side, bench, layout, receivesAt } = inSession(role, { mtu: LARGE_MTU });
    const { size } = role === "host" ? layout.bmcToHost : layout.hostToBmc;
    const packet = packetOf(payload);
    bench.set(receivesAt, frameOf(3, packet));
    bench.afterTouch = () => {
      bench.set(receivesAt, "ffffffff");
    };
    bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
    expect(taken(side)).toBe(toHex(packet));
    for (const touch of bench.touches) {
      expect(touch.offset >= receivesAt && touch.offset + touch.length <= receivesAt + size).toBe(true);
    }
  });

  test.each(variants)("LPC-BUF-6: %s, %p bytes: what was judged is what is delivered", (role, payload) => {
    const { side, bench, receivesAt } = inSession(role, { mtu: LARGE_MTU });
    const packet = packetOf(payload);
    bench.set(receivesAt, frameOf(3, packet));
    bench.afterTouch = ({ offset, length }) => {
      // All that has been read changes at once, the rest stays.
      bench.window.fill(0x55, offset, offset + length);
    };
    bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
    bench.window.fill(0xaa);
    expect(taken(side)).toBe(toHex(packet));
  });

  test.each(ROLES)("LPC-BUF-6: %s: a packet stays as it is however many follow, good or bad", (role) => {
    const { side, bench, receivesAt } = inSession(role, { mtu: LARGE_MTU });
    const kept: { text: string; bytes: Uint8Array }[] = [];
    for (let index = 0; index < 200; index++) {
      const packet = packetOf((index * 37) % (LARGE_MTU + 1), index);
      bench.set(receivesAt, frameOf(3, packet));
      if (index % 5 === 0) bench.window[receivesAt + 4]! ^= 0x10;
      bench.play((bus) => side.service(bus, NOW), receiveRows(role, receivesAt));
      const received = side.takeReceived();
      expect(received === undefined).toBe(index % 5 === 0);
      if (received === undefined) continue;
      kept.push({ text: toHex(packet), bytes: received.bytes.subarray(received.start, received.end) });
    }
    for (const { text, bytes } of kept) expect(toHex(bytes)).toBe(text);
  });
});
