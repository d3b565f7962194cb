/**
 * Bounds the processor time that a peer can make a link cost (LPC-SEC-3), by what turns take and not by what they find:
 * start-ups, bytes to ignore, packets to drop, control requests, answers that are never fetched. Only packets that carry
 * payload, taken by a service or a requester, by the peer, or forwarded, pay for the rounds that move them. Whatever else a
 * turn takes is charged; where that is more than the share, the link rests.
 */
import { Budget } from "../core/wire/budget.ts";
import { millis, type Millis } from "../core/wire/units.ts";

/** Share of one processor that a link may cost, payload left out, in the long run. */
export const DEFAULT_FLOOD_SHARE = 0.3;
/** Milliseconds that start-ups, noise and a restarting peer may take at once. */
export const FLOOD_BURST = 100;
/** Rounds that a packet with payload pays for on a channel: two or three that move it, looks that find no more. */
export const ROUNDS_PER_PACKET = 16;
/** Packets of which the rounds that they paid for may be used later. */
const PACKETS_IN_ADVANCE = 16;
/** What a turn costs in milliseconds beside itself: waking up, the event loop, going to sleep. */
const TURN_OVERHEAD = 0.05;
/** Milliseconds: so often the link is looked at however much it has to make good. */
const LONGEST_REST = 20;

export class Pacer {
  /** Rests given. */
  paced = 0;
  readonly #roundsPerPacket: number;
  readonly #charged: Budget;
  /** Rounds that packets have paid for; negative: packets that are still to come are spent. */
  #paid = 0;

  /**
   * `share`: of one processor, above 0, at most 1. `roundsPerPacket`: rounds, or whatever a link counts its turns in, that a
   * packet with payload pays for.
   */
  constructor(share: number = DEFAULT_FLOOD_SHARE, roundsPerPacket: number = ROUNDS_PER_PACKET) {
    this.#roundsPerPacket = roundsPerPacket;
    this.#charged = new Budget(FLOOD_BURST, 1000 * share);
  }

  /**
   * Accounts for a turn that events of the peer brought about; gives how long to rest now, 0 for not at all. `payload`:
   * packets with payload in it, less those of which it turned out that they led to nothing.
   */
  afterTurn(began: Millis, ended: Millis, rounds: number, payload: number): Millis {
    const inAdvance = PACKETS_IN_ADVANCE * this.#roundsPerPacket;
    this.#paid = Math.min(this.#paid + this.#roundsPerPacket * payload, Math.max(rounds, inAdvance));
    const free = Math.max(0, Math.min(this.#paid, rounds));
    this.#paid -= free;
    const chargedShare = rounds === 0 ? 1 : 1 - free / rounds;
    if (chargedShare > 0) this.#charged.spend(chargedShare * (ended - began + TURN_OVERHEAD), ended);
    const missing = this.#charged.missingFor(ended);
    if (missing === 0) return millis(0);
    this.paced++;
    return millis(Math.min(missing, LONGEST_REST));
  }
}
