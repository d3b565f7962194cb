/** A third hand in the window: bits that flip while two processes use it. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { CONTROL_FIELDS_BYTES, decodeControlRegion, type Layout } from "../../src/core/binding/control-region.ts";
import type { SeededRandom } from "../../src/platform/faulty.ts";
import { HEADER_BYTES } from "../../src/platform/shared-file/layout.ts";
import { pause } from "./agent.ts";

/** The bytes of a buffer that packets use. */
const USED_BYTES = 400;

/** Flips bits in both buffers, one after the other, for so long; returns how many. */
export async function flipInBuffers(board: string, random: SeededRandom, milliseconds: number): Promise<number> {
  const fd = openSync(board, "r+");
  let flipped = 0;
  try {
    const layout = layoutOf(fd);
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      for (let count = 0; count < 20; count++) {
        const { offset } = random.chance(0.5) ? layout.hostToBmc : layout.bmcToHost;
        flip(fd, offset + random.below(USED_BYTES), random);
        flipped++;
      }
      await pause(1);
    }
  } finally {
    closeSync(fd);
  }
  return flipped;
}

/** Flips so many bits of the control region. */
export function flipInRegion(board: string, random: SeededRandom, count: number): void {
  const fd = openSync(board, "r+");
  try {
    for (let done = 0; done < count; done++) flip(fd, random.below(CONTROL_FIELDS_BYTES), random);
  } finally {
    closeSync(fd);
  }
}

function layoutOf(fd: number): Layout {
  const fields = Buffer.alloc(CONTROL_FIELDS_BYTES);
  readSync(fd, fields, 0, fields.length, HEADER_BYTES);
  return decodeControlRegion(fields).layout;
}

function flip(fd: number, offset: number, random: SeededRandom): void {
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, HEADER_BYTES + offset);
  byte[0]! ^= 1 << random.below(8);
  writeSync(fd, byte, 0, 1, HEADER_BYTES + offset);
}
