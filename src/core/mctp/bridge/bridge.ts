/**
 * A node in its network (DSP0236 clause 10): its routes, its pool of EIDs, and what its ports answer. A bus owner owns
 * all of its ports, and the pool is its own. Any other node is a member at port 0, where a bus owner gives it its EID; with
 * further ports it is a bridge, is given a pool there, and is bus owner of the others. With port 0 alone it is a simple
 * endpoint, which has no routes to tell of.
 *
 * It holds the tables, and answers from them; the sequence `joining` finds out who is at a port.
 */
import { eid, type Eid } from "../../wire/units.ts";
import { BusOwner } from "../bus-owner/bus-owner.ts";
import type { BusOwnerConfig } from "../bus-owner/config.ts";
import { FarEndpoints } from "../bus-owner/far-endpoints.ts";
import { Refusals } from "../bus-owner/refusals.ts";
import { includesEid, type BusOwnerMemory } from "../bus-owner/memory.ts";
import type {
  AllocateEndpointIdsRequest,
  AllocateEndpointIdsResponse,
} from "../control/commands/allocate-endpoint-ids.ts";
import type { EidRange, RoutingTableEntry } from "../control/routing.ts";
import type { RoutingUpdateEntry } from "../control/commands/routing-information-update.ts";
import type { ControlServices, EndpointIdentity, PoolHolder } from "../control/services.ts";
import { LAST_ASSIGNABLE_EID, NULL_EID, isAssignable } from "../message.ts";
import type { Router } from "./router.ts";
import { bridgeInformation, routeTable, type RoutePort } from "./routing-information.ts";

export interface BridgeConfig {
  /** EIDs that it asks for, for all that is behind it. */
  readonly poolSize: number;
  readonly portOf: (port: number) => RoutePort;
  /** The node is a passage between its two ports (Router.makePassage): it owns none of them, and is no member either. */
  readonly isPassage?: boolean;
  /** Of a bus owner: the owner of all its ports, the first one among them. */
  readonly owner?: BusOwner | undefined;
}

const NO_POOL: EidRange = { first: NULL_EID, count: 0 };
const UPSTREAM = 0;
const ALL_EIDS: readonly Eid[] = Array.from({ length: LAST_ASSIGNABLE_EID + 1 }, (_, value) => eid(value));

export interface BridgeListener {
  /** EIDs of the other ports are to be given anew: the own EID or the pool is another. */
  readonly renewed: () => void;
  /** More is known of what is behind port 0: bridges at the other ports should hear of it, see `informing`. */
  readonly learnt: () => void;
}

export class Bridge {
  readonly router: Router;
  /** Who is behind the bridges at the owned ports. */
  readonly far: FarEndpoints = new FarEndpoints();
  readonly #listener: Partial<BridgeListener>;
  readonly #config: BridgeConfig;
  #pool: EidRange = NO_POOL;
  #owner: BusOwner;
  /** Who gave the EID, and so is behind port 0. */
  #upstream: Eid | undefined;

