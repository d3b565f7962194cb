/**
 * Bounds the processor time that a peer can make a link cost (LPC-SEC-3). Not charged are packets with payload that a service
 * keeps, a bridge forwards, or this agent asked for or sends itself; all else that a peer brings about is, by what it takes:
 * start-ups, bytes to ignore, packets to drop, control requests, echoes, answers that are never fetched.
 *
 * Of requests that are answered a peer may have many at once, as a test with echoes needs; see processor-share.ts. Where a
 * turn costs more than there is, the link rests. What the process uses beside its turns, as for garbage collection on other
 * threads, is shared out over them (clock.ts).
 */
import { millis, type Millis } from "../core/wire/units.ts";
import { LinkShare } from "./processor-share.ts";

/** Rounds that a packet with payload pays for on a channel: two or three that move it, looks that find no more. */
export const ROUNDS_PER_PACKET = 16;
/** Packets of which the rounds that they paid for may be used later. */
const PACKETS_IN_ADVANCE = 16;
/** What a turn costs in milliseconds beside itself: waking up, the event loop, going to sleep. */
const TURN_OVERHEAD = 0.05;
/** Milliseconds: so often the link is looked at however much it has to make good. */
export const LONGEST_REST = 20;

/**
 * What a packet weighs of which it turned out that it led to nothing: it was taken for payload until then, and the next one
 * that takes its place is charged. With less, every second of the messages that are never finished would be free.
 */
const USELESS_WEIGHT = 2;
/** Packets of the longest message that weigh on those behind it: what more of them did before is forgotten. */
const MOST_OWED = USELESS_WEIGHT * Math.ceil((1024 * 1024) / 64);

/** Rounds that packets have paid for; negative: packets that are still to come are spent. */
class PaidRounds {
  readonly #perPacket: number;
  #paid = 0;

  constructor(perPacket: number) {
    this.#perPacket = perPacket;
  }

  /** Packets that are still to come and pay for no rounds. */
  get owed(): number {
    return Math.max(0, Math.ceil(-this.#paid / this.#perPacket));
  }

  /** How many of these rounds the packets up to now pay for. */
  take(packets: number, rounds: number, most: number): number {
    const inAdvance = PACKETS_IN_ADVANCE * this.#perPacket;
    const paid = this.#paid + this.#perPacket * (packets < 0 ? USELESS_WEIGHT * packets : packets);
    this.#paid = Math.max(-this.#perPacket * MOST_OWED, Math.min(paid, Math.max(rounds, inAdvance)));
    const taken = Math.max(0, Math.min(this.#paid, most));
    this.#paid -= taken;
    return taken;
  }
}

export class Pacer {
  /** Rests given. */
  paced = 0;
  readonly #share: LinkShare;
  readonly #payload: PaidRounds;
  readonly #answers: PaidRounds;

  /** `roundsPerPacket`: rounds, or whatever a link counts its turns in, that a packet with payload pays for. */
  constructor(share: LinkShare = new LinkShare(), roundsPerPacket: number = ROUNDS_PER_PACKET) {
    this.#share = share;
    this.#payload = new PaidRounds(roundsPerPacket);
    this.#answers = new PaidRounds(roundsPerPacket);
  }

  /**
   * Accounts for a turn that events of the peer brought about; gives how long to rest now, 0 for not at all. `used`: the
   * processor time of the turn. `payload`: packets in it that are not charged, less those of which it turned out that they led to nothing. `answers`: packets of
   * requests that were answered and of which nothing is kept, and of the answers that were fetched.
   */
  afterTurn(used: Millis, ended: Millis, rounds: number, payload: number, answers = 0): Millis {
    // A session that carries one echo has not paid for its start.
    const repaying = Math.min(answers, Math.max(0, this.#payload.owed - payload));
    const free = this.#payload.take(payload + repaying, rounds, rounds);
    const answered = this.#answers.take(answers - repaying, rounds, rounds - free);
    const cost = used + TURN_OVERHEAD;
    if (rounds === 0) this.#share.spend({ flood: cost, answers: 0 }, ended);
    else if (free < rounds) {
      const flood = (cost * (rounds - free - answered)) / rounds;
      this.#share.spend({ flood, answers: (cost * answered) / rounds }, ended);
    }
    const missing = this.#share.missingFor(ended);
    if (missing === 0) return millis(0);
    this.paced++;
    return millis(Math.min(missing, LONGEST_REST));
  }
}
