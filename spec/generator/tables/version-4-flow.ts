/**
 * A message through the bus model of L.2 in version 3 and in the candidate version 4, beside a BMC that reacts to
 * a byte after some time. The host's accesses take bus time; what the BMC does takes none but that reaction; the host
 * reacts at once.
 *
 * A run of version 4 makes the accesses of Annex C, table S, with one packet a pass: the side that puts a packet writes
 * its word, reads the peer's, and rings only a peer that sleeps.
 */
import { CLOCK_HERTZ, IO_CLOCKS, packetSeconds, windowClocks } from "../../../src/cli/bench/bus-model.ts";
import { CONTROL_REGION_BYTES, type Layout } from "../../../src/core/binding/control-region.ts";
import { bufferBytes } from "../../../src/core/binding/layout.ts";
import type { Direction } from "../../../src/core/binding/side.ts";
import { Field4, slotPitch } from "../../../src/core/explore/version-4/region.ts";

/** What a message took. */
export interface Flow {
  readonly seconds: number;
  readonly packets: number;
  /** Interrupts of each side. */
  readonly host: number;
  readonly bmc: number;
}

function seconds(clocks: number): number {
  return clocks / CLOCK_HERTZ;
}

const REGISTER = seconds(IO_CLOCKS);
/** A byte that the host takes: STR, ODR, STR. */
const TAKE_BYTE: number = 3 * REGISTER;
/** A byte that the host writes behind a look at STR. */
const RING: number = 2 * REGISTER;
const WRITE_WORD: number = seconds(windowClocks({ kind: "write", offset: Field4.hostWord, bytes: 2 }));
const READ_WORD: number = seconds(windowClocks({ kind: "read", offset: Field4.bmcWord, bytes: 4 }));

function packetsOf(message: number, mtu: number): readonly number[] {
  return Array.from({ length: Math.ceil(message / mtu) }, (_, index) => Math.min(mtu, message - index * mtu));
}

/** Every packet to the BMC waits for it once, and every packet from it but the first. */
export function flowOfVersion3(direction: Direction, message: number, mtu: number, reaction: number): Flow {
  const payloads = packetsOf(message, mtu);
  const bus = payloads.reduce((sum, payload) => sum + packetSeconds(3, direction, payload), 0);
  const waits = direction === "hostToBmc" ? payloads.length : payloads.length - 1;
  return {
    seconds: bus + waits * reaction,
    packets: payloads.length,
    host: payloads.length,
    bmc: payloads.length,
  };
}

/** Bus time of a slot's contents: those of version 3 without its registers. Slots begin at multiples of 4. */
function slotSeconds(direction: Direction, payload: number, mtu: number): number {
  const pitch = slotPitch(bufferBytes(3, mtu));
  const layout: Layout = {
    bmcToHost: { offset: CONTROL_REGION_BYTES, size: pitch },
    hostToBmc: { offset: CONTROL_REGION_BYTES, size: pitch },
  };
  return packetSeconds(3, direction, payload, { layout }) - 4 * REGISTER;
}

export function flowOfVersion4(
  direction: Direction,
  message: number,
  mtu: number,
  reaction: number,
  slots: number,
): Flow {
  const payloads = packetsOf(message, mtu);
  const times = payloads.map((payload) => slotSeconds(direction, payload, mtu));
  return direction === "hostToBmc" ? hostSends(times, reaction, slots) : bmcSends(times, reaction, slots);
}

function hostSends(times: readonly number[], reaction: number, slots: number): Flow {
  let now = 0;
  let put = 0;
  let got = 0;
  /** When the BMC runs next: it was rung and has not looked yet. */
  let bmcAt: number | undefined;
  let host = 0;
  let bmc = 0;
  const bmcRuns = (): void => {
    got = put;
    bmcAt = undefined;
  };
  while (put < times.length) {
    if (put - got === slots) {
      // The wish for a slot, a second look, and then the BMC's bell.
      now += WRITE_WORD + READ_WORD;
      if (bmcAt !== undefined && bmcAt > now) {
        now = bmcAt;
        host++;
        now += TAKE_BYTE + READ_WORD;
      }
      bmcRuns();
      continue;
    }
    now += times[put]!;
    // What the BMC takes at its turn was put before it.
    if (bmcAt !== undefined && bmcAt <= now) bmcRuns();
    put++;
    now += WRITE_WORD + READ_WORD;
    if (bmcAt !== undefined) continue;
    now += RING;
    bmc++;
    bmcAt = now + reaction;
  }
  return { seconds: bmcAt ?? now, packets: times.length, host, bmc };
}

function bmcSends(times: readonly number[], reaction: number, slots: number): Flow {
  let now = 0;
  let put = Math.min(slots, times.length);
  let got = 0;
  let bmcAt: number | undefined;
  let host = 1;
  let bmc = 0;
  const bmcRuns = (): void => {
    put = Math.min(times.length, got + slots);
    bmcAt = undefined;
  };
  now += TAKE_BYTE + READ_WORD;
  while (got < times.length) {
    if (got === put) {
      // Nothing is there: the host sleeps, and the BMC rings it when it has put more.
      now = Math.max(now, bmcAt ?? now);
      bmcRuns();
      host++;
      now += TAKE_BYTE + READ_WORD;
      continue;
    }
    now += times[got]!;
    if (bmcAt !== undefined && bmcAt <= now) bmcRuns();
    got++;
    now += WRITE_WORD + READ_WORD;
    // The BMC wishes a bell for a slot while it has more than fits.
    if (bmcAt !== undefined || put === times.length) continue;
    now += RING;
    bmc++;
    bmcAt = now + reaction;
  }
  return { seconds: now, packets: times.length, host, bmc };
}

/**
 * A request of the host and the BMC's response, both of one packet; the BMC has the response when it has read the
 * request. `lateRead`: how late the BMC learns that ODR was read; only a byte that waits behind another is held up by it.
 */
export function exchangeSeconds(version: 3 | 4, payload: number, reaction: number, lateRead: number): number {
  if (version === 3) {
    const both = packetSeconds(3, "hostToBmc", payload) + packetSeconds(3, "bmcToHost", payload);
    // Rx Complete goes first, and the response's Tx Begin waits until ODR was read.
    return both + reaction + lateRead;
  }
  const request = slotSeconds("hostToBmc", payload, payload) + WRITE_WORD + READ_WORD + RING;
  const response = TAKE_BYTE + READ_WORD + slotSeconds("bmcToHost", payload, payload) + WRITE_WORD + READ_WORD;
  return request + reaction + response;
}
