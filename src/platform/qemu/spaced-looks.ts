/**
 * Looks at STR that leave the rest of the agent its turns: one takes QEMU up to half a millisecond, in which this process
 * waits, and who looks for news of the peer looks many times in a row.
 */
import type { Interrupts } from "../port.ts";

/** From the end of a look to the next one. The peer's next byte takes longer than this. */
const SPACE_MILLISECONDS = 0.2;

/** The same interrupts. Between looks nothing is pending; the next look finds what came. */
export function spacedLooks(interrupts: Interrupts, now: () => number = () => performance.now()): Interrupts {
  let next = 0;
  return {
    pending: () => {
      if (now() < next) return false;
      const isNews = interrupts.pending();
      next = now() + SPACE_MILLISECONDS;
      return isNews;
    },
    arm: () => interrupts.arm(),
    disarm: () => {
      interrupts.disarm();
    },
    peerRings: () => interrupts.peerRings(),
    onWake: undefined,
  };
}
