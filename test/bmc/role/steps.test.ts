/**
 * Accesses of the BMC with the steps of tables B1 to B6 that make them, where no vector of
 * the specification shows them: starts, sessions, refusals and stops are there.
 */
import { describe, test } from "@jest/globals";
import { at, bmcRows, packetRead, packetWrite, str } from "../../support/bench.ts";
import { BmcBench, TO_BMC_AT, TO_HOST_AT } from "../../support/bmc-steps.ts";
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
});
