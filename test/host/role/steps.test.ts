/**
 * Accesses of the host with the steps of tables H0 to H4 that make them, where no vector of
 * the specification shows them: starts, sessions, refusals and stops are there.
 */
import { describe, expect, test } from "@jest/globals";
import { Field } from "../../../src/core/binding/control-region.ts";
import { at, get, hostRows, packetRead, packetWrite, put, str } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import { FENCE, HostBench, IDLE, READ_REGION, RX_AT, TX_AT } from "../../support/host-steps.ts";
import { OPEN, OPEN_OBF } from "../../support/in-session.ts";

const { odr, idr } = hostRows;
const ZEROED = put(Field.hostVersionMin, "00000000");
const CLOSE = [at("H1.2", ZEROED), at("H1.3", idr(0x00))];

describe("steps of the host", () => {
  test("LPC-VER-3: an answer that is declined", () => {
    const bench = new HostBench().to("judging");
    bench.answer(9);
    bench.round(
      at("H0.1", str(OPEN)),
      at("H1.20", READ_REGION),
      at("H1.21", str(OPEN)),
      at("H1.23", get(Field.hostVersionMin, 4)),
    );
    bench.round(at("H0.1", str(OPEN)), ...CLOSE);
    expect(bench.phase).toBe("resting");
  });

  test("LPC-BUF-4: of a length out of bounds nothing but the length is read", () => {
    const bench = new HostBench().to("active");
    bench.set(RX_AT, frameOf(3, packetOf(20), 3));
    bench.round(
      at("H2.2", str(OPEN_OBF)),
      at("H2.4", odr(0x01)),
      at("H2.5", packetRead(RX_AT)),
      at("H2.11", str(OPEN)),
      at("H2.14", idr(0x02)),
    );
  });

  test.each([
    [3, "H3.1 H3.2 H3.3"],
    [2, "H3.1 H3.2"],
  ] as const)("LPC-BUF-1: a large packet of version %p in its parts", (version, steps) => {
    const bench = new HostBench({ versions: { min: version, cur: version }, mtu: 1000 });
    bench.to("opening");
    bench.round(
      str(IDLE),
      READ_REGION,
      put(Field.hostVersionMin, `000${String(version)}000${String(version)}`),
      put(Field.rxSize, version === 3 ? "000003f4" : "000003f0"),
      idr(0x00),
    );
    bench.round(str(IDLE), FENCE);
    bench.round(str(IDLE), FENCE);
    bench.answer(version, bench.layoutFor(version, 1000));
    bench.round(str(OPEN), READ_REGION, str(OPEN));
    bench.host.offer(partsOf(packetOf(1000)));
    bench.round(at(steps, packetWrite(TX_AT)), at("H2.2", str(OPEN)), at("H2.15", idr(0x01)));
  });
});
