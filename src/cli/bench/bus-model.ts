/**
 * What a packet costs on the LPC bus itself, to set the software's cost against it. The bus runs at 33 MHz with 4 data
 * bits; only the host's accesses cross it, the BMC reaches registers and window inside its own chip.
 */

const CLOCK_HERTZ = 33e6;
/** One access of an I/O byte: a KCS register. */
const IO_CLOCKS = 13;
/** Firmware cycles by size. 128 bytes is the largest and cheapest a byte. */
const FIRMWARE_CLOCKS: readonly { readonly bytes: number; readonly clocks: number }[] = [
  { bytes: 128, clocks: 271 },
  { bytes: 4, clocks: 23 },
  { bytes: 1, clocks: 17 },
];

/** KCS accesses of the host for a packet that it sends: status, Tx Begin; status, Rx Complete. */
const HOST_REGISTER_ACCESSES = 4;

/** Seconds of bus time for one access of the window by the host, cut into the largest cycles that fit. */
function windowSeconds(bytes: number): number {
  let left = bytes;
  let clocks = 0;
  for (const cycle of FIRMWARE_CLOCKS) {
    const count = Math.floor(left / cycle.bytes);
    clocks += count * cycle.clocks;
    left -= count * cycle.bytes;
  }
  return clocks / CLOCK_HERTZ;
}

/** Seconds of bus time for a packet from host to BMC whose frame has so many bytes. */
export function busSeconds(frameBytes: number): number {
  return windowSeconds(frameBytes) + (HOST_REGISTER_ACCESSES * IO_CLOCKS) / CLOCK_HERTZ;
}
