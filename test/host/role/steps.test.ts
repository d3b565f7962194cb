/** Accesses of the host with the steps of tables H0 to H4 that make them: what a trace and a figure show. */
import { describe, expect, test } from "@jest/globals";
import { Field } from "../../../src/core/binding/control-region.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { at, get, hostRows, packetRead, packetWrite, put, str } from "../../support/bench.ts";
import { frameOf, packetOf, partsOf } from "../../support/frames.ts";
import {
  DOWN,
  DOWN_OBF,
  FENCE,
  HostBench,
  IDLE,
  IDLE_IBF,
  READ_HOST_VERSIONS,
  READ_MAGIC,
  READ_REGION,
  RX_AT,
  TX_AT,
} from "../../support/host-steps.ts";
import { OPEN, OPEN_IBF, OPEN_OBF } from "../../support/in-session.ts";

const { odr, idr } = hostRows;
const ZEROED = put(Field.hostVersionMin, "00000000");
const CLOSE = [at("H1.2", ZEROED), at("H1.3", idr(0x00))];

describe("steps of the host", () => {
  test("LPC-HOST-1 to LPC-HOST-7, LPC-HOST-14: a start-up", () => {
    const bench = new HostBench();
    bench.round(at("H0.1", str(DOWN)));
    bench.round(at("H0.1", str(DOWN_OBF)), at("H0.2", READ_MAGIC), at("H0.3", odr(0xff)), at("H0.4", str(DOWN)));
    bench.round(at("H0.1", str(IDLE)), at("H0.2", READ_MAGIC), ...CLOSE);
    bench.round(at("H0.1", str(IDLE)), at("H1.7", FENCE));
    bench.round(at("H0.1", str(0x81)), at("H0.3", odr(0xff)), at("H0.4", str(IDLE)), at("H1.8", FENCE));
    bench.round(
      at("H0.1", str(IDLE)),
      at("H1.10", READ_REGION),
      at("H1.11", put(Field.hostVersionMin, "00010003")),
      at("H1.12", put(Field.rxSize, "0000004c")),
      at("H1.13", idr(0x00)),
    );
    bench.round(at("H0.1", str(IDLE)), at("H1.14", FENCE));
    bench.round(at("H0.1", str(IDLE)), at("H1.15", FENCE));
    bench.answer(3);
    bench.round(at("H0.1", str(OPEN)), at("H1.20", READ_REGION), at("H1.21", str(OPEN)));
    expect(bench.phase).toBe("active");
  });

  test("LPC-HOST-7, LPC-HOST-15, LPC-TIME-2: refusals and the rest behind them", () => {
    const bench = new HostBench({ refusedDelay: millis(1000) });
    for (let refusal = 0; refusal < 2; refusal++) {
      bench.to("judging").round(at("H0.1", str(IDLE)), at("H1.16", READ_HOST_VERSIONS));
    }
    bench.round(at("H0.1", str(IDLE)), at("H1.30", READ_HOST_VERSIONS));
    expect(bench.phase).toBe("resting");
  });

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

  test("LPC-HOST-10, LPC-HOST-11, LPC-KCS-6: packets both ways", () => {
    const bench = new HostBench().to("active");
    bench.set(RX_AT, frameOf(3, packetOf(20)));
    bench.host.offer(partsOf(packetOf(20)));
    bench.round(
      at("H3.1", packetWrite(TX_AT)),
      at("H2.2", str(OPEN_OBF)),
      at("H2.4", odr(0x01)),
      at("H2.5 H2.6", packetRead(RX_AT)),
      at("H2.11", str(OPEN)),
      at("H2.14", idr(0x02)),
    );
    bench.round(at("H2.2", str(OPEN)), at("H2.15", idr(0x01)));
    bench.host.offer(partsOf(packetOf(20)));
    // Behind an Rx Complete the round goes on with the next packet.
    bench.round(
      at("H2.2", str(OPEN_OBF)),
      at("H2.4", odr(0x02)),
      at("H3.1", packetWrite(TX_AT)),
      at("H2.2", str(OPEN)),
      at("H2.15", idr(0x01)),
    );
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

  test("LPC-HOST-12: a stop closes by the steps of the close", () => {
    const bench = new HostBench().to("active");
    bench.host.stop();
    bench.round(at("H0.1", str(OPEN_IBF)));
    bench.round(at("H0.1", str(0xc1)), at("H0.3", odr(0xff)), at("H0.4", str(IDLE_IBF)));
    bench.round(at("H0.1", str(OPEN)), ...CLOSE);
    expect(bench.host.stopped).toBe(true);
  });
});
