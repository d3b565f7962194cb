/** Behaviour of the models that no recorded trace shows and no exploration needs. */
import { describe, expect, test } from "@jest/globals";
import {
  Field,
  encodeLayout,
  encodeU32,
  encodeVersionRange,
  type Layout,
} from "../../../src/core/binding/control-region.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import type { AnyBus } from "../../../src/core/binding/access-bus.ts";
import type { AnySide, SideModel } from "../../../src/core/explore/side-machine.ts";
import { BmcPortBus, HostPortBus } from "../../../src/node/port-bus.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { odrOf, statusOf } from "../../../src/core/binding/kcs-word.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { deployedBmc, deployedHost } from "../../support/deployed/models.ts";
import type { DeployedState } from "../../support/deployed/deployed-side.ts";
import { frameOf, packetOf } from "../../support/frames.ts";

class Bench {
  readonly board = new LoopbackBoard(4096);
  readonly side: AnySide;

  constructor(model: SideModel) {
    this.side = model.create(0, undefined);
  }

  /** One round; returns the packet that it received. */
  round(): Uint8Array | undefined {
    const { host, bmc } = this.board;
    const bus = this.side.role.name === "host" ? new HostPortBus(host) : new BmcPortBus(bmc);
    this.side.service(bus as unknown as AnyBus, millis(0));
    const packet = this.side.takeReceived();
    return packet?.bytes.slice(packet.start, packet.end);
  }

  get mistake(): string | undefined {
    return (this.side.state as unknown as DeployedState).mistake;
  }
}

describe("the deployed BMC", () => {
  /** Started, and asked for a session with rx_size as given. */
  function asked(rxSize: number): Bench {
    const bench = new Bench(deployedBmc({}));
    bench.round();
    bench.board.window.set(encodeVersionRange({ min: 1, cur: 3 }), Field.hostVersionMin);
    bench.board.window.set(encodeU32(rxSize), Field.rxSize);
    bench.board.host.port.writeData(Command.INITIALISE);
    bench.round();
    return bench;
  }

  test.each([
    ["too small", 75],
    ["into the other buffer", 77],
  ])("F10: a layout that is %s is refused", (_, rxSize) => {
    const { board, side } = asked(rxSize);
    expect(statusOf(board.word) & SESSION_BITS).toBe(Status.BMC_ACTIVE);
    expect(side.session).toBeUndefined();
    expect([board.window[Field.negotiatedVersion + 1], odrOf(board.word)]).toEqual([0, Command.DUMMY]);
  });

  test("F10: a packet after a refused layout is taken, and acknowledged when ODR is empty", () => {
    const bench = asked(77);
    const { board } = bench;
    const packet = packetOf(3);
    board.window.set(frameOf(3, packet), 0x14c);
    board.host.port.readData();
    board.host.port.writeData(Command.TX_BEGIN);
    expect(bench.round()).toEqual(packet);
    expect(odrOf(board.word)).toBe(Command.RX_COMPLETE);
  });

  test("after a refused version none is", () => {
    const bench = new Bench(deployedBmc({}));
    bench.round();
    bench.board.host.port.writeData(Command.INITIALISE);
    bench.round();
    bench.board.window.set(frameOf(3, packetOf(3)), 0x14c);
    bench.board.host.port.readData();
    bench.board.host.port.writeData(Command.TX_BEGIN);
    expect(bench.round()).toBeUndefined();
    expect(statusOf(bench.board.word) & Status.OBF).toBe(0);
  });
});

describe("the deployed host", () => {
  /** In a session with such a layout. */
  function inSession(layout: Layout): Bench {
    const bench = new Bench(deployedHost({ mtu: 128 }));
    const { bmc, window } = bench.board;
    window.set(encodeVersionRange({ min: 1, cur: 3 }), Field.bmcVersionMin);
    window.set(
      encodeLayout({ bmcToHost: { offset: 256, size: 140 }, hostToBmc: { offset: 512, size: 140 } }),
      Field.rxOffset,
    );
    bmc.port.writeStatus(Status.BMC_ACTIVE);
    bench.round();
    window.set(encodeLayout(layout), Field.rxOffset);
    window.set([0, 3], Field.negotiatedVersion);
    bmc.port.writeStatus(SESSION_BITS);
    bmc.port.writeData(Command.DUMMY);
    bench.round();
    expect(bench.side.session).toBeDefined();
    return bench;
  }

  /** A packet of 100 bytes is announced; whether it is taken, and what IDR holds of an answer. */
  function announce(bench: Bench): readonly [boolean, boolean] {
    const { bmc, window } = bench.board;
    bmc.port.readData();
    window.set(frameOf(3, packetOf(100)), 256);
    bmc.port.writeData(Command.TX_BEGIN);
    const isTaken = bench.round() !== undefined;
    return [isTaken, (statusOf(bench.board.word) & Status.IBF) !== 0];
  }

  test("F6: a packet above tx_size is neither taken nor acknowledged, though it fits rx_size", () => {
    const whole = { bmcToHost: { offset: 256, size: 140 }, hostToBmc: { offset: 512, size: 140 } };
    expect(announce(inSession(whole))).toEqual([true, true]);
    expect(announce(inSession({ ...whole, hostToBmc: { offset: 512, size: 76 } }))).toEqual([false, false]);
  });

  test("F5: a tx_size above what it asked for is its ruin", () => {
    const whole = { bmcToHost: { offset: 256, size: 140 }, hostToBmc: { offset: 512, size: 140 } };
    expect(inSession(whole).mistake).toBeUndefined();
    expect(inSession({ ...whole, hostToBmc: { offset: 512, size: 141 } }).mistake).toMatch("F4, F5");
  });

  test("F11: Initialise makes a BMC of it", () => {
    const bench = inSession({ bmcToHost: { offset: 256, size: 140 }, hostToBmc: { offset: 512, size: 140 } });
    bench.board.bmc.port.writeData(Command.INITIALISE);
    bench.round();
    expect(bench.mistake).toMatch("F11");
  });
});
