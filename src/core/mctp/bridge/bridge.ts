/**
 * A bridge as it joins a network (DSP0236 clause 10): on port 0 it is given its EID and a pool of EIDs by the bus owner
 * there; on its other ports it is bus owner itself and gives them on. A bus owner of several links is the same without
 * anybody above it: its pool is its own.
 *
 * It holds the tables, and answers from them; who joins at a port is found out by the sequence `joining`, which whoever
 * runs the links begins when one comes up.
 */
import { eid, type Eid } from "../../wire/units.ts";
import { BusOwner, type BusOwnerConfig } from "../bus-owner/bus-owner.ts";
import { eidsOf, includesEid, type BusOwnerMemory } from "../bus-owner/memory.ts";
import type { AllocateEndpointIdsRequest, AllocateEndpointIdsResponse } from "../control/commands/allocate-endpoint-ids.ts";
import type { EidRange } from "../control/routing.ts";
import type { RoutingUpdateEntry } from "../control/commands/routing-information-update.ts";
import type { ControlServices, EndpointIdentity, PoolHolder } from "../control/services.ts";
import { LAST_ASSIGNABLE_EID, NULL_EID, isAssignable } from "../message.ts";
import type { Router } from "./router.ts";
import { bridgeInformation, type LinkKind } from "./routing-information.ts";

export interface BridgeConfig {
  /** EIDs that it asks for, for all that is behind it. */
  readonly poolSize: number;
  readonly kindOf: (port: number) => LinkKind;
  /** Of a bus owner with nobody above it: the owner of all its ports, the first one among them. */
  readonly owner?: BusOwner | undefined;
}

const NO_POOL: EidRange = { first: NULL_EID, count: 0 };
const UPSTREAM = 0;

export class Bridge {
  readonly router: Router;
  /** Told when EIDs of the other ports are to be given anew: the own EID or the pool is another. */
  onRenewal: (() => void) | undefined;
  /** Told when more is known of what is behind port 0: bridges at the other ports should hear of it, see `informing`. */
  onLearnt: (() => void) | undefined;
  readonly #config: BridgeConfig;
  #pool: EidRange = NO_POOL;
  #owner: BusOwner;
  /** Who gave the EID, and so is behind port 0. */
  #upstream: Eid | undefined;