  /** The router's ports are there already; port 0 leads to the bus owner. */
  constructor(router: Router, config: BridgeConfig, listener: Partial<BridgeListener> = {}) {
    this.router = router;
    this.#listener = listener;
    this.#config = config;
    if (config.owner !== undefined) this.#pool = config.owner.config.pool;
    this.#owner = config.owner ?? this.#newOwner([], new Refusals());
    if (!this.isBridge) return;
    for (const port of router.ports) {
      const information = bridgeInformation(router, port.number, () => this.#owner, config.portOf, this.far);
      port.local.services = this.#servicesAt(port.number, port.local.services, information);
      if (!this.isUpstream(port.number)) port.local.identity = ownerIdentity(router.endpoint.identity);
    }
  }

  /** Whether it owns a port, and so has routes. */
  get isBridge(): boolean {
    if (this.#config.isPassage === true) return false;
    return this.#config.owner !== undefined || this.router.ports.length > 1;
  }

  /** The bus owner behind port 0, once it has given this node an EID. */
  get upstream(): Eid | undefined {
    return this.#upstream;
  }

  /** The table of routes, as the tools show it. */
  get routes(): readonly RoutingTableEntry[] {
    return routeTable(this.router, this.#config.portOf);
  }

  /** Who is at the owned ports, and who had which EID there. */
  get owner(): BusOwner {
    return this.#owner;
  }

  /** EIDs to give at the owned ports; of no EIDs until the bus owner above has given some. */
  get pool(): EidRange {
    return this.#pool;
  }

  /** The bus owner at port 0 has given an EID, be it the one there was. */
  eidAssigned(by: Eid): void {
    if (this.#config.isPassage === true) return;
    if (by !== this.#upstream && this.#upstream !== undefined) this.router.routes.remove(this.#upstream, 1);
    this.#upstream = isAssignable(by) ? by : undefined;
    this.#routeUpstream();
    // A pool that the own EID is now in is no pool of ours.
    if (includesEid(this.#pool, this.router.endpoint.identity.eid)) this.#pool = NO_POOL;
    if (this.#owner.config.own !== this.router.endpoint.identity.eid) this.#renew();
  }

  /** After an endpoint has joined or left at an owned port: packets find their way by what is known now. */
  updateRoutes(): void {
    const { routes, ports } = this.router;
    for (const { number } of ports) if (!this.isUpstream(number)) routes.forget(number);
    for (const { eid: own, port, pool, presence, fixed } of this.#owner.endpoints) {
      // An endpoint that says to have the bus owner's EID does not take its place: the EID came from port 0.
      if (port === undefined || presence === "gone" || own === this.#upstream) continue;
      const isStatic = fixed !== undefined;
      routes.add({ first: own, count: 1, port, isStatic, bridge: undefined });
      if (pool === undefined) continue;
      routes.add({ ...pool, port, isStatic: isStatic || this.#owner.isStaticPool(pool), bridge: own });
    }
    this.#routeUpstream();
  }

  /**
   * What a bridge at `port` is to know: EIDs that are reached through this one. Of the own pool it is all that is not
   * behind that very port, given or not: then nothing changes when an endpoint joins.
   */
  elsewhere(port: number): readonly EidRange[] {
    // Behind a node with one port there is nothing.
    if (this.router.ports.length === 1) return [];
    return runsOf(ALL_EIDS, (each) => {
      const at = this.router.routes.portOf(each);
      return isAssignable(each) && at !== port && (at >= 0 || includesEid(this.#pool, each));
    });
  }

  #routeUpstream(): void {
    if (this.#upstream === undefined) return;
    this.router.routes.add({ first: this.#upstream, count: 1, port: UPSTREAM, isStatic: false, bridge: undefined });
  }

  /** Whether the bus owner is behind a port. */
  isUpstream(port: number): boolean {
    return port === UPSTREAM && this.#config.owner === undefined && this.#config.isPassage !== true;
  }

  #servicesAt(
    port: number,
    before: ControlServices,
    routing: NonNullable<ControlServices["routing"]>,
  ): ControlServices {
    // What a bus owner makes of a Discovery Notify it learns by the endpoint's onControl.
    if (!this.isUpstream(port)) return { ...before, routing, onDiscoveryNotify: () => undefined };
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

  /**
   * What the bus owner knows of the rest of the network: it is all behind port 0. Ranges that overlap or join are one: what
   * an update costs, and the routes that come of it, are bounded by the number of EIDs.
   */
  #learn(entries: readonly RoutingUpdateEntry[], by: Eid): boolean {
    const { routes } = this.router;
    const isTold = new Uint8Array(LAST_ASSIGNABLE_EID + 1);
    for (const { first, count } of entries) isTold.fill(1, first, first + count);
    const isOthers = (each: Eid): boolean =>
      isTold[each] === 1 &&
      isAssignable(each) &&
      each !== by &&
      each !== this.router.endpoint.identity.eid &&
      !includesEid(this.#pool, each) &&
      routes.routeOf(each)?.isStatic !== true;
    // Each link joins two ends: all else beyond port 0 is behind the endpoint at its other end.
    for (const run of runsOf(ALL_EIDS, isOthers)) {
      routes.add({ ...run, port: UPSTREAM, isStatic: false, bridge: by });
    }
    this.#listener.learnt?.();
    return true;
  }

  /* ---- Bus owner of the other ports ---- */

  #newOwner(memory: BusOwnerMemory, refusals: Refusals): BusOwner {
    const config: BusOwnerConfig = {
      own: this.router.endpoint.identity.eid,
      pool: this.#pool,
      statics: new Map(),
      portEids: new Map(),
      ports: this.router.ports.length - 1,
      isForeign: (each) => each === this.#upstream,
    };
    return new BusOwner(config, memory, refusals);
  }

  #renew(): void {
    this.#owner = this.#newOwner(this.#owner.memory, this.#owner.refusals);
    this.updateRoutes();
    this.#listener.renewed?.();
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
