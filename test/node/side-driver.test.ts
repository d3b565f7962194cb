import { describe, expect, test } from "@jest/globals";
import { createBmcSide } from "../../bmc/role/side.ts";
import { createHostSide } from "../../host/role/side.ts";
import type { BmcConfig, BmcState } from "../../bmc/role/state.ts";
import type { HostConfig, HostState } from "../../host/role/state.ts";
import type { BmcBus, HostBus } from "../../src/core/binding/bus.ts";
import { hostStatusOf, odrOf } from "../../src/core/binding/kcs-word.ts";
import { Status } from "../../src/core/binding/registers.ts";
import { BmcPortBus, HostPortBus } from "../../src/node/port-bus.ts";
import { createPacketMemory } from "../../src/node/packet-memory.ts";
import { SideDriver } from "../../src/node/side-driver.ts";
import type { PacketExchange } from "../../src/core/mctp/link.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";
import type { PacketParts } from "../../src/core/wire/packet-parts.ts";
import { toHex } from "../../src/core/wire/bytes.ts";
import { millis, type Millis } from "../../src/core/wire/units.ts";
import { encodeU32, MAGIC } from "../../src/core/binding/control-region.ts";
import { AccessBus } from "../../src/core/binding/access-bus.ts";
import { packetOf, partsOf } from "../support/frames.ts";

const NOW = millis(7);
const LARGE = 64 * 1024;

/** An exchange that writes down what it is told. */
class Log implements PacketExchange {
  readonly lines: string[] = [];
  readonly packets: PacketParts[] = [];
  deadline: Millis | undefined;
  onReceive: (() => void) | undefined;
  /** Where the packets came, and whether they are kept. */
  readonly rooms: (readonly [ArrayBufferLike, number])[] = [];
  keeps = true;

  linkUp(): void {
    this.lines.push("up");
  }

  linkDown(): void {
    this.lines.push("down");
  }

  nextPacket(unit: number): PacketParts | undefined {
    const packet = this.packets.shift();
    if (packet !== undefined) this.lines.push(`next for ${String(unit)}`);
    return packet;
  }

  packetDone(): void {
    this.lines.push("done");
  }

  receivePacket(bytes: Uint8Array, start: number, end: number): boolean {
    this.lines.push(`received ${toHex(bytes.subarray(start, end))}`);
    this.rooms.push([bytes.buffer, start]);
    this.onReceive?.();
    return this.keeps;
  }

  packetLost(): void {
    this.lines.push("lost");
  }

  nextDeadline(): Millis | undefined {
    return this.deadline;
  }

  expire(now: Millis): void {
    this.lines.push(`expire ${String(now)}`);
  }

  take(): string[] {
    return this.lines.splice(0);
  }
}

/** What happens to the board right before an access of a step, once. */
class HookedBmcBus extends BmcPortBus {
  readonly before = new Map<string, () => void>();

  override readWindow(step: string, offset: number, into: Uint8Array, at: number, length: number): void {
    this.#reach(step);
    super.readWindow(step, offset, into, at, length);
  }

  override writeOdr(step: string, command: number): void {
    this.#reach(step);
    super.writeOdr(step, command);
  }

  #reach(step: string): void {
    const hook = this.before.get(step);
    this.before.delete(step);
    hook?.();
  }
}

class Bench {
  readonly board: LoopbackBoard;
  readonly hostLog = new Log();
  readonly bmcLog = new Log();
  readonly host: SideDriver<HostState, HostConfig, HostBus>;
  readonly bmcBus: HookedBmcBus;
  readonly bmc: SideDriver<BmcState, BmcConfig, BmcBus>;

  constructor(windowBytes = 8192, mtu = 100) {
    this.board = new LoopbackBoard(windowBytes);
    const hostSide = createHostSide({ windowBytes, mtu }, createPacketMemory());
    this.host = new SideDriver(hostSide, new HostPortBus(this.board.host), this.hostLog);
    this.bmcBus = new HookedBmcBus(this.board.bmc);
    this.bmc = new SideDriver(createBmcSide({ windowBytes }, createPacketMemory()), this.bmcBus, this.bmcLog);
  }

