/**
 * EIDs that are on their way to somebody. Between the choice of an EID and the moment at which it is known who has it
 * lie several requests, and meanwhile endpoints at other ports join. Whoever was sent an EID may have taken it, even if
 * nothing more was heard of it, so nobody at another port gets it until that is settled.
 */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import { eidsOf, includesEid } from "./memory.ts";

export class PromisedEids {
  /** The port that each is promised to, in the order of the promises. */
  readonly #ports = new Map<Eid, number>();

  /** Whether somebody at another port than this one may have it. */
  isElsewhere(one: Eid, port: number | undefined): boolean {
    const to = this.#ports.get(one);
    return to !== undefined && to !== port;
  }

  /** The port that an EID is promised to. */
  portOf(one: Eid): number | undefined {
    return this.#ports.get(one);
  }

  /** What was promised to a port last. */
  latest(port: number): Eid | undefined {
    return [...this.#ports].findLast(([, to]) => to === port)?.[0];
  }

  add(port: number, range: EidRange): void {
    for (const one of eidsOf(range)) {
      this.#ports.delete(one);
      this.#ports.set(one, port);
    }
  }

  /** Of this range, of all EIDs without one. */
  remove(port: number, range?: EidRange): void {
    for (const [one, to] of this.#ports) {
      if (to === port && (range === undefined || includesEid(range, one))) this.#ports.delete(one);
    }
  }
}

/** A range of one EID. */
export function single(one: Eid): EidRange {
  return { first: one, count: 1 };
}
