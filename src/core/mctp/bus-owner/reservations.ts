/**
 * EIDs that were sent to a port and may be in use there. Between the choice of an EID and the moment at which it is
 * known who has it lie several requests, and endpoints at other ports join meanwhile. An endpoint that was sent an EID
 * may have taken it even if it has not answered, so no other port gets that EID until this is settled.
 */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import { eidsOf, includesEid } from "./memory.ts";

export class ReservedEids {
  /** The port that each is reserved for, in the order of the reservations. */
  readonly #ports = new Map<Eid, number>();

  /** Whether it is reserved for another port than this one. */
  isElsewhere(one: Eid, port: number | undefined): boolean {
    const to = this.#ports.get(one);
    return to !== undefined && to !== port;
  }

  /** The port that an EID is reserved for. */
  portOf(one: Eid): number | undefined {
    return this.#ports.get(one);
  }

  /** The last reservation for a port. */
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
