/**
 * The bus owner's knowledge: who has which EID, who is there, and who had which. It decides, and asks nothing itself:
 * `joining` holds the requests. Endpoints are recognised by their UUIDs, each at the port where it was (LPC-MCTP-23); one
 * without is known by its port alone.
 */
import { ok, reject, type Result } from "../../wire/result.ts";
import type { Eid } from "../../wire/units.ts";
import { uuidText } from "../control/identifiers.ts";
import type { EidRange } from "../control/routing.ts";
import type { BusOwnerConfig } from "./config.ts";
import type { DiscoveredEndpoint } from "./discovery.ts";
import { EidRights } from "./eid-rights.ts";
import { eidsOf, includesEid, type BusOwnerMemory } from "./memory.ts";
import { ReservedEids, single } from "./reservations.ts";
import { MISSES_TO_GONE, type EndpointRecord, type Presence } from "./endpoint-record.ts";
import { recollect } from "./recollection.ts";
import { Refusals } from "./refusals.ts";
import { PoolShares } from "./shares.ts";
import { StaticEids } from "./static-eids.ts";

/** Why an EID cannot be had, in words for people. */
export type AssignReject = string;

/** What is known of the state of an endpoint that is not here. */
const ABSENT = { provisional: false, presence: "gone", misses: 0, controlVersions: [], messageTypes: [] } as const;

export class BusOwner {
  readonly config: BusOwnerConfig;
  /** What of its memory the configuration does not allow any more, a line for people each. */
  readonly forgotten: readonly string[];
  /** Grows with every change that is to be remembered. */
  revision = 0;
  /** From the one that has been gone for longest to the one that was seen last. */
  #records: EndpointRecord[];
  readonly refusals: Refusals;
  readonly #reserved = new ReservedEids();
  readonly #statics: StaticEids;
  readonly #shares: PoolShares;
  readonly #rights: EidRights;

