import { describe, expect, test } from "@jest/globals";
import { FAULT_KINDS, withFaults, type FaultPlan } from "../../src/platform/faulty.ts";
import { LoopbackBoard } from "../../src/platform/loopback.ts";

function bench(plan: Partial<FaultPlan>): { board: LoopbackBoard; faulty: ReturnType<typeof wrapped> } {
  const board = new LoopbackBoard(4096);
  return { board, faulty: wrapped(board, plan) };
}

function wrapped(
  board: LoopbackBoard,
  plan: Partial<FaultPlan>,
): ReturnType<typeof withFaults<LoopbackBoard["bmc"]["port"]>> {
  return withFaults(board.bmc, { seed: 1, chances: {}, ...plan });
}

/** How many bits differ. */
function distance(one: Uint8Array, other: Uint8Array): number {
  let bits = 0;
  for (const [index, byte] of one.entries()) {
    for (let rest = byte ^ other[index]!; rest > 0; rest &= rest - 1) bits++;
  }
  return bits;
}

const DATA = Uint8Array.from({ length: 64 }, (_, index) => index * 5);

describe("a platform with faults", () => {
  test("without chances it is the platform it wraps", () => {
    const { board, faulty } = bench({});
    for (let round = 0; round < 100; round++) {
      faulty.window.write(round, DATA, 3, 50);
      const into = new Uint8Array(60);
      faulty.window.read(round, into, 5, 47);
      expect(into.subarray(5, 52)).toEqual(DATA.subarray(3, 50));
      expect(faulty.interrupts.pending()).toBe(false);
    }
    expect(faulty.port).toBe(board.bmc.port);
    expect(faulty.window.size).toBe(4096);
    expect(faulty.faults.injected).toEqual(Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])));
  });

  test("closing and asking for the peer reach the platform", () => {
    const { bmc } = new LoopbackBoard(4096);
    let closed = 0;
    const close = (): void => {
      closed++;
    };
    const platform = { ...bmc, peerAttached: () => true, close };
    const faulty = withFaults(platform, { seed: 1, chances: {} });
    faulty.close();
    expect([closed, faulty.peerAttached?.()]).toEqual([1, true]);
    expect(withFaults(bmc, { seed: 1, chances: {} }).peerAttached).toBeUndefined();
  });
});

describe("bit flips", () => {
  test("a read hands back one wrong bit; the window keeps the right one, other memory is left alone", () => {
    const { board, faulty } = bench({ chances: { flipOnRead: 1 } });
    board.window.set(DATA, 100);
    for (let round = 0; round < 200; round++) {
      const into = new Uint8Array(80).fill(0xee);
      faulty.window.read(100, into, 8, 64);
      expect(distance(into.subarray(8, 72), DATA)).toBe(1);
      expect(into.filter((byte, index) => (index < 8 || index >= 72) && byte !== 0xee)).toHaveLength(0);
    }
    expect(board.window.subarray(100, 164)).toEqual(DATA);
    expect(faulty.faults.injected.flipOnRead).toBe(200);
  });

  test("a write stores one wrong bit; the writer keeps the right one", () => {
    const { board, faulty } = bench({ chances: { flipOnWrite: 1 } });
    for (let round = 0; round < 200; round++) {
      const bytes = Uint8Array.from(DATA);
      board.window.fill(0xee);
      faulty.window.write(100, bytes, 10, 20);
      expect(bytes).toEqual(DATA);
      expect(distance(board.window.subarray(100, 110), DATA.subarray(10, 20))).toBe(1);
      expect(board.window.filter((byte) => byte !== 0xee)).not.toHaveLength(0);
      expect(board.window[99]! + board.window[110]!).toBe(2 * 0xee);
    }
  });

  test("sound bytes stay sound, in accesses that reach beyond them too", () => {
    const { faulty, board } = bench({ chances: { flipOnRead: 1, flipOnWrite: 1 }, soundBytes: 0x100 });
    faulty.window.write(0, DATA, 0, 64);
    faulty.window.write(0x100 - 64, DATA, 0, 64);
    expect(faulty.faults.injected.flipOnWrite).toBe(0);
    for (let round = 0; round < 100; round++) {
      faulty.window.write(0x100 - 60, DATA, 0, 64);
      expect(board.window.subarray(0x100 - 60, 0x100)).toEqual(DATA.subarray(0, 60));
      expect(distance(board.window.subarray(0x100, 0x104), DATA.subarray(60))).toBe(1);
    }
  });
});

describe("interrupts", () => {
  test("a lost interrupt is gone: neither pending nor a wake-up tells of it", () => {
    const { board, faulty } = bench({ chances: { loseInterrupt: 1 } });
    let wakes = 0;
    faulty.interrupts.onWake = () => wakes++;
    board.bmcInterrupts.raise();
    expect([faulty.interrupts.pending(), faulty.interrupts.pending()]).toEqual([false, false]);
    expect(faulty.interrupts.arm()).toBe(true);
    board.bmcInterrupts.raise();
    expect([wakes, faulty.interrupts.pending()]).toEqual([0, false]);
    expect(faulty.faults.injected.loseInterrupt).toBe(2);
  });

  test("a repeated one comes twice", () => {
    const { board, faulty } = bench({ chances: { repeatInterrupt: 1 } });
    board.bmcInterrupts.raise();
    expect([1, 2, 3].map(() => faulty.interrupts.pending())).toEqual([true, true, false]);
    let wakes = 0;
    faulty.interrupts.onWake = () => wakes++;
    faulty.interrupts.arm();
    board.bmcInterrupts.raise();
    expect(wakes).toBe(2);
  });

  test("an invented one comes from nowhere", () => {
    const { faulty } = bench({ chances: { inventInterrupt: 0.5 } });
    const told = Array.from({ length: 400 }, () => faulty.interrupts.pending()).filter(Boolean).length;
    expect(told).toBe(faulty.faults.injected.inventInterrupt);
    expect(told).toBeGreaterThan(150);
    expect(told).toBeLessThan(250);
  });

  test("a disarmed bell wakes nobody", () => {
    const { board, faulty } = bench({});
    let wakes = 0;
    faulty.interrupts.onWake = () => wakes++;
    faulty.interrupts.arm();
    faulty.interrupts.disarm();
    board.bmcInterrupts.raise();
    expect(wakes).toBe(0);
    faulty.interrupts.arm();
    board.bmcInterrupts.raise();
    expect(wakes).toBe(1);
  });
});

describe("seeds", () => {
  const flips = (seed: number): string => {
    const { faulty } = bench({ seed, chances: { flipOnRead: 0.3 } });
    return Array.from({ length: 50 }, () => {
      const into = new Uint8Array(8);
      faulty.window.read(0, into, 0, 8);
      return into.join(".");
    }).join();
  };

  test("the same seed gives the same faults, another seed others", () => {
    expect(flips(5)).toBe(flips(5));
    expect(new Set([0, 1, 2, 3, -1, 0x7fff_ffff].map(flips)).size).toBe(6);
  });

  test("after the end of the faults the platform is sound", () => {
    const { board, faulty } = bench({ chances: { flipOnRead: 1, loseInterrupt: 1, inventInterrupt: 1 } });
    faulty.faults.end();
    board.window.set(DATA, 0);
    const into = new Uint8Array(64);
    faulty.window.read(0, into, 0, 64);
    expect(into).toEqual(DATA);
    board.bmcInterrupts.raise();
    expect([faulty.interrupts.pending(), faulty.interrupts.pending()]).toEqual([true, false]);
  });
});