  /**
   * The BMC's Tx Begin in ODR and the host's, for a packet of so many bytes, in IDR: the host wrote it just before it saw
   * the other.
   */
  crossed(packetBytes: number): this {
    this.run();
    this.hostLog.packets.push(partsOf(packetOf(packetBytes)));
    this.bmcBus.before.set("B4.3", () => this.host.pump(NOW));
    this.bmcLog.packets.push(partsOf(packetOf(5)));
    this.bmc.pump(NOW);
    this.bmcLog.take();
    this.bmcLog.onReceive = () => this.bmcLog.lines.push(this.odr);
    return this;
  }

  /** ODR as the host would find it. */
  get odr(): string {
    const { word } = this.board;
    return (hostStatusOf(word) & Status.OBF) === 0 ? "ODR empty" : `ODR ${String(odrOf(word))}`;
  }

  /** Both sides until neither changes anything. */
  run(): this {
    for (let turn = 0; turn < 30; turn++) {
      this.host.pump(NOW);
      this.bmc.pump(NOW);
    }
    return this;
  }
}

describe("SideDriver", () => {
  test("tells of a session when it opens, once", () => {
    const bench = new Bench().run();
    expect([bench.hostLog.take(), bench.bmcLog.take()]).toEqual([["up"], ["up"]]);
    bench.run();
    expect([bench.hostLog.take(), bench.bmcLog.take()]).toEqual([[], []]);
  });

  test("carries packets: asks for one at the session's MTU, says when it was taken, hands on what came", () => {
    const bench = new Bench().run();
    bench.hostLog.take();
    bench.bmcLog.take();
    bench.hostLog.packets.push(partsOf(packetOf(10)), partsOf(packetOf(100)));
    bench.run();
    expect(bench.bmcLog.take()).toEqual([`received ${toHex(packetOf(10))}`, `received ${toHex(packetOf(100))}`]);
    expect(bench.hostLog.take().sort()).toEqual(["done", "done", "next for 100", "next for 100"]);
  });

  test("a packet for an idle channel is on its way when the pump returns, and nothing is left to do", () => {
    const bench = new Bench().run();
    bench.hostLog.packets.push(partsOf(packetOf(10)));
    expect(bench.host.pump(NOW)).toBe(false);
    // IBF, and Tx Begin in IDR.
    expect(bench.board.word & 0xff02).toBe(0x0102);
  });

  test("each packet that was taken is told once, when it was taken", () => {
    const bench = new Bench().run();
    bench.hostLog.take();
    bench.hostLog.packets.push(partsOf(packetOf(10)));
    bench.run();
    expect(bench.hostLog.take()).toEqual(["next for 100", "done"]);
    bench.hostLog.packets.push(partsOf(packetOf(10)), partsOf(packetOf(11)), partsOf(packetOf(12)));
    bench.run();
    expect(bench.hostLog.take().filter((line) => line === "done")).toHaveLength(3);
  });

  test("a packet that comes of another goes out in the same pump", () => {
    const bench = new Bench().run();
    bench.bmcLog.onReceive = () => bench.bmcLog.packets.push(partsOf(packetOf(5)));
    bench.hostLog.packets.push(partsOf(packetOf(10)));
    bench.host.pump(NOW);
    bench.bmc.pump(NOW);
    // The reply lies in its buffer already, behind the Rx Complete that ODR holds.
    const { offset } = bench.host.side.session!.layout.bmcToHost;
    expect(toHex(bench.board.window.subarray(offset, offset + 13))).toBe(`00000009${toHex(packetOf(5))}`);
    bench.host.pump(NOW);
    bench.bmc.pump(NOW);
    bench.host.pump(NOW);
    expect(bench.hostLog.lines).toContain(`received ${toHex(packetOf(5))}`);
  });

  test.each([100, LARGE, 24 * LARGE])(
    "a packet of %p bytes that nobody keeps leaves its memory to the next",
    (size) => {
      const bench = new Bench(4 * size + 8192, size).run();
      for (let packet = 0; packet < 4; packet++) {
        bench.bmcLog.keeps = packet === 2;
        bench.hostLog.packets.push(partsOf(packetOf(size)));
        bench.run();
      }
      const [first, second, kept, behindIt] = bench.bmcLog.rooms;
      expect([second, kept]).toEqual([first, first]);
      expect(behindIt![0] !== kept![0] || behindIt![1] !== kept![1]).toBe(true);
    },
  );

  test("LPC-BUF-8: Rx Complete is out before a packet is delivered, though another byte came first", () => {
    const bench = new Bench().crossed(10);
    // The host takes the BMC's packet, and its Rx Complete is there when the BMC has read the host's.
    bench.bmcBus.before.set("B2.7", () => bench.host.pump(NOW));
    bench.bmc.pump(NOW);
    expect(bench.bmcLog.lines).toEqual(["done", `received ${toHex(packetOf(10))}`, "ODR 2"]);
  });

  test.each([
    ["until the host has emptied ODR", LARGE, (bench: Bench) => bench.host.pump(NOW), ["done", "received", "ODR 2"]],
    ["for a moment only", LARGE, () => undefined, ["received", "ODR 1"]],
    ["in vain, once the session has ended (LPC-BMC-6)", LARGE, ({ board }: Bench) => (board.word = 0), ["down"]],
    ["not at all where it is small", 10, () => undefined, ["received", "ODR 1"]],
  ])("LPC-BUF-8: a large packet whose Rx Complete finds ODR full waits %s", (_, bytes, then, expected) => {
    const bench = new Bench(4 * LARGE, 2 * LARGE).crossed(bytes);
    expect(bench.bmc.pump(NOW)).toBe(bytes === LARGE);
    expect(bench.bmcLog.lines).toHaveLength(bytes === LARGE ? 0 : 2);
    then(bench);
    const { rounds } = bench.bmc;
    for (let pump = 0; bench.bmc.pump(NOW) && pump < 1000; pump++);
    expect(bench.bmcLog.take().map((line) => line.replace(/^(received) .*/, "$1"))).toEqual(expected);
    expect(bench.bmc.rounds - rounds).toBeLessThan(4);
  });

  test("a session that follows another without a gap is told as one down, one up", () => {
    const bench = new Bench().run();
    bench.bmcLog.take();
    // The host starts again without a word: the BMC meets one Initialise after the other.
    const log = new Log();
    const side = createHostSide({ windowBytes: 8192, mtu: 64 }, createPacketMemory());
    const host = new SideDriver(side, new HostPortBus(bench.board.host), log);
    for (let turn = 0; turn < 30; turn++) {
      host.pump(NOW);
      bench.bmc.pump(NOW);
    }
    expect([bench.bmcLog.take(), log.take()]).toEqual([["down", "up"], ["up"]]);
    bench.bmcLog.packets.push(partsOf(packetOf(64)));
    bench.bmc.pump(NOW);
    expect(bench.bmcLog.take()).toEqual(["next for 64"]);
  });

  test("tells of the loss of a session", () => {
    const bench = new Bench().run();
    bench.hostLog.take();
    bench.board.word = 0;
    bench.host.pump(NOW);
    expect(bench.hostLog.take()).toEqual(["down"]);
  });

  test.each([
    ["length", 3],
    ["CRC-32", 9],
  ])("LPC-ERR-5: tells of a packet dropped for its %s, once, and goes on", (_, spoiltByte) => {
    const bench = new Bench().run();
    const both = [
      [bench.host, bench.hostLog, bench.bmc, bench.bmcLog, "hostToBmc"],
      [bench.bmc, bench.bmcLog, bench.host, bench.hostLog, "bmcToHost"],
    ] as const;
    for (const [sender, senderLog, receiver, receiverLog, direction] of both) {
      senderLog.packets.push(partsOf(packetOf(10)));
      sender.pump(NOW);
      const { offset } = bench.host.side.session!.layout[direction];
      bench.board.window[offset + spoiltByte]! ^= 0x80;
      receiverLog.take();
      receiver.pump(NOW);
      expect(receiverLog.take()).toEqual(["lost"]);
      senderLog.packets.push(partsOf(packetOf(11)));
      bench.run();
      expect(receiverLog.take()).toEqual([`received ${toHex(packetOf(11))}`]);
      expect(senderLog.take().filter((line) => line === "done")).toHaveLength(2);
    }
  });

  test("what fell due is carried out before the side is served", () => {
    const bench = new Bench().run();
    bench.hostLog.take();
    bench.hostLog.deadline = millis(50);
    expect(bench.host.nextDeadline()).toBe(50);
    bench.host.expire(millis(50));
    expect(bench.hostLog.take()).toEqual(["expire 50"]);
  });

  test("the deadline is the side's or the exchange's, whichever is first", () => {
    const bench = new Bench().run();
    bench.hostLog.packets.push(partsOf(packetOf(10)));
    bench.host.pump(NOW);
    const stall = bench.host.side.nextDeadline()!;
    expect(bench.host.nextDeadline()).toBe(stall);
    bench.hostLog.deadline = millis(stall + 1);
    expect(bench.host.nextDeadline()).toBe(stall);
    bench.hostLog.deadline = millis(stall - 1);
    expect(bench.host.nextDeadline()).toBe(stall - 1);
  });

  test("a peer that always has one more byte cannot keep a pump for ever", () => {
    let accesses = 0;
    const endless = new AccessBus((access) => {
      accesses++;
      if (accesses > 100_000) throw new Error("for ever");
      if (access.kind === "readWindow") access.into.set(encodeU32(MAGIC), access.at);
      return access.kind === "readStatus" ? 0x03 : 0xff;
    });
    const side = createHostSide({ windowBytes: 8192 }, createPacketMemory());
    expect(new SideDriver(side, endless, new Log()).pump(NOW)).toBe(true);
    expect(accesses).toBeGreaterThan(10);
  });

  test("a failing bus is the caller's to hear of", () => {
    const side = createHostSide({ windowBytes: 8192 }, createPacketMemory());
    const broken = new AccessBus(() => {
      throw new Error("no board");
    });
    expect(() => new SideDriver(side, broken, new Log()).pump(NOW)).toThrow("no board");
  });
});