  /**
   * `memory`: of a run before; every endpoint in it is gone until it is seen again. `refusals`: of the owner that this one
   * takes the place of.
   */
  constructor(config: BusOwnerConfig, memory: BusOwnerMemory = [], refusals: Refusals = new Refusals()) {
    this.config = config;
    this.refusals = refusals;
    this.#statics = new StaticEids(config);
    const portEids = new Set(config.portEids.values());
    const isKept = (eid: Eid): boolean => eid === config.own || this.#statics.has(eid) || portEids.has(eid);
    this.#shares = new PoolShares(config.pool, config.ports ?? 1, isKept);
    this.#rights = new EidRights({
      config,
      statics: this.#statics,
      shares: this.#shares,
      reserved: this.#reserved,
      records: () => this.#records,
    });
    const recollection = recollect(config, memory);
    this.forgotten = recollection.changes;
    this.#records = recollection.memory.map((one) => ({
      ...ABSENT,
      ...one,
      fixed: one.pinned ? "pinned" : undefined,
    }));
  }

  /** All known endpoints, in ascending order of EID. */
  get endpoints(): readonly EndpointRecord[] {
    return [...this.#records].sort((one, other) => one.eid - other.eid);
  }

  /** What is to be remembered. */
  get memory(): BusOwnerMemory {
    const lasting = this.#records.filter(({ provisional }) => !provisional);
    return lasting.map(({ eid, port, uuid, pool, pinned }) => ({ eid, port, uuid, pool, pinned }));
  }

  find(eid: Eid): EndpointRecord | undefined {
    return this.#records.find((record) => record.eid === eid);
  }

  /** Who has a UUID: rather one that is there than one that is gone. */
  findUuid(uuid: string): EndpointRecord | undefined {
    const all = this.#records.filter((record) => record.uuid === uuid);
    return all.find(({ presence }) => presence !== "gone") ?? all.at(-1);
  }

  /** Who is at a port, silent or not. */
  at(port: number): EndpointRecord | undefined {
    return this.#records.find((record) => record.port === port && record.presence !== "gone");
  }

  /* ---- Decisions ---- */

  /**
   * The EID to give to the endpoint at a port before it is known which one it is: that of the endpoint which was there
   * last, for it is likely the same, or the one that was sent there before, for it may have that already. Undefined
   * when no EID is left.
   */
  provisional(port: number): Eid | undefined {
    const last = this.#records.findLast((record) => record.port === port);
    const kept = this.config.portEids.get(port);
    const isExpected = last !== undefined && (last.pinned || kept === undefined);
    if (isExpected && !this.#reserved.isElsewhere(last.eid, port)) return last.eid;
    const candidates = [kept, this.#reserved.latest(port)];
    const one = candidates.find((each) => each !== undefined && this.#rights.mayHave(each, port, undefined, last));
    return one ?? this.#rights.next(port);
  }

  /**
   * The EID that an endpoint is to have now that it was asked for its UUID; perhaps the one that it was given. One that
   * has not told its UUID yet gets no EID by which another is remembered: it may be that one, or not.
   */
  settle(port: number, found: DiscoveredEndpoint): Result<Eid, AssignReject> {
    const uuid = found.uuid && uuidText(found.uuid);
    if (!found.accepted) {
      const insisted = this.#rights.insisted(port, found.eid, uuid);
      if (!insisted.ok) this.refusals.count("eidsRefused", port);
      return insisted;
    }
    if (found.isPreset === true && this.mayKeep(port, found.eid, uuid)) return ok(found.eid);
    const known = this.#rights.known(port, uuid);
    // The first of these that it may have: configured, an operator's word, its port's, its own of before.
    const candidates = [
      this.#statics.eidOf(uuid, port),
      known?.pinned === true ? known.eid : undefined,
      this.config.portEids.get(port),
      known?.eid,
    ];
    const wanted = candidates.find((one) => one !== undefined && this.#rights.mayHave(one, port, uuid, known));
    if (wanted !== undefined) return ok(wanted);
    // The EID that it was given may be one that another is remembered by, who may come back.
    if (this.#rights.holder(found.eid) === undefined && this.#rights.mayHave(found.eid, port, uuid, known))
      return ok(found.eid);
    const next = this.#rights.next(port, found.uuidTrouble !== undefined);
    if (next !== undefined) return ok(next);
    this.refusals.count("eidsExhausted", port);
    return reject(found.uuidTrouble === undefined ? this.exhausted : `${this.exhausted}, and ${found.uuidTrouble}`);
  }

  /** Whether an endpoint at a port may keep an EID that it has already. */
  mayKeep(port: number, eid: Eid, uuid: string | undefined): boolean {
    return this.#rights.mayKeep(port, eid, uuid);
  }

  /**
   * EIDs for what is behind a bridge: those of its static pool, else those that it had, or the next in a row; fewer than it
   * wants where there are no more. It gets no more than the share of its port, and none that is remembered at another port.
   */
  poolFor(port: number, bridge: Eid, uuid: string | undefined, wanted: number): EidRange | undefined {
    const known = this.#rights.known(port, uuid) ?? this.find(bridge);
    const range =
      this.#rights.fixedPool(port, uuid, wanted, known) ?? this.#rights.freePool(port, bridge, wanted, known);
    if (range !== "taken" && (range?.count ?? 0) < wanted) this.refusals.count("poolsCut", port);
    return range === "taken" ? undefined : range;
  }

  /** Why a bridge has fewer EIDs than it wants, in words for people. */
  whyShort(port: number, uuid: string | undefined, wanted: number): string {
    if (this.#statics.poolOf(uuid, port) !== undefined) return "--static-pool gives it no more";
    if (this.#shares.poolSize(wanted) < wanted) return "its port has a share of the pool";
    return "no longer row of EIDs is left of the pool, or of the share of its port";
  }

  /** Whether a range is of a pool that is kept for a UUID. */
  isStaticPool(range: EidRange): boolean {
    return this.#statics.isPool(range);
  }

  /** Whether a bridge may keep EIDs that it has already: no other endpoint has or is to have one of them. */
  isFreeFor(
    port: number,
    range: EidRange,
    uuid: string | undefined,
    bridge: Eid,
    wanted: number = range.count,
  ): boolean {
    const known = this.#rights.known(port, uuid) ?? this.find(bridge);
    return this.#rights.mayHold(port, range, { bridge, uuid, wanted, known });
  }

  /* ---- Reservations ---- */

  /**
   * These EIDs are about to be sent to a port: no other port gets them until an endpoint has joined at this one, or its
   * link is lost. False where all of them were reserved for it already.
   */
  reserve(port: number, range: EidRange): boolean {
    const taken = eidsOf(range).find((eid) => this.#reserved.isElsewhere(eid, port));
    if (taken !== undefined) throw new Error(`EID ${String(taken)} is reserved for another port`);
    const isNew = eidsOf(range).some((eid) => this.#reserved.portOf(eid) === undefined);
    this.#reserved.add(port, range);
    return isNew;
  }

  /** The endpoint at the port has certainly not taken these EIDs. */
  release(port: number, range: EidRange): void {
    this.#reserved.remove(port, range);
  }

  /* ---- Events ---- */

  /**
   * An endpoint is at a port under this EID. The one that had the EID is forgotten, the one that was at the port is gone.
   * Settle and reserve first: throws where an endpoint at another port has one of the EIDs, or is about to have it.
   */
  joined(port: number, found: DiscoveredEndpoint, eid: Eid, pool: EidRange | undefined): EndpointRecord {
    const uuid = found.uuid && uuidText(found.uuid);
    const before = this.#rights.known(port, uuid);
    const holder = this.find(eid);
    const pinned = (holder?.pinned === true && holder.uuid === uuid) || (before?.pinned === true && before.eid === eid);
    const record: EndpointRecord = {
      eid,
      port,
      uuid,
      pool,
      pinned,
      provisional: found.uuidTrouble !== undefined,
      presence: "present",
      misses: 0,
      fixed: this.#whyFixed(port, found, eid, uuid, pinned),
      controlVersions: found.controlVersions,
      messageTypes: found.messageTypes,
    };
    const taken = [eid, ...eidsOf(pool)];
    for (const each of taken) {
      const rival = this.#rights.holder(each);
      const isThere = rival !== undefined && rival.presence !== "gone" && rival.port !== port;
      if (isThere || this.#reserved.isElsewhere(each, port)) {
        throw new Error(`EID ${String(each)} belongs to an endpoint at another port`);
      }
    }
    this.#reserved.remove(port);
    const others = this.#records
      .filter((one) => one !== before && !taken.includes(one.eid) && !(one.provisional && one.port === port))
      .map((one) => (eidsOf(one.pool).some((each) => taken.includes(each)) ? { ...one, pool: undefined } : one))
      .map((one) => (one.port === port ? ({ ...one, presence: "gone" } as const) : one));
    this.#tellElsewhere(record);
    const kept = this.#shares.within([...others, record], port);
    this.#tellForgotten(port, before, kept);
    this.#change([...kept]);
    return record;
  }

  /** A port's link is lost, and with it the endpoint that was there, or was about to be. */
  left(port: number): void {
    this.#reserved.remove(port);
    const leaving = this.#records.filter((one) => one.port === port && one.presence !== "gone");
    for (const { eid } of leaving) this.#goes(eid);
  }

  /**
   * The endpoint at a port has another EID, which not this owner gave it. Gives why it cannot be known by that EID, in
   * words for people: then it is to be found out anew what it has.
   */
  moved(port: number, eid: Eid): AssignReject | undefined {
    const record = this.at(port);
    if (record === undefined || record.eid === eid) return undefined;
    const holder = this.#rights.holder(eid);
    if (holder !== undefined && this.#shares.isElsewhere(holder, port))
      return `EID ${String(eid)} is kept for another port`;
    const against = this.judgeAssignment(eid, { uuid: record.uuid, current: record.eid });
    if (against !== undefined) return against;
    const fixed = this.config.portEids.get(port) === eid ? "port" : undefined;
    this.#rename(record, eid, { pinned: false, fixed });
    return undefined;
  }

  /** An endpoint answered when it was checked. */
  answered(eid: Eid): void {
    this.#update(eid, { presence: "present", misses: 0 });
  }

  /** An endpoint did not answer when it was checked: it is silent, and in the end gone. */
  missed(eid: Eid): Presence {
    const record = this.find(eid);
    if (record === undefined || record.presence === "gone") return "gone";
    const misses = record.misses + 1;
    if (misses < MISSES_TO_GONE) {
      this.#update(eid, { presence: "silent", misses });
      return "silent";
    }
    this.#goes(eid);
    return "gone";
  }

  /* ---- An operator's word ---- */

  /** Whether an endpoint, known by its UUID or its present EID, may be given an EID permanently. */
  judgeAssignment(
    eid: Eid,
    target: { readonly uuid?: string | undefined; readonly current?: Eid },
  ): AssignReject | undefined {
    if (eid === this.config.own) return `EID ${String(eid)} is the bus owner's own`;
    const record = target.current === undefined ? undefined : this.find(target.current);
    if (this.#statics.isKeptFrom(eid, target.uuid, record?.port)) {
      return `EID ${String(eid)} is kept for ${String(this.#statics.ownerText(eid))}`;
    }
    const configured = this.#statics.eidOf(target.uuid, record?.port);
    if (configured !== undefined && configured !== eid) {
      return `UUID ${String(target.uuid)} has EID ${String(configured)} by configuration`;
    }
    if (this.#reserved.isElsewhere(eid, record?.presence === "gone" ? undefined : record?.port)) {
      return `EID ${String(eid)} is on its way to an endpoint at port ${String(this.#reserved.portOf(eid))}`;
    }
    const holder = this.#rights.holder(eid);
    if (holder === undefined) return undefined;
    if (holder.eid !== eid && (holder.presence !== "gone" || holder.pinned)) {
      return `EID ${String(eid)} is in the pool of the bridge with EID ${String(holder.eid)}`;
    }
    if (holder.eid === target.current) return undefined;
    if (holder.uuid !== undefined && holder.uuid === target.uuid && holder.eid === eid) return undefined;
    if (holder.presence === "gone" && !holder.pinned) return undefined;
    const whose = holder.uuid === undefined ? "another endpoint" : `UUID ${holder.uuid}`;
    return `EID ${String(eid)} is ${holder.presence === "gone" ? "kept for" : "that of"} ${whose}`;
  }

  /** Gives an EID permanently, to an endpoint that has taken it or to one that is not here. Judge it first. */
  pin(eid: Eid, target: { readonly uuid?: string | undefined; readonly current?: Eid }): void {
    const pinned = { pinned: true, fixed: "pinned" } as const;
    const known = target.current === undefined ? this.findUuid(target.uuid ?? "") : this.find(target.current);
    const absent = { ...ABSENT, ...pinned, eid, port: undefined, uuid: target.uuid, pool: undefined };
    this.#rename(known ?? absent, eid, pinned);
  }

  /** Forgets what an endpoint had: its EID, its pool, an operator's word for it. One that is here has to leave its port first. */
  forget(eid: Eid): void {
    this.#change(this.#records.filter((one) => one.eid !== eid));
  }

  /** Whether a UUID is that of an endpoint of another port, there or remembered, or kept for another port. */
  isUuidElsewhere(uuid: string, port: number): boolean {
    return this.#ownerElsewhere(uuid, port) !== undefined;
  }

  /* ---- Inside ---- */

  /** An endpoint, known before or not, has this EID from now on. */
  #rename(record: EndpointRecord, eid: Eid, why: Pick<EndpointRecord, "pinned" | "fixed">): void {
    const isOther = (one: EndpointRecord): boolean => one !== record && one.eid !== eid;
    const withoutEid = (one: EndpointRecord): EndpointRecord =>
      includesEid(one.pool, eid) ? { ...one, pool: undefined } : one;
    const others = this.#records.filter(isOther).map(withoutEid);
    if (record.port !== undefined) this.#reserved.remove(record.port, single(eid));
    this.#change([...others, { ...withoutEid(record), eid, ...why }]);
  }

  /** Counts the endpoints that are not remembered any more. */
  #tellForgotten(port: number, before: EndpointRecord | undefined, kept: readonly EndpointRecord[]): void {
    const isKept = (one: EndpointRecord): boolean => kept.some(({ eid, uuid }) => eid === one.eid && uuid === one.uuid);
    const isLost = (one: EndpointRecord): boolean => one !== before && !one.provisional && !isKept(one);
    const forgotten = this.#records.filter((one) => isLost(one) && this.#shares.isShared(one));
    const [first] = forgotten;
    if (first === undefined) return;
    const line = `The endpoint that had EID ${String(first.eid)} at port ${String(port)} is forgotten: another endpoint of the port has its place (LPC-MCTP-17)`;
    this.refusals.count("endpointsForgotten", port, line, forgotten.length);
  }

  /** Counts an endpoint that shows a UUID which belongs to another port. */
  #tellElsewhere({ eid, port = 0, uuid }: EndpointRecord): void {
    if (uuid === undefined) return;
    const whose = this.#ownerElsewhere(uuid, port);
    if (whose === undefined) return;
    const line = `The endpoint at port ${String(port)} shows UUID ${uuid}, ${whose}: here it has EID ${String(eid)} (LPC-MCTP-23)`;
    this.refusals.count("uuidsElsewhere", port, line);
  }

  /** Why there is no EID to give, in words for people. */
  get exhausted(): string {
    const { first, count } = this.config.pool;
    return `no EID is left of the pool ${String(first)}-${String(first + count - 1)}`;
  }

  #whyFixed(
    port: number,
    found: DiscoveredEndpoint,
    eid: Eid,
    uuid: string | undefined,
    pinned: boolean,
  ): EndpointRecord["fixed"] {
    if (!found.accepted) return "own";
    if (this.#statics.eidOf(uuid, port) === eid) return "static";
    if (pinned) return "pinned";
    if (this.config.portEids.get(port) === eid) return "port";
    return found.isPreset === true ? "own" : undefined;
  }

  /** Whose a UUID is that belongs to another port, in words for people. */
  #ownerElsewhere(uuid: string, port: number): string | undefined {
    const option = this.#statics.keptElsewhere(uuid, port);
    if (option !== undefined) return `which ${option} keeps for another port`;
    const other = this.#records.find((record) => record.uuid === uuid && this.#rights.isOfOtherPort(record, port));
    return other && `which EID ${String(other.eid)} has at port ${String(other.port)}`;
  }

  #update(eid: Eid, changes: Partial<EndpointRecord>): void {
    this.#records = this.#records.map((one) => (one.eid === eid ? { ...one, ...changes } : one));
  }

  #goes(eid: Eid): void {
    const record = this.find(eid);
    if (record === undefined) return;
    const others = this.#records.filter((one) => one !== record);
    // Without a UUID that is known nothing would tell it apart when it comes back.
    this.#change(record.provisional ? others : [...others, { ...record, presence: "gone", misses: 0 }]);
  }

  #change(records: EndpointRecord[]): void {
    this.#records = records;
    this.revision++;
  }
}
