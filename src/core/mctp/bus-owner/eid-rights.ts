/**
 * Who may have which EID at which port: what the configuration, an operator, other endpoints and the shares of the ports
 * leave. It judges by the bus owner's records, and changes nothing.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import type { BusOwnerConfig } from "./config.ts";
import { nextEid, type EidUse } from "./eid-pool.ts";
import type { EndpointRecord } from "./endpoint-record.ts";
import { eidsOf, includesEid } from "./memory.ts";
import { choosePool } from "./pool-choice.ts";
import type { ReservedEids } from "./reservations.ts";
import type { PoolShares } from "./shares.ts";
import type { StaticEids } from "./static-eids.ts";

/** What the judgement goes by. */
export interface RightsBasis {
  readonly config: BusOwnerConfig;
  readonly statics: StaticEids;
  readonly shares: PoolShares;
  readonly reserved: ReservedEids;
  /** From the endpoint that has been gone for longest to the one that was seen last. */
  readonly records: () => readonly EndpointRecord[];
}

/** A bridge that says to have a pool. */
export interface HoldingBridge {
  readonly bridge: Eid;
  readonly uuid: string | undefined;
  /** EIDs that it wants. */
  readonly wanted: number;
  readonly known: EndpointRecord | undefined;
}

export class EidRights {
  readonly #config: BusOwnerConfig;
  readonly #statics: StaticEids;
  readonly #shares: PoolShares;
  readonly #reserved: ReservedEids;
  readonly #records: () => readonly EndpointRecord[];

  constructor({ config, statics, shares, reserved, records }: RightsBasis) {
    this.#config = config;
    this.#statics = statics;
    this.#shares = shares;
    this.#reserved = reserved;
    this.#records = records;
  }

  /**
   * The endpoint with a UUID as it was at a port, or as it was elsewhere before it went, where its EID is kept for no other
   * port, or as it is at the port for the time being; without a UUID, the one without a UUID that was last at the port.
   */
  known(port: number, uuid: string | undefined): EndpointRecord | undefined {
    if (uuid === undefined) {
      return this.#records().findLast((record) => record.port === port && record.uuid === undefined);
    }
    const all = this.#records().filter((record) => record.uuid === uuid && !this.isOfOtherPort(record, port));
    return (
      all.find((record) => record.port === port) ??
      all.findLast(({ presence }) => presence === "gone") ??
      this.#records().find((record) => record.provisional && record.port === port)
    );
  }

  /** Who has an EID, as its own or in its pool. */
  holder(eid: Eid): EndpointRecord | undefined {
    return this.#records().find((record) => record.eid === eid || includesEid(record.pool, eid));
  }

  /** Whether an endpoint's EID stays that of another port: it is known there, and no configured EID follows its UUID here. */
  isOfOtherPort(record: EndpointRecord, port: number): boolean {
    return this.#shares.isElsewhere(record, port) && this.#statics.eidOf(record.uuid, port) !== record.eid;
  }