  /** The router's ports are there already; port 0 leads to the bus owner. */
  constructor(router: Router, config: BridgeConfig) {
    this.router = router;
    this.#config = config;
    if (config.owner !== undefined) this.#pool = config.owner.config.pool;
    this.#owner = config.owner ?? this.#newOwner([]);
    for (const port of router.ports) {
      const information = bridgeInformation(router, port.number, () => this.#owner, config.kindOf);
      port.local.services = this.#servicesAt(port.number, port.local.services, information);
      if (!this.#isUpstream(port.number)) port.local.identity = ownerIdentity(router.endpoint.identity);
    }
  }

  /** Who is at the other ports, and who had which EID there. */
  get owner(): BusOwner {
    return this.#owner;
  }

  /** EIDs to give at the other ports; of no EIDs until the bus owner has given some. */
  get pool(): EidRange {
    return this.#pool;
  }

  /** The bus owner at port 0 has given an EID, be it the one there was. */
  eidAssigned(by: Eid): void {
    if (by !== this.#upstream && this.#upstream !== undefined) this.router.routes.remove(this.#upstream, 1);
    this.#upstream = isAssignable(by) ? by : undefined;
    this.#routeUpstream();
    // A pool that the own EID is now in is no pool of ours.
    if (includesEid(this.#pool, this.router.endpoint.identity.eid)) this.#pool = NO_POOL;
    if (this.#owner.config.own !== this.router.endpoint.identity.eid) this.#renew();
  }

  /** After somebody has joined or left at one of the other ports: packets find their way by what is known now. */
  updateRoutes(): void {
    const { routes, ports } = this.router;
    for (const { number } of ports) if (!this.#isUpstream(number)) routes.forget(number);
    for (const { eid: own, port, pool, presence } of this.#owner.endpoints) {
      if (port === undefined || presence === "gone") continue;
      routes.add({ first: own, count: 1, port, isStatic: false, bridge: undefined });
      if (pool !== undefined) routes.add({ ...pool, port, isStatic: false, bridge: own });
    }
    // Whatever somebody there says to have: the way to the bus owner is the one that the EID came by.
    this.#routeUpstream();
  }

  /**
   * What a bridge at `port` is to know: EIDs that are reached through this one. Of the own pool it is all that is not
   * behind that very port, be it given to somebody or not: then nothing changes when somebody joins.
   */
  elsewhere(port: number): readonly EidRange[] {
    const all = Array.from({ length: LAST_ASSIGNABLE_EID + 1 }, (_, value) => eid(value));
    return runsOf(all, (each) => {
      const at = this.router.routes.portOf(each);
      return isAssignable(each) && at !== port && (at >= 0 || includesEid(this.#pool, each));
    });
  }

  #routeUpstream(): void {
    if (this.#upstream === undefined) return;
    this.router.routes.add({ first: this.#upstream, count: 1, port: UPSTREAM, isStatic: false, bridge: undefined });
  }

  /** Whether the bus owner is behind a port. */
  #isUpstream(port: number): boolean {
    return port === UPSTREAM && this.#config.owner === undefined;
  }

  #servicesAt(
    port: number,
    before: ControlServices,
    routing: NonNullable<ControlServices["routing"]>,
  ): ControlServices {
    // What a bus owner makes of a Discovery Notify it learns by the endpoint's onControl.
    if (!this.#isUpstream(port)) return { ...before, routing, onDiscoveryNotify: () => undefined };
    return {
      ...before,
      routing,
      pool: this.#poolHolder(),
      routingUpdates: { update: (entries, by) => this.#learn(entries, by) },
    };
  }

  /* ---- What the bus owner gives ---- */

  #poolHolder(): PoolHolder {
    const pool = (): EidRange => this.#pool;
    return {
      get pool() {
        return pool().count === 0 ? "wanted" : "held";
      },
      poolSize: this.#config.poolSize,
      allocate: (request, by) => this.#allocate(request, by),
    };
  }

  #allocate({ operation, first, count }: AllocateEndpointIdsRequest, by: Eid): AllocateEndpointIdsResponse | undefined {
    if (operation === "get") return { accepted: true, poolSize: this.#pool.count, first: this.#pool.first };
    const range = { first, count };
    const last = first + count - 1;
    const isPossible = count > 0 && isAssignable(first) && last <= LAST_ASSIGNABLE_EID;
    const isOurs = includesEid(range, this.router.endpoint.identity.eid) || includesEid(range, by);
    if (!isPossible || isOurs) return undefined;
    const accepted = operation === "force" || this.#pool.count === 0;
    if (accepted && (first !== this.#pool.first || count !== this.#pool.count)) {
      this.#pool = range;
      this.#renew();
    }
    return { accepted, poolSize: this.#pool.count, first: this.#pool.first };
  }

  /** What the bus owner knows of the rest of the network: it is all behind port 0. */
  #learn(entries: readonly RoutingUpdateEntry[], by: Eid): boolean {
    const { routes } = this.router;
    for (const { first, count } of entries) {
      const isOthers = (each: Eid): boolean =>
        isAssignable(each) &&
        each !== by &&
        each !== this.router.endpoint.identity.eid &&
        !includesEid(this.#pool, each);
      // Each link joins two ends: whoever else is beyond port 0 is behind the one at its other end.
      for (const run of runsOf(eidsOf({ first, count }), isOthers)) {
        routes.add({ ...run, port: UPSTREAM, isStatic: false, bridge: by });
      }
    }
    this.onLearnt?.();
    return true;
  }

  /* ---- Bus owner of the other ports ---- */

  #newOwner(memory: BusOwnerMemory): BusOwner {
    const config: BusOwnerConfig = {
      own: this.router.endpoint.identity.eid,
      pool: this.#pool,
      statics: new Map(),
      portEids: new Map(),
      isForeign: (each) => each === this.#upstream,
    };
    return new BusOwner(config, memory);
  }

  #renew(): void {
    this.#owner = this.#newOwner(this.#owner.memory);
    this.updateRoutes();
    this.onRenewal?.();
  }
}

/** The EIDs that `belongs` holds for, as ranges. */
function runsOf(eids: readonly Eid[], belongs: (each: Eid) => boolean): readonly EidRange[] {
  const runs: { first: Eid; count: number }[] = [];
  for (const each of eids.filter(belongs)) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === each) last.count++;
    else runs.push({ first: each, count: 1 });
  }
  return runs;
}

/** The identity of a bridge on the buses that it owns: the same EID, which is not for anybody there to set. */
function ownerIdentity(identity: EndpointIdentity): EndpointIdentity {
  return {
    get eid() {
      return identity.eid;
    },
    set eid(_value) {
      // A bus owner's EID stays.
    },
    uuid: identity.uuid,
    kind: "busOwner",
    staticEid: identity.staticEid,
    get assigned() {
      return identity.assigned;
    },
    set assigned(_value) {
      // As its EID.
    },
    messageTypes: identity.messageTypes,
  };
}
