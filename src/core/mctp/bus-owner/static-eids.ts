/** EIDs and pools that the configuration keeps for endpoints with certain UUIDs, at every port or at one alone. */
import type { Eid } from "../../wire/units.ts";
import type { EidRange } from "../control/routing.ts";
import type { BusOwnerConfig, StaticPool } from "./config.ts";
import { includesEid } from "./memory.ts";

const NO_PORTS: ReadonlyMap<string, number> = new Map();
const NO_POOLS: ReadonlyMap<string, StaticPool> = new Map();

export class StaticEids {
  readonly #eids: ReadonlyMap<string, Eid>;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #pools: ReadonlyMap<string, StaticPool>;

  constructor(config: Pick<BusOwnerConfig, "statics" | "staticPorts" | "staticPools">) {
    const { statics, staticPorts = NO_PORTS, staticPools = NO_POOLS } = config;
    this.#eids = statics;
    this.#ports = staticPorts;
    this.#pools = staticPools;
  }

  /** The EID that is kept for a UUID at a port; `port` undefined: wherever it is. */
  eidOf(uuid: string | undefined, port: number | undefined): Eid | undefined {
    if (uuid === undefined) return undefined;
    const pinnedTo = this.#ports.get(uuid);
    return pinnedTo === undefined || port === undefined || pinnedTo === port ? this.#eids.get(uuid) : undefined;
  }

  /** The pool that is kept for a bridge at a port. */
  poolOf(uuid: string | undefined, port: number | undefined): EidRange | undefined {
    const pool = uuid === undefined ? undefined : this.#pools.get(uuid);
    const isHere = pool?.port === undefined || port === undefined || pool.port === port;
    return pool !== undefined && isHere ? { first: pool.first, count: pool.count } : undefined;
  }

  /** The option that keeps the EID of a UUID, or its pool, for another port than this one; undefined: none does. */
  keptElsewhere(uuid: string, port: number): "--static" | "--static-pool" | undefined {
    const isOther = (at: number | undefined): boolean => at !== undefined && at !== port;
    if (isOther(this.#ports.get(uuid))) return "--static";
    return isOther(this.#pools.get(uuid)?.port) ? "--static-pool" : undefined;
  }

  /** Whether an EID is kept for an endpoint or a pool. */
  has(eid: Eid): boolean {
    return this.#ownerOf(eid) !== undefined || this.#poolWith(eid) !== undefined;
  }

  /** Whether all EIDs of a range are of one static pool. */
  isPool({ first, count }: EidRange): boolean {
    const pool = this.#poolWith(first)?.[1];
    return pool !== undefined && first + count <= pool.first + pool.count;
  }

  /** Whether an EID is kept, and not for the endpoint with this UUID at this port. */
  isKeptFrom(eid: Eid, uuid: string | undefined, port: number | undefined): boolean {
    return this.has(eid) && this.eidOf(uuid, port) !== eid;
  }

  /** Who an EID is kept for, in words for people: "UUID 7d3c…", "UUID 7d3c… at port 1", "the pool of UUID 7d3c…". */
  ownerText(eid: Eid): string | undefined {
    const uuid = this.#ownerOf(eid);
    const at = (port: number | undefined): string => (port === undefined ? "" : ` at port ${String(port)}`);
    if (uuid !== undefined) return `UUID ${uuid}${at(this.#ports.get(uuid))}`;
    const [bridge, pool] = this.#poolWith(eid) ?? [];
    return bridge === undefined ? undefined : `the pool of UUID ${bridge}${at(pool?.port)}`;
  }

  #poolWith(eid: Eid): readonly [uuid: string, pool: StaticPool] | undefined {
    return [...this.#pools].find(([, pool]) => includesEid(pool, eid));
  }

  #ownerOf(eid: Eid): string | undefined {
    for (const [uuid, kept] of this.#eids) if (kept === eid) return uuid;
    return undefined;
  }
}