  /** Whether an endpoint at a port may have an EID: no other is there under it, or is to have it. */
  mayHave(eid: Eid, port: number, uuid: string | undefined, known: EndpointRecord | undefined): boolean {
    if (eid === this.#config.own || this.#statics.isKeptFrom(eid, uuid, port)) return false;
    if (!this.#statics.has(eid) && this.#isKeptForOtherPort(eid, port, uuid)) return false;
    if (this.#reserved.isElsewhere(eid, port)) return false;
    const holder = this.holder(eid);
    if (holder === undefined || (holder === known && holder.eid === eid)) return true;
    if (holder.presence !== "gone" && (holder.port !== port || holder.eid !== eid)) return false;
    return !holder.pinned;
  }

  /**
   * Whether an endpoint may keep an EID that it has already: it is to have no other by configuration or an operator's word,
   * and no other endpoint has that EID, is to have it, or is remembered by it.
   */
  mayKeep(port: number, eid: Eid, uuid: string | undefined): boolean {
    const known = this.known(port, uuid);
    const pinned = known?.pinned === true ? known.eid : undefined;
    const due = this.#statics.eidOf(uuid, port) ?? pinned ?? this.#config.portEids.get(port);
    if ((due !== undefined && due !== eid) || this.#config.isForeign?.(eid) === true) return false;
    const holder = this.holder(eid);
    const isOwn = holder === undefined || (holder.eid === eid && (holder === known || isProvisional(holder, port)));
    return isOwn && this.mayHave(eid, port, uuid, known);
  }

  /**
   * An EID that an endpoint will not give up. Where another is there under it, its UUID does not matter: a second path to
   * an endpoint that is there must not take the first one's place, and with each other both would be asked for it in turn.
   * An EID that is kept for another UUID or port stays kept for that.
   */
  insisted(port: number, eid: Eid, uuid: string | undefined): Result<Eid, string> {
    const insists = `the endpoint insists on EID ${String(eid)}`;
    if (eid === this.#config.own) return reject(`${insists}, which is the bus owner's`);
    if (this.#config.isForeign?.(eid) === true) return reject(`${insists}, which is that of the bus owner above`);
    if (this.#reserved.isElsewhere(eid, port)) return reject(`${insists}, which is on its way to another`);
    if (this.#statics.isKeptFrom(eid, uuid, port)) {
      return reject(`${insists}, which is kept for ${String(this.#statics.ownerText(eid))}`);
    }
    if (!this.#statics.has(eid) && this.#isKeptForOtherPort(eid, port, uuid)) {
      return reject(`${insists}, which is kept for the endpoint at another port`);
    }
    const holder = this.holder(eid);
    if (holder === undefined) return ok(eid);
    const isKnown = uuid !== undefined && holder.uuid === uuid && !this.isOfOtherPort(holder, port);
    if (isKnown && holder.presence === "gone") return ok(eid);
    if (holder.presence !== "gone") {
      return holder.port === port ? ok(eid) : reject(`${insists}, which another endpoint has`);
    }
    if (holder.pinned || this.#shares.isKeptFrom(holder, port)) {
      return reject(
        `${insists}, which is kept for ${holder.uuid === undefined ? "another endpoint" : `UUID ${holder.uuid}`}`,
      );
    }
    return ok(eid);
  }

  /** A port that has had its share gets an EID of its own endpoints that are gone. */
  next(port: number, keepsAll = false): Eid | undefined {
    const isFull = this.#shares.isBeyond(this.#records(), port, 1);
    const use = (eid: Eid): EidUse => this.#useOf(eid, port, undefined, keepsAll);
    return nextEid(this.#config.pool, (eid) => (this.#isOfShare(eid, port, isFull) ? use(eid) : "taken"));
  }

  /** As many EIDs of a bridge's static pool as it wants; `taken`: another endpoint has one of them. */
  fixedPool(
    port: number,
    uuid: string | undefined,
    wanted: number,
    known: EndpointRecord | undefined,
  ): EidRange | "taken" | undefined {
    const fixed = this.#statics.poolOf(uuid, port);
    if (fixed === undefined) return undefined;
    const range = { first: fixed.first, count: Math.min(fixed.count, wanted) };
    const isRivals = (each: Eid): boolean => {
      const holder = this.holder(each);
      const isThere = holder !== undefined && holder !== known && (holder.presence !== "gone" || holder.pinned);
      return isThere || this.#reserved.isElsewhere(each, port);
    };
    return eidsOf(range).some(isRivals) ? "taken" : range;
  }

  /** Whether a bridge may keep a pool that it has already. */
  mayHold(port: number, range: EidRange, { bridge, uuid, wanted, known }: HoldingBridge): boolean {
    const fixed = this.fixedPool(port, uuid, wanted, known);
    if (fixed !== undefined) return fixed !== "taken" && fixed.first === range.first && fixed.count === range.count;
    if (this.#shares.isBeyond(this.#records(), port, range.count + 1, known)) return false;
    return eidsOf(range).every(
      (eid) => eid !== bridge && this.#isOfShare(eid, port, false) && this.#useOf(eid, port, known) !== "taken",
    );
  }

  /** EIDs of the pool for what is behind a bridge; undefined where none is left. */
  freePool(port: number, bridge: Eid, wanted: number, known: EndpointRecord | undefined): EidRange | undefined {
    return choosePool({
      pool: this.#config.pool,
      most: this.#shares.poolSize(wanted),
      // Its own EID counts, too.
      room: this.#shares.room(this.#records(), port, known) - 1,
      before: known?.pool,
      mayKeep: (each) => each !== bridge && !this.#statics.has(each) && !this.#reserved.isElsewhere(each, port),
      use: (each, isFull) => {
        if (each === bridge || !this.#isOfShare(each, port, isFull)) return "taken";
        return this.#useOf(each, port, known);
      },
    });
  }

  /**
   * What an EID is to the endpoint at a port, and to a bridge that is known already. `keepsAll`: it must not have one by
   * which another with a UUID is remembered.
   */
  #useOf(eid: Eid, port: number, asked?: EndpointRecord, keepsAll = false): EidUse {
    if (eid === this.#config.own || this.#statics.has(eid)) return "taken";
    if ([...this.#config.portEids.values()].includes(eid) || this.#reserved.isElsewhere(eid, port)) return "taken";
    const place = this.#records().findIndex((record) => record.eid === eid || includesEid(record.pool, eid));
    const record = this.#records()[place];
    if (record === undefined) return "free";
    if (record === asked && record.eid !== eid) return "free";
    if (keepsAll && record.uuid !== undefined) return "taken";
    return record.presence === "gone" && !record.pinned ? { gone: place } : "taken";
  }

  /** Whether an EID may be counted to the share of a port: not one remembered at another; where it is full, an own one. */
  #isOfShare(eid: Eid, port: number, isFull: boolean): boolean {
    const holder = this.holder(eid);
    return holder === undefined ? !isFull : !this.#shares.isKeptFrom(holder, port);
  }

  /** An operator's word for this endpoint holds against the EID of another port. */
  #isKeptForOtherPort(eid: Eid, port: number, uuid: string | undefined): boolean {
    const holder = this.holder(eid);
    if (holder?.pinned === true && holder.eid === eid && uuid !== undefined && holder.uuid === uuid) return false;
    return [...this.#config.portEids].some(([at, kept]) => kept === eid && at !== port);
  }
}

/** Whether an endpoint is at a port, and has not told its UUID yet. */
function isProvisional(record: EndpointRecord, port: number): boolean {
  return record.provisional && record.port === port;
}
