/**
 * Bounds what a peer can cost that keeps a side busy to no end: Initialise after Initialise, bytes to ignore, packets to
 * drop. Work that moves no packets may take a share of the processor, and for a moment more than that; beyond it the
 * side rests. Traffic is not touched: packets pay for the rounds that carry them, and for many more.
 */
import { millis, type Millis } from "../core/wire/units.ts";

/** Of one processor, in the long run. */
const BARREN_SHARE = 0.25;
/** What start-ups, noise and a restarting peer may take at once. */
const BURST = 100;
/** A turn with more rounds than this for each packet is barren; traffic takes two or three. */
const ROUNDS_PER_PACKET = 16;
/** What a turn costs beside itself: waking up, the event loop, going to sleep. */
const TURN_OVERHEAD = 0.05;
/** What a packet makes up for: some looks at the registers that found no more of them. */
const CREDIT_PER_PACKET = 0.5;
/** So often the side looks however much it has to make good. */
const LONGEST_REST = 20;

export class Pacer {
  /** Milliseconds of barren work that the share has not made good yet. */
  #debt = 0;
  #last: Millis = millis(0);
  /** Rests given. */
  paced = 0;

  /** Accounts for a turn that events of the peer brought about; gives how long to rest now, 0 for not at all. */
  afterTurn(began: Millis, ended: Millis, rounds: number, packets: number): Millis {
    this.#debt -= BARREN_SHARE * (ended - this.#last) + CREDIT_PER_PACKET * packets;
    this.#last = ended;
    if (this.#debt < 0) this.#debt = 0;
    if (rounds > ROUNDS_PER_PACKET * packets) this.#debt += ended - began + TURN_OVERHEAD;
    if (this.#debt <= BURST) return millis(0);
    this.paced++;
    return millis(Math.min((this.#debt - BURST) / BARREN_SHARE, LONGEST_REST));
  }
}
