import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeLayout, Field, type Layout } from "../../../src/core/binding/control-region.ts";
import { bufferBytes, judgeLayout } from "../../../src/core/binding/layout.ts";
import { negotiateVersion, type Version, type VersionRange } from "../../../src/core/binding/versions.ts";
import { readU16be } from "../../../src/core/wire/bytes.ts";
import { bmcRows, packetRead, packetWrite, str } from "../../support/bench.ts";
import {
  BmcBench,
  initialiseRows,
  OFFER,
  READ_INITIALISE,
  TO_BMC_AT,
  TO_HOST_AT,
  WINDOW,
} from "../../support/bmc-steps.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { countedBy } from "../../support/in-session.ts";

const { idr, odr } = bmcRows;
const ALL: VersionRange = { min: 1, cur: 3 };

describe("LPC-BMC-4 Initialise", () => {
  test("LPC-BMC-4: the answer is layout, negotiated_ver, STR, and then a dummy", () => {
    const bench = new BmcBench().started();
    bench.propose(ALL, 76);
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0003", 0xc1))).toBe("again");
    });
    expect(counters).toEqual({ sessionsOpened: 1 });
    expect(bench.bmc.session).toMatchObject({ version: 3, mtu: { hostToBmc: 64, bmcToHost: 64 } });
    expect(bench.round(str(0xc1))).toBe("waiting");
    expect(bench.round(str(0xc0), odr(0xff))).toBe("waiting");
    expect(bench.round(str(0xc0))).toBe("waiting");
  });

  test("LPC-BMC-4: in a session it ends the session and forgets what was owed and pending", () => {
    const bench = new BmcBench().active();
    const first = bench.bmc.session;
    bench.set(TO_BMC_AT, frameOf(3, packetOf(10)));
    bench.bmc.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TO_HOST_AT), str(0xc3), idr(0x01), packetRead(TO_BMC_AT), str(0xc1));
    bench.bmc.takeReceived();
    bench.bmc.offer(partsOf(packetOf(11)));
    bench.propose(ALL, 76);
    const counters = countedBy(bench.bmc, () => {
      bench.round(str(0xc3), idr(0x00), ...initialiseRows(OFFER, "0003", 0xc1, 0xc1));
    });
    expect(counters).toEqual({ reinitialised: 1, sessionsOpened: 1, packetsGivenUp: 1 });
    expect(bench.bmc.session).not.toBe(first);
    // Neither Rx Complete nor Tx Begin nor the packet that waited: the dummy, then nothing.
    bench.round(str(0xc0), odr(0xff));
    bench.round(str(0xc0));
    expect(bench.bmc.canOffer).toBe(true);
  });

  test("LPC-BMC-4: a Rx Complete of the old session frees nothing in the new one", () => {
    const bench = new BmcBench().active();
    bench.bmc.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TO_HOST_AT), str(0xc0), odr(0x01));
    bench.initialised(ALL, 76);
    const counters = countedBy(bench.bmc, () => {
      bench.round(str(0xc2), idr(0x02));
    });
    expect(counters).toEqual({ rxCompleteUnexpected: 1 });
  });

  test("LPC-REG-5: the fields are copied once; what the host writes afterwards has no effect", () => {
    const bench = new BmcBench().started();
    bench.propose(ALL, 76);
    bench.afterTouch = ({ write }) => {
      if (!write) bench.set(0, "ff".repeat(0x20));
    };
    bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0003", 0xc1));
    bench.afterTouch = undefined;
    bench.window.fill(0xee, 0, 0x100);
    bench.round(str(0xc0), odr(0xff));
    bench.set(TO_BMC_AT, frameOf(3, packetOf(64)));
    bench.round(str(0xc2), idr(0x01), packetRead(TO_BMC_AT), str(0xc0), odr(0x02));
    expect(bench.bmc.takeReceived()).toBeDefined();
  });

  test("LPC-REG-4: pad and reserved bytes change nothing", () => {
    const bench = new BmcBench().started();
    bench.set(Field.pad, "ffff");
    bench.window.fill(0xff, 0x20, 0x100);
    bench.propose(ALL, 76);
    bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0003", 0xc1));
  });

  test("LPC-MTU-9: what the host wrote over offsets, versions and magic is not believed", () => {
    const bench = new BmcBench().started();
    bench.set(0, "ff".repeat(0x20));
    bench.propose(ALL, 76);
    bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0003", 0xc1));
  });
});

