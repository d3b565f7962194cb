/**
 * The processor time that the links of an agent may cost (LPC-SEC-3), as a share of one processor in the long run: each link
 * has its own, and all of them together have one that leaves the rest to the agent's duties, its tools and the machine.
 *
 * While all together have spent more than theirs, the links that have spent more than an equal part of it rest, and no
 * other: what floods on some links cost is never missing to a link that stays below its part.
 */
import { Budget } from "../core/wire/budget.ts";
import { millis, type Millis } from "../core/wire/units.ts";

/** Share of one processor that a link may cost in the long run; what is not charged is left out, see pacer.ts. */
export const DEFAULT_FLOOD_SHARE = 0.3;
/** The same of all links together; the share of one link, where that is larger. */
export const ALL_LINKS_SHARE = 0.6;
/** Milliseconds that start-ups, noise and a restarting peer may take at once. */
export const FLOOD_BURST = 100;
/** Milliseconds that requests may take at once which are answered, and of which nothing is kept: a test with echoes. */
export const ANSWER_BURST = 5000;
/** Milliseconds of processor time that a link may be behind its equal part: what it did before weighs no more. */
const MOST_BEHIND = 100;

/** What a turn cost, in milliseconds. */
export interface TurnCost {
  readonly flood: number;
  readonly answers: number;
}

/** Two bounds of one rate: floods may take little of it at once, answers much. */
class Allowance {
  readonly #floods: Budget;
  readonly #all: Budget;
  readonly #mostBehind: number;

  /** `links`: of how many the bursts are. */
  constructor(share: number, links = 1, mostBehind: number = Number.POSITIVE_INFINITY) {
    this.#floods = new Budget(FLOOD_BURST * links, 1000 * share);
    this.#all = new Budget(ANSWER_BURST * links, 1000 * share);
    this.#mostBehind = mostBehind;
  }

  spend({ flood, answers }: TurnCost, now: Millis): void {
    this.#floods.spend(flood, now, this.#mostBehind);
    this.#all.spend(flood + answers, now, this.#mostBehind);
  }

  missingFor(now: Millis): Millis {
    return millis(Math.max(this.#floods.missingFor(now), this.#all.missingFor(now)));
  }
}

/** What one link may spend. */
export class LinkShare {
  readonly #own: Allowance;
  /** Of all links, and this link's equal part of that; undefined for a link that shares with no other. */
  readonly #together: { readonly all: Allowance; readonly part: Allowance } | undefined;

  /** `share`: of one processor, above 0, at most 1. */
  constructor(share: number = DEFAULT_FLOOD_SHARE, together?: { readonly all: Allowance; readonly part: Allowance }) {
    this.#own = new Allowance(share);
    this.#together = together;
  }

  spend(cost: TurnCost, now: Millis): void {
    this.#own.spend(cost, now);
    this.#together?.all.spend(cost, now);
    this.#together?.part.spend(cost, now);
  }

  /** How long the link is to rest; 0: it need not. */
  missingFor(now: Millis): Millis {
    const own = this.#own.missingFor(now);
    if (this.#together === undefined) return own;
    const { all, part } = this.#together;
    return millis(Math.max(own, Math.min(all.missingFor(now), part.missingFor(now))));
  }
}

/** The shares of the links of one agent. `share`: of each, above 0, at most 1. */
export function linkShares(links: number, share: number = DEFAULT_FLOOD_SHARE): readonly LinkShare[] {
  const ofAll = Math.max(share, ALL_LINKS_SHARE);
  const all = new Allowance(ofAll, links);
  return Array.from({ length: links }, () => {
    const together = { all, part: new Allowance(ofAll / links, 1, MOST_BEHIND) };
    return new LinkShare(share, links === 1 ? undefined : together);
  });
}
