/**
 * How long a side watches the registers for the next event before it sleeps. Watching is worth while in a conversation
 * under way, where the next event is nearer than a waking up. Elsewhere it costs more than the processor time: the peer
 * that was just woken may have to run on the processor that this side watches on.
 */
import { millis, type Millis } from "../core/wire/units.ts";

/** A packet adds one; a single question and its answer stay below. */
const CONVERSATION = 4;
const LIVELIEST = 8;
/** Taken away each millisecond. */
const COOLING = 0.25;
/** Watched at least in a conversation. */
const SHORTEST = 0.05;
/** About what a waking up costs, and no more: what does not come within is slept for. */
const LONGEST = 0.5;
/** Watched for so many times the usual wait. */
const MARGIN = 2;
/** Share of the newest wait in the usual one. */
const NEWEST = 1 / 8;

export class Patience {
  #liveliness = 0;
  #at: Millis = millis(0);
  #usualWait = 0;

  /** Packets came or went in a turn that ended now. */
  packetsMoved(packets: number, now: Millis): void {
    this.#liveliness = Math.min(LIVELIEST, Math.max(0, this.#liveliness - COOLING * (now - this.#at)) + packets);
    this.#at = now;
  }

  /** An event of the peer came after a wait of so long, watched or slept for. */
  waited(time: number): void {
    this.#usualWait += NEWEST * (Math.min(time, MARGIN * LONGEST) - this.#usualWait);
  }

  /** How long to watch after an event; 0: sleep at once. */
  get watch(): Millis {
    if (this.#liveliness < CONVERSATION || this.#usualWait > LONGEST) return millis(0);
    return millis(Math.min(Math.max(MARGIN * this.#usualWait, SHORTEST), LONGEST));
  }
}
