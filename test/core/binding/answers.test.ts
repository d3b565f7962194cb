/** What a BMC answers, whatever the host proposes: a deployed host's memory depends on it. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  Field,
  decodeControlRegion,
  encodeU32,
  encodeVersionRange,
  type ControlRegion,
} from "../../../src/core/binding/control-region.ts";
import { bufferBytes } from "../../../src/core/binding/layout.ts";
import { Command, SESSION_BITS, Status } from "../../../src/core/binding/registers.ts";
import { BmcPortBus } from "../../../src/node/port-bus.ts";
import { createPacketMemory } from "../../../src/node/packet-memory.ts";
import { statusOf } from "../../../src/core/binding/kcs-word.ts";
import { LoopbackBoard } from "../../../src/platform/loopback.ts";
import { millis } from "../../../src/core/wire/units.ts";
import { createBmcSide } from "../../../bmc/role/side.ts";

interface Proposal {
  readonly min: number;
  readonly cur: number;
  readonly rxSize: number;
}

/** The region as it stands after each proposal, with whether it was accepted. */
function answers(
  windowBytes: number,
  mtu: number | undefined,
  proposals: readonly Proposal[],
): readonly { readonly region: ControlRegion; readonly isAccepted: boolean }[] {
  const board = new LoopbackBoard(windowBytes);
  const side = createBmcSide({ windowBytes, mtu }, createPacketMemory());
  const bus = new BmcPortBus(board.bmc);
  const settle = (): void => {
    for (;;) {
      const progress = side.service(bus, millis(0));
      const isFull = (board.host.port.readStatus() & Status.OBF) !== 0;
      if (isFull) board.host.port.readData();
      else if (progress === "waiting") return;
    }
  };
  settle();
  return proposals.map(({ min, cur, rxSize }) => {
    board.window.set(encodeVersionRange({ min, cur }), Field.hostVersionMin);
    board.window.set(encodeU32(rxSize), Field.rxSize);
    board.host.port.writeData(Command.INITIALISE);
    settle();
    const isAccepted = (statusOf(board.word) & SESSION_BITS) === SESSION_BITS;
    return { region: decodeControlRegion(board.window), isAccepted };
  });
}

const sizes = fc.oneof(
  fc.integer({ min: 60, max: 400 }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(71, 72, 75, 76, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);
const proposals = fc.record({
  min: fc.constantFrom(1, 1, 1, 2, 3, 0, 4),
  cur: fc.constantFrom(1, 2, 2, 3, 3, 3, 0xffff, 0),
  rxSize: sizes,
});

describe("LPC-MTU-4 answers to any proposals, one after the other", () => {
  test("LPC-MTU-4: tx_size is never above the rx_size that was asked for, nor unlike the rx_size of the answer", () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(4096, 65536, 1 << 20),
        fc.option(fc.integer({ min: 64, max: 1800 }), { nil: undefined }),
        fc.array(proposals, { minLength: 1, maxLength: 4 }),
        (windowBytes, mtu, asked) => {
          for (const [place, { region, isAccepted }] of answers(windowBytes, mtu, asked).entries()) {
            if (!isAccepted) {
              refused++;
              expect(region.negotiatedVersion).toBe(0);
              continue;
            }
            accepted++;
            const { bmcToHost, hostToBmc } = region.layout;
            expect(hostToBmc.size).toBe(bmcToHost.size);
            // Version 1 knows one size only, whatever stands in the field.
            const limit = region.negotiatedVersion === 1 ? bufferBytes(1, 64) : asked[place]!.rxSize;
            expect(hostToBmc.size).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(100);
  });
});