describe("LPC-BMC-8 refusals", () => {
  test.each([
    [{ min: 4, cur: 9 }, 76, { versionRefused: 1 }, "versionRefused"],
    [{ min: 4, cur: 9 }, 72, { versionRefused: 1 }, "versionRefused"],
    [{ min: 0, cur: 3 }, 76, { versionRefused: 1 }, "versionRefused"],
    [{ min: 3, cur: 1 }, 76, { versionRefused: 1 }, "versionRefused"],
    [{ min: 1, cur: 3 }, 75, { mtuRefused: 1 }, "mtuRefused"],
    [{ min: 1, cur: 3 }, 0, { mtuRefused: 1 }, "mtuRefused"],
    [{ min: 1, cur: 2 }, 71, { mtuRefused: 1 }, "mtuRefused"],
    [{ min: 0, cur: 0 }, 76, { closingInitialises: 1 }, "closedByHost"],
    [{ min: 0, cur: 0 }, 0, { closingInitialises: 1 }, "closedByHost"],
  ])("LPC-VER-2, LPC-MTU-7, LPC-MTU-8: versions %p, rx_size %p: %p", (versions, rxSize, counter, closeReason) => {
    const bench = new BmcBench().started();
    bench.propose(versions, rxSize);
    const counters = countedBy(bench.bmc, () => {
      expect(bench.round(...READ_INITIALISE, ...initialiseRows(OFFER, "0000", 0x81))).toBe("again");
    });
    expect(counters).toEqual(counter);
    expect([bench.phase, bench.bmc.state.closeReason, bench.bmc.session]).toEqual(["inactive", closeReason, undefined]);
    // The dummy and nothing else.
    bench.round(str(0x80), odr(0xff));
    bench.round(str(0x80));
  });

  test.each([
    { min: 4, cur: 9 },
    { min: 0, cur: 0 },
  ])("LPC-BMC-8: in a session, versions %p end it", (versions) => {
    const bench = new BmcBench().active();
    bench.bmc.offer(partsOf(packetOf(10)));
    bench.round(packetWrite(TO_HOST_AT), str(0xc1));
    bench.propose(versions, 76);
    bench.round(str(0xc2), idr(0x00), ...initialiseRows(OFFER, "0000", 0x81, 0xc0));
    expect(bench.bmc.canOffer).toBe(false);
    bench.round(str(0x80), odr(0xff));
    bench.round(str(0x80));
    expect(bench.bmc.state.counters).toMatchObject({ reinitialised: 1, packetsGivenUp: 1 });
  });

  test("LPC-MTU-8: after a small session the whole offer stands again", () => {
    const bench = new BmcBench({ mtu: 256 }).started();
    const offer = bench.hexAt(0x10, 16);
    bench.initialised(ALL, 76);
    expect(bench.hexAt(0x10, 16)).toBe("000001000000004c0000020c0000004c");
    bench.initialised({ min: 0, cur: 0 }, undefined);
    expect(bench.hexAt(0x10, 16)).toBe(offer);
  });
});

describe("LPC-MTU negotiation by the BMC", () => {
  const MIB = 1024 * 1024;
  const largest = "000001000007ff7c0008007c0007ff7c";

  test.each<[VersionRange, number | undefined, VersionRange, number | undefined, string, string]>([
    [ALL, undefined, ALL, 524156, "0003", largest],
    [ALL, undefined, { min: 1, cur: 2 }, 524156, "0002", "000001000007ff780008007c0007ff78"],
    [{ min: 1, cur: 2 }, undefined, ALL, 524152, "0002", "000001000007ff78000800780007ff78"],
    [ALL, undefined, ALL, 4108, "0003", "000001000000100c0008007c0000100c"],
    [ALL, undefined, { min: 1, cur: 2 }, 4104, "0002", "00000100000010080008007c00001008"],
    [ALL, 4096, ALL, 4108, "0003", "000001000000100c0000110c0000100c"],
    [ALL, 64, ALL, 76, "0003", OFFER],
    [ALL, undefined, { min: 1, cur: 1 }, undefined, "0001", "00000100000000480008007c00000048"],
    [ALL, undefined, ALL, 75, "0000", largest],
    [{ min: 2, cur: 2 }, undefined, { min: 3, cur: 3 }, undefined, "0000", "000001000007ff78000800780007ff78"],
    [ALL, undefined, ALL, 0xffff_ffff, "0003", largest],
    [ALL, undefined, ALL, 77, "0003", "000001000000004d0008007c0000004d"],
  ])("LPC-MTU-4: BMC %p, MTU %p; host %p, rx_size %p: version %s, layout %s", (...row) => {
    const [versions, mtu, host, rxSize, version, layout] = row;
    const bench = new BmcBench({ windowBytes: MIB, versions, mtu }).started();
    bench.propose(host, rxSize);
    bench.round(...READ_INITIALISE, ...initialiseRows(layout, version, version === "0000" ? 0x81 : 0xc1));
  });

  test("LPC-MTU-4: tx_size is never above the host's rx_size, and every host takes the layout", () => {
    const sizes = fc.oneof(fc.integer({ min: 60, max: 4200 }), fc.nat(0xffff_ffff));
    const ranges = fc.record({ min: fc.nat(4), cur: fc.nat(4) });
    const own = fc.record({
      versions: fc.constantFrom<VersionRange>(ALL, { min: 1, cur: 2 }, { min: 1, cur: 1 }, { min: 2, cur: 3 }),
      mtu: fc.option(fc.integer({ min: 64, max: 1904 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(own, ranges, sizes, (config, host, rxSize) => {
        const bench = new BmcBench(config).started();
        const offered = decodeLayout(bench.window.subarray(Field.rxOffset));
        bench.initialised(host, rxSize);
        const layout: Layout = decodeLayout(bench.window.subarray(Field.rxOffset));
        const version = readU16be(bench.window, Field.negotiatedVersion);
        expect(bench.bmc.session?.version ?? 0).toBe(version);
        if (version === 0) {
          expect(layout).toEqual(offered);
          return;
        }
        expect(version).toBe(negotiateVersion(config.versions, host));
        expect(judgeLayout(layout, version as Version, WINDOW).ok).toBe(true);
        expect(layout.bmcToHost.size).toBe(layout.hostToBmc.size);
        expect([layout.bmcToHost.offset, layout.hostToBmc.offset]).toEqual([
          offered.bmcToHost.offset,
          offered.hostToBmc.offset,
        ]);
        if (version === 1) expect(layout.hostToBmc.size).toBe(72);
        else expect(layout.hostToBmc.size).toBeLessThanOrEqual(rxSize);
        if (config.mtu !== undefined && version !== 1) {
          expect(layout.hostToBmc.size).toBeLessThanOrEqual(bufferBytes(version as Version, config.mtu));
        }
        expect(bench.bmc.session?.layout).toEqual(layout);
      }),
      { numRuns: 400 },
    );
  });
});
