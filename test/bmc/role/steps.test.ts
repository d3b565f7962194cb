/** Accesses of the BMC with the steps of tables B1 to B6 that make them: what a trace and a figure show. */
import { describe, expect, test } from "@jest/globals";
import { Field } from "../../../src/core/binding/control-region.ts";
import { at, bmcRows, packetRead, packetWrite, put, setStr, str } from "../../support/bench.ts";
import {
  ANNOUNCE,
  BmcBench,
  OFFER,
  READ_REGION,
  TO_BMC_AT,
  TO_HOST_AT,
  WRITE_MAGIC,
  WRITE_REGION,
} from "../../support/bmc-steps.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";

const { idr, odr } = bmcRows;
const TAKE = [at("B2.2", str(OPEN_IBF)), at("B2.5", idr(0x01)), at("B2.6 B2.7", packetRead(TO_BMC_AT))];

function withPacket(): BmcBench {
  const bench = new BmcBench().active();
  bench.set(TO_BMC_AT, frameOf(3, packetOf(20)));
  return bench;
}

describe("steps of the BMC", () => {
  test("LPC-BMC-1, LPC-BMC-2, LPC-BMC-11: a start", () => {
    const bench = new BmcBench();
    bench.round(at("B1.1", setStr(0x01)), at("B1.2", WRITE_MAGIC), at("B1.3", str(0x00)), at("B1.4", ANNOUNCE));
    bench.round(at("B1.3", str(0x01)));
    bench.round(at("B1.3", str(0x00)), at("B1.4", ANNOUNCE));
    const [head, terms, versions] = WRITE_REGION;
    bench.round(
      at("B1.3", str(0x00)),
      at("B1.5", head!),
      at("B1.6", terms!),
      at("B1.7", versions!),
      at("B1.8", setStr(0x81)),
    );
    bench.round(at("B2.2", str(0x80)), at("B4.1", odr(0xff)));
    expect(bench.phase).toBe("inactive");
  });

  test.each([
    ["accepted", { min: 1, cur: 3 }, "0003", at("B3.7", setStr(0xc1))],
    ["refused", { min: 4, cur: 9 }, "0000", at("B3.8", setStr(0x81))],
  ] as const)("LPC-BMC-4: an Initialise that is %s", (_, versions, version, status) => {
    const bench = new BmcBench().started();
    bench.propose(versions, 76);
    bench.round(
      at("B2.2", str(0x82)),
      at("B2.5", idr(0x00)),
      at("B3.1", str(0x80)),
      at("B3.4", READ_REGION),
      at("B3.5", put(Field.rxOffset, OFFER)),
      at("B3.6", put(Field.negotiatedVersion, version)),
      status,
    );
  });

  test("LPC-BMC-3, LPC-KCS-6: packets both ways", () => {
    const bench = withPacket();
    bench.bmc.offer(partsOf(packetOf(20)));
    bench.round(at("B5.1", packetWrite(TO_HOST_AT)), ...TAKE, at("B2.8", str(OPEN)), at("B4.2", odr(0x02)));
    bench.round(at("B2.2", str(OPEN)), at("B4.3", odr(0x01)));
    bench.round(at("B2.2", str(OPEN_IBF)), at("B2.5", idr(0x02)));
  });

  test("LPC-BUF-4: of a length out of bounds nothing but the length is read", () => {
    const bench = new BmcBench().active();
    bench.set(TO_BMC_AT, frameOf(3, packetOf(20), 3));
    bench.round(
      at("B2.2", str(OPEN_IBF)),
      at("B2.5", idr(0x01)),
      at("B2.6", packetRead(TO_BMC_AT)),
      at("B2.8", str(OPEN_OBF)),
    );
  });

  test("LPC-BMC-6: the command behind a packet is read by a step of its own", () => {
    const bench = withPacket();
    bench.round(...TAKE, at("B2.8", str(OPEN_IBF)), at("B2.11", idr(0xff)));
  });

  test.each([
    [3, "B5.1 B5.2 B5.3"],
    [2, "B5.1 B5.2"],
  ] as const)("LPC-BUF-1: a large packet of version %p in its parts", (version, steps) => {
    const bench = new BmcBench({ mtu: 1000 }).started().initialised({ min: version, cur: version }, 1012);
    bench.bmc.offer(partsOf(packetOf(1000)));
    bench.round(at(steps, packetWrite(TO_HOST_AT)), at("B2.2", str(OPEN)), at("B4.3", odr(0x01)));
  });

  test("LPC-BMC-7: a stop", () => {
    const bench = new BmcBench().active();
    bench.bmc.stop();
    bench.round(at("B6.1", setStr(0x01)), at("B6.2", str(0x00)), at("B6.3", odr(0xff)));
    expect(bench.bmc.stopped).toBe(true);
  });
});
