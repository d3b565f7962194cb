/** Which port of a router leads to which EID: ranges for people and for control requests, one array for packets. */
import { eid, type Eid } from "../../wire/units.ts";
import { FIRST_ASSIGNABLE_EID, LAST_ASSIGNABLE_EID, isAssignable } from "../message.ts";

/** Ports are numbered as in a routing table entry: 0 to 31. */
export const LARGEST_PORT = 31;

export interface Route {
  readonly first: Eid;
  /** EIDs from `first` on, at least one. */
  readonly count: number;
  readonly port: number;
  /** Its EID was fixed by configuration, an operator or the endpoint; what is learnt never takes its place. */
  readonly isStatic: boolean;
  /** The bridge on that port's bus through which these EIDs are reached; undefined where they are on the bus itself. */
  readonly bridge: Eid | undefined;
}

const NOWHERE = -1;

export class RouteTable {
  readonly #ports = new Int8Array(256).fill(NOWHERE);
  readonly #routes: (Route | undefined)[] = new Array<Route | undefined>(256).fill(undefined);

  /** The port that leads to an EID; -1 for none. */
  portOf(destination: Eid): number {
    return this.#ports[destination]!;
  }

  routeOf(destination: Eid): Route | undefined {
    return this.#routes[destination];
  }

  /**
   * Takes a route, in place of what its EIDs had. False, and nothing changes, where the range has EIDs that no endpoint
   * may have, the port is none, or a learnt route would take the place of a static one.
   */
  add(route: Route): boolean {
    const { first, count, port } = route;
    const last = first + count - 1;
    if (!Number.isInteger(count) || count < 1 || !isAssignable(first) || last > LAST_ASSIGNABLE_EID) return false;
    if (!Number.isInteger(port) || port < 0 || port > LARGEST_PORT) return false;
    for (let at: number = first; at <= last; at++)
      if (!route.isStatic && this.#routes[at]?.isStatic === true) return false;
    for (let at: number = first; at <= last; at++) this.#put(at, route);
    return true;
  }

  remove(first: Eid, count: number): void {
    for (let at: number = first; at < first + count && at <= LAST_ASSIGNABLE_EID; at++) this.#put(at, undefined);
  }

  /** Forgets all that is behind a port. */
  forget(port: number): void {
    for (let at = FIRST_ASSIGNABLE_EID; at <= LAST_ASSIGNABLE_EID; at++) {
      if (this.#routes[at]?.port === port) this.#put(at, undefined);
    }
  }

  /** The table in the order of EIDs; a range that a later route has cut into comes in pieces. */
  get routes(): readonly Route[] {
    const found: Route[] = [];
    for (let at = FIRST_ASSIGNABLE_EID; at <= LAST_ASSIGNABLE_EID;) {
      const route = this.#routes[at];
      let end = at + 1;
      while (end <= LAST_ASSIGNABLE_EID && this.#routes[end] === route) end++;
      if (route !== undefined) found.push({ ...route, first: eid(at), count: end - at });
      at = end;
    }
    return found;
  }

  #put(at: number, route: Route | undefined): void {
    this.#routes[at] = route;
    this.#ports[at] = route === undefined ? NOWHERE : route.port;
  }
}
