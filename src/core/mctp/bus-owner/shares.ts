/**
 * A port's share of the pool, and with it of the endpoints that are remembered: each port may have as many EIDs as every
 * other. An endpoint that shows another UUID each time it comes, or claims to be a bridge for all of the network, uses up
 * the share of its own port.
 */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import type { EndpointRecord } from "./endpoint-record.ts";
import { eidsOf, includesEid } from "./memory.ts";

export class PoolShares {
  /** EIDs that the endpoints of one port may have, those that are gone and those behind bridges included. */
  readonly each: number;
  readonly #isOfPool: (eid: Eid) => boolean;
  readonly #hasSeveral: boolean;

  /**
   * `ports`: how many share the pool. With one there is nothing to share. `isKept`: EIDs that are given by configuration
   * alone, and so are no port's share.
   */
  constructor(pool: EidRange, ports: number, isKept: (eid: Eid) => boolean = () => false) {
    this.#isOfPool = (eid) => includesEid(pool, eid) && !isKept(eid);
    this.#hasSeveral = ports > 1;
    const count = eidsOf(pool).filter(this.#isOfPool).length;
    this.each = this.#hasSeveral ? Math.max(1, Math.floor(count / ports)) : pool.count;
  }

  /** EIDs for what is behind a bridge, of those that it wants: its own EID counts, too. */
  poolSize(wanted: number): number {
    return this.#hasSeveral ? Math.min(wanted, this.each - 1) : wanted;
  }

  /** Whether so many further EIDs of the pool are more than a port may have. `except`: what is about to be replaced. */
  isBeyond(records: readonly EndpointRecord[], port: number, more: number, except?: EndpointRecord): boolean {
    return this.#hasSeveral && this.#used(records, port, except) + more > this.each;
  }

  /** Further EIDs of the pool that a port may have. `except`: what is about to be replaced. */
  room(records: readonly EndpointRecord[], port: number, except?: EndpointRecord): number {
    if (!this.#hasSeveral) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.each - this.#used(records, port, except));
  }

  /** Whether an EID of an endpoint that is gone is kept for its port, and none for this one. */
  isKeptFrom(record: EndpointRecord, port: number): boolean {
    return this.#hasSeveral && record.port !== port;
  }

  /** Whether an endpoint has EIDs that are shared out. */
  isShared(record: EndpointRecord): boolean {
    return this.#count(record) > 0;
  }

  /** Whether an endpoint is known at another port: one that shows its UUID at this one is another (LPC-MCTP-23). */
  isElsewhere(record: EndpointRecord, port: number): boolean {
    return record.port !== undefined && this.isKeptFrom(record, port);
  }

  /** The records, from the one that has been gone for longest on, without as many of a port as it has too many. */
  within(records: readonly EndpointRecord[], port: number): readonly EndpointRecord[] {
    let kept = records;
    while (this.isBeyond(kept, port, 0)) {
      const oldest = kept.find(
        (one) => one.port === port && one.presence === "gone" && !one.pinned && this.#count(one) > 0,
      );
      if (oldest === undefined) return kept;
      kept = kept.filter((one) => one !== oldest);
    }
    return kept;
  }

  #used(records: readonly EndpointRecord[], port: number, except: EndpointRecord | undefined): number {
    let used = 0;
    for (const record of records) if (record.port === port && record !== except) used += this.#count(record);
    return used;
  }

  /** EIDs of the pool that a record takes. */
  #count({ eid, pool }: EndpointRecord): number {
    return [eid, ...eidsOf(pool)].filter(this.#isOfPool).length;
  }
}