describe("port buses", () => {
  test("the host's accesses: STR and ODR are read, IDR is written, the window both", () => {
    const { board } = new Bench();
    const host = new HostPortBus(board.host);
    const bmc = new BmcPortBus(board.bmc);
    board.window.set([1, 2, 3, 4], 100);
    const into = new Uint8Array(6);
    host.readWindow("H0.2", 101, into, 2, 3);
    expect([...into]).toEqual([0, 0, 2, 3, 4, 0]);
    host.writeWindow("H3.1", 200, Uint8Array.of(9, 8, 7, 6), 1, 3);
    expect([...board.window.subarray(199, 203)]).toEqual([0, 8, 7, 0]);
    host.writeIdr("H1.3", 0x55);
    expect(host.readStatus("H0.1")).toBe(0x02);
    expect(bmc.readStatus("B2.2")).toBe(0x02);
    expect(bmc.readIdr("B2.5")).toBe(0x55);
    bmc.writeOdr("B4.1", 0xaa);
    bmc.writeStatus("B1.8", 0x81);
    expect(host.readStatus("H0.1")).toBe(0x81);
    expect(host.readOdr("H0.3")).toBe(0xaa);
    expect(host.readStatus("H0.1")).toBe(0x80);
  });

  test("the BMC's accesses to the window", () => {
    const { board } = new Bench();
    const bmc = new BmcPortBus(board.bmc);
    bmc.writeWindow("B1.2", 300, Uint8Array.of(9, 8, 7, 6), 1, 3);
    const into = new Uint8Array(4);
    bmc.readWindow("B3.4", 299, into, 0, 4);
    expect([...into]).toEqual([0, 8, 7, 0]);
  });

  test("an access outside the window is misuse", () => {
    const { board } = new Bench();
    for (const bus of [new HostPortBus(board.host), new BmcPortBus(board.bmc)]) {
      for (const offset of [-1, 8192 - 15, 0xffff_ffff]) {
        const bytes = new Uint8Array(16);
        expect(() => {
          bus.readWindow("H2.6", offset, bytes, 0, 16);
        }).toThrow(RangeError);
        expect(() => {
          bus.writeWindow("H3.1", offset, bytes, 0, 16);
        }).toThrow(RangeError);
      }
    }
  });
});
